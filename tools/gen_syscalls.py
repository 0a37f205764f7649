"""Writes src/pydtrace/providers/syscalls_table.py: x86-64 call numbers from <asm/unistd_64.h>, argument types from the list below.

    python tools/gen_syscalls.py [unistd_64.h] > src/pydtrace/providers/syscalls_table.py

Names are those of the kernel's functions and tracepoints, which differ from the header's for a few calls (newfstat, newuname).
"""

from __future__ import annotations

import sys

SHORT = {
    "i": "int", "u": "unsigned int", "l": "long", "L": "unsigned long", "z": "size_t", "s": "const char *", "c": "char *", "v": "void *",
    "V": "const void *", "I": "int *", "U": "unsigned int *", "o": "loff_t", "O": "loff_t *", "p": "pid_t", "m": "umode_t", "ui": "uid_t",
    "gi": "gid_t", "ts": "struct __kernel_timespec *", "cts": "const struct __kernel_timespec *", "sa": "struct sockaddr *",
    "iov": "const struct iovec *", "ss": "sigset_t *", "clk": "const clockid_t", "LL": "unsigned long *", "av": "const char *const *",
}  # fmt: skip
RENAMED = {"stat": "newstat", "fstat": "newfstat", "lstat": "newlstat", "uname": "newuname", "sendfile": "sendfile64", "umount2": "umount"}
GONE = frozenset(
    "_sysctl afs_syscall create_module epoll_ctl_old epoll_wait_old get_kernel_syms getpmsg nfsservctl putpmsg query_module security "
    "tuxcall vserver".split()
)
NEWER = {
    450: "set_mempolicy_home_node", 451: "cachestat", 452: "fchmodat2", 453: "map_shadow_stack", 454: "futex_wake", 455: "futex_wait",
    456: "futex_requeue", 457: "statmount", 458: "listmount", 459: "lsm_get_self_attr", 460: "lsm_set_self_attr", 461: "lsm_list_modules",
    462: "mseal", 463: "setxattrat", 464: "getxattrat", 465: "listxattrat", 466: "removexattrat", 467: "open_tree_attr",
    468: "file_getattr", 469: "file_setattr",
}  # fmt: skip
ARGS = """
read u c z;write u s z;open s i m;close u;newstat s struct stat *;newfstat u struct stat *;newlstat s struct stat *
poll struct pollfd * u i;lseek u L u;mmap L L L L L L;mprotect L z L;munmap L z;brk L
rt_sigaction i const_struct_sigaction_* struct_sigaction_* z;rt_sigprocmask i ss ss z;rt_sigreturn;ioctl u u L;pread64 u c z o
pwrite64 u s z o;readv L iov L;writev L iov L;access s i;pipe I;select i fd_set_* fd_set_* fd_set_* struct___kernel_old_timeval_*
sched_yield;mremap L L L L L;msync L z i;mincore L z unsigned_char_*;madvise L z i;shmget i z i;shmat i c i;shmctl i i struct_shmid_ds_*
dup u;dup2 u u;pause;nanosleep ts ts;getitimer i struct___kernel_old_itimerval_*;alarm u
setitimer i struct___kernel_old_itimerval_* struct___kernel_old_itimerval_*;getpid;sendfile64 i i O z;socket i i i;connect i sa i
accept i sa I;sendto i v z u sa i;recvfrom i v z u sa I;sendmsg i struct_user_msghdr_* u;recvmsg i struct_user_msghdr_* u;shutdown i i
bind i sa i;listen i i;getsockname i sa I;getpeername i sa I;socketpair i i i I;setsockopt i i i c i;getsockopt i i i c I
clone L L I I L;fork;vfork;execve s av av;exit i;wait4 p I i struct_rusage_*;kill p i;newuname struct_new_utsname_*;semget i i i
semop i struct_sembuf_* u;semctl i i i L;shmdt c;msgget i i;msgsnd i struct_msgbuf_* z i;msgrcv i struct_msgbuf_* z l i
msgctl i i struct_msqid_ds_*;fcntl u u L;flock u u;fsync u;fdatasync u;truncate s l;ftruncate u L;getdents u struct_linux_dirent_* u
getcwd c L;chdir s;fchdir u;rename s s;mkdir s m;rmdir s;creat s m;link s s;unlink s;symlink s s;readlink s c i;chmod s m;fchmod u m
chown s ui gi;fchown u ui gi;lchown s ui gi;umask i;gettimeofday struct___kernel_old_timeval_* struct_timezone_*;getrlimit u struct_rlimit_*
getrusage i struct_rusage_*;sysinfo struct_sysinfo_*;times struct_tms_*;ptrace l l L L;getuid;syslog i c i;getgid;setuid ui;setgid gi
geteuid;getegid;setpgid p p;getppid;getpgrp;setsid;setreuid ui ui;setregid gi gi;getgroups i gid_t_*;setgroups i gid_t_*
setresuid ui ui ui;getresuid uid_t_* uid_t_* uid_t_*;setresgid gi gi gi;getresgid gid_t_* gid_t_* gid_t_*;getpgid p;setfsuid ui;setfsgid gi
getsid p;capget struct___user_cap_header_struct_* struct___user_cap_data_struct_*
capset struct___user_cap_header_struct_* const_struct___user_cap_data_struct_*;rt_sigpending ss z
rt_sigtimedwait const_sigset_t_* siginfo_t_* cts z;rt_sigqueueinfo p i siginfo_t_*;rt_sigsuspend ss z
sigaltstack const_struct_sigaltstack_* struct_sigaltstack_*;utime c struct_utimbuf_*;mknod s m u;uselib s;personality u
ustat u struct_ustat_*
statfs s struct_statfs_*;fstatfs u struct_statfs_*;sysfs i L L;getpriority i i;setpriority i i i;sched_setparam p struct_sched_param_*
sched_getparam p struct_sched_param_*;sched_setscheduler p i struct_sched_param_*;sched_getscheduler p;sched_get_priority_max i
sched_get_priority_min i;sched_rr_get_interval p ts;mlock L z;munlock L z;mlockall i;munlockall;vhangup
modify_ldt i v L;pivot_root s s;prctl i L L L L;arch_prctl i L;adjtimex struct___kernel_timex_*;setrlimit u struct_rlimit_*;chroot s;sync
acct s;settimeofday struct___kernel_old_timeval_* struct_timezone_*;mount c c c L v;umount c i;swapon s i;swapoff s
reboot i i u v;sethostname c i;setdomainname c i;iopl u;ioperm L L i;init_module v L s;delete_module s u;quotactl u s u v;gettid
readahead i o z;setxattr s s V z i;lsetxattr s s V z i;fsetxattr i s V z i;getxattr s s v z;lgetxattr s s v z;fgetxattr i s v z
listxattr s c z;llistxattr s c z;flistxattr i c z;removexattr s s;lremovexattr s s;fremovexattr i s;tkill p i;time __kernel_old_time_t_*
futex uint32_t_* i uint32_t cts uint32_t_* uint32_t;sched_setaffinity p u LL;sched_getaffinity p u LL;set_thread_area struct_user_desc_*
io_setup u aio_context_t_*;io_destroy aio_context_t;io_getevents aio_context_t l l struct_io_event_* ts
io_submit aio_context_t l struct_iocb_**;io_cancel aio_context_t struct_iocb_* struct_io_event_*;get_thread_area struct_user_desc_*
epoll_create i;remap_file_pages L L L L L;getdents64 u struct_linux_dirent64_* u;set_tid_address I;restart_syscall
semtimedop i struct_sembuf_* u cts;fadvise64 i o z i;timer_create clk struct_sigevent_* timer_t_*
timer_settime timer_t i const_struct___kernel_itimerspec_* struct___kernel_itimerspec_*;timer_gettime timer_t struct___kernel_itimerspec_*
timer_getoverrun timer_t;timer_delete timer_t;clock_settime clk cts;clock_gettime clk ts;clock_getres clk ts
clock_nanosleep clk i cts ts;exit_group i;epoll_wait i struct_epoll_event_* i i;epoll_ctl i i i struct_epoll_event_*;tgkill p p i
utimes c struct___kernel_old_timeval_*;mbind L L L const_unsigned_long_* L u;set_mempolicy i const_unsigned_long_* L
get_mempolicy I LL L L L;mq_open s i m struct_mq_attr_*;mq_unlink s;mq_timedsend mqd_t s z u cts;mq_timedreceive mqd_t c z U cts
mq_notify mqd_t const_struct_sigevent_*;mq_getsetattr mqd_t const_struct_mq_attr_* struct_mq_attr_*
kexec_load L L struct_kexec_segment_* L;waitid i p struct_siginfo_* i struct_rusage_*;add_key s s V z key_serial_t
request_key s s s key_serial_t;keyctl i L L L L;ioprio_set i i i;ioprio_get i i;inotify_init;inotify_add_watch i s uint32_t
inotify_rm_watch i int32_t;migrate_pages p L const_unsigned_long_* const_unsigned_long_*;openat i s i m;mkdirat i s m;mknodat i s m u
fchownat i s ui gi i;futimesat i s struct___kernel_old_timeval_*;newfstatat i s struct_stat_* i;unlinkat i s i;renameat i s i s
linkat i s i s i;symlinkat s i s;readlinkat i s c i;fchmodat i s m;faccessat i s i;pselect6 i fd_set_* fd_set_* fd_set_* ts v
ppoll struct_pollfd_* u ts const_sigset_t_* z;unshare L;set_robust_list struct_robust_list_head_* z
get_robust_list i struct_robust_list_head_** size_t_*;splice i O i O z u;tee i i z u;sync_file_range i o o u;vmsplice i iov L u
move_pages p L const_void_** const_int_* I i;utimensat i s ts i;epoll_pwait i struct_epoll_event_* i i const_sigset_t_* z
signalfd i ss z;timerfd_create i i;eventfd u;fallocate i i o o
timerfd_settime i i const_struct___kernel_itimerspec_* struct___kernel_itimerspec_*;timerfd_gettime i struct___kernel_itimerspec_*
accept4 i sa I i;signalfd4 i ss z i;eventfd2 u i;epoll_create1 i;dup3 u u i;pipe2 I i;inotify_init1 i;preadv L iov L L L
pwritev L iov L L L;rt_tgsigqueueinfo p p i siginfo_t_*;perf_event_open struct_perf_event_attr_* p i i L
recvmmsg i struct_mmsghdr_* u u ts;fanotify_init u u;fanotify_mark i u uint64_t i s
prlimit64 p u const_struct_rlimit64_* struct_rlimit64_*;name_to_handle_at i s struct_file_handle_* v i
open_by_handle_at i struct_file_handle_* i;clock_adjtime clk struct___kernel_timex_*;syncfs i;sendmmsg i struct_mmsghdr_* u u;setns i i
getcpu U U struct_getcpu_cache_*;process_vm_readv p iov L iov L L;process_vm_writev p iov L iov L L;kcmp p p i L L;finit_module i s i
sched_setattr p struct_sched_attr_* u;sched_getattr p struct_sched_attr_* u u;renameat2 i s i s u;seccomp u u v;getrandom c z u
memfd_create s u;kexec_file_load i i L s L;bpf i union_bpf_attr_* u;execveat i s av av i;userfaultfd i;membarrier i u i;mlock2 L z i
copy_file_range i O i O z u;preadv2 L iov L L L rwf_t;pwritev2 L iov L L L rwf_t;pkey_mprotect L z L i;pkey_alloc L L;pkey_free i
statx i s u u struct_statx_*;io_pgetevents aio_context_t l l struct_io_event_* ts const_struct___aio_sigset_*
rseq struct_rseq_* uint32_t i uint32_t;pidfd_send_signal i i siginfo_t_* u;io_uring_setup uint32_t struct_io_uring_params_*
io_uring_enter u uint32_t uint32_t uint32_t V z;io_uring_register u u v u;open_tree i s u;move_mount i s i s u;fsopen s u
fsconfig i u s V i;fsmount i u u;fspick i s u;pidfd_open p u;clone3 struct_clone_args_* z;close_range u u u
openat2 i s struct_open_how_* z;pidfd_getfd i i u;faccessat2 i s i i;process_madvise i iov z i u
epoll_pwait2 i struct_epoll_event_* i cts const_sigset_t_* z;mount_setattr i s u struct_mount_attr_* z;quotactl_fd u u u v
landlock_create_ruleset const_struct_landlock_ruleset_attr_* z uint32_t;landlock_add_rule i u V uint32_t
landlock_restrict_self i uint32_t;memfd_secret u;process_mrelease i u;futex_waitv struct_futex_waitv_* u u ts clockid_t
set_mempolicy_home_node L L L L;cachestat u struct_cachestat_range_* struct_cachestat_* u;fchmodat2 i s m u;map_shadow_stack L L u
futex_wake v L i u;futex_wait v L L u ts clockid_t;futex_requeue struct_futex_waitv_* u i i
statmount const_struct_mnt_id_req_* struct_statmount_* z u;listmount const_struct_mnt_id_req_* uint64_t_* z u
lsm_get_self_attr u struct_lsm_ctx_* uint32_t_* uint32_t;lsm_set_self_attr u struct_lsm_ctx_* uint32_t uint32_t
lsm_list_modules uint64_t_* uint32_t_* uint32_t;mseal L z L;setxattrat i s u s const_struct_xattr_args_* z
getxattrat i s u s struct_xattr_args_* z;listxattrat i s u c z;removexattrat i s u s;open_tree_attr i s u struct_mount_attr_* z
file_getattr i s struct_file_attr_* z u;file_setattr i s struct_file_attr_* z u
"""


def args() -> dict[str, str]:
    """Types by call, `, ` between them. A word is a short form, or a type with `_` for its blanks."""
    out = {}
    for entry in ARGS.replace("\n", ";").split(";"):
        words = entry.split()
        if not words:
            continue
        joined: list[str] = []
        it = iter(words[1:])
        for word in it:
            joined.append(f"{word} {next(it)} {next(it)}" if word == "struct" else SHORT.get(word) or spell(word))
        out[words[0]] = ", ".join(joined)
    return out


def spell(word: str) -> str:
    for head in ("const", "struct", "union"):
        word = word.replace(f"{head}_", f"{head} ", 1) if word.startswith(f"{head}_") or f" {head}_" in word else word
    return word.replace("unsigned_", "unsigned ").replace("_**", " **").replace("_*", " *")


def main() -> None:
    path = sys.argv[1] if len(sys.argv) > 1 else "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"
    numbers = dict(NEWER)
    with open(path) as f:
        for line in f:
            words = line.split()
            if len(words) == 3 and words[0] == "#define" and words[1].startswith("__NR_") and words[1][5:] not in GONE:
                numbers[int(words[2])] = RENAMED.get(words[1][5:], words[1][5:])
    types = args()
    print('"""System calls of x86-64, written by tools/gen_syscalls.py: a line per call, `number name|argument types`.\n')
    print("One string, not a dict: it costs nothing until someone asks. A call without `|` has arguments we do not know.\n" + '"""\n')
    print("from __future__ import annotations\n")
    print("ALIASES = {" + ", ".join(f'"{a}": "{b}"' for a, b in RENAMED.items()) + "}")
    print('TABLE = """\\')
    for number, name in sorted(numbers.items()):
        print(f"{number} {name}" + (f"|{types[name]}" if name in types else ""))
    print('"""')


if __name__ == "__main__":
    main()
