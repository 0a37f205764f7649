/*
 * Arguments that are longer than pr_psargs, which is cut behind a blank here, and than a string.
 * @target: true 2345678901234567890 2345678901234567890 2345678901234567890 2345678901234 567 890
 * @args: -q -x strsize=88
 */

syscall::exit_group:entry
/pid == $target/
{
	printf("%s|\n%d\n", curpsinfo->pr_psargs, strlen(curpsinfo->pr_psargs));
	printf("%s|\n%d %s\n", execargs, strlen(execargs), execname);
}
