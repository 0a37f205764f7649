"""Invariants of the breakpoint engine that no other test names; docs/breakpoint.md has the table of all of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import targets_c

from pydtrace.breakpoint import plan
from pydtrace.breakpoint.engine import Breakpoints
from pydtrace.breakpoint.table import Table
from pydtrace.elf.symbols import Symbolizer
from pydtrace.target.process import Process, launch
from pydtrace.target.space import Thread
from pydtrace.target.tracer import Tracer

pytestmark = pytest.mark.timeout(60)
SOAK = int(os.environ.get("PYDTRACE_SOAK", "0"))


def _symbols(process: Process) -> dict[str, int]:
    one = Symbolizer(process.pid).executable
    assert one is not None
    return {name: addr for name, addr, _ in one.functions()}


def _start(source: str, *args: str, names: tuple[str, ...] = ("f",)) -> tuple[Process, Tracer, Breakpoints, dict[str, int]]:
    process = launch([targets_c.build(source, "-w"), *args])
    tracer = Tracer(process)
    points = Breakpoints(tracer)
    tracer.attach()
    symbols = _symbols(process)
    addrs = [symbols[name] for name in names]
    assert points.arm(addrs) == (addrs, [])
    return process, tracer, points, symbols


def _run(tracer: Tracer, seconds: float = 50) -> None:
    end = time.monotonic() + seconds
    while tracer.poll(1):
        assert time.monotonic() < end


def _table(tracer: Tracer) -> Table:
    table = next(iter(tracer.threads.values())).space.breakpoints
    assert isinstance(table, Table)
    return table


@pytest.mark.timeout(300 if SOAK else 60)
def test_invariant_4_64_threads_in_one_slot() -> None:
    """A slot is never written again: threads share it, and none is freed while somebody may be in it. Others come and go meanwhile."""
    source = targets_c.THREADS.replace("8", "64")
    each = 15625 if SOAK else 300
    process, tracer, points, symbols = _start(source, str(each))
    slots = dict(_table(tracer).slots)
    table = _table(tracer)
    tracer.start()
    rounds = 0
    while tracer.poll(0.05):
        rounds += 1
        if rounds < 20:
            points.arm([symbols["main"]])
            points.disarm([symbols["main"]])
        assert {key: at for key, at in table.slots.items() if key in slots} == slots
    assert process.status == 0
    assert points.hits == 64 * each
    process.close()


def test_invariant_5_a_child_that_is_not_followed_has_no_breakpoints() -> None:
    source = r"""
    #include <stdio.h>
    #include <sys/wait.h>
    #include <unistd.h>
    __attribute__((noinline)) int f(int x) { __asm__ volatile(""); return x + 1; }
    int main(void) {
        f(1);
        int status; pid_t pid = fork();
        if (pid == 0) { unsigned char *p = (void *)f; for (int i = 0; i < 8; i++) if (p[i] == 0xcc) _exit(1); _exit(f(41)); }
        f(2); waitpid(pid, &status, 0); return status != 42 << 8;
    }"""
    process, tracer, points, _ = _start(source)
    tracer.start()
    _run(tracer)
    assert (process.status, points.hits) == (0, 2)
    process.close()


def test_invariant_8_every_address_is_armed_or_refused_with_a_reason() -> None:
    source = r"""
    __asm__(".text\n.globl p_inc\n.type p_inc,@function\np_inc: lock incl cell(%rip)\nret\n.size p_inc,.-p_inc\n"
            ".globl p_far\n.type p_far,@function\np_far: lret\n.size p_far,.-p_far\n"
            ".globl p_own\n.type p_own,@function\np_own: int3\nret\n.size p_own,.-p_own\n");
    int cell; void p_inc(void);
    int main(void) { for (int i = 0; i < 7; i++) p_inc(); return cell != 7; }"""
    process = launch([targets_c.build(source)])
    tracer = Tracer(process)
    points = Breakpoints(tracer)
    tracer.attach()
    symbols = _symbols(process)
    wanted = [symbols[name] for name in ("p_inc", "p_far", "p_own")]
    armed, refused = points.arm(wanted)
    assert armed == [symbols["p_inc"]]
    reasons = dict(refused)
    assert reasons.keys() == {symbols["p_far"], symbols["p_own"]}
    assert "far return" in reasons[symbols["p_far"]] and "not ours" in reasons[symbols["p_own"]]  # invariant 22
    tracer.start()
    _run(tracer)
    assert (process.status, points.hits) == (0, 7)
    process.close()


def test_invariant_8_the_command_says_what_it_cannot_probe() -> None:
    source = r"""
    __asm__(".text\n.globl p_far\n.type p_far,@function\np_far: lret\n.size p_far,.-p_far\n");
    __attribute__((noinline)) void p_near(void) { __asm__ volatile(""); }
    int main(void) { p_near(); return 0; }"""
    program = targets_c.build(source)
    root = Path(__file__).resolve().parents[2]
    clause = 'pid$target:a.out:p_*:entry { printf("%s\\n", probefunc); }'
    done = subprocess.run(
        [sys.executable, "-m", "pydtrace", "-xengine=process", "-qn", clause, "-c", program],
        capture_output=True, text=True, timeout=30, env={**os.environ, "PYTHONPATH": str(root / "src")}, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip()) == (0, "p_near")
    assert "failed to create probe at " in done.stderr and "`p_far in process " in done.stderr and "retf: a far return" in done.stderr


def test_invariant_11_popf_that_sets_the_trap_flag() -> None:
    """The trap comes where it would have come: behind the instruction that follows."""
    source = r"""
    #define _GNU_SOURCE
    #include <signal.h>
    #include <string.h>
    #include <ucontext.h>
    extern char p_popf[], second[];
    __asm__(".text\n.globl go\ngo: pushf\norq $0x100,(%rsp)\n.globl p_popf\n.type p_popf,@function\np_popf: popf\nnop\nsecond: nop\nret\n"
            ".size p_popf,.-p_popf\n"); void go(void);
    static int traps; static long where;
    static void on(int s, siginfo_t *i, void *c) {
        greg_t *g = ((ucontext_t *)c)->uc_mcontext.gregs; if (!traps++) where = g[REG_RIP]; g[REG_EFL] &= ~0x100;
    }
    int main(void) {
        struct sigaction sa; memset(&sa, 0, sizeof sa); sa.sa_sigaction = on; sa.sa_flags = SA_SIGINFO; sigaction(SIGTRAP, &sa, 0);
        for (int k = 0; k < 3; k++) { traps = 0; go(); if (traps != 1 || where != (long)second) return 1 + traps; }
        return 0;
    }"""
    bare = subprocess.run([targets_c.build(source, "-w")], check=False).returncode
    assert bare == 0
    process, tracer, points, _ = _start(source, names=("p_popf",))
    tracer.start()
    _run(tracer)
    assert (process.status, points.hits) == (0, 3)
    process.close()


FAULT = r"""
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
extern char p_load[], p_rep[];
char page[8192] __attribute__((aligned(4096)));
__asm__(".text\n.globl go\ngo: push %rbx\nmov $11,%rsi\nmov $22,%rdi\nmov $33,%rbx\n"
        ".globl p_load\n.type p_load,@function\np_load: mov page(%rip),%rax\n.size p_load,.-p_load\n"
        "cmp $11,%rsi\njne 1f\ncmp $22,%rdi\njne 1f\ncmp $33,%rbx\njne 1f\npop %rbx\nret\n1: ud2\n"
        ".globl p_rep\n.type p_rep,@function\np_rep: rep stosb\nmov %rdi,%rax\nret\n.size p_rep,.-p_rep\n");
long go(void); long p_rep_(char *to, long value, long x, long n) __asm__("p_rep");
static volatile int faults, wrong;
static void on(int s, siginfo_t *i, void *c) {
    greg_t *g = ((ucontext_t *)c)->uc_mcontext.gregs;
    faults++;
    if (g[REG_RIP] == (long)p_load) {
        if (g[REG_RSI] != 11 || g[REG_RDI] != 22 || g[REG_RBX] != 33 || i->si_addr != page) wrong = 1;
        mprotect(page, 4096, PROT_READ);
    } else if (g[REG_RIP] == (long)p_rep) {
        if (i->si_addr != page + 4096 || g[REG_RDI] != (long)page + 4096 || g[REG_RCX] != 5) wrong = 2;
        mprotect(page, 8192, PROT_READ | PROT_WRITE);
    } else wrong = 3;
}
int main(void) {
    struct sigaction sa; memset(&sa, 0, sizeof sa); sa.sa_sigaction = on; sa.sa_flags = SA_SIGINFO; sigaction(SIGSEGV, &sa, 0);
    page[0] = 77;
    mprotect(page, 4096, 0);
    long got = go(); if ((got & 255) != 77) wrong = 4;
    mprotect(page, 8192, PROT_READ | PROT_WRITE);
    mprotect(page + 4096, 4096, PROT_READ);
    long rcx = 10, end = 5; char *to = page + 4091;
    __asm__ volatile("sub $128,%%rsp\ncall p_rep\nadd $128,%%rsp" : "+a"(end), "+c"(rcx), "+D"(to) : : "memory", "cc");
    if (end != (long)page + 4101) wrong = 5;
    for (int k = 0; k < 10; k++) if (page[4091 + k] != 5) wrong = 6;
    return faults != 2 ? 10 + faults : wrong;
}
"""


@pytest.mark.parametrize("far", [False, True])
def test_invariants_13_17_20_a_fault_is_seen_where_it_is_and_fires_once(far: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The handler mends the page and the instruction is done again, also a half done rep, and one with a scratch register."""
    if far:
        monkeypatch.setattr(plan, "gap_near", lambda pid, near: 0)  # no memory within reach
    process, tracer, points, symbols = _start(FAULT, names=("p_load", "p_rep"))
    if far:
        area = _table(tracer).areas[0]
        assert abs(area.start - symbols["p_load"]) > 1 << 31
        assert any(place.scratch for built in _table(tracer).built.values() for place in built.places.values())
    tracer.start()
    _run(tracer)
    assert process.status == 0
    assert (points.hits, points.silent) == (2, 2)
    process.close()


@pytest.mark.timeout(400 if SOAK else 60)
def test_invariant_18_no_signal_frame_shows_a_slot() -> None:
    """10,000 signals a second (2,000 where others want the machine too); the handler looks where it has interrupted."""
    count = 1_000_000 if SOAK else 20_000
    source = targets_c.STORM.replace("while (!stop)", f"while (n < {count})")
    if not SOAK:
        source = source.replace("{0, 100}", "{0, 500}")
    process, tracer, points, _ = _start(source)
    alarms: list[int] = []
    tracer.on_signal = lambda thread, signo: alarms.append(signo)
    tracer.start()
    _run(tracer, 300)
    assert process.status == 0
    assert points.hits == count + alarms.count(signal.SIGALRM)
    process.close()


@pytest.mark.parametrize("how", ["kill", "exec"])
def test_invariant_21_a_thread_that_is_killed_or_execs_in_a_slot(how: str) -> None:
    """The system call is made in the slot: kill(getpid(), SIGKILL), or an exec that never comes back to it."""
    source = r"""
    #include <stdlib.h>
    #include <sys/syscall.h>
    #include <unistd.h>
    __asm__(".text\n.globl go\ngo: mov %rdi,%rax\nmov %rsi,%rdi\nmov %rdx,%rsi\nmov %rcx,%rdx\n.globl p_call\n.type p_call,@function\n"
            "p_call: syscall\nret\n.size p_call,.-p_call\n"); long go(long nr, ...);
    int main(int argc, char **argv) {
        char *words[] = {"true", 0}, *none[] = {0};
        if (argv[1][0] == 'k') go(SYS_kill, (long)getpid(), 9L, 0L); else go(SYS_execve, "/bin/true", words, none);
        return 3;
    }"""
    process, tracer, points, _ = _start(source, how, names=("p_call",))
    tracer.start()
    _run(tracer)
    assert process.status == (signal.SIGKILL if how == "kill" else 0)
    assert points.hits == 1
    assert not tracer.spaces
    process.close()


def test_invariant_23_text_that_the_program_has_rewritten_is_not_restored() -> None:
    source = r"""
    #include <stdio.h>
    #include <string.h>
    #include <sys/mman.h>
    #include <unistd.h>
    __attribute__((noinline, aligned(4096))) int f(int x) { __asm__ volatile("nop; nop; nop; nop; nop; nop; nop; nop"); return x + 1; }
    int main(void) {
        char c; unsigned char *page = (void *)((long)f & -4096);
        f(1); mprotect(page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
        memcpy((void *)f, "\xb8\x09\x00\x00\x00\xc3", 6); /* mov $9,%eax; ret */
        if (f(1) != 9) return 1;
        setvbuf(stdout, 0, _IONBF, 0); puts("new"); read(0, &c, 1);
        return f(1) != 9;
    }"""
    read_end, write_end = os.pipe()
    kept = os.dup(0)
    os.dup2(read_end, 0)
    try:
        process, tracer, points, symbols = _start(source)
    finally:
        os.dup2(kept, 0)
        os.close(kept)
    tracer.start()
    tracer.poll(0.5)
    assert points.hits == 1
    thread: Thread = next(iter(tracer.threads.values()))
    points.disarm()
    assert points.overwritten == 1
    assert thread.space.memory.read(symbols["f"], 6) == b"\xb8\x09\0\0\0\xc3"
    os.write(write_end, b"x")
    _run(tracer)
    assert process.status == 0
    process.close()
    os.close(read_end)
    os.close(write_end)


def test_invariant_25_an_int3_that_is_gone_and_one_that_is_the_programs() -> None:
    """A thread that has executed our INT3, whose byte is restored before the stop is looked at, executes the instruction."""
    process, tracer, points, symbols = _start(targets_c.LOOP, "-1")
    tracer.start()
    tracer.poll(0.05)
    thread: Thread = next(iter(tracer.threads.values()))
    for _ in range(3):
        deadline = time.monotonic() + 5
        while Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "t":  # a stop that we have not collected
            assert time.monotonic() < deadline
            time.sleep(0.001)
        thread.space.memory.write(symbols["f"], bytes((_table(tracer).by_addr[symbols["f"]].original,)))
        one = _table(tracer).by_addr.pop(symbols["f"])
        thread.space.hot.clear()
        before = points.ghosts
        tracer.poll(0.02)
        assert points.ghosts == before + 1
        _table(tracer).slots.pop((one.addr, one.decision.code))
        assert points.arm([symbols["f"]]) == ([symbols["f"]], [])
        tracer.poll(0.02)
    process.close()
