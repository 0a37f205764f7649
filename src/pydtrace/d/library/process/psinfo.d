/* From /proc, by way of the engine: T stands for the current thread, and is no address of anything. */

translator psinfo_t < struct task_struct *T > {
	pr_flag = 0;
	pr_nlwp = __fact(T, "threads");
	pr_pid = pid;
	pr_ppid = ppid;
	pr_pgid = __fact(T, "pgid");
	pr_sid = __fact(T, "sid");
	pr_uid = uid;
	pr_euid = __fact(T, "euid");
	pr_gid = gid;
	pr_egid = __fact(T, "egid");
	pr_addr = (uintptr_t)T;
	pr_size = __fact(T, "size");
	pr_rssize = __fact(T, "rss");
	pr_pctcpu = __busy[__fact(T, "time"), __since[__fact(T, "start")] * __online];
	pr_pctmem = __share[__fact(T, "rss") / 4, __memory];
	pr_start = xlate <timestruc_t> (__boot + __fact(T, "start"));
	pr_time = xlate <timestruc_t> (__fact(T, "time"));
	pr_ctime = xlate <timestruc_t> (__fact(T, "ctime"));
	pr_lwp = xlate <lwpsinfo_t> (T);
	pr_ttydev = (struct tty_struct *)(__fact(T, "tty") ? __fact(T, "tty") : -1);
	pr_fname = execname;
	pr_psargs = substr(__text(T, "args"), 0, 79);
	pr_wstat = 0;
	pr_argc = __fact(T, "argc");
	pr_argv = __fact(T, "argv");
	pr_envp = __fact(T, "envp");
	pr_dmodel = PR_MODEL_LP64;
	pr_taskid = 0;
	pr_projid = 0;
	pr_nzomb = 0;
	pr_poolid = 0;
	pr_zoneid = 0;
	pr_contract = 0;
};
translator lwpsinfo_t < struct task_struct *T > {
	pr_flag = 0;
	pr_lwpid = tid;
	pr_addr = (uintptr_t)T;
	pr_wchan = 0;
	pr_stype = 0;
	pr_state = SRUN;
	pr_sname = 'R';
	pr_nice = __fact(T, "nice");
	pr_syscall = __fact(T, "syscall");
	pr_oldpri = __fact(T, "priority");
	pr_cpu = __busy[__fact(T, "thread time"), __since[__fact(T, "thread start")]] >> 8;
	pr_pri = __fact(T, "priority");
	pr_pctcpu = __busy[__fact(T, "thread time"), __since[__fact(T, "thread start")]];
	pr_start = xlate <timestruc_t> (__boot + __fact(T, "thread start"));
	pr_time = xlate <timestruc_t> (__fact(T, "thread time"));
	pr_clname = __fact(T, "policy") == 1 || __fact(T, "policy") == 2 ? "RT" : __fact(T, "policy") == 6 ? "DL" :
	    __fact(T, "policy") == 3 || __fact(T, "policy") == 5 ? "IA" : "TS";
	pr_name = execname;
	pr_onpro = cpu;
	pr_bindpro = __fact(T, "bound");
	pr_bindpset = -1;
	pr_lgrp = __lgrp[cpu];
};

inline string execargs = __text(curthread, "args");
inline string cwd = __text(curthread, "cwd");
inline string root = __text(curthread, "root");
