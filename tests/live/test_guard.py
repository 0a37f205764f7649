"""The SIGTRAP handler in a grabbed process: right while traced, right when the tracer has been killed, invisible, and gone afterwards."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import targets_c
import test_instructions
import test_killed

from pydtrace.x86 import relay

pytestmark = pytest.mark.timeout(60)

SCRIPT = 'pid$target:a.out:f:entry { @ = count(); } BEGIN { printf("up\\n"); }'


class Target:
    def __init__(self) -> None:
        self.child = subprocess.Popen([targets_c.build(targets_c.TRAPS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.dtrace: subprocess.Popen[str] | None = None
        time.sleep(0.05)

    def say(self, commands: str) -> list[str]:
        """Its answers, one for each command."""
        stdin, stdout = self.child.stdin, self.child.stdout
        assert stdin is not None and stdout is not None
        answers = []
        for command in commands:
            stdin.write(command.encode())
            stdin.flush()
            if command != "x":
                answers.append(stdout.readline().decode().rstrip("\n"))
        return answers

    def trace(self) -> None:
        run = self.dtrace = test_killed.tracer(self.child.pid, SCRIPT)
        assert run.stdout is not None and run.stdout.readline() == "up\n"

    def kill(self, watchdog: bool = True) -> None:
        """Kill dtrace, and what would repair."""
        assert self.dtrace is not None
        if watchdog:
            os.kill(test_killed.watchdog(self.dtrace.pid), signal.SIGKILL)
        self.dtrace.kill()
        self.dtrace.communicate()

    def detach(self) -> int:
        """How many calls of f it had seen."""
        assert self.dtrace is not None
        self.dtrace.terminate()
        return int(self.dtrace.communicate()[0].strip() or 0)

    def status(self) -> int:
        return self.child.wait(10)

    def catches(self) -> bool:
        text = Path(f"/proc/{self.child.pid}/status").read_text()
        found = re.search(r"^SigCgt:\s*(\w+)", text, re.M)
        assert found is not None
        return bool(int(found[1], 16) >> signal.SIGTRAP - 1 & 1)


@pytest.fixture
def target() -> Iterator[Target]:
    one = Target()
    try:
        yield one
    finally:
        one.child.kill()
        one.child.communicate()
        if one.dtrace is not None and one.dtrace.returncode is None:
            one.dtrace.kill()
            one.dtrace.communicate()


def end(target: Target, how: str) -> None:
    if how == "killed":
        target.kill()
    elif how == "detached":
        target.say("?")
        assert target.detach() > 0


HOW = pytest.mark.parametrize("how", ["traced", "killed", "detached"])


def test_the_bytes_are_those_of_the_source() -> None:
    if shutil.which("as") is None or shutil.which("objcopy") is None:
        pytest.skip("no assembler")
    source = Path(relay.__file__).with_suffix(".s")
    folder = targets_c.folder()
    subprocess.run(["as", "-o", str(folder / "relay.o"), str(source)], check=True)
    subprocess.run(["objcopy", "-O", "binary", "-j", ".text", str(folder / "relay.o"), str(folder / "relay")], check=True)
    code = (folder / "relay").read_bytes()
    assert code[relay.HANDLER :].hex() == relay.CODE.hex()
    table = subprocess.run(["nm", str(folder / "relay.o")], capture_output=True, text=True, check=True).stdout
    names = {line.split()[2]: int(line.split()[0], 16) for line in table.splitlines()}
    wanted = {"handler": relay.HANDLER, "table": relay.TABLE, "own": relay.OWN, "restorer": relay.RESTORER, "inject": relay.INJECT}
    assert {name: names[name] for name in wanted} == wanted


def test_every_instruction_without_a_tracer() -> None:
    """The instructions of test_instructions, all with breakpoints, after dtrace and its watchdog have been killed."""
    names = [name for name, _ in test_instructions.CASES]
    source = test_instructions._source().replace("int main(void) {", "int main(void) { getchar();")
    program = targets_c.build(source)
    bare = subprocess.run([program], capture_output=True, text=True, check=True, input="\n").stdout
    child = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        time.sleep(0.05)
        run = test_killed.tracer(child.pid, 'pid$target:a.out:p_*:entry { @ = count(); } BEGIN { printf("up\\n"); }')
        assert run.stdout is not None and run.stdout.readline() == "up\n"
        os.kill(test_killed.watchdog(run.pid), signal.SIGKILL)
        run.kill()
        run.communicate()
        out, _ = child.communicate("\n", timeout=20)
        assert child.returncode == 0
        assert out.split("\n") == bare.split("\n")
        assert out.count("\n") >= len(names)
    finally:
        child.kill()
        child.communicate()


@HOW
def test_default(target: Target, how: str) -> None:
    target.trace()
    end(target, how)
    assert target.catches() == (how != "detached")
    if how != "killed":  # blocked, and no tracer: that is beyond help
        assert target.say("?b?") == ["default", "0", "default"]
    assert target.say("3") == [""]
    assert target.status() == -signal.SIGTRAP


@HOW
def test_default_sent_by_somebody(target: Target, how: str) -> None:
    target.trace()
    end(target, how)
    assert target.say("t") == [""]
    assert target.status() == -signal.SIGTRAP


@HOW
@pytest.mark.parametrize("before", [True, False])
def test_own_handler(target: Target, how: str, before: bool) -> None:
    """Set before it is grabbed, or while it is traced."""
    if before:
        assert target.say("?o?") == ["default", "set", "own"]
    target.trace()
    if not before:
        assert target.say("?o?") == ["default", "set", "own"]
    end(target, how)
    assert target.say("t3t") == ["-6", "128 1", "-6"]
    if how != "killed":
        assert target.say("?d?") == ["own", "set", "default"]


@HOW
@pytest.mark.parametrize("before", [True, False])
def test_ignored(target: Target, how: str, before: bool) -> None:
    if before:
        target.say("i")
    target.trace()
    if not before:
        target.say("i")
    end(target, how)
    assert target.say("tt") == ["0", "0"]
    if how != "killed":
        assert target.say("?") == ["ignore"]
    assert target.say("3") == [""]  # what the CPU raises cannot be ignored
    assert target.status() == -signal.SIGTRAP


def test_ignored_goes_through_exec(target: Target) -> None:
    target.say("i")
    target.trace()
    assert target.say("x?t") == ["ignore", "0"]


def test_handler_for_one_time(target: Target) -> None:
    target.trace()
    assert target.say("1t?") == ["set", "77", "default"]
    time.sleep(0.02)
    assert target.say("?") == ["default"]
    assert target.catches()
    target.kill()
    assert target.say("3") == [""]
    assert target.status() == -signal.SIGTRAP


def test_bare_system_call_is_seen_when_system_calls_are_traced(target: Target) -> None:
    global SCRIPT
    script, SCRIPT = SCRIPT, SCRIPT + " syscall::rt_sigaction:return { @r = count(); }"
    try:
        target.trace()
    finally:
        SCRIPT = script
    assert target.say("r?or?") == ["default", "default", "set", "own", "own"]


def test_handler_is_put_back_after_it_was_lost(target: Target) -> None:
    """A hit with SIGTRAP blocked makes the kernel forget the handler."""
    target.say("o")
    target.trace()
    for _ in range(3):
        target.say("b")
        time.sleep(0.06)
    target.say("?")
    assert target.catches()
    assert target.say("t?") == ["-6", "own"]
    assert target.detach() > 0
    assert target.say("t?r") == ["-6", "own", "own"]


def test_grabbed_again_after_a_kill(target: Target) -> None:
    """The next dtrace repairs what the last one has left, and finds the program's own handler behind the dead one's."""
    target.say("o")
    for _ in range(3):
        target.trace()
        assert target.say("?t3") == ["own", "-6", "128 1"]
        target.kill()
        assert target.say("t3") == ["-6", "128 1"]
    target.trace()
    target.say("?")
    assert target.detach() > 0
    assert target.say("r?t3") == ["own", "own", "-6", "128 1"]
