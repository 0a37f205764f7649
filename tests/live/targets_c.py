"""Small C programs for the live tests of the process engine, compiled once."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

_directory = Path(tempfile.mkdtemp(prefix="pydtrace-test-"))

LOOP = r"""
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
__attribute__((noinline)) int f(int x) { __asm__ volatile(""); return x * 3 + 1; }
int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10, sum = 0;
    for (int i = 0; n < 0 || i < n; i++) { sum += f(i); if (n < 0) usleep(1000); }
    printf("%d\n", sum);
    return sum == 0 ? 0 : 7;
}
"""

THREADS = r"""
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
static volatile long total;
__attribute__((noinline)) long f(long x) { __asm__ volatile(""); return x + 1; }
static void *work(void *arg) { long t = 0; for (long i = 0; i < (long)arg; i++) t = f(t); __sync_fetch_and_add(&total, t); return 0; }
int main(int argc, char **argv) {
    pthread_t t[8];
    long n = atol(argv[1]);
    for (int i = 0; i < 8; i++) pthread_create(&t[i], 0, work, (void *)n);
    for (int i = 0; i < 8; i++) pthread_join(t[i], 0);
    return total == 8 * n ? 0 : 1;
}
"""

FORKS = r"""
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
__attribute__((noinline)) int f(int x) { __asm__ volatile(""); return x + 1; }
int main(void) {
    int bad = 0, status;
    for (int i = 0; i < 5; i++) {
        pid_t pid = fork();
        if (pid == 0) _exit(f(41));
        f(1);
        if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 42) bad = 1;
    }
    pid_t pid = vfork();
    if (pid == 0) { f(2); execl("/bin/true", "true", (char *)0); _exit(9); }
    waitpid(pid, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status)) bad |= 2;
    if (system("exit 3") != 3 << 8) bad |= 4;
    return bad;
}
"""

SIGNALS = r"""
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>
extern char __executable_start, etext;
static volatile long alarms, outside;
__attribute__((noinline)) int f(int x) { __asm__ volatile(""); return x + 1; }
static void on_alarm(int s, siginfo_t *i, void *c) { alarms++; f(s); }
static volatile long got;
static void on_usr(int s) { got++; }
int main(int argc, char **argv) {
    struct sigaction sa; memset(&sa, 0, sizeof sa); sa.sa_sigaction = on_alarm; sa.sa_flags = SA_SIGINFO | SA_RESTART;
    sigaction(SIGALRM, &sa, 0);
    signal(SIGUSR1, on_usr);
    struct itimerval it = {{0, 1000}, {0, 1000}};
    setitimer(ITIMER_REAL, &it, 0);
    long n = atol(argv[1]), t = 0;
    for (long i = 0; i < n; i++) { t = f(t); if (i % 1000 == 0) kill(getpid(), SIGUSR1); }
    return t == n && alarms > 0 && got == (n + 999) / 1000 ? 0 : 1;
}
"""

VFORKS = r"""
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
__attribute__((noinline)) int f(int x) { __asm__ volatile(""); return x + 1; }
int main(void) {
    for (;;) {
        int status;
        pid_t pid = vfork();
        if (pid == 0) { for (int i = 0; i < 20; i++) f(i); execl("/bin/true", "true", (char *)0); _exit(9); }
        f(1);
        status = 0;
        int r = waitpid(pid, &status, 0);
        if (r != pid || status) { printf("%d %d %x %m\n", pid, r, status); return 1; }
    }
}
"""


# Functions whose first instruction is of every kind that is treated differently, called without end by argv[1] threads, and every result
# checked. It ends by SIGTERM: status 0 and "ok", unless something was wrong.
SURVIVOR = r"""
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static volatile int stop, wrong;
static __thread long mine;
long cell = 40; void *there;
#define F(name, code) __asm__(".text\n.globl " #name "\n.type " #name ",@function\n" \
    #name ":\n" code "\n.size " #name ",.-" #name "\n"); long name(long)
F(k_give, "lea 1(%rdi),%rax\nret");
F(h_push, "push %rbx\nmov %rdi,%rbx\nlea 1(%rbx),%rax\npop %rbx\nret");
F(h_call, "call k_give\nadd $1,%rax\nret");
F(h_call_memory, "call *there(%rip)\nadd $2,%rax\nret");
F(h_call_register, "call *%rsi\nadd $3,%rax\nret"); // rsi = k_give
F(h_jump, "jmp k_give");
F(h_nop, "nop\nlea 3(%rdi),%rax\nret");
F(h_branch, "jrcxz 1f\nlea 1(%rdi),%rax\nret\n1: lea 2(%rdi),%rax\nret");
F(h_rip, "mov cell(%rip),%rax\nadd %rdi,%rax\nret");
F(k_red, "mov %rdi,-8(%rsp)\nmov %rdi,-128(%rsp)");
F(h_red, "mov -8(%rsp),%rax\nsub -128(%rsp),%rax\nadd %rdi,%rax\nret");
F(h_flags, "lahf\nmov %ah,%al\nand $0xd5,%eax\nret");
F(h_ret, "ret");
__attribute__((noinline)) static long flags(long a) {
    long out; __asm__ volatile("sub $128,%%rsp\ncmp $5,%1\ncall h_flags\nlea 128(%%rsp),%%rsp" : "=a"(out) : "r"(a) : "cc", "memory");
    return out;
}
__attribute__((noinline)) static long branch(long a, long c) {
    long out; __asm__ volatile("sub $128,%%rsp\ncall h_branch\nadd $128,%%rsp" : "=a"(out) : "D"(a), "c"(c) : "cc", "memory");
    return out;
}
__attribute__((noinline)) static long reg(long a) {
    long out; __asm__ volatile("sub $128,%%rsp\ncall h_call_register\nadd $128,%%rsp" : "=a"(out) : "D"(a), "S"(k_give) : "cc", "memory");
    return out;
}
#define CHECK(x) if (!(x)) { fprintf(stderr, "wrong: %s\n", #x); _exit(3); }
static void *work(void *arg) {
    double d = 1.5; long n = 0;
    for (; !stop; n++) {
        CHECK(h_push(n) == n + 1);
        CHECK(h_call(n) == n + 2);
        CHECK(h_call_memory(n) == n + 3);
        CHECK(reg(n) == n + 4);
        CHECK(h_jump(n) == n + 1);
        CHECK(h_nop(n) == n + 3);
        CHECK(branch(n, 0) == n + 2);
        CHECK(branch(n, 1) == n + 1);
        CHECK(h_rip(n) == n + 40);
        CHECK(k_red(n) == n);
        CHECK(flags(5) == 0x44);
        CHECK(flags(4) == 0x95);
        h_ret(n);
        d = d * 0.5 + 0.75; CHECK(d == 1.5); mine++; CHECK(mine == n + 1);
    }
    return (void *)n;
}
static void on_term(int s) { stop = 1; }
int main(int argc, char **argv) {
    pthread_t t[64]; int threads = atoi(argv[1]); long all = 0; void *n;
    there = k_give; signal(SIGTERM, on_term); alarm(600);
    for (int i = 1; i < threads; i++) pthread_create(&t[i], 0, work, 0);
    all = (long)work(0);
    for (int i = 1; i < threads; i++) { pthread_join(t[i], &n); all += (long)n; }
    printf("ok %d\n", all > 0);
    return 0;
}
"""


# Does with SIGTRAP what it is told on its input, one letter at a time, and calls f in between; an answer a line.
TRAPS = r"""
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
extern char after_int3[];
static volatile int code, place, expected;
__attribute__((noinline)) int f(int x) { __asm__ volatile(""); return x + 1; }
static void own(int s, siginfo_t *i, void *c) {
    code = i->si_code; place = ((ucontext_t *)c)->uc_mcontext.gregs[REG_RIP] == (long)after_int3;
}
static void once(int s) { code = 77; }
static void set(void *handler, int flags) {
    struct sigaction sa; memset(&sa, 0, sizeof sa); sa.sa_sigaction = handler; sa.sa_flags = flags; sigaction(SIGTRAP, &sa, 0);
}
static const char *ask(int raw) {
    struct sigaction sa; long k[4];
    if (raw) { syscall(SYS_rt_sigaction, SIGTRAP, 0, k, 8); sa.sa_sigaction = (void *)k[0]; } else sigaction(SIGTRAP, 0, &sa);
    return sa.sa_handler == SIG_DFL ? "default" : sa.sa_handler == SIG_IGN ? "ignore" : sa.sa_sigaction == own ? "own" : "strange";
}
int main(void) {
    char command; sigset_t all, old; setvbuf(stdout, 0, _IONBF, 0);
    while (read(0, &command, 1) == 1) {
        for (int i = 0; i < 20; i++) if (f(i) != i + 1) { printf("wrong\n"); return 3; }
        code = place = 0;
        switch (command) {
        case '?': printf("%s\n", ask(0)); break;
        case 'r': printf("%s\n", ask(1)); break;
        case 'o': set(own, SA_SIGINFO); printf("set\n"); break;
        case '1': set(once, SA_RESETHAND); printf("set\n"); break;
        case 'i': signal(SIGTRAP, SIG_IGN); printf("set\n"); break;
        case 'd': signal(SIGTRAP, SIG_DFL); printf("set\n"); break;
        case 't': raise(SIGTRAP); printf("%d\n", code); break;
        case '3': __asm__ volatile("int3\nafter_int3:" ::: "memory"); printf("%d %d\n", code, place); break;
        case 'b': // every call with all signals blocked
            for (int i = 0; i < 20; i++) {
                sigfillset(&all); pthread_sigmask(SIG_SETMASK, &all, &old);
                if (f(i) != i + 1) { printf("wrong\n"); return 3; }
                pthread_sigmask(SIG_SETMASK, &old, 0);
            }
            printf("%d\n", sigismember(&old, SIGTRAP)); break;
        case 'x': execl("/proc/self/exe", "again", (char *)0); break;
        }
    }
    return 0;
}
"""


# 10,000 signals a second; with an argument it does not mind where they find it.
STORM = r"""
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>
extern char __executable_start, etext;
static volatile long alarms, outside; static volatile int stop;
__attribute__((noinline)) long f(long x) { __asm__ volatile(""); return x + 1; }
static void on_alarm(int s, siginfo_t *i, void *c) {
    unsigned long rip = ((ucontext_t *)c)->uc_mcontext.gregs[REG_RIP];
    alarms++; outside += rip < (unsigned long)&__executable_start || rip >= (unsigned long)&etext; f(s);
}
static void on_term(int s) { stop = 1; }
int main(int argc, char **argv) {
    struct sigaction sa; memset(&sa, 0, sizeof sa); sa.sa_sigaction = on_alarm; sa.sa_flags = SA_SIGINFO;
    sigaction(SIGALRM, &sa, 0); signal(SIGTERM, on_term);
    struct itimerval it = {{0, 100}, {0, 100}};
    setitimer(ITIMER_REAL, &it, 0);
    long n = 0; while (!stop) { if (f(n) != n + 1) return 3; n++; }
    if (outside && argc < 2) return 4;
    puts("ok 1");
    return alarms > 10 ? 0 : 5;
}
"""

# Forks, vforks and execs without end, all of them calling f.
FORKER = r"""
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
static volatile int stop;
__attribute__((noinline)) int f(int x) { __asm__ volatile(""); return x + 1; }
static void on_term(int s) { stop = 1; }
int main(int c, char **v) {
    signal(SIGTERM, on_term); alarm(200);
    if (c > 1) { int t = 0; for (int k = 0; k < 50; k++) t = f(t); return t == 50 ? 0 : 9; }
    while (!stop) {
        int status; pid_t p = fork();
        if (p == 0) {
            int t = 0; for (int k = 0; k < 50; k++) t = f(t);
            if (t != 50) _exit(1);
            if (random() % 2) execl("/proc/self/exe", "x", "y", (char *)0);
            _exit(0);
        }
        pid_t q = vfork();
        if (q == 0) { for (int k = 0; k < 5; k++) f(k); execl("/proc/self/exe", "x", "y", (char *)0); _exit(9); }
        for (int k = 0; k < 20; k++) f(k);
        for (int i = 0; i < 2; i++) {
            pid_t r; while ((r = waitpid(-1, &status, 0)) < 0);
            if (status) { printf("bad %s %x\n", r == p ? "fork" : "vfork", status); return 3; }
        }
    }
    puts("ok 1"); return 0;
}
"""


def folder() -> Path:
    return _directory


def build(source: str, *flags: str) -> str:
    """Path of the program."""
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler")
    name = hashlib.sha1((source + " ".join(flags)).encode()).hexdigest()[:12]
    program = _directory / name
    if not program.exists():
        (_directory / f"{name}.c").write_text(source)
        subprocess.run([compiler, "-O2", "-pthread", *flags, "-o", str(program), str(_directory / f"{name}.c")], check=True)
    return str(program)
