"""System calls of x86-64, written by tools/gen_syscalls.py: a line per call, `number name|argument types`.

One string, not a dict: it costs nothing until someone asks. A call without `|` has arguments we do not know.
"""

from __future__ import annotations

ALIASES = {"stat": "newstat", "fstat": "newfstat", "lstat": "newlstat", "uname": "newuname", "sendfile": "sendfile64", "umount2": "umount"}
TABLE = """\
0 read|unsigned int, char *, size_t
1 write|unsigned int, const char *, size_t
2 open|const char *, int, umode_t
3 close|unsigned int
4 newstat|const char *, struct stat *
5 newfstat|unsigned int, struct stat *
6 newlstat|const char *, struct stat *
7 poll|struct pollfd *, unsigned int, int
8 lseek|unsigned int, unsigned long, unsigned int
9 mmap|unsigned long, unsigned long, unsigned long, unsigned long, unsigned long, unsigned long
10 mprotect|unsigned long, size_t, unsigned long
11 munmap|unsigned long, size_t
12 brk|unsigned long
13 rt_sigaction|int, const struct sigaction *, struct sigaction *, size_t
14 rt_sigprocmask|int, sigset_t *, sigset_t *, size_t
15 rt_sigreturn|
16 ioctl|unsigned int, unsigned int, unsigned long
17 pread64|unsigned int, char *, size_t, loff_t
18 pwrite64|unsigned int, const char *, size_t, loff_t
19 readv|unsigned long, const struct iovec *, unsigned long
20 writev|unsigned long, const struct iovec *, unsigned long
21 access|const char *, int
22 pipe|int *
23 select|int, fd_set *, fd_set *, fd_set *, struct __kernel_old_timeval *
24 sched_yield|
25 mremap|unsigned long, unsigned long, unsigned long, unsigned long, unsigned long
26 msync|unsigned long, size_t, int
27 mincore|unsigned long, size_t, unsigned char *
28 madvise|unsigned long, size_t, int
29 shmget|int, size_t, int
30 shmat|int, char *, int
31 shmctl|int, int, struct shmid_ds *
32 dup|unsigned int
33 dup2|unsigned int, unsigned int
34 pause|
35 nanosleep|struct __kernel_timespec *, struct __kernel_timespec *
36 getitimer|int, struct __kernel_old_itimerval *
37 alarm|unsigned int
38 setitimer|int, struct __kernel_old_itimerval *, struct __kernel_old_itimerval *
39 getpid|
40 sendfile64|int, int, loff_t *, size_t
41 socket|int, int, int
42 connect|int, struct sockaddr *, int
43 accept|int, struct sockaddr *, int *
44 sendto|int, void *, size_t, unsigned int, struct sockaddr *, int
45 recvfrom|int, void *, size_t, unsigned int, struct sockaddr *, int *
46 sendmsg|int, struct user_msghdr *, unsigned int
47 recvmsg|int, struct user_msghdr *, unsigned int
48 shutdown|int, int
49 bind|int, struct sockaddr *, int
50 listen|int, int
51 getsockname|int, struct sockaddr *, int *
52 getpeername|int, struct sockaddr *, int *
53 socketpair|int, int, int, int *
54 setsockopt|int, int, int, char *, int
55 getsockopt|int, int, int, char *, int *
56 clone|unsigned long, unsigned long, int *, int *, unsigned long
57 fork|
58 vfork|
59 execve|const char *, const char *const *, const char *const *
60 exit|int
61 wait4|pid_t, int *, int, struct rusage *
62 kill|pid_t, int
63 newuname|struct new_utsname *
64 semget|int, int, int
65 semop|int, struct sembuf *, unsigned int
66 semctl|int, int, int, unsigned long
67 shmdt|char *
68 msgget|int, int
69 msgsnd|int, struct msgbuf *, size_t, int
70 msgrcv|int, struct msgbuf *, size_t, long, int
71 msgctl|int, int, struct msqid_ds *
72 fcntl|unsigned int, unsigned int, unsigned long
73 flock|unsigned int, unsigned int
74 fsync|unsigned int
75 fdatasync|unsigned int
76 truncate|const char *, long
77 ftruncate|unsigned int, unsigned long
78 getdents|unsigned int, struct linux_dirent *, unsigned int
79 getcwd|char *, unsigned long
80 chdir|const char *
81 fchdir|unsigned int
82 rename|const char *, const char *
83 mkdir|const char *, umode_t
84 rmdir|const char *
85 creat|const char *, umode_t
86 link|const char *, const char *
87 unlink|const char *
88 symlink|const char *, const char *
89 readlink|const char *, char *, int
90 chmod|const char *, umode_t
91 fchmod|unsigned int, umode_t
92 chown|const char *, uid_t, gid_t
93 fchown|unsigned int, uid_t, gid_t
94 lchown|const char *, uid_t, gid_t
95 umask|int
96 gettimeofday|struct __kernel_old_timeval *, struct timezone *
97 getrlimit|unsigned int, struct rlimit *
98 getrusage|int, struct rusage *
99 sysinfo|struct sysinfo *
100 times|struct tms *
101 ptrace|long, long, unsigned long, unsigned long
102 getuid|
103 syslog|int, char *, int
104 getgid|
105 setuid|uid_t
106 setgid|gid_t
107 geteuid|
108 getegid|
109 setpgid|pid_t, pid_t
110 getppid|
111 getpgrp|
112 setsid|
113 setreuid|uid_t, uid_t
114 setregid|gid_t, gid_t
115 getgroups|int, gid_t *
116 setgroups|int, gid_t *
117 setresuid|uid_t, uid_t, uid_t
118 getresuid|uid_t *, uid_t *, uid_t *
119 setresgid|gid_t, gid_t, gid_t
120 getresgid|gid_t *, gid_t *, gid_t *
121 getpgid|pid_t
122 setfsuid|uid_t
123 setfsgid|gid_t
124 getsid|pid_t
125 capget|struct __user_cap_header_struct *, struct __user_cap_data_struct *
126 capset|struct __user_cap_header_struct *, const struct __user_cap_data_struct *
127 rt_sigpending|sigset_t *, size_t
128 rt_sigtimedwait|const sigset_t *, siginfo_t *, const struct __kernel_timespec *, size_t
129 rt_sigqueueinfo|pid_t, int, siginfo_t *
130 rt_sigsuspend|sigset_t *, size_t
131 sigaltstack|const struct sigaltstack *, struct sigaltstack *
132 utime|char *, struct utimbuf *
133 mknod|const char *, umode_t, unsigned int
134 uselib|const char *
135 personality|unsigned int
136 ustat|unsigned int, struct ustat *
137 statfs|const char *, struct statfs *
138 fstatfs|unsigned int, struct statfs *
139 sysfs|int, unsigned long, unsigned long
140 getpriority|int, int
141 setpriority|int, int, int
142 sched_setparam|pid_t, struct sched_param *
143 sched_getparam|pid_t, struct sched_param *
144 sched_setscheduler|pid_t, int, struct sched_param *
145 sched_getscheduler|pid_t
146 sched_get_priority_max|int
147 sched_get_priority_min|int
148 sched_rr_get_interval|pid_t, struct __kernel_timespec *
149 mlock|unsigned long, size_t
150 munlock|unsigned long, size_t
151 mlockall|int
152 munlockall|
153 vhangup|
154 modify_ldt|int, void *, unsigned long
155 pivot_root|const char *, const char *
157 prctl|int, unsigned long, unsigned long, unsigned long, unsigned long
158 arch_prctl|int, unsigned long
159 adjtimex|struct __kernel_timex *
160 setrlimit|unsigned int, struct rlimit *
161 chroot|const char *
162 sync|
163 acct|const char *
164 settimeofday|struct __kernel_old_timeval *, struct timezone *
165 mount|char *, char *, char *, unsigned long, void *
166 umount|char *, int
167 swapon|const char *, int
168 swapoff|const char *
169 reboot|int, int, unsigned int, void *
170 sethostname|char *, int
171 setdomainname|char *, int
172 iopl|unsigned int
173 ioperm|unsigned long, unsigned long, int
175 init_module|void *, unsigned long, const char *
176 delete_module|const char *, unsigned int
179 quotactl|unsigned int, const char *, unsigned int, void *
186 gettid|
187 readahead|int, loff_t, size_t
188 setxattr|const char *, const char *, const void *, size_t, int
189 lsetxattr|const char *, const char *, const void *, size_t, int
190 fsetxattr|int, const char *, const void *, size_t, int
191 getxattr|const char *, const char *, void *, size_t
192 lgetxattr|const char *, const char *, void *, size_t
193 fgetxattr|int, const char *, void *, size_t
194 listxattr|const char *, char *, size_t
195 llistxattr|const char *, char *, size_t
196 flistxattr|int, char *, size_t
197 removexattr|const char *, const char *
198 lremovexattr|const char *, const char *
199 fremovexattr|int, const char *
200 tkill|pid_t, int
201 time|__kernel_old_time_t *
202 futex|uint32_t *, int, uint32_t, const struct __kernel_timespec *, uint32_t *, uint32_t
203 sched_setaffinity|pid_t, unsigned int, unsigned long *
204 sched_getaffinity|pid_t, unsigned int, unsigned long *
205 set_thread_area|struct user_desc *
206 io_setup|unsigned int, aio_context_t *
207 io_destroy|aio_context_t
208 io_getevents|aio_context_t, long, long, struct io_event *, struct __kernel_timespec *
209 io_submit|aio_context_t, long, struct iocb **
210 io_cancel|aio_context_t, struct iocb *, struct io_event *
211 get_thread_area|struct user_desc *
212 lookup_dcookie
213 epoll_create|int
216 remap_file_pages|unsigned long, unsigned long, unsigned long, unsigned long, unsigned long
217 getdents64|unsigned int, struct linux_dirent64 *, unsigned int
218 set_tid_address|int *
219 restart_syscall|
220 semtimedop|int, struct sembuf *, unsigned int, const struct __kernel_timespec *
221 fadvise64|int, loff_t, size_t, int
222 timer_create|const clockid_t, struct sigevent *, timer_t *
223 timer_settime|timer_t, int, const struct __kernel_itimerspec *, struct __kernel_itimerspec *
224 timer_gettime|timer_t, struct __kernel_itimerspec *
225 timer_getoverrun|timer_t
226 timer_delete|timer_t
227 clock_settime|const clockid_t, const struct __kernel_timespec *
228 clock_gettime|const clockid_t, struct __kernel_timespec *
229 clock_getres|const clockid_t, struct __kernel_timespec *
230 clock_nanosleep|const clockid_t, int, const struct __kernel_timespec *, struct __kernel_timespec *
231 exit_group|int
232 epoll_wait|int, struct epoll_event *, int, int
233 epoll_ctl|int, int, int, struct epoll_event *
234 tgkill|pid_t, pid_t, int
235 utimes|char *, struct __kernel_old_timeval *
237 mbind|unsigned long, unsigned long, unsigned long, const unsigned long *, unsigned long, unsigned int
238 set_mempolicy|int, const unsigned long *, unsigned long
239 get_mempolicy|int *, unsigned long *, unsigned long, unsigned long, unsigned long
240 mq_open|const char *, int, umode_t, struct mq_attr *
241 mq_unlink|const char *
242 mq_timedsend|mqd_t, const char *, size_t, unsigned int, const struct __kernel_timespec *
243 mq_timedreceive|mqd_t, char *, size_t, unsigned int *, const struct __kernel_timespec *
244 mq_notify|mqd_t, const struct sigevent *
245 mq_getsetattr|mqd_t, const struct mq_attr *, struct mq_attr *
246 kexec_load|unsigned long, unsigned long, struct kexec_segment *, unsigned long
247 waitid|int, pid_t, struct siginfo *, int, struct rusage *
248 add_key|const char *, const char *, const void *, size_t, key_serial_t
249 request_key|const char *, const char *, const char *, key_serial_t
250 keyctl|int, unsigned long, unsigned long, unsigned long, unsigned long
251 ioprio_set|int, int, int
252 ioprio_get|int, int
253 inotify_init|
254 inotify_add_watch|int, const char *, uint32_t
255 inotify_rm_watch|int, int32_t
256 migrate_pages|pid_t, unsigned long, const unsigned long *, const unsigned long *
257 openat|int, const char *, int, umode_t
258 mkdirat|int, const char *, umode_t
259 mknodat|int, const char *, umode_t, unsigned int
260 fchownat|int, const char *, uid_t, gid_t, int
261 futimesat|int, const char *, struct __kernel_old_timeval *
262 newfstatat|int, const char *, struct stat *, int
263 unlinkat|int, const char *, int
264 renameat|int, const char *, int, const char *
265 linkat|int, const char *, int, const char *, int
266 symlinkat|const char *, int, const char *
267 readlinkat|int, const char *, char *, int
268 fchmodat|int, const char *, umode_t
269 faccessat|int, const char *, int
270 pselect6|int, fd_set *, fd_set *, fd_set *, struct __kernel_timespec *, void *
271 ppoll|struct pollfd *, unsigned int, struct __kernel_timespec *, const sigset_t *, size_t
272 unshare|unsigned long
273 set_robust_list|struct robust_list_head *, size_t
274 get_robust_list|int, struct robust_list_head **, size_t *
275 splice|int, loff_t *, int, loff_t *, size_t, unsigned int
276 tee|int, int, size_t, unsigned int
277 sync_file_range|int, loff_t, loff_t, unsigned int
278 vmsplice|int, const struct iovec *, unsigned long, unsigned int
279 move_pages|pid_t, unsigned long, const void **, const int *, int *, int
280 utimensat|int, const char *, struct __kernel_timespec *, int
281 epoll_pwait|int, struct epoll_event *, int, int, const sigset_t *, size_t
282 signalfd|int, sigset_t *, size_t
283 timerfd_create|int, int
284 eventfd|unsigned int
285 fallocate|int, int, loff_t, loff_t
286 timerfd_settime|int, int, const struct __kernel_itimerspec *, struct __kernel_itimerspec *
287 timerfd_gettime|int, struct __kernel_itimerspec *
288 accept4|int, struct sockaddr *, int *, int
289 signalfd4|int, sigset_t *, size_t, int
290 eventfd2|unsigned int, int
291 epoll_create1|int
292 dup3|unsigned int, unsigned int, int
293 pipe2|int *, int
294 inotify_init1|int
295 preadv|unsigned long, const struct iovec *, unsigned long, unsigned long, unsigned long
296 pwritev|unsigned long, const struct iovec *, unsigned long, unsigned long, unsigned long
297 rt_tgsigqueueinfo|pid_t, pid_t, int, siginfo_t *
298 perf_event_open|struct perf_event_attr *, pid_t, int, int, unsigned long
299 recvmmsg|int, struct mmsghdr *, unsigned int, unsigned int, struct __kernel_timespec *
300 fanotify_init|unsigned int, unsigned int
301 fanotify_mark|int, unsigned int, uint64_t, int, const char *
302 prlimit64|pid_t, unsigned int, const struct rlimit64 *, struct rlimit64 *
303 name_to_handle_at|int, const char *, struct file_handle *, void *, int
304 open_by_handle_at|int, struct file_handle *, int
305 clock_adjtime|const clockid_t, struct __kernel_timex *
306 syncfs|int
307 sendmmsg|int, struct mmsghdr *, unsigned int, unsigned int
308 setns|int, int
309 getcpu|unsigned int *, unsigned int *, struct getcpu_cache *
310 process_vm_readv|pid_t, const struct iovec *, unsigned long, const struct iovec *, unsigned long, unsigned long
311 process_vm_writev|pid_t, const struct iovec *, unsigned long, const struct iovec *, unsigned long, unsigned long
312 kcmp|pid_t, pid_t, int, unsigned long, unsigned long
313 finit_module|int, const char *, int
314 sched_setattr|pid_t, struct sched_attr *, unsigned int
315 sched_getattr|pid_t, struct sched_attr *, unsigned int, unsigned int
316 renameat2|int, const char *, int, const char *, unsigned int
317 seccomp|unsigned int, unsigned int, void *
318 getrandom|char *, size_t, unsigned int
319 memfd_create|const char *, unsigned int
320 kexec_file_load|int, int, unsigned long, const char *, unsigned long
321 bpf|int, union bpf_attr *, unsigned int
322 execveat|int, const char *, const char *const *, const char *const *, int
323 userfaultfd|int
324 membarrier|int, unsigned int, int
325 mlock2|unsigned long, size_t, int
326 copy_file_range|int, loff_t *, int, loff_t *, size_t, unsigned int
327 preadv2|unsigned long, const struct iovec *, unsigned long, unsigned long, unsigned long, rwf_t
328 pwritev2|unsigned long, const struct iovec *, unsigned long, unsigned long, unsigned long, rwf_t
329 pkey_mprotect|unsigned long, size_t, unsigned long, int
330 pkey_alloc|unsigned long, unsigned long
331 pkey_free|int
332 statx|int, const char *, unsigned int, unsigned int, struct statx *
333 io_pgetevents|aio_context_t, long, long, struct io_event *, struct __kernel_timespec *, const struct __aio_sigset *
334 rseq|struct rseq *, uint32_t, int, uint32_t
424 pidfd_send_signal|int, int, siginfo_t *, unsigned int
425 io_uring_setup|uint32_t, struct io_uring_params *
426 io_uring_enter|unsigned int, uint32_t, uint32_t, uint32_t, const void *, size_t
427 io_uring_register|unsigned int, unsigned int, void *, unsigned int
428 open_tree|int, const char *, unsigned int
429 move_mount|int, const char *, int, const char *, unsigned int
430 fsopen|const char *, unsigned int
431 fsconfig|int, unsigned int, const char *, const void *, int
432 fsmount|int, unsigned int, unsigned int
433 fspick|int, const char *, unsigned int
434 pidfd_open|pid_t, unsigned int
435 clone3|struct clone_args *, size_t
436 close_range|unsigned int, unsigned int, unsigned int
437 openat2|int, const char *, struct open_how *, size_t
438 pidfd_getfd|int, int, unsigned int
439 faccessat2|int, const char *, int, int
440 process_madvise|int, const struct iovec *, size_t, int, unsigned int
441 epoll_pwait2|int, struct epoll_event *, int, const struct __kernel_timespec *, const sigset_t *, size_t
442 mount_setattr|int, const char *, unsigned int, struct mount_attr *, size_t
443 quotactl_fd|unsigned int, unsigned int, unsigned int, void *
444 landlock_create_ruleset|const struct landlock_ruleset_attr *, size_t, uint32_t
445 landlock_add_rule|int, unsigned int, const void *, uint32_t
446 landlock_restrict_self|int, uint32_t
447 memfd_secret|unsigned int
448 process_mrelease|int, unsigned int
449 futex_waitv|struct futex_waitv *, unsigned int, unsigned int, struct __kernel_timespec *, clockid_t
450 set_mempolicy_home_node|unsigned long, unsigned long, unsigned long, unsigned long
451 cachestat|unsigned int, struct cachestat_range *, struct cachestat *, unsigned int
452 fchmodat2|int, const char *, umode_t, unsigned int
453 map_shadow_stack|unsigned long, unsigned long, unsigned int
454 futex_wake|void *, unsigned long, int, unsigned int
455 futex_wait|void *, unsigned long, unsigned long, unsigned int, struct __kernel_timespec *, clockid_t
456 futex_requeue|struct futex_waitv *, unsigned int, int, int
457 statmount|const struct mnt_id_req *, struct statmount *, size_t, unsigned int
458 listmount|const struct mnt_id_req *, uint64_t *, size_t, unsigned int
459 lsm_get_self_attr|unsigned int, struct lsm_ctx *, uint32_t *, uint32_t
460 lsm_set_self_attr|unsigned int, struct lsm_ctx *, uint32_t, uint32_t
461 lsm_list_modules|uint64_t *, uint32_t *, uint32_t
462 mseal|unsigned long, size_t, unsigned long
463 setxattrat|int, const char *, unsigned int, const char *, const struct xattr_args *, size_t
464 getxattrat|int, const char *, unsigned int, const char *, struct xattr_args *, size_t
465 listxattrat|int, const char *, unsigned int, char *, size_t
466 removexattrat|int, const char *, unsigned int, const char *
467 open_tree_attr|int, const char *, unsigned int, struct mount_attr *, size_t
468 file_getattr|int, const char *, struct file_attr *, size_t, unsigned int
469 file_setattr|int, const char *, struct file_attr *, size_t, unsigned int
"""
