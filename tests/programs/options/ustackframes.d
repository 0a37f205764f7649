/* Frames of the user's stack where ustack() and jstack() do not say.
 * @args: -q -x ustackframes=1 -x jstackframes=1 -x jstackstrsize=64
 * @target: true
 * @mask: \+0x[0-9a-f]+ => +OFFSET
 * @mask: _Exit|_exit => _exit
 */
syscall::exit_group:entry
/pid == $target/
{
	ustack();
	jstack();
	@[ustack()] = count();
}
