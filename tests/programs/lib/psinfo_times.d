/*
 * Times and sizes of a process and its thread; what they should be is in tests/live/test_psinfo.py.
 * @target: true
 * @args: -q
 */
timestruc_t t;

syscall::exit_group:entry
/pid == $target/
{
	t = curpsinfo->pr_start;
	printf("%d %d\n", t.tv_sec == curlwpsinfo->pr_start.tv_sec, t.tv_nsec == curpsinfo->pr_lwp.pr_start.tv_nsec);
	printf("%d %d\n", t.tv_sec > 1600000000, t.tv_sec <= walltimestamp / 1000000000);
	printf("%d %d %d\n", curpsinfo->pr_time.tv_sec, curpsinfo->pr_ctime.tv_sec, curpsinfo->pr_ctime.tv_nsec);
	printf("%d %d\n", curlwpsinfo->pr_time.tv_nsec > 0, curlwpsinfo->pr_time.tv_nsec < 1000000000);
	printf("%d %d\n", curpsinfo->pr_rssize > 0, curpsinfo->pr_rssize <= curpsinfo->pr_size);
	printf("%d %d\n", curpsinfo->pr_pctcpu <= 0x8000, curlwpsinfo->pr_pctcpu > 0 && curlwpsinfo->pr_pctcpu <= 0x8000);
	printf("%d %d\n", curpsinfo->pr_pctmem < 0x1000, curlwpsinfo->pr_cpu == (char)(curlwpsinfo->pr_pctcpu >> 8));
	printf("%d %d\n", curlwpsinfo->pr_syscall, curpsinfo->pr_lwp.pr_syscall);
	printf("%d %d\n", curpsinfo->pr_lwp.pr_lwpid == tid, curlwpsinfo->pr_oldpri == curlwpsinfo->pr_pri);
	@[curpsinfo->pr_lwp.pr_name] = sum(curpsinfo->pr_ctime.tv_sec);
	exit(0);
}
