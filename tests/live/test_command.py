"""The command itself, on programs the tests start: counts against strace, pid probes, one clear line for bad input."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from held import held_by, loaded

ROOT = Path(__file__).resolve().parents[2]
SOURCE = """
__attribute__((noinline)) int work(int n) { return n * 3; }
int main() { int s = 0; for (int i = 0; i < 1000; i++) s += work(i); return s == 0; }
"""
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="the kernel engine needs root")
needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler")
needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="no strace")


def dtrace(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pydtrace", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, stdin=subprocess.DEVNULL, check=False)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("programs")
    (folder / "p.c").write_text(SOURCE)
    made = {}
    for name, flags in (("pie", ["-pie", "-fPIE"]), ("fixed", ["-no-pie"])):
        made[name] = str(folder / name)
        subprocess.run(["gcc", "-O1", *flags, "-o", made[name], str(folder / "p.c")], check=True)
    return made


@needs_gcc
@pytest.mark.parametrize("kind", ["pie", "fixed"])
def test_pid_probe_counts_every_call(program: dict[str, str], kind: str) -> None:
    text = "pid$target:a.out:work:entry { @ = sum(arg0); @c = count(); }"
    run = dtrace("-xengine=process", "-qn", text, "-c", program[kind])
    assert run.stdout.split() == ["499500", "1000"], run.stderr


@needs_root
@needs_gcc
def test_root_reaches_pid_probes_too(program: dict[str, str]) -> None:
    run = dtrace("-qn", "pid$target:a.out:work:entry { @ = count(); }", "-c", program["pie"])
    assert run.stdout.split() == ["1000"], run.stderr


def counts(text: str) -> dict[str, int]:
    return {name: int(count) for name, count in (line.split() for line in text.splitlines() if len(line.split()) == 2)}


@needs_strace
@pytest.mark.parametrize("engine", [pytest.param("kernel", marks=needs_root), "process"])
def test_system_calls_are_those_that_strace_counts(engine: str, tmp_path: Path) -> None:
    listed = str(ROOT / "src")
    script = "syscall:::entry /pid == $target/ { @[probefunc] = count(); }"
    out = tmp_path / "counts"
    run = dtrace(f"-xengine={engine}", "-xevaltime=exec", "-o", str(out), "-qn", script, "-c", f"ls -lR {listed}")
    assert run.returncode == 0, run.stderr
    table = tmp_path / "strace"
    subprocess.run(["strace", "-f", "-c", "-o", str(table), "ls", "-lR", listed], stdout=subprocess.PIPE, check=True, timeout=60)
    rows = [line.split() for line in table.read_text().splitlines()]
    wanted = {row[-1]: int(row[3]) for row in rows if len(row) >= 5 and row[3].isdigit() and row[-1] != "total"}
    found = counts(out.read_text())
    # strace counts the execve that starts the program and cannot count the exit that does not return.
    assert wanted.pop("execve") == 1
    assert found.pop("exit_group") == 1
    assert found == wanted


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (["-s", "/nonexistent.d"], 1, "dtrace: failed to open /nonexistent.d: No such file or directory\n"),
        (["-xnosuch", "-n", "BEGIN"], 1, "dtrace: failed to set -x nosuch: Invalid option name\n"),
        (["-n", "BEGIN", "-c", "/nonexistent/program"], 1, "dtrace: failed to execute /nonexistent/program: No such file or directory\n"),
    ],
)
def test_bad_input_is_one_line(words: list[str], status: int, text: str) -> None:
    run = dtrace(*words)
    assert (run.returncode, run.stderr, run.stdout) == (status, text, "")


@needs_root
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_stays_loaded_when_dtrace_ends(number: signal.Signals) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    words = ["-qn", 'tick-50ms { printf("up\\n"); } syscall:::entry /pid == $pid/ { @ = count(); } END { printf("end\\n"); }']
    run = subprocess.Popen([sys.executable, "-m", "pydtrace", *words], stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert run.stdout is not None and run.stdout.readline() == "up\n"
        ours = held_by(run.pid)
        assert len(ours) >= 3 and ours <= loaded()
        run.send_signal(number)
        rest, _ = run.communicate(timeout=20)
    finally:
        run.kill()
        run.wait()
    if number != signal.SIGKILL:
        assert run.returncode == 0 and "end\n" in rest
    until = time.monotonic() + 10
    while ours & loaded() and time.monotonic() < until:
        time.sleep(0.05)
    assert not ours & loaded()


@needs_root
def test_root_and_nobody_are_offered_the_same_calls() -> None:
    """Root learns them from tracefs, others from kallsyms: the answers must agree."""
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pydtrace.providers.syscall import select; "
        "print(*sorted(c.name for c in select('*')))"
    )
    words = [shutil.which("python3", path="/usr/bin:/bin") or sys.executable, "-I", "-S", "-c", program, str(ROOT / "src")]
    mine = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout
    try:
        theirs = subprocess.run(
            words, capture_output=True, text=True, check=True, timeout=60, user=65534, group=65534, extra_groups=[]
        ).stdout
    except (PermissionError, subprocess.CalledProcessError) as error:
        pytest.skip(f"this checkout cannot be read by another user: {error}")
    assert mine == theirs and "getppid" in mine
