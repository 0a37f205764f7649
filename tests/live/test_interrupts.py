"""Signals to dtrace, one or many, at any moment: it leaves in order, and what it traced goes on.

`PYDTRACE_SOAK` says how many times; without it a few."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import targets_c

import pydtrace

SOAK = int(os.environ.get("PYDTRACE_SOAK", "0"))

pytestmark = pytest.mark.timeout(60 + 5 * SOAK)

ROOT = Path(__file__).resolve().parents[2]
HOT = "pid$target:a.out:f:entry { @ = count(); }"


@pytest.fixture
def busy() -> Iterator[subprocess.Popen[bytes]]:
    """Eight threads in a hot function; nice, or dtrace would wait a second for its start."""
    child = subprocess.Popen(["nice", "-n", "19", targets_c.build(targets_c.THREADS), "100000000000"])
    try:
        while len(os.listdir(f"/proc/{child.pid}/task")) < 9:
            time.sleep(0.002)
        yield child
    finally:
        child.kill()
        child.wait()


def start(*words: str, **others: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pydtrace", "-xengine=process", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.Popen(command, stderr=subprocess.PIPE, env=environment, **others)  # type: ignore[call-overload, no-any-return]


def untraced(pid: int) -> bool:
    return "TracerPid:\t0\n" in Path(f"/proc/{pid}/status").read_text()


def test_second_signal(busy: subprocess.Popen[bytes]) -> None:
    chance = random.Random(5)
    for _ in range(SOAK or 6):
        run = start("-p", str(busy.pid), "-qn", HOT + ' BEGIN { printf("up\\n"); }', stdout=subprocess.PIPE)
        assert run.stdout is not None and run.stdout.readline() == b"up\n"
        time.sleep(chance.random() * 0.05)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGINT):
            run.send_signal(number)
            time.sleep(chance.random() * 0.012)
        _, err = run.communicate(timeout=20)
        assert (run.returncode, err) == (0, b"")
        assert busy.poll() is None and untraced(busy.pid)


@pytest.mark.parametrize("reader", ["stdout", "stderr"])
def test_interrupt_while_nobody_reads(busy: subprocess.Popen[bytes], reader: str) -> None:
    """The pipe is full: the first signal detaches, the second ends the waiting for the reader."""
    clause = {"stdout": "{ printf(\"%d and more of it\\n\", arg0); }", "stderr": "{ trace(1 / (arg0 - arg0)); }"}[reader]
    run = start("-p", str(busy.pid), "-qn", "pid$target:a.out:f:entry " + clause, stdout=subprocess.PIPE)
    try:
        full = Path(f"/proc/{run.pid}/wchan")
        end = time.monotonic() + 20
        while b"poll" not in full.read_bytes() and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(0.3)
        run.send_signal(signal.SIGINT)
        end = time.monotonic() + 10
        while not untraced(busy.pid) and time.monotonic() < end:
            time.sleep(0.02)
        assert untraced(busy.pid) and run.poll() is None
        run.send_signal(signal.SIGINT)
        assert run.wait(10) == 0
        assert busy.poll() is None
    finally:
        run.kill()
        run.communicate()


def test_interrupt_of_a_program_that_uses_the_api(busy: subprocess.Popen[bytes]) -> None:
    """KeyboardInterrupt comes out of records(), at once, and what has been seen so far stays usable."""
    chance = random.Random(6)
    for _ in range(SOAK or 6):
        with pydtrace.Session() as session:
            session.option("engine", "process")
            session.grab(busy.pid)
            session.compile(HOT)
            session.go()
            timer = subprocess.Popen(["sh", "-c", f"sleep {0.02 + chance.random() * 0.05}; kill -INT {os.getpid()}"])
            began = time.monotonic()
            with pytest.raises(KeyboardInterrupt):
                for _record in session.records():
                    pass
            assert time.monotonic() - began < 5
            timer.wait()
            assert sum(session.aggregations["_"].values()) > 0
        assert busy.poll() is None and untraced(busy.pid)


def test_a_handler_that_raises_loses_no_record() -> None:
    """BEGIN's record was drained when the handler raised: the next call gives it."""
    from pydtrace.session.session import Run

    class Interrupted:
        """An engine that a signal hits when it has records to give."""

        def __init__(self, engine: Any) -> None:
            self.engine = engine

        def __getattr__(self, name: str) -> Any:
            return getattr(self.engine, name)

        def drain(self, timeout: float) -> Any:
            batch = self.engine.drain(timeout)
            os.kill(os.getpid(), signal.SIGINT)
            return batch

    run = Run()
    run.option("engine", "process")
    run.launch("sleep 20")
    run.add("BEGIN { trace(1); }", field="name")
    try:
        run.prepare()
        run.go()
        engine = run.engine
        run.engine = Interrupted(engine)
        with pytest.raises(KeyboardInterrupt):
            run.drain(1)
        run.engine = engine
        assert [values for _, _, _, values in run.drain(0)] == [(1,)]
    finally:
        run.close()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
