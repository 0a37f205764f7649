/* @args: -q -x noresolve
 * @target: true
 * @mask: :0x[0-9a-f]+ => :OFFSET
 */
syscall::exit_group:entry
/pid == $target/
{
	ustack(1);
	@[ustack(1)] = count();
}
