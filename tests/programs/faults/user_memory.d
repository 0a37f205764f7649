/* BEGIN fires in dtrace itself: on the process engine there is no process to be written to then.
 * @engines: process
 * @args: -qw
 * @mask: offset \d+ => offset N
 */
BEGIN { copyout(alloca(8), 0x1000, 8); }
BEGIN { copyoutstr("text", 0x1000, 8); }
BEGIN { exit(0); }
ERROR { printf("%d %s 0x%x\n", arg2, arg4 == DTRACEFLT_UPRIV ? "no privilege" : "other", arg5); }
