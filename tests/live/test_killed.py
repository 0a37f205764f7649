"""dtrace is killed (SIGKILL) while it traces busy processes it has grabbed: they live on and compute what they would have computed.

`PYDTRACE_SOAK` says how many times; without it a few.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import targets_c

ROOT = Path(__file__).resolve().parents[2]
SOAK = int(os.environ.get("PYDTRACE_SOAK", "0"))
SCRIPT = 'pid$target:a.out:h_*:entry { @ = count(); } BEGIN { printf("up\\n"); }'

pytestmark = pytest.mark.timeout(60 + 10 * SOAK)


def survivor(threads: int, source: str = targets_c.SURVIVOR) -> subprocess.Popen[str]:
    words = ["nice", "-n", "19", targets_c.build(source), *([str(threads)] if source != targets_c.FORKER else [])]
    child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while len(os.listdir(f"/proc/{child.pid}/task")) < threads or Path(f"/proc/{child.pid}/comm").read_text() == "nice\n":
        time.sleep(0.002)
    time.sleep(0.05)  # its libraries
    return child


def tracer(pid: int, script: str = SCRIPT) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pydtrace", "-xengine=process", "-p", str(pid), "-qn", script]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def ends_well(child: subprocess.Popen[str]) -> None:
    child.terminate()
    out, err = child.communicate(timeout=20)
    assert (child.returncode, out, err) == (0, "ok 1\n", "")


def watchdog(pid: int) -> int:
    """The process that would repair what a tracer leaves behind."""
    end = time.monotonic() + 5  # on a busy machine it may not have its name yet
    while time.monotonic() < end:
        for name in os.listdir("/proc"):
            try:
                if name.isdigit() and Path(f"/proc/{name}/comm").read_text() == f"undo-{pid}\n":
                    return int(name)
            except OSError:
                continue
        time.sleep(0.01)
    raise AssertionError("no watchdog")


def soak(count: int, threads: int, seed: int, source: str = targets_c.SURVIVOR) -> int:
    """Kill dtrace at random moments, from its first instruction on; how often it had armed by then."""
    chance = random.Random(seed)
    child = survivor(threads, source)
    armed = 0
    try:
        for round_ in range(count):
            run = tracer(child.pid, SCRIPT if source is targets_c.SURVIVOR else SCRIPT.replace("h_*", "f"))
            assert run.stdout is not None
            if round_ % 3:
                armed += run.stdout.readline() == "up\n"
                time.sleep(chance.random() * 0.05)
            else:
                time.sleep(0.1 + chance.random() * 0.4)
            run.kill()
            run.communicate()
            time.sleep(chance.choice((0, 0.02)))
            assert child.poll() is None, f"round {round_}: {child.communicate()}, status {child.returncode}"
        time.sleep(0.1)
        ends_well(child)
    finally:
        child.kill()
        child.communicate()
    return armed


@pytest.mark.parametrize("threads", [1, 8])
def test_target_lives_on(threads: int) -> None:
    assert soak(SOAK or 6, threads, threads) > 0


@pytest.mark.parametrize("source", ["STORM", "FORKER"])
def test_target_with_signals_and_children_lives_on(source: str) -> None:
    assert soak(SOAK or 4, 1, 3, getattr(targets_c, source)) > 0


@pytest.mark.parametrize("threads", [1, 8])
def test_target_lives_on_without_the_watchdog(threads: int) -> None:
    """The breakpoints stay where they are, and are hit for as long as the program runs."""
    child = survivor(threads)
    try:
        for _ in range(max(SOAK // 4, 2)):
            run = tracer(child.pid)
            assert run.stdout is not None and run.stdout.readline() == "up\n"
            other = watchdog(run.pid)
            time.sleep(0.05)
            os.kill(other, signal.SIGKILL)
            run.kill()
            run.communicate()
            time.sleep(0.2)
            assert child.poll() is None, child.communicate()
        ends_well(child)
    finally:
        child.kill()
        child.communicate()
