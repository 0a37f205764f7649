/* @args: -q -x stackindent=3
 * @target: true
 * @mask: \+0x[0-9a-f]+ => +OFFSET
 * @mask: _Exit|_exit => _exit
 */
#pragma D option ustackframes=1
syscall::exit_group:entry
/pid == $target/
{
	ustack();
	jstack(1, 100);
	@[ustack()] = count();
}
