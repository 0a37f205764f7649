"""One guest: QEMU's command line, its output relayed as it comes, and an end in every case.

Four virtio ports, each a socket pair with QEMU, carry what matters: the command's stdout and stderr, its status, and the
kernel log. The serial console goes to a file of its own, read only when something went wrong. The guest writes its
status last, so when that word is here everything before it is: the machine is then killed, which costs nothing, since
all it could write to was memory.

QEMU is started with a parent-death signal, so not even SIGKILL of the lab leaves a machine behind.
"""

from __future__ import annotations

import ctypes
import gzip
import os
import selectors
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

from packages import LabError, Parts, cache_dir

TIMED_OUT = 124
LAB_FAILED = 125
PORTS = ("out", "err", "status", "dmesg")
# Variables of the caller that a guest command may want; the rest of the environment stays outside.
PASSED = ("PATH", "LANG", "LANGUAGE", "TZ", "TERM", "COLUMNS", "LINES", "VIRTUAL_ENV")
PASSED_PREFIXES = ("LC_", "PYTHON", "PYTEST_", "DTRACE_", "_DTRACE_")


class Ended(Exception):
    """A signal asked the lab to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def _on_signal(number: int, _frame: FrameType | None) -> None:
    raise Ended(number)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def command_script(argv: list[str], cwd: str, extra: list[str]) -> str:
    """The shell script the guest runs: environment, folder, command."""
    env = {name: value for name, value in os.environ.items() if name in PASSED or name.startswith(PASSED_PREFIXES)}
    for item in extra:
        name, equals, value = item.partition("=")
        env[name] = value if equals else os.environ.get(name, "")
    env["HOME"], env["USER"], env["PYDTRACE_LAB"] = "/root", "root", "1"
    lines = [f"export {name}={shlex.quote(value)}" for name, value in sorted(env.items()) if name.isidentifier()]
    lines.append(f"cd {shlex.quote(cwd)} || exit {LAB_FAILED}")
    lines.append("exec " + shlex.join(argv))
    return "\n".join(lines) + "\n"


def _xen(parts: Parts) -> Path:
    plain = cache_dir() / parts.xen.stem
    if not plain.exists():
        scratch = plain.with_suffix(f".{os.getpid()}")
        scratch.write_bytes(gzip.decompress(parts.xen.read_bytes()))
        scratch.rename(plain)
    return plain


def _quote(path: object) -> str:
    """QEMU separates the parts of an option by commas; one in a path is doubled."""
    return str(path).replace(",", ",,")


class Options:
    """How a guest is to be."""

    __slots__ = ("accel", "append", "cpus", "gdb", "memory", "xen")

    def __init__(self, *, xen: bool, accel: str, cpus: int, memory: int, append: str, gdb: int = 0) -> None:
        self.xen = xen
        self.accel = accel
        self.cpus = cpus
        self.memory = memory
        self.append = append
        self.gdb = gdb  # the port of QEMU's stub for debuggers, 0 for none


def qemu_argv(qemu: str, parts: Parts, initramfs: Path, options: Options, job: Path, fds: dict[str, int]) -> list[str]:
    """QEMU's command line for one guest; fds are the sockets its ports write to."""
    kernel_words = f"quiet panic=-1 lab.job={job} lab.modules={parts.modules} {options.append}".strip()
    # Xen 4.17 with QEMU's emulated "max" processor crashes its dom0 in the first exception; the plain one is fine.
    cpu = "host" if options.accel == "kvm" else "qemu64" if options.xen else "max"
    argv = [qemu, "-M", "q35", "-accel", options.accel, "-cpu", cpu]
    argv += ["-smp", str(options.cpus), "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-monitor", "none"]
    argv += ["-serial", f"file:{_quote(job / 'console')}"]
    if options.xen:
        argv += ["-m", str(options.memory + 1024), "-kernel", str(_xen(parts))]
        argv += ["-append", f"dom0_mem={options.memory}M dom0_max_vcpus={options.cpus} console=com1 com1=115200 no-real-mode"]
        argv += ["-initrd", f"{_quote(parts.vmlinuz)} console=hvc0 {_quote(kernel_words)},{_quote(initramfs)}"]
    else:
        argv += ["-m", str(options.memory), "-kernel", str(parts.vmlinuz), "-initrd", str(initramfs)]
        argv += ["-append", f"console=ttyS0 {kernel_words}"]
    argv += ["-fsdev", "local,id=r,path=/,security_model=none,readonly=on,multidevs=remap"]
    # At each stop and start of the machine QEMU makes its devices' event descriptors anew, which costs 35 ms: a debugger stops it a lot.
    quick = ",ioeventfd=off" if options.gdb else ""
    argv += ["-device", f"virtio-9p-pci,fsdev=r,mount_tag=root{quick}", "-device", f"virtio-serial-pci{quick}"]
    if options.gdb:
        argv += ["-gdb", f"tcp:127.0.0.1:{options.gdb}"]
    for name, fd in fds.items():
        argv += ["-chardev", f"socket,id={name},fd={fd}", "-device", f"virtserialport,chardev={name},name={name}"]
    return argv


class Guest:
    """A running machine and what has come out of it."""

    __slots__ = ("dmesg", "job", "process", "said", "selector", "sockets", "started")

    def __init__(self, qemu: str, parts: Parts, initramfs: Path, options: Options, script: str) -> None:
        self.dmesg = bytearray()
        self.said = bytearray()
        self.started = False
        self.selector = selectors.DefaultSelector()
        self.sockets: dict[str, socket.socket] = {}
        runs = cache_dir() / "runs"
        runs.mkdir(exist_ok=True)
        for stale in runs.iterdir():  # left by a lab that was killed
            if time.time() - stale.stat().st_mtime > 86400:
                shutil.rmtree(stale, ignore_errors=True)
        self.job = Path(tempfile.mkdtemp(dir=runs))
        (self.job / "command").write_text(script)
        theirs: dict[str, socket.socket] = {}
        for name in PORTS:
            self.sockets[name], theirs[name] = socket.socketpair()
            self.sockets[name].setblocking(False)
            self.selector.register(self.sockets[name], selectors.EVENT_READ, name)
        fds = {name: end.fileno() for name, end in theirs.items()}
        # A session of its own: the terminal's Ctrl-C is for the lab, which then ends the machine in order.
        self.process = subprocess.Popen(
            qemu_argv(qemu, parts, initramfs, options, self.job, fds),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=open(self.job / "qemu", "wb"),
            pass_fds=tuple(fds.values()),
            preexec_fn=_die_with_parent,
            start_new_session=True,
        )
        for end in theirs.values():
            end.close()

    def _take(self, name: str) -> bool:
        """Read what a port has; False at its end or when it is empty."""
        try:
            data = self.sockets[name].recv(1 << 16)
        except (BlockingIOError, ConnectionResetError):
            return False
        if not data:
            if self.sockets[name] in self.selector.get_map():
                self.selector.unregister(self.sockets[name])
            return False
        if name == "status":
            self.said += data
        elif name == "dmesg":
            self.dmesg += data
        else:
            _write_all(1 if name == "out" else 2, data)
        return True

    def status(self) -> int | None:
        """The command's exit status, once the guest has told it."""
        for line in self.said.decode(errors="replace").splitlines(keepends=True):
            if line == "started\n":
                self.started = True
            elif line.startswith("exit ") and line.endswith("\n"):
                return int(line[5:])
        return None

    def wait(self, deadline: float) -> int | None:
        """Relay until the command has ended; its status, or None if time is up or the machine has stopped by itself."""
        while self.selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            for key, _ in self.selector.select(min(left, 1.0)):
                self._take(key.data)
            status = self.status()
            if status is not None:
                for name in ("out", "err", "dmesg"):
                    while self._take(name):
                        pass
                return status
            if self.process.poll() is not None and not self.selector.select(0):
                return None
        # Every port is at its end: the machine is going. Wait, so that nobody takes this for a timeout.
        try:
            self.process.wait(max(0.0, min(5.0, deadline - time.monotonic())))
        except subprocess.TimeoutExpired:
            pass
        return None

    def console(self) -> str:
        """All the serial console has said: boot loader, hypervisor, the kernel's complaints."""
        texts = [(self.job / name).read_text(errors="replace") for name in ("qemu", "console") if (self.job / name).exists()]
        return "".join(texts)

    def end(self) -> None:
        """Stop the machine, whatever it is doing, and take its files away."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for end in self.sockets.values():
            end.close()
        self.selector.close()
        shutil.rmtree(self.job, ignore_errors=True)


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def run(qemu: str, parts: Parts, initramfs: Path, options: Options, script: str, timeout: float, dmesg: str | None) -> int:
    """Boot, run the script, end the machine; the status to exit with."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, _on_signal)
    guest = None
    try:
        guest = Guest(qemu, parts, initramfs, options, script)
        status = guest.wait(time.monotonic() + timeout)
        if status is None:
            stopped = guest.process.poll() is not None
            what = "the machine stopped" if stopped else f"time is up ({timeout:g} s)"
            print(f"lab: {what}{'' if guest.started else ' before the command ran'}", file=sys.stderr)
            tail = guest.console().strip().splitlines()[-100:]
            if tail:
                print("lab: the console's last lines:", *tail, sep="\n    ", file=sys.stderr)
            status = LAB_FAILED if stopped or not guest.started else TIMED_OUT
        return status
    except Ended as ended:
        return 128 + ended.number
    except BrokenPipeError:
        return 128 + signal.SIGPIPE
    except OSError as error:
        raise LabError(f"cannot run the machine: {error}") from error
    finally:
        if guest is not None:
            if dmesg is not None:
                Path(dmesg).write_bytes(bytes(guest.dmesg) or guest.console().encode())
            guest.end()
