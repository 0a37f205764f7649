"""Stacks without frame pointers: against gdb, instruction by instruction, and by what the process engine prints."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from functools import partial

import pytest
from targets_c import build

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

# Recursion, a callback from libc, alloca, a realigned stack, arguments on the stack, a handler on its own stack, printf, the vdso.
DEEP = r"""
#define _GNU_SOURCE
#include <alloca.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
volatile int sink;
__attribute__((noinline)) int leaf(int a) { sink += a; return a * 3; }
__attribute__((noinline)) int rec(int n) { char b[64]; memset(b, n, sizeof b); return n ? rec(n - 1) + b[n & 63] : leaf(7); }
__attribute__((noinline)) int cmp(const void *a, const void *b) { return leaf(*(int *)a) - leaf(*(int *)b); }
__attribute__((noinline)) int vla(int n) { char *p = alloca(n); memset(p, 1, n); return rec(2) + p[n / 2]; }
__attribute__((noinline)) int aligned(int n) {
    __attribute__((aligned(64))) volatile char b[128];
    b[n & 127] = 3;
    return leaf(b[n & 127]) + vla(100);
}
__attribute__((noinline)) int eight(int a, int b, int c, int d, int e, int f, int g, int h) {
    return leaf(a + b + c + d + e + f + g + h) + rec(1);
}
static void handler(int s) { sink += rec(2); if (write(-1, "signal", 6) < 0) sink++; }
int main(int argc, char **argv) {
    int v[3] = {5, 3, 9};
    char buf[100];
    stack_t ss = {.ss_sp = malloc(65536), .ss_size = 65536};
    sigaltstack(&ss, 0);
    struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    sigaction(SIGUSR1, &sa, 0);
    qsort(v, 3, sizeof *v, cmp);
    aligned(argc);
    eight(1, 2, 3, 4, 5, 6, 7, 8);
    raise(SIGUSR1);
    snprintf(buf, sizeof buf, "%d %g\n", sink, 3.25);
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return 0;
}
"""


@pytest.mark.skipif(shutil.which("gdb") is None, reason="gdb is not installed")
@pytest.mark.parametrize("flags", [["-fomit-frame-pointer"], ["-O0"], ["-static"]], ids=["o2", "o0", "static"])
def test_every_step_as_gdb(flags: list[str]) -> None:
    env = {**os.environ, "LD_BIND_NOW": "1", "SRC": os.path.join(ROOT, "src"), "STEPS": "600", "STRIDE": "7"}
    command = ["gdb", "-nx", "-batch", "-x", os.path.join(HERE, "gdb_steps.py"), build(DEEP, *flags)]
    # A test before this one may have left SIGCHLD blocked; gdb would inherit that, and wait for it.
    unblock = partial(signal.pthread_sigmask, signal.SIG_SETMASK, ())
    done = subprocess.run(command, env=env, capture_output=True, timeout=60, text=True, preexec_fn=unblock)
    found = re.search(r"steps (\d+) different (\d+) guessed (\d+)", done.stdout)
    assert found, done.stdout[-2000:] + done.stderr[-2000:]
    assert int(found[1]) > 100 and int(found[3]) < int(found[1]) / 20
    assert found[2] == "0", done.stdout[-4000:]


def stacks(program: str, text: str, engine: str = "process") -> list[list[str]]:
    """The stacks a clause prints, each the names of its frames without offsets."""
    command = [os.path.join(ROOT, "dtrace"), "-x", f"engine={engine}", "-qn", text, "-c", program]
    done = subprocess.run(command, capture_output=True, timeout=60, text=True)
    assert not done.returncode, done.stderr
    found = [[re.sub(r"\+0x[0-9a-f]+$", "", line.strip()) for line in part.splitlines()] for part in done.stdout.split("\n\n")]
    return [lines for part in found if (lines := [line for line in part if line])]


def test_from_a_function_of_the_program() -> None:
    program = build(DEEP, "-fomit-frame-pointer")
    name = os.path.basename(program)
    first, *_, last = stacks(program, "pid$target:a.out:leaf:entry { ustack(); }")
    assert first[:2] == [f"{name}`leaf", f"{name}`cmp"]
    assert f"{name}`main" in first[3:] and first[-1] == f"{name}`_start"
    assert any(line.startswith("libc.so.6`") for line in first[2:-3])
    main = last.index(f"{name}`main")  # in the signal handler: leaf, rec three times, handler, the trampoline, raise…, main
    assert last[:5] == [f"{name}`leaf", *[f"{name}`rec"] * 3, f"{name}`handler"]
    assert 1 < len(last[5:main]) and last[main - 1].startswith("libc.so.6`")


@pytest.mark.parametrize("engine", ["kernel", "process"] if os.geteuid() == 0 else ["process"])
def test_from_a_system_call_in_a_signal_handler(engine: str) -> None:
    program = build(DEEP, "-fomit-frame-pointer")
    name = os.path.basename(program)
    (only,) = stacks(program, "syscall::write:entry /pid == $target && arg2 == 6/ { ustack(); }", engine)
    assert only[:2] == ["libc.so.6`write", f"{name}`handler"]
    assert only[-1] == f"{name}`_start" and f"{name}`main" in only
    (short,) = stacks(program, "syscall::write:entry /pid == $target && arg2 == 6/ { self->s = ustack(2); trace(self->s); }", engine)
    assert short == only[:2]


SPIN = r"""
#include <time.h>
static volatile long x;
__attribute__((noinline)) long spin(long n) { long t = 0; for (long i = 0; i < n; i++) { x++; t += x; } return t; }
__attribute__((noinline)) long middle(long n) { return spin(n) + 1; }
__attribute__((noinline)) long outer(long n) { return middle(n) * 2; }
int main(void) { long t = 0; time_t end = time(0) + 2; while (time(0) < end) t += outer(100000); return t == 1; }
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="the kernel engine needs root")
@pytest.mark.parametrize("option", ["ustackcopy=8k", "ustackcopy=1"])
def test_samples_of_the_kernel_engine(option: str) -> None:
    program = build(SPIN, "-fomit-frame-pointer")
    name = os.path.basename(program)
    text = "profile-199 /pid == $target && arg1/ { @[ustack(5)] = count(); @all = count(); } tick-1s { exit(0); }"
    command = [os.path.join(ROOT, "dtrace"), "-x", option, "-qn", text, "-c", program]
    done = subprocess.run(command, capture_output=True, timeout=60, text=True)
    assert not done.returncode and not done.stderr.strip(), done.stderr
    counts: dict[tuple[str, ...], int] = {}
    frames: list[str] = []
    for line in done.stdout.splitlines():
        if "`" in line:
            frames.append(re.sub(r"\+0x[0-9a-f]+$", "", line.strip()))
        elif line.strip():
            counts[tuple(frames)] = counts.get(tuple(frames), 0) + int(line)
            frames = []
    total = counts.pop(())
    expected = tuple(f"{name}`{function}" for function in ("spin", "middle", "outer", "main"))
    assert sum(counts.values()) == total > 10  # of 199, when the machine is busy
    # a sample in between, of time() or of the functions' first instructions, is possible and rare
    assert sum(n for key, n in counts.items() if key[:4] == expected) > 0.9 * total, counts


BURST = r"""
#include <sys/syscall.h>
#include <unistd.h>
__attribute__((noinline)) int down(int n) { return n ? down(n - 1) + 1 : (int)syscall(SYS_getppid) * 0; }
int main(void) { for (int i = 0; i < 3000; i++) down(3); return 0; }
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="the kernel engine needs root")
@pytest.mark.parametrize("action", ["ustack(5);", "@[ustack(5)] = count();"])
def test_a_burst_loses_no_record_to_contexts(action: str) -> None:
    """3000 contexts are nine times the buffer; the records alone are a fraction of it."""
    program = build(BURST, "-fomit-frame-pointer", "-fno-optimize-sibling-calls")
    text = f"syscall::getppid:entry /pid == $target/ {{ {action} @all = count(); }}"
    done = subprocess.run([os.path.join(ROOT, "dtrace"), "-qn", text, "-c", program], capture_output=True, timeout=60, text=True)
    assert not done.returncode and not done.stderr.strip(), done.stderr
    numbers = [int(line) for line in done.stdout.splitlines() if line.strip().isdigit()]
    assert numbers.count(3000) >= 1
    assert sum(numbers) == (6000 if "@[" in action else 3000)
    right = r"\s+libc\.so\.6`syscall\+\S+\n" + r"(\s+\w+`down\+\S+\n){4}"  # each of them, whatever the buffer holds
    assert len(re.findall(right, done.stdout)) == (1 if "@[" in action else 3000)


@pytest.mark.parametrize("engine", ["kernel", "process"] if os.geteuid() == 0 else ["process"])
def test_stacks_that_are_compared(engine: str) -> None:
    """Depth, caller and keys of associative arrays: of a callback from libc, recursion, a signal handler, and a child."""
    program = build(DEEP.replace("int leaf(int a) {", "int leaf(int a) { if (write(-1, 0, 3) < 0) sink++;"), "-fomit-frame-pointer")
    text = (
        "syscall::write:entry /pid == $target && arg2 == 3/"
        '{ printf("%A\\n", ucaller); printf("%d %d\\n", ustackdepth, ++n[ustack()]); ustack(); }'
    )
    command = [os.path.join(ROOT, "dtrace"), "-x", f"engine={engine}", "-qn", text, "-c", program]
    done = subprocess.run(command, capture_output=True, timeout=60, text=True)
    assert not done.returncode and not done.stderr.strip(), done.stderr
    seen: dict[tuple[str, ...], int] = {}
    count = 0
    for part in re.findall(r"(\S+)\n(\d+) (\d+)\n\n((?: +\S+\n)+)", done.stdout):
        caller, depth, number = part[0], int(part[1]), int(part[2])
        frames = part[3].split()
        assert depth == len(frames) and caller == frames[1], part
        assert re.sub(r"\+0x\w+$", "", caller).endswith("`leaf") and "`_start" in frames[-1]
        seen[tuple(frames)] = seen.get(tuple(frames), 0) + 1
        assert number == seen[tuple(frames)], (frames, number)
        count += 1
    assert count > 10 and len(seen) > 5


CHILD = r"""
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
__attribute__((noinline)) void call(int n) { syscall(SYS_getppid); if (n) call(n - 1); __asm__ volatile(""); }
int main(void) {
    if (!fork()) { call(2); _exit(0); }
    while (wait(0) > 0);
    return 0;
}
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="the kernel engine needs root")
def test_a_child_has_its_parents_tables() -> None:
    program = build(CHILD, "-fomit-frame-pointer", "-fno-optimize-sibling-calls")
    text = 'syscall::getppid:entry /ppid == $target && ustackdepth > 4/ { printf("%d %A\\n", ustackdepth, ucaller); }'
    command = [os.path.join(ROOT, "dtrace"), "-x", "ustackcopy=0", "-qn", text, "-c", program]
    done = subprocess.run(command, capture_output=True, timeout=60, text=True)
    assert not done.returncode and not done.stderr.strip(), done.stderr
    rows = [line.split() for line in done.stdout.splitlines() if line]
    assert [int(row[0]) for row in rows] == [6, 7, 8] and all("`call+" in row[1] for row in rows), done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="the kernel engine needs root")
def test_a_process_that_is_no_target_gets_tables() -> None:
    """It is asked for when it first fires; until then the depth is what frame pointers give."""
    program = build(SPIN, "-fomit-frame-pointer")
    running = subprocess.Popen([program])
    try:
        text = f"profile-199 /pid == {running.pid} && arg1/ {{ @[ustackdepth > 4] = count(); }} tick-1s {{ exit(0); }}"
        done = subprocess.run([os.path.join(ROOT, "dtrace"), "-qn", text], capture_output=True, timeout=60, text=True)
    finally:
        running.kill()
        running.wait()
    assert not done.returncode and not done.stderr.strip(), done.stderr
    counts = {int(row[0]): int(row[1]) for line in done.stdout.splitlines() if (row := line.split())}
    assert counts[1] > 2 * counts.get(0, 0), counts  # spin, middle, outer, main, and three of libc and the program's start
