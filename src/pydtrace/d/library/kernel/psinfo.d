/* From the kernel's task_struct. A member that is there twice is for kernels that differ: the first that fits is taken. */

translator psinfo_t < struct task_struct *T > {
	pr_flag = 0;
	pr_nlwp = T->signal->nr_threads;
	pr_pid = T->tgid;
	pr_ppid = T->real_parent->tgid;
	pr_pgid = T->signal->pids[2]->numbers[0].nr;
	pr_sid = T->signal->pids[3]->numbers[0].nr;
	pr_uid = T->cred->uid.val;
	pr_euid = T->cred->euid.val;
	pr_gid = T->cred->gid.val;
	pr_egid = T->cred->egid.val;
	pr_addr = (uintptr_t)T;
	pr_size = T->mm == NULL ? 0 : T->mm->total_vm * 4;
	pr_rssize = T->mm == NULL ? 0 : __resident[T->mm] * 4;
	pr_rssize = T->mm == NULL ? 0 : __resident61[T->mm] * 4;
	pr_pctcpu = __busy[__cputime(T), __since[T->group_leader->start_boottime] * __online];
	pr_pctmem = T->mm == NULL ? 0 : __share[__resident[T->mm], __memory];
	pr_pctmem = T->mm == NULL ? 0 : __share[__resident61[T->mm], __memory];
	pr_start = xlate <timestruc_t> (__boot + (int64_t)T->group_leader->start_boottime);
	pr_time = xlate <timestruc_t> (__cputime(T));
	pr_ctime = xlate <timestruc_t> ((int64_t)(T->signal->cutime + T->signal->cstime));
	pr_lwp = xlate <lwpsinfo_t> (T);
	pr_ttydev = T->signal->tty != NULL ? T->signal->tty : (struct tty_struct *)-1;
	pr_fname = stringof(T->comm);
	pr_psargs = __own[T] ? substr(__args(T->mm->arg_start, __short[T->mm->arg_end - T->mm->arg_start]), 0, 79) : stringof(T->comm);
	pr_wstat = T->exit_code;
	pr_argc = __own[T] ? *(long *)copyin(T->mm->start_stack, 8) : 0;
	pr_argv = __own[T] ? T->mm->start_stack + 8 : 0;
	pr_envp = __own[T] ? T->mm->start_stack + 16 + 8 * *(long *)copyin(T->mm->start_stack, 8) : 0;
	pr_dmodel = PR_MODEL_LP64;
	pr_taskid = 0;
	pr_projid = 0;
	pr_nzomb = 0;
	pr_poolid = 0;
	pr_zoneid = 0;
	pr_contract = 0;
};

/* Pages in memory: of files, without a file, shared. The second way is that of Linux up to 6.1. */
inline int64_t __resident[struct mm_struct *M] = __percpu(&M->rss_stat[0]) + __percpu(&M->rss_stat[1]) + __percpu(&M->rss_stat[3]);
inline int64_t __resident61[struct mm_struct *M] = M->rss_stat.count[0].counter + M->rss_stat.count[1].counter +
    M->rss_stat.count[3].counter;

/* Whether the user memory of T is what we see: its own, or its parent's, of which a new process has a copy. */
inline int __own[struct task_struct *T] = T->mm != NULL && (T->tgid == pid || T->real_parent->tgid == pid);
inline size_t __short[size_t n] = n < 80 ? n : 80;

translator lwpsinfo_t < struct task_struct *T > {
	pr_flag = T->__state & 4 ? PR_STOPPED : 0;
	pr_lwpid = T->pid;
	pr_addr = (uintptr_t)T;
	pr_wchan = 0;
	pr_stype = 0;
	pr_state = __letter[T->__state, T->exit_state] == 'R' ? SRUN : __letter[T->__state, T->exit_state] == 'T' ? SSTOP :
	    __letter[T->__state, T->exit_state] == 'Z' ? SZOMB : __letter[T->__state, T->exit_state] == 'W' ? SWAIT : SSLEEP;
	pr_sname = __letter[T->__state, T->exit_state];
	pr_nice = T->static_prio - 120;
	pr_syscall = T == curthread && T->mm != NULL ? (short)uregs[15] : -1;	/* the word orig_ax */
	pr_oldpri = T->prio;
	pr_cpu = __busy[T->se.sum_exec_runtime, __since[T->start_boottime]] >> 8;
	pr_pri = T->prio;
	pr_pctcpu = __busy[T->se.sum_exec_runtime, __since[T->start_boottime]];
	pr_start = xlate <timestruc_t> (__boot + (int64_t)T->start_boottime);
	pr_time = xlate <timestruc_t> ((int64_t)T->se.sum_exec_runtime);
	pr_clname = T->policy == 1 || T->policy == 2 ? "RT" : T->policy == 6 ? "DL" : T->policy == 3 || T->policy == 5 ? "IA" : "TS";
	pr_name = T->comm;
	pr_onpro = T->thread_info.cpu;
	pr_onpro = T->cpu;
	pr_bindpro = T->nr_cpus_allowed == 1 ? T->thread_info.cpu : -1;
	pr_bindpro = T->nr_cpus_allowed == 1 ? T->cpu : -1;
	pr_bindpset = -1;
	pr_lgrp = __lgrp[T->thread_info.cpu];
	pr_lgrp = __lgrp[T->cpu];
};

/* The letter of a state: interruptible 1, uninterruptible 2, stopped 4, traced 8, dead 0x80, waking 0x200, parked 0x40. */
inline char __letter[unsigned int state, int gone] = gone ? 'Z' : state & 3 ? 'S' : state & 0xc ? 'T' : state & 0x80 ? 'Z' :
    state & 0x340 ? 'W' : 'R';

inline string execargs = __own[curthread] ? __args(curthread->mm->arg_start, curthread->mm->arg_end - curthread->mm->arg_start) : execname;
inline string cwd = curthread->fs == NULL ? "<none>" : d_path(&curthread->fs->pwd);	/* none: at the end of exit() */
inline string root = curthread->fs == NULL ? "<none>" : d_path(&curthread->fs->root);
