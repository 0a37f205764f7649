"""The command of a user without privileges and without a target: it cannot trace, but it can say what is wrong with a script."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REFUSED = "dtrace: tracing the whole system is not possible here: DTrace requires additional privileges (CAP_BPF and CAP_PERFMON)\n"


@pytest.fixture(scope="module")
def python() -> str:
    """One that another user may execute."""
    found = shutil.which("python3", path="/usr/bin:/bin") or sys.executable
    try:
        subprocess.run([found, "-I", "-S", str(ROOT / "src/pydtrace/launch.py"), "-V"], check=True, capture_output=True, **_nobody())
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"this checkout cannot be read by another user: {error}")
    return found


def _nobody() -> dict[str, object]:
    return {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}


@pytest.mark.parametrize(
    ("words", "status", "err"),
    [
        (["-n", "BEGIN { exit(0); }"], 2, REFUSED),
        (["-en", "BEGIN { exit(0); }"], 0, ""),
        (["-Sen", "BEGIN { exit(0); }"], 0, None),
        (["-n", "BEGIN { exit(0) "], 1, "dtrace: invalid probe specifier BEGIN { exit(0) : syntax error near end of input\n"),
        (["-en", "BEGIN { exit(0) "], 1, "dtrace: invalid probe specifier BEGIN { exit(0) : syntax error near end of input\n"),
        (["-n", "no:such::probe { }"], 2, REFUSED),  # what is there to match is not for us to see
        (["-xengine=kernel", "-en", "BEGIN"], 0, ""),
        (["-xengine=process", "-en", "BEGIN"], 0, ""),
        (["-xengine=process", "-n", "BEGIN"], 1, "dtrace: the process engine needs a process to trace\n"),
        (["-xengine=none", "-en", "BEGIN"], 1, "dtrace: failed to set -x engine: Invalid value for specified option\n"),
    ],
)
def test_mistakes_come_before_privileges(python: str, words: list[str], status: int, err: str | None) -> None:
    command = [python, "-I", "-S", str(ROOT / "src/pydtrace/launch.py"), *words]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL, **_nobody())
    assert run.returncode == status, run.stderr
    assert err is None or run.stderr == err
