"""Several targets in one run: each is traced, the run ends with the last of them, and all are left as they were."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = """
#include <stdio.h>
#include <unistd.h>
__attribute__((noinline)) int work(int n) { return n * 3; }
int main(int argc, char **argv)
{
    volatile int s = 0;
    char c;
    for (int i = 0; i < 100 * argc; i++) s += work(i);
    while (argc == 1 && read(0, &c, 1) == 1) { s += work(c); write(1, "k", 1); }
    return 0;
}
"""
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="the kernel engine needs root")
engines = pytest.mark.parametrize("engine", [pytest.param("kernel", marks=needs_root), "process"])


def start(*words: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pydtrace", *words]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def dtrace(*words: str) -> tuple[int, str, str]:
    run = start(*words)
    out, err = run.communicate(timeout=60)
    return run.returncode, out, err


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> str:
    if shutil.which("cc") is None:
        pytest.skip("no C compiler")
    folder = tmp_path_factory.mktemp("program")
    (folder / "p.c").write_text(SOURCE)
    subprocess.run(["cc", "-O1", "-o", folder / "p", folder / "p.c"], check=True)
    return str(folder / "p")


@pytest.fixture
def waiting(program: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two processes that call work() once for each byte they are sent, and answer it."""
    made = [subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(2)]
    yield made
    for one in made:
        one.kill()
        one.wait()


def poke(one: subprocess.Popen[bytes], times: int = 1) -> None:
    assert one.stdin is not None and one.stdout is not None
    for _ in range(times):
        one.stdin.write(b"x")
        one.stdin.flush()
        assert one.stdout.read(1) == b"k"


@engines
def test_all_run_and_the_first_is_the_target(engine: str) -> None:
    text = "syscall::write:entry /ppid == $pid && arg0 == 1/ { @[pid == $target] = sum(arg2); }"
    status, out, err = dtrace(f"-xengine={engine}", "-qn", text, "-c", "/bin/echo a", "-c", "/bin/echo bcd", "-c", "/bin/echo efghi")
    lines = out.split()
    assert (status, err, sorted(lines[:3]), lines[3:]) == (0, "", ["a", "bcd", "efghi"], ["1", "2", "0", "10"])


@pytest.mark.parametrize("engine", [pytest.param("auto", marks=needs_root), "process"])
def test_function_probes_are_told_apart(engine: str, program: str) -> None:
    text = "pid*:a.out:work:entry, pid*:a.out:work:return { @[pid == $target, probename, arg0 > 0] = count(); @p[probeprov] = count(); }"
    commands = ("-c", f"{program} 1", "-c", f"{program} 1 2", "-c", f"{program} 1 2 3")
    status, out, err = dtrace(f"-xengine={engine}", "-n", text, *commands)
    assert (status, err.splitlines()) == (0, [f"dtrace: description '{text.split('{')[0]}' matched 6 probes"])
    rows = sorted(tuple(line.split()) for line in out.splitlines())
    wanted = [("1", "entry", "0", "1"), ("1", "entry", "1", "199"), ("0", "entry", "0", "2"), ("0", "entry", "1", "698")]
    wanted += [("1", "return", "1", "200"), ("0", "return", "1", "700")]
    assert [row for row in rows if len(row) == 4] == sorted(wanted)
    assert sorted(row[1] for row in rows if row and row[0].startswith("pid")) == ["400", "600", "800"]


@engines
def test_the_run_ends_with_the_last(engine: str, waiting: list[subprocess.Popen[bytes]]) -> None:
    """One dies by a signal, one ends; between the two the other is still traced."""
    first, second = waiting
    text = f'BEGIN {{ printf("go\\n"); }} syscall::write:entry /pid == {first.pid} || pid == {second.pid}/ {{ printf("w\\n"); }}'
    run = start(f"-xengine={engine}", "-xswitchrate=10ms", "-qn", text, "-p", str(first.pid), "-p", str(second.pid))
    try:
        assert run.stdout is not None and run.stdout.readline() == "go\n"
        time.sleep(0.2)
        poke(first)
        assert run.stdout.readline() == "w\n"
        first.kill()
        time.sleep(0.3)
        assert run.poll() is None
        poke(second)
        assert run.stdout.readline() == "w\n"
        assert second.stdin is not None
        second.stdin.close()
        out, err = run.communicate(timeout=20)
        assert (run.returncode, out.strip(), err) == (0, "", "")
    finally:
        run.kill()
        run.wait()
    assert second.wait(timeout=5) == 0


def test_all_are_let_go_as_they_were(program: str, waiting: list[subprocess.Popen[bytes]]) -> None:
    text = 'BEGIN { printf("go\\n"); } pid*:a.out:work:entry { @ = count(); } '
    pids = [word for one in waiting for word in ("-p", str(one.pid))]
    run = start("-xengine=process", "-qn", text, *pids, "-p", str(waiting[0].pid))
    try:
        assert run.stdout is not None and run.stdout.readline() == "go\n"
        time.sleep(0.2)
        for one in waiting:
            poke(one, 3)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=20)
        assert (run.returncode, out.split(), err) == (0, ["6"], "")
    finally:
        run.kill()
        run.wait()
    for one in waiting:
        poke(one, 3)


@engines
def test_no_command_runs_when_one_cannot(engine: str, tmp_path: Path) -> None:
    made = tmp_path / "made"
    status, out, err = dtrace(f"-xengine={engine}", "-qn", "BEGIN", "-c", f"touch {made}", "-c", "/nonexistent")
    assert (status, out, err) == (1, "", "dtrace: failed to execute /nonexistent: No such file or directory\n")
    assert not made.exists()


def test_no_command_runs_when_a_process_cannot_be_taken(program: str, tmp_path: Path, waiting: list[subprocess.Popen[bytes]]) -> None:
    """A process has one tracer. What was held is not let run by that."""
    made = tmp_path / "made"
    holder = start("-xengine=process", "-qn", 'BEGIN { printf("go\\n"); }', "-p", str(waiting[0].pid))
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "go\n"
        status, out, err = dtrace("-xengine=process", "-qn", "BEGIN", "-c", f"touch {made}", "-p", str(waiting[0].pid))
        assert (status, out) == (1, "")
        assert err == f"dtrace: failed to grab pid {waiting[0].pid}: already traced by process {holder.pid}\n"
        assert not made.exists()
    finally:
        holder.kill()
        holder.wait()
    poke(waiting[0])
