"""psinfo_t and lwpsinfo_t: on both engines the times and sizes of a process are those of /proc, and of ps."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")

# Two threads that have worked, one of which has ended; a child that has; memory of two kinds; then it waits to be told to make a call.
TARGET = r"""
import mmap, os, sys, threading, time
def work(seconds):
    until = time.thread_time() + seconds
    while time.thread_time() < until: pass
if not os.fork():
    work(0.11)
    os._exit(0)
os.wait()
one = threading.Thread(target=work, args=(0.06,)); one.start(); one.join()
two = threading.Thread(target=lambda: (work(0.05), ready.set(), time.sleep(60)), daemon=True)
ready = threading.Event(); two.start(); ready.wait()
shared, own = mmap.mmap(-1, 5 << 20), bytearray(os.urandom(3 << 20))
for i in range(0, 5 << 20, 4096): shared[i] = 1
work(0.04)
print("ready", flush=True)
sys.stdin.readline()
try: os.fdatasync(999)
except OSError: pass
"""
FIELDS = (
    "pr_start.tv_sec", "pr_start.tv_nsec", "pr_time.tv_sec", "pr_time.tv_nsec", "pr_ctime.tv_sec", "pr_ctime.tv_nsec",
    "pr_rssize", "pr_size", "pr_pctcpu", "pr_pctmem", "pr_nlwp",
)  # fmt: skip
THREAD = (
    "pr_start.tv_sec", "pr_start.tv_nsec", "pr_time.tv_sec", "pr_time.tv_nsec", "pr_pctcpu", "pr_cpu", "pr_pri", "pr_oldpri", "pr_syscall",
)  # fmt: skip
_TICK = 1e9 / os.sysconf("SC_CLK_TCK")
_FDATASYNC = 75


def stat(pid: int, thread: bool) -> list[str]:
    with open(f"/proc/{pid}/task/{pid}/stat" if thread else f"/proc/{pid}/stat") as file:
        return ["", *"0 0 ".split(), *file.read().rpartition(")")[2].split()]


def ask(target: subprocess.Popen[str], engine: str) -> tuple[dict[str, int], dict[str, int], float]:
    """What D says of the process and of its thread, and when."""
    asked = [f"curpsinfo->{name}" for name in FIELDS] + [f"curlwpsinfo->{name}" for name in THREAD]
    clause = f'syscall::fdatasync:entry /pid == $target/ {{ printf("{" %d" * len(asked)}", {", ".join(asked)}); exit(0); }}'
    words = ["-xengine=" + engine, "-q", "-p", str(target.pid), "-n", 'BEGIN { printf("ready\\n"); }' + clause]
    with subprocess.Popen(
        [sys.executable, "-m", "pydtrace", *words], env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as run:  # fmt: skip
        assert run.stdout is not None and target.stdin is not None
        assert run.stdout.readline() == "ready\n"
        target.stdin.write("go\n")
        target.stdin.flush()
        at = time.time()
        out, err = run.communicate(timeout=60)
    assert not err
    numbers = [int(word) for word in out.split()]
    return dict(zip(FIELDS, numbers)), dict(zip(THREAD, numbers[len(FIELDS) :])), at


def exact(pid: int) -> int:
    """Kilobytes in memory, page by page."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Rss:"))


def held_back(engine: str) -> int:
    """Kilobytes that sizes in /proc, before 6.2 the kernel's too, may be off: what CPUs or threads have not told yet, of three kinds."""
    release = tuple(int(word) for word in os.uname().release.split("-")[0].split(".")[:2])
    return 0 if engine == "kernel" and release >= (6, 2) else 3 * 4 * 64 * max(2, os.sysconf("SC_NPROCESSORS_ONLN"))


def time_of(found: dict[str, int], name: str) -> float:
    return found[name + ".tv_sec"] * 1e9 + found[name + ".tv_nsec"]


@pytest.mark.parametrize("engine", ["kernel", "process"])
def test_as_in_proc(engine: str) -> None:
    made = subprocess.Popen([sys.executable, "-I", "-S", "-c", TARGET], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert made.stdout is not None and made.stdout.readline() == "ready\n"
        whole, one = stat(made.pid, False), stat(made.pid, True)
        with open(f"/proc/{made.pid}/status") as file:
            status = dict(line.split(":", 1) for line in file)
        command = ["ps", "-o", "etimes=,pmem=,rss=", str(made.pid)]
        ps = subprocess.run(command, capture_output=True, text=True) if shutil.which("ps") else None
        told, resident = time.time(), exact(made.pid)
        process, thread, now = ask(made, engine)
    finally:
        made.kill()
        made.communicate(timeout=10)

    boot = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    start = boot + int(whole[22]) * _TICK / 1e9
    assert abs(time_of(process, "pr_start") / 1e9 - start) < 0.03
    assert abs(time_of(thread, "pr_start") / 1e9 - start) < 0.03  # the first thread's
    used = (int(whole[14]) + int(whole[15])) * _TICK
    assert used >= 0.13e9  # three threads' work, one of which has ended
    assert -2 * _TICK <= time_of(process, "pr_time") - used < 150e6
    children = (int(whole[16]) + int(whole[17])) * _TICK
    assert children >= 0.09e9 and abs(time_of(process, "pr_ctime") - children) <= 2 * _TICK
    own = (int(one[14]) + int(one[15])) * _TICK
    assert -2 * _TICK <= time_of(thread, "pr_time") - own < 150e6 and time_of(thread, "pr_time") < time_of(process, "pr_time") - 80e6
    assert abs(process["pr_rssize"] - resident) < 300 + held_back(engine) and process["pr_rssize"] > 8000
    assert abs(process["pr_size"] - int(status["VmSize"].split()[0])) < 300
    assert process["pr_nlwp"] == 2

    life = (now - start) * 1e9
    cpus = os.sysconf("SC_NPROCESSORS_ONLN")
    assert process["pr_pctcpu"] / 32768 == pytest.approx(time_of(process, "pr_time") / life / cpus, rel=0.1, abs=0.001)
    assert thread["pr_pctcpu"] / 32768 == pytest.approx(time_of(thread, "pr_time") / life, rel=0.1, abs=0.001)
    assert thread["pr_cpu"] == thread["pr_pctcpu"] >> 8
    assert process["pr_pctmem"] == process["pr_rssize"] // 4 * 32768 // os.sysconf("SC_PHYS_PAGES")
    assert thread["pr_pri"] == thread["pr_oldpri"] == int(one[18]) + 100
    assert thread["pr_syscall"] == _FDATASYNC
    if ps is not None:
        seconds, share, size = ps.stdout.split()
        assert abs(int(seconds) - (told - start)) <= 2
        assert abs(float(share) - process["pr_pctmem"] / 327.68) < 0.2
        assert abs(int(size) - process["pr_rssize"]) < 300 + held_back("process")
