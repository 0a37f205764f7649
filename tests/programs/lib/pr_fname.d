/* The name of a process is text on both engines.
 * @args: -q
 * @target: true
 */
syscall::exit_group:entry
/pid == $target/
{
	trace(curpsinfo->pr_fname);
	@[curpsinfo->pr_fname] = count();
	exit(strlen(curpsinfo->pr_fname) != 4);
}
