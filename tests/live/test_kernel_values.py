"""Values that the kernel changes at our wish, read from its structs: a bit-field, an array of characters."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from test_differential import kernel_only

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CHILD = """
import os, sys
sys.stdin.readline()
os.getppid()
os.sched_setscheduler(0, os.SCHED_OTHER | os.SCHED_RESET_ON_FORK, os.sched_param(0))
open("/proc/self/comm", "w").write("changed")
os.getppid()
"""


@kernel_only
@pytest.mark.skipif(not os.path.exists("/sys/kernel/btf/vmlinux"), reason="the kernel has no BTF")
def test_a_bit_field_and_a_name_change() -> None:
    with subprocess.Popen([sys.executable, "-c", CHILD], stdin=subprocess.PIPE, text=True) as child:
        pid = child.pid
        text = f"""
            BEGIN {{ printf("ready\\n"); }}
            syscall::getppid:entry /pid == {pid}/ {{
                printf("%d %d %d %s\\n", curthread->sched_reset_on_fork, curthread->sched_reset_on_fork - 1, curthread->tgid == pid,
                    curthread->comm == execname ? curthread->comm : "another");
            }}
            syscall::exit_group:entry /pid == {pid}/ {{ exit(0); }}
        """
        dtrace = subprocess.Popen([os.path.join(ROOT, "dtrace"), "-q", "-n", text], stdout=subprocess.PIPE, text=True)
        try:
            assert dtrace.stdout is not None and dtrace.stdout.readline() == "ready\n"
            out, _ = child.communicate("go\n", timeout=20)
            seen, _ = dtrace.communicate(timeout=20)
        finally:
            for process in (dtrace, child):
                if process.poll() is None:
                    process.kill()
                    process.wait()
    lines = seen.splitlines()
    assert lines[0].startswith("0 -1 1 python") and lines[1] == "1 0 1 changed", seen
