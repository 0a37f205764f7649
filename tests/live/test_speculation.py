"""Speculations under load: several processes speculate, commit and discard at once, and what comes out is exactly what was committed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CHILDREN, ROUNDS = 3, 400

PROGRAM = """
syscall::getppid:entry /execname == "speculator"/ { self->s = speculation(); self->n++; }
syscall::getppid:entry /self->s/ { speculate(self->s); printf("entry %d %d\\n", pid, self->n); }
syscall::getppid:return /self->s/ { speculate(self->s); printf("return %d %d\\n", pid, self->n); }
syscall::getppid:return /self->s && self->n % 2/ { commit(self->s); self->s = 0; }
syscall::getppid:return /self->s/ { discard(self->s); self->s = 0; }
"""
TARGET = f"""
import os
for _ in range({CHILDREN}):
    if not os.fork():
        open("/proc/self/comm", "w").write("speculator")
        for _ in range({ROUNDS}): os.getppid()
        os._exit(0)
for _ in range({CHILDREN}): os.wait()
"""


@pytest.mark.parametrize("engine", ["kernel", "process"])
def test_exactly_the_committed(engine: str, tmp_path: object) -> None:
    if engine == "kernel" and os.geteuid() != 0:
        pytest.skip("the kernel engine needs root")
    target = os.path.join(str(tmp_path), "target.py")
    with open(target, "w") as file:
        file.write(TARGET)
    done = subprocess.run(
        [os.path.join(ROOT, "dtrace"), "-q", "-x", f"engine={engine}", "-x", "nspec=8", "-n", PROGRAM, "-c", f"{sys.executable} {target}"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.stderr == ""
    rows = [line.split() for line in done.stdout.splitlines() if line]
    pids = {row[1] for row in rows}
    assert len(pids) == CHILDREN
    for pid in pids:
        mine = [(what, int(n)) for what, who, n in rows if who == pid]
        assert mine == [(what, n) for n in range(1, ROUNDS + 1, 2) for what in ("entry", "return")]
    # A commit comes out in one piece.
    for a, b in zip(rows[::2], rows[1::2], strict=True):
        assert a[0] == "entry" and b == ["return", *a[1:]]
