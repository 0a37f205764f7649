/* return() is for kernel functions that allow it.
 * @args: -w
 * @status: 1
 */
BEGIN { exit(0); }
syscall::read:entry { return(1); }
