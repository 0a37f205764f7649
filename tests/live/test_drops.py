"""Drops on a buffer too small for what comes: what was produced is what was printed plus what was told to be dropped, to the last one."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CALLS = 60_000
TARGET = f"import os, time\nfor _ in range(10):\n    for _ in range({CALLS // 10}): os.getppid()\n    time.sleep(.03)"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the kernel engine needs root")


def run(program: str, tmp_path: object, *options: str) -> tuple[list[str], list[str]]:
    target = os.path.join(str(tmp_path), "target.py")
    with open(target, "w") as file:
        file.write(TARGET)
    command = [os.path.join(ROOT, "dtrace"), "-q", "-x", "engine=kernel", "-x", "droptags", *options, "-n", program]
    done = subprocess.run([*command, "-c", f"{sys.executable} {target}"], capture_output=True, text=True, timeout=90)
    assert done.returncode == 0
    return done.stdout.split(), done.stderr.splitlines()


def told(lines: list[str], kind: str, text: str) -> int:
    """The sum of the drops of one kind; every line must be one, its plural right."""
    total = 0
    for line in lines:
        found = re.fullmatch(rf"dtrace: \[DTRACEDROP_{kind}\] (\d+) {text}", line)
        assert found, line
        count = int(found[1])
        assert ("s" in line.split("] ")[1].split(" ")[1]) == (count > 1) or "speculative" in line
        total += count
    return total


def test_principal(tmp_path: object) -> None:
    program = (  # a clause whose record finds no room is left out as a whole, so another one counts
        "syscall::getppid:entry /pid == $target/ { n++; } syscall::getppid:entry /pid == $target/ { printf(\"r%d\\n\", n); }"
        "END { printf(\"%d\\n\", n); }"
    )
    out, err = run(program, tmp_path, "-b", "4k", "-x", "switchrate=50ms", "-x", "statusrate=20ms")
    records = [int(word[1:]) for word in out if word.startswith("r")]
    assert records == sorted(set(records)) and int(out[-1]) == CALLS
    drops = told(err, "PRINCIPAL", r"drops? on CPU \d+")
    assert drops > 0 and len(records) + drops == CALLS
    assert len(err) > 2  # statusrate: told while it goes on, not only at the end


def test_speculative(tmp_path: object) -> None:
    program = (
        "BEGIN { s = speculation(); } syscall::getppid:entry /pid == $target/ { speculate(s); printf(\"r\\n\"); }"
        "syscall::exit_group:entry /pid == $target/ { commit(s); }"
    )
    out, err = run(program, tmp_path, "-x", "specsize=16k")
    drops = told(err, "SPEC", "speculative drops?")
    assert out == ["r"] * (CALLS - drops) and 0 < len(out) <= 1024
