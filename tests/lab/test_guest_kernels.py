"""The guest engine against real kernels: stock Debian's in QEMU, bare and as Xen's dom0 (PYDTRACE_LAB=1; a minute or two each)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.skipif(os.environ.get("PYDTRACE_LAB") != "1", reason="boots virtual machines: set PYDTRACE_LAB=1"),
    pytest.mark.timeout(900),
]

# The guest says what its kernel says of itself, then calls getppid and tells every second how often it has.
SCRIPT = r"""
import os, sys, time
wanted = {"_text", "vfs_read", "__x64_sys_getppid", "do_syscall_64", "linux_banner"}
print(*(line.split()[2] + "=" + line.split()[0] for line in open("/proc/kallsyms") if line.split()[2] in wanted), flush=True)
print("symbols", sum(1 for line in open("/proc/kallsyms") if "[" not in line), flush=True)
os.nice(0)
print("pid", os.getpid(), flush=True)
done = 0
while True:
    end = time.time() + 1
    while time.time() < end:
        os.getppid(); done += 1
    print("calls", done, flush=True)
"""


class Machine:
    def __init__(self, kernel: str, xen: bool, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        (folder / "script.py").write_text(SCRIPT)
        self.said = folder / "said"
        command = ["lab/run", "--kernel", kernel, *(["--xen"] if xen else []), "--gdb", str(self.port), "--timeout", "800", "--"]
        self.lab = subprocess.Popen(
            [*command, "python3", str(folder / "script.py")], cwd=ROOT, stdout=open(self.said, "wb"), stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + 300
        while not self.lines("calls"):
            assert time.monotonic() < end and self.lab.poll() is None, "the guest did not come up"
            time.sleep(0.5)

    def lines(self, word: str) -> list[str]:
        """The whole lines that begin so: the guest may stand in the middle of one."""
        return [line for line in self.said.read_text().split("\n")[:-1] if line.startswith(word)]

    def calls(self) -> int:
        return int(self.lines("calls")[-1].split()[1])

    def runs(self) -> bool:
        """Whether it does, within ten seconds."""
        before = self.calls()
        end = time.monotonic() + 10
        while time.monotonic() < end:
            if self.calls() > before:
                return True
            time.sleep(0.2)
        return False

    def dtrace(self, *args: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        command = ["./dtrace", "-x", f"engine=guest:127.0.0.1:{self.port}", *args]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout)


@pytest.fixture(scope="module", params=["6.1", "6.12", "6.1-xen", "6.12-xen"])
def guest(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    kernel, _, xen = request.param.partition("-")
    machine = Machine(kernel, bool(xen), tmp_path_factory.mktemp("guest"))
    try:
        yield machine
    finally:
        machine.lab.terminate()
        machine.lab.wait(30)


def test_symbols_are_those_the_guest_sees(guest: Machine) -> None:
    from pydtrace.guest.kernel import Kernel
    from pydtrace.guest.remote import Remote

    kernel = Kernel(Remote("127.0.0.1", guest.port))
    try:
        told = dict(word.split("=") for word in guest.lines("_text")[0].split())
        assert {name: f"{kernel.symbols.address(name):016x}" for name in told} == told
    finally:
        kernel.remote.detach()
    assert guest.runs()


def test_counts_who_and_where(guest: Machine) -> None:
    pid = guest.lines("pid")[0].split()[1]
    done = guest.dtrace(
        "-qn",
        f"fbt::sys_getppid:entry /pid == {pid}/ {{ @n[execname, curthread->comm == execname] = count(); self->t = timestamp; }}"
        f"fbt::sys_getppid:return /self->t/ {{ @r = count(); @ok = sum(arg1 == ppid); self->t = 0; }} tick-5s {{ exit(0); }}"
        "END { printa(\"%s %d %@d\\n\", @n); printa(\"returns %@d\\n\", @r); printa(\"right %@d\\n\", @ok); }",
    )  # fmt: skip
    assert done.returncode == 0 and not done.stderr, done.stderr
    entries, returns, right = (line.split() for line in done.stdout.strip().splitlines())
    assert entries[:2] == ["python3", "1"] and int(entries[2]) > 5
    assert int(entries[2]) - int(returns[1]) in (0, 1) and right[1] == returns[1]
    assert guest.runs()


def test_all_system_calls(guest: Machine) -> None:
    done = guest.dtrace("-n", "fbt::sys_*: { @[probefunc, probename] = count(); } tick-5s { exit(0); }")
    assert "matched 7" in done.stderr or "matched 6" in done.stderr  # some 700 probes
    assert "sys_getppid" in done.stdout, done.stderr
    assert guest.runs()


def test_stacks_and_arguments(guest: Machine) -> None:
    done = guest.dtrace(
        "-qn",
        'fbt::vfs_write:entry /execname == "python3"/'
        '{ printf("%s\\n", stringof(args[0]->f_path.dentry->d_sb->s_type->name)); stack(); exit(0); }',
    )
    lines = done.stdout.split()
    assert lines[1] == "vmlinux`vfs_write" and any(line.startswith("vmlinux`ksys_write") for line in lines), done.stdout + done.stderr
    assert any(line.startswith("vmlinux`entry_SYSCALL_64_after_hwframe") for line in lines) and lines[0].isidentifier()


def test_the_guest_runs_on_when_we_are_killed(guest: Machine) -> None:
    command = ["./dtrace", "-x", f"engine=guest:127.0.0.1:{guest.port}", "-qn", "fbt::sys_getppid: { @ = count(); } tick-1s { printa(@); }"]
    for _ in range(3):
        running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert running.stdout is not None and running.stdout.readline()
        running.send_signal(signal.SIGKILL)
        running.wait(10)
        time.sleep(1)
        assert guest.runs()
    assert guest.dtrace("-qn", "fbt::sys_getppid:entry { exit(0); }").returncode == 0


def test_refusals(guest: Machine) -> None:
    done = guest.dtrace("-wn", "fbt::sys_getppid:entry { raise(9); }")
    assert done.returncode == 1 and "the guest engine only looks" in done.stderr
    done = guest.dtrace("-n", "fbt::no_such_function:entry")
    assert done.returncode == 1 and done.stderr.endswith("does not match any probes\n")
    assert guest.runs()
