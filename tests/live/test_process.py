"""Launching, grabbing and following real processes."""

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

from pydtrace.elf.symbols import Symbolizer
from pydtrace.errors import UserError
from pydtrace.target.process import grab, launch
from pydtrace.target.tracer import Tracer

pytestmark = pytest.mark.timeout(30)


def _run(tracer: Tracer, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while tracer.poll(0.2):
        assert time.monotonic() < end, tracer.threads


def test_command_not_found() -> None:
    with pytest.raises(UserError, match=r"failed to execute /no/such: No such file or directory"):
        launch("/no/such thing")


def test_grab_of_nothing() -> None:
    with pytest.raises(UserError, match="failed to grab pid"):
        grab(2**22 - 3)


@pytest.mark.parametrize("when", ["exec", "preinit", "postinit", "main"])
def test_launch_untraced(when: str) -> None:
    process = launch([targets_c.build(targets_c.LOOP), "3"], when)
    names = [one.name for one in Symbolizer(process.pid).objects]
    assert any(name.startswith("libc.so") for name in names) == (when != "exec")
    process.resume_untraced()
    assert process.wait(5)
    assert process.status is not None and os.WEXITSTATUS(process.status) == 7
    process.close()


def test_close_kills_own_child() -> None:
    process = launch("sleep 100")
    process.resume_untraced()
    assert not process.poll()
    process.close()
    assert process.status is not None and os.WTERMSIG(process.status) == signal.SIGKILL


def test_syscalls() -> None:
    process = launch("/bin/echo hi", "exec")
    tracer = Tracer(process, syscalls=True)
    seen: list[tuple[bool, int]] = []
    writes: list[bytes] = []

    def on_syscall(thread: object, entry: bool, nr: int, args: tuple[int, ...], ret: int) -> None:
        seen.append((entry, nr))
        if nr == 1 and entry:
            writes.append(thread.read(args[1], args[2]))  # type: ignore[attr-defined]
        if nr == 1 and not entry:
            assert ret == 3

    tracer.on_syscall = on_syscall
    tracer.attach()
    tracer.start()
    _run(tracer)
    assert writes == [b"hi\n"]
    assert seen[-1] == (True, 231)
    assert process.status == 0
    process.close()


def test_threads_and_exit() -> None:
    process = launch([targets_c.build(targets_c.THREADS), "1000"])
    tracer = Tracer(process)
    births: list[object] = []
    exits: list[tuple[int, int]] = []
    tracer.on_thread = lambda parent, child: births.append(child)
    tracer.on_exit = lambda pid, status: exits.append((pid, status))
    tracer.attach()
    tracer.start()
    _run(tracer)
    assert len(births) == 8
    assert exits == [(process.pid, 0)]
    process.close()


@pytest.mark.parametrize("follow", [False, True])
def test_forks(follow: bool) -> None:
    process = launch([targets_c.build(targets_c.FORKS)])
    tracer = Tracer(process, follow=follow)
    kinds: list[str] = []
    execs: list[object] = []
    tracer.on_fork = lambda thread, pid, kind: kinds.append(kind)
    tracer.on_exec = lambda thread: execs.append(thread)
    tracer.attach()
    tracer.start()
    _run(tracer)
    assert process.status == 0
    assert kinds.count("fork") == 5
    assert kinds.count("vfork") == 2
    assert len(execs) == (2 if follow else 0)
    process.close()


def test_signals_pass() -> None:
    process = launch([targets_c.build(targets_c.SIGNALS), "3000000"])
    tracer = Tracer(process)
    seen: list[int] = []
    tracer.on_signal = lambda thread, signo: seen.append(signo)
    tracer.attach()
    tracer.start()
    _run(tracer)
    assert process.status == 0
    assert seen.count(signal.SIGUSR1) == 3000
    process.close()


def test_grab_detach_repeatedly_and_job_control() -> None:
    child = subprocess.Popen([targets_c.build(targets_c.LOOP), "-1"])
    try:
        process = grab(child.pid)
        for round_ in range(10):
            tracer = Tracer(process)
            tracer.attach()
            if round_ % 2:
                tracer.start()
                tracer.poll(0.02)
            tracer.detach()
        tracer = Tracer(process)
        tracer.attach()
        tracer.start()
        os.kill(child.pid, signal.SIGSTOP)
        tracer.poll(0.2)
        assert Path(f"/proc/{child.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "tT"
        tracer.stop_all()
        tracer.resume_all()
        os.kill(child.pid, signal.SIGCONT)
        tracer.poll(0.2)
        assert Path(f"/proc/{child.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "SR"
        tracer.detach()
        assert Path(f"/proc/{child.pid}/status").read_text().split("TracerPid:")[1].split()[0] == "0"
        process.close()
        assert child.poll() is None
    finally:
        child.kill()
        child.wait()


def test_grab_many_threads() -> None:
    code = "import threading,time\nfor i in range(20): threading.Thread(target=lambda: time.sleep(50), daemon=True).start()\ntime.sleep(50)"
    child = subprocess.Popen([sys.executable, "-c", code])
    try:
        time.sleep(0.5)
        process = grab(child.pid)
        tracer = Tracer(process)
        tracer.attach()
        assert len(tracer.threads) == 21
        tracer.start()
        tracer.poll(0.05)
        child.kill()
        _run(tracer, 5)
        assert not tracer.threads
        process.close()
    finally:
        child.kill()
        child.wait()


def test_symbols() -> None:
    process = launch([targets_c.build(targets_c.LOOP), "3"])
    names = Symbolizer(process.pid)
    program = names.executable
    assert program is not None and program.elf.pie
    value = program.elf.symbol("f")
    assert value is not None
    name = os.path.basename(program.path)
    assert names.text(value[0] + program.bias) == f"{name}`f"
    assert names.text(value[0] + program.bias + 1) == f"{name}`f+0x1"
    assert names.text(16) == "0x10"
    libc = names.object("libc")
    assert libc is not None and "printf" in {row[0] for row in libc.functions()}
    assert libc.elf.build_id
    assert program.elf.needed == ["libc.so.6"]
    process.close()
