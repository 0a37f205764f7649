/* Three arguments.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { copyout(alloca(1), 2); }
