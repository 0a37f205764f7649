/*
 * The current process and thread: from the kernel's structures on the one engine, from /proc on the other.
 * @target: nice -n 5 true one two  three
 * @args: -q
 */

syscall::exit_group:entry
/pid == $target/
{
	printf("%d %d %d %d\n", curpsinfo->pr_nlwp, curpsinfo->pr_pid == pid, curpsinfo->pr_ppid == ppid, curpsinfo->pr_ppid == $pid);
	printf("%d %d\n", curpsinfo->pr_pgid == $pgid, curpsinfo->pr_sid == $sid);
	printf("%d %d %d %d\n", curpsinfo->pr_uid == $uid, curpsinfo->pr_euid == $euid, curpsinfo->pr_gid == $gid, curpsinfo->pr_egid == $egid);
	printf("%s|%s|%s\n", curpsinfo->pr_fname, curpsinfo->pr_psargs, execargs);
	printf("%d %d\n", curpsinfo->pr_size > 100, curpsinfo->pr_size < 100000);
	printf("%d %d %d\n", curpsinfo->pr_argc, curpsinfo->pr_dmodel, curpsinfo->pr_wstat);
	this->v = (uintptr_t *)copyin(curpsinfo->pr_argv, 8 * 3);
	printf("%s %s %s\n", copyinstr(this->v[0]), copyinstr(this->v[1]), copyinstr(this->v[2]));
	printf("%d\n", curpsinfo->pr_envp - curpsinfo->pr_argv);
	printf("%d %d %d %d %d %d\n", curpsinfo->pr_taskid, curpsinfo->pr_projid, curpsinfo->pr_nzomb, curpsinfo->pr_poolid,
	    curpsinfo->pr_zoneid, curpsinfo->pr_contract);

	printf("%d %d %c %d\n", curlwpsinfo->pr_lwpid == tid, curlwpsinfo->pr_state == SRUN, curlwpsinfo->pr_sname, curlwpsinfo->pr_flag);
	printf("%d %d %s %s\n", curlwpsinfo->pr_nice, curlwpsinfo->pr_pri, curlwpsinfo->pr_clname, curlwpsinfo->pr_name);
	printf("%d %d %d\n", curlwpsinfo->pr_onpro == cpu, curlwpsinfo->pr_bindpset, curlwpsinfo->pr_lgrp == lgrp);
	printf("%d %d %d %d\n", curcpu->cpu_id == cpu, curcpu->cpu_pset == pset, curcpu->cpu_chip == chip, curcpu->cpu_lgrp == lgrp);
	@[curpsinfo->pr_psargs] = count();
	exit(0);
}
