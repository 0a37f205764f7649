"""The command with closed, full and broken standard streams, and interrupted before it has begun."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ONCE = "-xengine=process -n 'BEGIN { trace(7); exit(0); }' -c true"
MATCHED = "dtrace: description 'BEGIN ' matched 1 probe\n"
FULL = "dtrace: failed to write to standard output: No space left on device\n"


def shell(words: str, redirections: str) -> subprocess.CompletedProcess[str]:
    """dtrace started by a shell, which can close what subprocess cannot."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = f"exec {shlex.quote(sys.executable)} -m pydtrace {words} {redirections}"
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, env=environment, check=False)


@pytest.mark.parametrize(
    ("words", "redirections", "status", "out", "err"),
    [
        (ONCE, "<&-", 0, "  7\n", "matched"),
        (ONCE, ">&-", 0, "", "matched"),
        (ONCE, "2>&-", 0, "  7\n", ""),
        (ONCE, "<&- >&- 2>&-", 0, "", ""),
        ("-xengine=process -c true -ln BEGIN", ">&-", 0, "", ""),
        ("-V", ">&-", 0, "", ""),
        ("-n 'BEGIN {'", "2>&-", 1, "", ""),
        (ONCE, ">/dev/full", 1, "", "matched + full"),
        ("-xengine=process -c true -ln BEGIN", ">/dev/full", 1, "", "full"),
        ("-V", ">/dev/full", 1, "", "full"),
        ("--help", ">/dev/full", 1, "", "full"),
        ("", "2>/dev/full", 2, "", ""),
        ("-y", "2>/dev/full", 2, "", ""),
        ("-s /nonexistent", "2>/dev/full", 1, "", ""),
        ("-xengine=process -c true -ln BEGIN -o /dev/full", "", 1, "", "dtrace: failed to write to /dev/full: No space left on device\n"),
    ],
)
def test_streams_closed_or_full(words: str, redirections: str, status: int, out: str, err: str) -> None:
    run = shell(words, redirections)
    wanted = {"matched": MATCHED, "full": FULL, "matched + full": MATCHED + FULL}.get(err, err)
    assert (run.returncode, run.stderr) == (status, wanted)
    assert run.stdout.rstrip("\n").endswith(out.rstrip("\n")) if out else run.stdout == ""


def test_the_command_of_c_has_its_three_descriptors(tmp_path: Path) -> None:
    """What is closed for us is /dev/null for it, never a file of ours."""
    shown = tmp_path / "fds"
    target = tmp_path / "target"
    target.write_text(f"#!/bin/sh\nreadlink /proc/self/fd/0 /proc/self/fd/1 > {shown}\n")
    target.chmod(0o755)
    run = shell(f"-xengine=process -o {tmp_path}/out -qn 'BEGIN {{}}' -c {target}", "<&- >&-")
    assert run.returncode == 0, run.stderr
    assert shown.read_text().split() == ["/dev/null", str(shown)]


def test_a_binary_script_is_quoted_in_octal(tmp_path: Path) -> None:
    script = tmp_path / "binary.d"
    script.write_bytes(b"BEGIN \xf3\x01 { }")
    run = shell(f"-xengine=process -c true -es {script}", "")
    assert run.returncode == 1
    assert run.stderr.startswith(f"dtrace: failed to compile script {script}: line 1: ")
    assert "\\363" in run.stderr and "udcf3" not in run.stderr and "\x01" not in run.stderr


@pytest.mark.parametrize("module", [True, False])
def test_interrupt_before_anything_is_enabled(module: bool) -> None:
    """Quietly, with the status that an interrupt later has too. (While Python itself starts, the answer is Python's.)"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    head = ["-m", "pydtrace"] if module else ["-I", "-S", str(ROOT / "src/pydtrace/launch.py")]
    read, write = os.pipe()
    try:
        run = subprocess.Popen([sys.executable, *head, "-s", "-"], stdin=read, stderr=subprocess.PIPE, text=True, env=environment)
        comm = Path(f"/proc/{run.pid}/comm")
        end = time.monotonic() + 20
        while comm.read_text() != "dtrace\n" and time.monotonic() < end:
            time.sleep(0.002)
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=20)
    finally:
        os.close(read)
        os.close(write)
    assert (run.returncode, err) == (0, "")
