/* Processes and threads as Solaris's proc(4) describes them. What fills the members in is the engine's: kernel/ and process/. */

typedef struct lwpsinfo {
	int pr_flag;			/* PR_STOPPED … */
	id_t pr_lwpid;			/* thread id */
	uintptr_t pr_addr;		/* the kernel's task_struct */
	uintptr_t pr_wchan;		/* what it waits for: not told */
	char pr_stype;			/* kind of that: not told */
	char pr_state;			/* SSLEEP … */
	char pr_sname;			/* the letter of it */
	char pr_nice;			/* -20 to 19 */
	short pr_syscall;		/* number of the system call it is in */
	char pr_oldpri;			/* the same priority: low is urgent */
	char pr_cpu;			/* the upper byte of pr_pctcpu */
	int pr_pri;			/* the kernel's priority */
	ushort_t pr_pctcpu;		/* share of its life on a CPU; 0x8000 is all */
	ushort_t pr_pad;
	timestruc_t pr_start;		/* since 1970 */
	timestruc_t pr_time;		/* on a CPU */
	char pr_clname[8];		/* scheduling class */
	char pr_name[16];		/* name of the thread */
	processorid_t pr_onpro;		/* CPU it runs or last ran on */
	processorid_t pr_bindpro;	/* CPU it is bound to, or -1 */
	psetid_t pr_bindpset;		/* -1 */
	int pr_lgrp;			/* NUMA node of pr_onpro */
	int pr_filler[4];
} lwpsinfo_t;
typedef struct psinfo {
	int pr_flag;
	int pr_nlwp;			/* threads */
	pid_t pr_pid;
	pid_t pr_ppid;
	pid_t pr_pgid;
	pid_t pr_sid;
	uid_t pr_uid;
	uid_t pr_euid;
	gid_t pr_gid;
	gid_t pr_egid;
	uintptr_t pr_addr;		/* the kernel's task_struct */
	size_t pr_size;			/* address space in KB */
	size_t pr_rssize;		/* of that in memory */
	size_t pr_pad1;
	struct tty_struct *pr_ttydev;	/* controlling terminal, or -1 */
	ushort_t pr_pctcpu;		/* share of its life on the CPUs; 0x8000 is all of all of them */
	ushort_t pr_pctmem;		/* share of memory */
	timestruc_t pr_start;		/* since 1970 */
	timestruc_t pr_time;		/* of all its threads on a CPU */
	timestruc_t pr_ctime;		/* of its children that have been waited for */
	char pr_fname[16];		/* name of the program */
	char pr_psargs[80];		/* its arguments, the beginning */
	int pr_wstat;			/* status for wait() */
	int pr_argc;
	uintptr_t pr_argv;		/* user address of the argument vector */
	uintptr_t pr_envp;		/* and of the environment */
	char pr_dmodel;			/* PR_MODEL_LP64 … */
	char pr_pad2[3];
	taskid_t pr_taskid;
	dprojid_t pr_projid;
	int pr_nzomb;
	poolid_t pr_poolid;
	zoneid_t pr_zoneid;
	id_t pr_contract;
	int pr_filler[1];
	lwpsinfo_t pr_lwp;		/* the thread that was asked about */
} psinfo_t;

inline char PR_MODEL_ILP32 = 1;
inline char PR_MODEL_LP64 = 2;
inline int PR_STOPPED = 0x1;
inline int PR_ISTOP = 0x2;
inline int PR_DSTOP = 0x4;
inline int PR_IDLE = 0x10000000;
inline char SSLEEP = 1;
inline char SRUN = 2;
inline char SZOMB = 3;
inline char SSTOP = 4;
inline char SIDL = 5;
inline char SONPROC = 6;
inline char SWAIT = 7;

translator timestruc_t < int64_t NS > {
	tv_sec = NS / 1000000000;
	tv_nsec = NS % 1000000000;
};

/* Nanoseconds since the time `start`, which is counted from when the machine started, as in /proc. */
inline int64_t __since[int64_t start] = walltimestamp - __boot - start;
inline int64_t __share[int64_t part, int64_t whole] = whole <= 0 || part <= 0 ? 0 : part >= whole ? 0x8000 : part * 0x8000 / whole;
inline int64_t __busy[int64_t time, int64_t life] = __share[time / 1000, life / 1000];

inline psinfo_t *curpsinfo = xlate <psinfo_t *> (curthread);
inline lwpsinfo_t *curlwpsinfo = xlate <lwpsinfo_t *> (curthread);
