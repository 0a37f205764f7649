"""lab/matrix: what it makes of a guest's words, and (PYDTRACE_LAB=1, half an hour) the matrix itself, a cell a test."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / "lab"
sys.path.insert(0, str(LAB))

import cell  # noqa: E402

boots = pytest.mark.skipif(os.environ.get("PYDTRACE_LAB") != "1", reason="boots virtual machines: set PYDTRACE_LAB=1")


def load() -> ModuleType:
    """The script as a module: its name has no .py."""
    loader = importlib.machinery.SourceFileLoader("matrix", str(LAB / "matrix"))
    spec = importlib.util.spec_from_loader("matrix", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


matrix = load()


def guest(tmp_path: Path, text: str) -> Path:
    """A lab whose `run` is a script of ours."""
    lab = tmp_path / "lab"
    lab.mkdir()
    (lab / "run").write_text(f"#!/bin/sh\n{text}\n")
    (lab / "run").chmod(0o755)
    return lab


def rows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> list[str]:
    """What failed, after a guest has done so."""
    monkeypatch.setattr(matrix, "LAB", guest(tmp_path, text))
    table = matrix.Table()
    (tmp_path / "dmesg").write_text("")
    matrix.run_cell(table, "6.1", True, tmp_path, [], 1, tmp_path / "dmesg")
    failed: list[str] = table.failed
    return failed


def test_a_failed_check_fails_the_matrix(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "printf 'kernel\\tK\\nok\\tone\\t1 seen\\nFAILED\\ttwo\\t0 seen\\n'; exit 1"
    assert rows(monkeypatch, tmp_path, text) == ["6.1 xen: two"]
    assert capsys.readouterr().out.splitlines() == [
        "6.1 xen    K",
        f"6.1 xen    ok      {'one':<22} 1 seen",
        f"6.1 xen    FAILED  {'two':<22} 0 seen",
    ]


@pytest.mark.parametrize("text", ["exit 125", "printf 'kernel\\tK\\n'; exit 0", "printf 'ok\\tone\\t1\\n'; exit 124"])
def test_a_guest_that_ends_early_fails_the_matrix(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    assert rows(monkeypatch, tmp_path, text) == ["6.1 xen: the guest"]


def test_guests_run_a_copy(tmp_path: Path) -> None:
    tree = matrix.snapshot(tmp_path)
    assert (tree / "lab/cell.py").read_bytes() == (LAB / "cell.py").read_bytes()
    assert (tree / "src/pydtrace/cli.py").exists() and os.access(tree / "dtrace", os.X_OK)
    assert not list((tree / "tests").rglob("__pycache__")) and list((tree / "src").rglob("*.pyc"))
    assert (tree / ".venv").resolve() == (ROOT / ".venv").resolve()


@pytest.mark.parametrize(
    ("line", "bad"),
    [
        ("WARNING: CPU: 1 PID: 300 at kernel/trace/ftrace.c:2085 ftrace_bug+0x1b0/0x250", True),
        ("BUG: unable to handle page fault for address: ffffffffc0000000", True),
        ("rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:", True),
        ("watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [dtrace:301]", True),
        ("Oops: 0000 [#1] PREEMPT SMP NOPTI", True),
        ("9pnet: Installing 9P2000 support", False),
        (cell.BEGUN, False),
    ],
)
def test_complaints_are_known(line: str, bad: bool) -> None:
    assert bool(cell.COMPLAINT.search(line)) == bad


def test_the_target_tells_the_truth(tmp_path: Path) -> None:
    """Against strace, which counts for itself."""
    for tool in ("gcc", "strace"):
        if shutil.which(tool) is None:
            pytest.skip(f"needs {tool}")
    program = str(matrix.target(tmp_path))
    told = subprocess.run([program, "calls", "40"], capture_output=True, text=True, check=True).stdout
    argv = ["strace", "-qq", "-o", str(tmp_path / "trace"), "-e", "trace=getppid,getpgid,getsid", program, "calls", "40"]
    subprocess.run(argv, check=True, capture_output=True)
    lines = (tmp_path / "trace").read_text().splitlines()
    assert told == "".join(f"sys_{n} {sum(line.startswith(n + '(') for line in lines)}\n" for n in ("getppid", "getpgid", "getsid"))


@boots
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("guests", ["--bare", "--xen"])
@pytest.mark.parametrize("kernel", ["6.1", "6.12"])
def test_the_matrix(kernel: str, guests: str) -> None:
    done = subprocess.run([str(LAB / "matrix"), "--kernel", kernel, guests], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    for mechanism in ("kprobe.multi", "fentry", "kprobe", "auto"):
        assert f"{mechanism}: " in done.stdout


@boots
@pytest.mark.timeout(2400)
def test_a_soak() -> None:
    """A hundredth of the real one (make soak)."""
    done = subprocess.run([str(LAB / "matrix"), "--kernel", "6.12", "--xen", "--soak", "100000"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("none lost") == 3
