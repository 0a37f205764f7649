/* copyout takes its data from a pointer.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { copyout(1, 2, 3); }
