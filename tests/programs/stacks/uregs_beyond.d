/* An index known only when the probe fires: beyond the last register it is an illegal operation.
 * @args: -q
 * @target: true
 * @mask: at DIF offset \d+ => at OFFSET
 * @mask: probe ID \d+ => probe ID N
 */
syscall::exit_group:entry
/pid == $target/
{
	i = R_ERR + 1;
	trace(uregs[i]);
}
ERROR
{
	printf("fault %d %d\n", arg4, arg5);
}
