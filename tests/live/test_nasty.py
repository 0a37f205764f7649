"""Targets that do what makes tracers fall over. What is asked is always the same: they end as they would without us."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import targets_c

import pydtrace

pytestmark = pytest.mark.timeout(60)

ROOT = Path(__file__).resolve().parents[2]


def dtrace(*words: str, **others: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pydtrace", "-xengine=process", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(command, capture_output=True, text=True, timeout=50, env=environment, check=False, **others)  # type: ignore[call-overload, no-any-return]


THIRTY_TWO = """
        .globl f, _start
        .type f, @function
f:      push %ebx
        pop %ebx
        ret
_start: mov $300, %esi
1:      call f
        mov $162, %eax          # nanosleep
        mov $time, %ebx
        xor %ecx, %ecx
        int $0x80
        dec %esi
        jnz 1b
        mov $1, %eax            # exit
        mov $7, %ebx
        int $0x80
        .data
time:   .long 0, 10000000
"""


@pytest.fixture(scope="module")
def thirty_two(tmp_path_factory: pytest.TempPathFactory) -> str:
    if shutil.which("as") is None or shutil.which("ld") is None:
        pytest.skip("no assembler")
    path = tmp_path_factory.mktemp("asm")
    (path / "p.s").write_text(THIRTY_TWO)
    subprocess.run(["as", "--32", "-o", str(path / "p.o"), str(path / "p.s")], check=True)
    subprocess.run(["ld", "-m", "elf_i386", "-o", str(path / "p"), str(path / "p.o")], check=True)
    try:
        subprocess.Popen([str(path / "p")]).kill()
    except OSError as error:
        pytest.skip(f"this kernel has no 32-bit programs: {error}")
    return str(path / "p")


def test_program_of_32_bits(thirty_two: str) -> None:
    """No breakpoints; and its system calls are not taken for those that have their numbers in 64 bits."""
    child = subprocess.Popen([thirty_two])
    try:
        run = dtrace("-p", str(child.pid), "-qn", "pid$target:a.out:f:entry { @ = count(); } tick-200ms { exit(0); }")
        assert run.returncode == 1
        assert run.stderr.endswith("failed to lookup 'f' in module 'a.out': not a program of 64 bits (x86-64)\n")
        run = dtrace("-p", str(child.pid), "-qn", "syscall:::entry { @[probefunc] = count(); } tick-200ms { exit(0); }")
        assert (run.returncode, run.stdout.split(), run.stderr) == (0, [], "")
        assert child.wait(20) == 7
    finally:
        child.kill()
        child.wait()


@pytest.fixture
def loop() -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen([targets_c.build(targets_c.LOOP), "-1"])
    time.sleep(0.05)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def test_traced_by_somebody_else(loop: subprocess.Popen[bytes]) -> None:
    with pydtrace.Session() as first:
        first.option("engine", "process")
        first.grab(loop.pid)
        first.compile("syscall::clock_nanosleep:entry { @ = count(); }")
        first.go()
        run = dtrace("-p", str(loop.pid), "-qn", "pid$target:a.out:f:entry")
        assert (run.returncode, run.stdout) == (1, "")
        assert run.stderr == f"dtrace: failed to grab pid {loop.pid}: already traced by process {os.getpid()}\n"
    assert loop.poll() is None


SECCOMP = r"""
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>
__attribute__((noinline)) int f(int x) { __asm__ volatile(""); return x + 1; }
int main(int argc, char **argv) {
    struct sock_filter no_mmap[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 9, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog program = {4, no_mmap};
    char c; volatile long t = 0;
    if (argc > 1) prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
    else { prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); prctl(PR_SET_SECCOMP, 2, &program); }
    write(1, "x", 1);
    while (read(0, &c, 1) == 1) for (int i = 0; i < 100; i++) t = f(t);
    for (;;) t = f(t);
}
"""


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("user", [0, 65534])
def test_mmap_forbidden(strict: bool, user: int) -> None:
    """Its filter kills it for the system call that arming needs: that is refused, or the filter is suspended for the moment."""
    program = targets_c.build(SECCOMP)
    words = [sys.executable, "-m", "pydtrace"]
    if user and os.geteuid() == 0:
        for folder in (Path(program).parent, Path(program)):
            folder.chmod(0o755)
        words = [sys.executable, "-I", "-S", str(ROOT / "src/pydtrace/launch.py")]
    as_user = {"user": user, "group": user, "extra_groups": []} if os.geteuid() == 0 else {}
    child = subprocess.Popen([program, *["s"] * strict], stdin=subprocess.PIPE, stdout=subprocess.PIPE, **as_user)  # type: ignore[call-overload]
    try:
        assert child.stdout.read(1) == b"x"
        words += ["-xengine=process", "-p", str(child.pid), "-qn", "pid$target:a.out:f:entry { @ = count(); } tick-200ms { exit(0); }"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        timer = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, **as_user)  # type: ignore[call-overload]
        child.stdin.write(b"x" * 100)
        child.stdin.flush()
        while timer.poll() is None and child.poll() is None:
            try:
                child.stdin.write(b"x")
                child.stdin.flush()
            except BrokenPipeError:
                break
            time.sleep(0.01)
        out, err = timer.communicate(timeout=20)
        assert child.poll() is None, "killed"
        if timer.returncode:
            if "filters its system calls (seccomp)" not in err:
                assert "Permission denied" in err, err
        else:
            assert int(out.split()[0]) > 0
    finally:
        child.kill()
        child.communicate()


BOMB = r"""
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
__attribute__((noinline)) int f(int x) { __asm__ volatile(""); return x + 1; }
int main(void) {
    int status, bad = 0, i;
    for (i = 0; i < 200; i++) {
        pid_t pid = fork();
        if (pid == 0) { int t = 0; for (int k = 0; k < 3; k++) t = f(t); _exit(t == 3 ? i % 100 : 255); }
        if (pid < 0) return 2;
    }
    while (wait(&status) > 0) { i--; if (!WIFEXITED(status) || WEXITSTATUS(status) >= 100) bad = 1; }
    return bad || i ? 1 : f(4);
}
"""


def test_two_hundred_children() -> None:
    with pydtrace.Session() as session:
        session.option("engine", "process")
        session.launch(targets_c.build(BOMB))
        session.compile("pid$target:a.out:f:entry { @here = count(); } syscall::exit_group:entry { @ends = count(); }")
        session.go()
        for _ in session.records():
            pass
        assert session.aggregations["here"] == {(): 1}
        assert session.aggregations["ends"] == {(): 201}
        assert session.process is not None and session.process.status == 5 << 8


CHURN = r"""
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static volatile int stop;
__attribute__((noinline)) long f(long x) { __asm__ volatile(""); return x + 1; }
static void *shortlived(void *arg) { long t = 0; for (int i = 0; i < 3; i++) t = f(t); return (void *)t; }
static void on_term(int s) { stop = 1; }
int main(void) {
    pthread_t t[4]; void *r; long n = 0;
    signal(SIGTERM, on_term); alarm(100);
    while (!stop) {
        for (int i = 0; i < 4; i++) if (pthread_create(&t[i], 0, shortlived, 0)) return 2;
        for (int i = 0; i < 4; i++) { pthread_join(t[i], &r); if (r != (void *)3) return 3; n++; }
    }
    return n > 0 ? 0 : 4;
}
"""


def test_threads_come_and_go_while_it_is_grabbed() -> None:
    child = subprocess.Popen([targets_c.build(CHURN)])
    try:
        time.sleep(0.1)
        hits = 0
        for _ in range(10):
            with pydtrace.Session() as session:
                session.option("engine", "process")
                session.grab(child.pid)
                session.compile("pid$target:a.out:f:entry { @ = count(); }")
                session.go()
                session.drain(0.02)
                session.stop()
                hits += sum(session.aggregations["_"].values())
            assert child.poll() is None
        assert hits > 0
        child.terminate()
        assert child.wait(20) == 0
    finally:
        child.kill()
        child.wait()


def test_storm_of_signals_in_a_grabbed_process() -> None:
    """10,000 signals a second, each handler called from where the program is, never from a slot."""
    child = subprocess.Popen([targets_c.build(targets_c.STORM)])
    try:
        time.sleep(0.1)
        for _ in range(3):
            with pydtrace.Session() as session:
                session.option("engine", "process")
                session.grab(child.pid)
                session.compile("pid$target:a.out:f:entry { @ = count(); }")
                session.go()
                end = time.monotonic() + 0.3
                while time.monotonic() < end:
                    session.drain(0.1)
                session.stop()
                assert sum(session.aggregations["_"].values()) > 0
        child.terminate()
        assert child.wait(20) == 0
    finally:
        child.kill()
        child.wait()


def test_job_control_while_breakpoints_are_hot(loop: subprocess.Popen[bytes]) -> None:
    with pydtrace.Session() as session:
        session.option("engine", "process")
        session.grab(loop.pid)
        session.compile("pid$target:a.out:f:entry { @ = count(); }")
        session.go()
        last = 0
        for _ in range(5):
            session.drain(0.05)
            os.kill(loop.pid, signal.SIGSTOP)
            session.drain(0.05)
            stopped = sum(session.aggregations["_"].values())
            session.drain(0.05)
            assert sum(session.aggregations["_"].values()) == stopped
            os.kill(loop.pid, signal.SIGCONT)
            session.drain(0.05)
            assert sum(session.aggregations["_"].values()) > stopped > last
            last = stopped
        os.kill(loop.pid, signal.SIGSTOP)
        session.drain(0.05)
    # Let go while it is stopped: it stays stopped, and can be continued.
    time.sleep(0.05)
    assert Path(f"/proc/{loop.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"
    os.kill(loop.pid, signal.SIGCONT)
    time.sleep(0.05)
    assert loop.poll() is None
    assert Path(f"/proc/{loop.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "SR"
