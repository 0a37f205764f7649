"""Breakpoints in real processes."""

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

from pydtrace.breakpoint.engine import Breakpoints
from pydtrace.elf.symbols import Symbolizer
from pydtrace.target.process import Process, grab, launch
from pydtrace.target.tracer import Tracer

pytestmark = pytest.mark.timeout(60)


def _run(tracer: Tracer, seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while tracer.poll(0.2):
        assert time.monotonic() < end, tracer.threads


def _env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def _addr(process: Process, name: str, where: str = "a.out") -> int:
    one = Symbolizer(process.pid).object(where)
    assert one is not None
    return next(addr for text, addr, _ in one.functions() if text == name)


def _armed(argv: list[str], *, follow: bool = False) -> tuple[Process, Tracer, Breakpoints, list[int]]:
    process = launch(argv)
    tracer = Tracer(process, follow=follow)
    points = Breakpoints(tracer)
    tracer.attach()
    hits: list[int] = []
    tracer.on_breakpoint = lambda thread, addr: hits.append(addr)
    addr = _addr(process, "f")
    assert points.arm([addr]) == ([addr], [])
    return process, tracer, points, hits


def test_count_is_exact() -> None:
    process, tracer, points, hits = _armed([targets_c.build(targets_c.LOOP), "5000"])
    tracer.start()
    _run(tracer)
    assert len(hits) == 5000 == points.hits
    assert process.status is not None and os.WEXITSTATUS(process.status) == 7
    process.close()


def test_threads_count_is_exact() -> None:
    process, tracer, _, hits = _armed([targets_c.build(targets_c.THREADS), "1000"])
    tracer.start()
    _run(tracer)
    assert len(hits) == 8000
    assert process.status == 0
    process.close()


@pytest.mark.parametrize("follow", [False, True])
def test_forks(follow: bool) -> None:
    process, tracer, _, hits = _armed([targets_c.build(targets_c.FORKS)], follow=follow)
    tracer.start()
    _run(tracer)
    assert process.status == 0
    assert len(hits) == (11 if follow else 5)
    process.close()


def test_signals_count_is_exact() -> None:
    process, tracer, _, hits = _armed([targets_c.build(targets_c.SIGNALS), "30000"])
    alarms: list[int] = []
    tracer.on_signal = lambda thread, signo: alarms.append(signo)
    tracer.start()
    _run(tracer)
    assert process.status == 0
    assert len(hits) == 30000 + alarms.count(signal.SIGALRM)
    process.close()


def test_whole_libc() -> None:
    """Every function of libc at once: what is refused has a reason, and the program still works."""
    process = launch(["/bin/sh", "-c", "for i in 1 2 3; do echo $i; done; exit 5"])
    tracer = Tracer(process)
    points = Breakpoints(tracer)
    tracer.attach()
    libc = Symbolizer(process.pid).object("libc")
    assert libc is not None
    text = [m for m in Symbolizer(process.pid).maps if m.path == libc.path and "x" in m.perms]
    addrs = sorted({addr for _, addr, _ in libc.functions() if any(m.start <= addr < m.end for m in text)})
    armed, refused = points.arm(addrs)
    assert len(armed) + len(refused) == len(addrs)
    assert all(reason for _, reason in refused)
    assert len(armed) > 0.95 * len(addrs), refused[:20]
    tracer.start()
    _run(tracer)
    assert process.status == 5 << 8
    assert points.hits > 100
    process.close()


def test_grabbed_process_survives_detach_under_load() -> None:
    child = subprocess.Popen([targets_c.build(targets_c.THREADS), "100000000000"])
    try:
        time.sleep(0.1)
        process = grab(child.pid)
        addr = _addr(process, "f")
        for _ in range(20):
            tracer = Tracer(process)
            points = Breakpoints(tracer)
            tracer.attach()
            assert points.arm([addr]) == ([addr], [])
            tracer.start()
            tracer.poll(0.03)
            assert points.hits > 0
            tracer.detach()
            points.close()
        time.sleep(0.2)
        assert child.poll() is None
        process.close()
    finally:
        child.kill()
        child.wait()


def test_memory_hides_our_bytes() -> None:
    process, tracer, _, _ = _armed([targets_c.build(targets_c.LOOP), "5"])
    thread = next(iter(tracer.threads.values()))
    addr = _addr(process, "f")
    assert b"\xcc" in thread.space.memory.read(addr, 8)
    assert b"\xcc" not in thread.read(addr, 8)
    process.close()


def test_watchdog_repairs_after_sigkill() -> None:
    child = subprocess.Popen(["sleep", "30"])
    code = (
        "import sys,time\n"
        "from pydtrace.target.process import grab\nfrom pydtrace.target.tracer import Tracer\n"
        "from pydtrace.breakpoint.engine import Breakpoints\nfrom pydtrace.elf.symbols import Symbolizer\n"
        f"p=grab({child.pid}); t=Tracer(p); b=Breakpoints(t); t.attach()\n"
        f"o=Symbolizer({child.pid}).object('libc'); a=next(a for n,a,_ in o.functions() if n=='getppid')\n"
        "r=b.arm([a]); t.start(); print(a, flush=True)\n"
        "while True: t.poll(1)\n"
    )
    try:
        time.sleep(0.2)
        tracer = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=_env())
        assert tracer.stdout is not None
        addr = int(tracer.stdout.readline())

        def around() -> bytes:
            with open(f"/proc/{child.pid}/mem", "rb") as memory:
                memory.seek(addr)
                return memory.read(5)

        assert b"\xcc" in around()
        tracer.kill()
        tracer.wait()
        tracer.stdout.close()
        end = time.monotonic() + 5
        while b"\xcc" in around() and time.monotonic() < end:
            time.sleep(0.02)
        assert b"\xcc" not in around()
        assert child.poll() is None
    finally:
        child.kill()
        child.wait()


def test_arm_while_running_with_syscalls() -> None:
    process = launch([targets_c.build(targets_c.LOOP), "-1"])
    tracer = Tracer(process, syscalls=True)
    points = Breakpoints(tracer)
    calls: list[tuple[bool, int]] = []
    tracer.on_syscall = lambda thread, entry, nr, args, ret: calls.append((entry, nr))
    tracer.attach()
    addr = _addr(process, "f")
    tracer.start()
    for _ in range(20):
        tracer.poll(0.01)
        assert points.arm([addr]) == ([addr], [])
        tracer.poll(0.01)
        points.disarm()
    assert points.hits > 10
    sleeps = [entry for entry, nr in calls if nr == 230]
    assert all(a != b for a, b in zip(sleeps, sleeps[1:], strict=False))  # entry and return alternate
    process.close()


@pytest.mark.parametrize("stage", range(4))
def test_target_killed_at_any_moment(stage: int) -> None:
    process, tracer, points, hits = _armed([targets_c.build(targets_c.THREADS), "100000000000"])
    tracer.start()
    tracer.poll(0.05)
    if stage == 0:
        process.kill()
    elif stage == 1:
        tracer.stop_all()
        process.kill()
        tracer.resume_all()
    elif stage == 2:
        tracer.stop_all()
        process.kill()
        time.sleep(0.05)
        tracer.detach()
        process.close()
        return
    else:
        tracer.on_breakpoint = lambda thread, addr: process.kill()
    _run(tracer, 10)
    assert process.status == signal.SIGKILL
    tracer.detach()
    process.close()


def test_exec_from_a_thread() -> None:
    code = (
        "import os,threading,time\n"
        "threading.Thread(target=lambda: os.execv('/bin/echo', ['echo', 'new'])).start()\n"
        "time.sleep(20)"
    )
    process = launch([sys.executable, "-c", code])
    tracer = Tracer(process)
    Breakpoints(tracer)
    execs: list[int] = []
    tracer.on_exec = lambda thread: execs.append(thread.tid)
    tracer.attach()
    tracer.start()
    _run(tracer, 15)
    assert execs == [process.pid]
    assert process.status == 0
    process.close()


def test_detach_own_child_then_let_it_finish() -> None:
    process, tracer, points, hits = _armed([targets_c.build(targets_c.LOOP), "1000"])
    tracer.start()
    tracer.poll(0.005)
    tracer.detach()
    assert process.wait(5)
    assert process.status is not None and os.WEXITSTATUS(process.status) == 7
    process.close()


def test_two_probes_on_one_byte() -> None:
    """The entry of a function whose first instruction, behind the landing pad, is its ret."""
    source = targets_c.LOOP.replace("int main", "__attribute__((noinline)) void g(void) { __asm__ volatile(\"\"); }\nint main").replace(
        "sum += f(i);", "sum += f(i); g();"
    )
    process = launch([targets_c.build(source, "-fcf-protection=full"), "10"])
    tracer = Tracer(process)
    points = Breakpoints(tracer)
    hits: list[int] = []
    tracer.on_breakpoint = lambda thread, addr: hits.append(addr)
    tracer.attach()
    addr = _addr(process, "g")
    assert points.arm([addr, addr + 4]) == ([addr, addr + 4], [])
    tracer.start()
    _run(tracer)
    assert hits == [addr, addr + 4] * 10
    process.close()


@pytest.mark.parametrize("follow", [False, True])
def test_detach_in_the_middle_of_vfork(follow: bool) -> None:
    child = subprocess.Popen([targets_c.build(targets_c.VFORKS)])
    try:
        time.sleep(0.1)
        process = grab(child.pid)
        addr = _addr(process, "f")
        hits = 0
        for _ in range(30):
            tracer = Tracer(process, follow=follow)
            points = Breakpoints(tracer)
            tracer.attach()
            assert points.arm([addr]) == ([addr], [])
            tracer.start()
            tracer.poll(0.01)
            tracer.detach()
            points.close()
            hits += points.hits
            assert child.poll() is None
        assert hits > 0
        process.close()
    finally:
        child.kill()
        child.wait()


def test_arm_at_exec() -> None:
    process = launch([targets_c.build(targets_c.LOOP), "10"], "exec")
    tracer = Tracer(process)
    points = Breakpoints(tracer)
    tracer.attach()
    addr = _addr(process, "f")
    assert points.arm([addr]) == ([addr], [])
    tracer.start()
    _run(tracer)
    assert points.hits == 10
    assert process.status == 7 << 8
    process.close()


def test_arm_in_a_stopped_process() -> None:
    child = subprocess.Popen([targets_c.build(targets_c.LOOP), "-1"])
    try:
        time.sleep(0.1)
        os.kill(child.pid, signal.SIGSTOP)
        process = grab(child.pid)
        addr = _addr(process, "f")
        tracer = Tracer(process)
        points = Breakpoints(tracer)
        tracer.attach()
        assert points.arm([addr]) == ([addr], [])
        tracer.start()
        tracer.poll(0.1)
        assert points.hits == 0
        os.kill(child.pid, signal.SIGCONT)
        tracer.poll(0.2)
        assert points.hits > 0
        tracer.detach()
        points.close()
        process.close()
        time.sleep(0.1)
        assert child.poll() is None
    finally:
        child.kill()
        child.wait()


def test_no_timer_is_left() -> None:
    def timers() -> int:
        with open("/proc/self/timers") as file:
            return sum(line.startswith("ID:") for line in file)

    if not os.path.exists("/proc/self/timers"):
        pytest.skip("this kernel does not list timers")
    before = timers()
    process, tracer, _, _ = _armed([targets_c.build(targets_c.LOOP), "10"])
    assert timers() == before + 1
    tracer.start()
    _run(tracer)
    tracer.detach()
    assert timers() == before
    process.close()


def test_poll_keeps_its_time() -> None:
    """A target that does nothing, and one that hits without end."""
    for argument, source in (("100000", "int main(void) { for (;;) pause(); }"), ("1000000000", "")):
        text = targets_c.LOOP if not source else "#include <unistd.h>\nint f(int x) { return x; }\n" + source
        process, tracer, _, _ = _armed([targets_c.build(text), argument])
        tracer.start()
        for seconds in (0.05, 0.3):
            start = time.monotonic()
            assert tracer.poll(seconds)
            assert time.monotonic() - start < seconds + 1
        tracer.detach()
        process.close()
