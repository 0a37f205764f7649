/* In BEGIN the current process is dtrace itself. */
#pragma D option quiet

BEGIN
{
	printf("%s %d %d\n", curpsinfo->pr_fname, curpsinfo->pr_pid == $pid, curpsinfo->pr_ppid == $ppid);
	printf("%d %d\n", curpsinfo->pr_nlwp >= 1, strlen(curpsinfo->pr_psargs) > 10);
	exit(0);
}
