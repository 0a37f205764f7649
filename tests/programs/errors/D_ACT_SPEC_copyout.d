/* copyout behind speculate.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { speculate(1); copyout(alloca(1), 1, 1); }
