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
