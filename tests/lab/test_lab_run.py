"""The lab gives back what a command says and how it ends, on every kernel it offers, and never leaves a machine behind.

Each run boots a machine (10 to 30 s emulated), so these tests run only when asked for: PYDTRACE_LAB=1. What needs no machine
(archive form, module order, command line) is tested always.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

LAB = Path(__file__).resolve().parents[2] / "lab"
sys.path.insert(0, str(LAB))

import initramfs  # noqa: E402
import machine  # noqa: E402

boots = pytest.mark.skipif(os.environ.get("PYDTRACE_LAB") != "1", reason="boots virtual machines: set PYDTRACE_LAB=1")


def lab(*argv: str, timeout: float = 240) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(LAB / "run"), *argv], capture_output=True, text=True, timeout=timeout)


def machine_of(parent: int) -> int:
    """The QEMU that a running lab has started, waited for."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for word in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
            if b"qemu-system" in Path(f"/proc/{word}/cmdline").read_bytes().split(b"\0")[0]:
                return int(word)
        time.sleep(0.05)
    raise AssertionError("no machine was started")


def gone(pid: int) -> bool:
    """Whether that machine has ended: no such process, or only its remains."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


def test_cpio_is_newc_and_aligned() -> None:
    data = initramfs.cpio([("bin", 0o40755, b""), ("bin/x", 0o100755, b"abc")])
    assert data.startswith(b"070701")
    assert len(data) % 4 == 0
    assert b"bin/x\0" in data and b"TRAILER!!!\0" in data
    assert data.count(b"070701") == 5


def test_modules_load_after_what_they_need(tmp_path: Path) -> None:
    (tmp_path / "modules.builtin").write_text("kernel/a/deep-one.ko\n")
    for name, needs in (("top", "mid,deep_one"), ("mid", "low-down"), ("low-down", "")):
        (tmp_path / f"{name}.ko").write_bytes(b"\x7fELF\0license=GPL\0depends=" + needs.encode() + b"\0end")
    assert [name for name, _ in initramfs.load_order(tmp_path, ("top", "mid"))] == ["low_down", "mid", "top"]


def test_command_script_quotes_and_passes_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "a b")
    monkeypatch.setenv("SECRET", "x")
    script = machine.command_script(["echo", "it's $HOME"], "/a dir", ["EXTRA=1"])
    assert "export PYTHONPATH='a b'\n" in script
    assert "SECRET" not in script
    assert "export EXTRA=1\n" in script
    done = subprocess.run(["sh", "-c", script.replace("cd '/a dir'", "cd /")], capture_output=True, text=True)
    assert done.stdout == "it's $HOME\n"


@boots
@pytest.mark.parametrize("xen", [False, True], ids=["bare", "xen"])
@pytest.mark.parametrize("kernel", ["6.1", "6.12"])
def test_runs_a_command(kernel: str, xen: bool, tmp_path: Path) -> None:
    log = tmp_path / "dmesg"
    text = "uname -r; id -u; pwd; cat /sys/hypervisor/type 2>/dev/null; echo aside >&2; echo re > /dev/stderr; touch /here; exit 7"
    done = lab("--kernel", kernel, *(["--xen"] if xen else []), "--dmesg", str(log), "--", "sh", "-c", text)
    assert done.returncode == 7, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith(kernel + ".")
    assert lines[1:] == ["0", os.getcwd(), *(["xen"] if xen else [])]
    assert done.stderr == "aside\nre\n"
    assert "Linux version " + kernel in log.read_text()
    assert not Path("/here").exists()


@boots
def test_much_output_comes_whole() -> None:
    done = lab("--", "sh", "-c", "seq 300000; seq 1000 >&2")
    assert done.returncode == 0
    assert done.stdout == "".join(f"{number}\n" for number in range(1, 300001))
    assert done.stderr == "".join(f"{number}\n" for number in range(1, 1001))


@boots
def test_programs_are_the_hosts() -> None:
    done = lab("--", "ls", "--version")
    assert done.stdout == subprocess.run(["ls", "--version"], capture_output=True, text=True).stdout


@boots
def test_python_and_function_probes() -> None:
    functions = "/sys/kernel/tracing/available_filter_functions"
    text = f"import os; print(os.uname().release, os.path.getsize('/sys/kernel/btf/vmlinux') > 0, len(list(open('{functions}'))) > 10000)"
    done = lab("--kernel", "6.12", "--", sys.executable, "-c", text)
    assert done.stdout.split()[1:] == ["True", "True"], done.stderr


@boots
def test_timeout_ends_the_machine() -> None:
    done = lab("--timeout", "30", "--", "sh", "-c", "echo begun; sleep 1000")
    assert done.returncode == 124, done.stderr
    assert done.stdout == "begun\n"
    assert "time is up" in done.stderr


@boots
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_signals_end_the_machine(number: signal.Signals) -> None:
    running = subprocess.Popen([str(LAB / "run"), "--", "sleep", "1000"], stderr=subprocess.DEVNULL)
    guest = machine_of(running.pid)
    running.send_signal(number)
    status = running.wait(10)
    assert status == (-9 if number == signal.SIGKILL else 128 + number)
    assert gone(guest)


@boots
def test_a_panic_is_told_with_the_console() -> None:
    done = lab("--", "sh", "-c", "echo c > /proc/sysrq-trigger; sleep 60")
    assert done.returncode == 125
    assert "the machine stopped" in done.stderr
    assert "Kernel panic" in done.stderr
