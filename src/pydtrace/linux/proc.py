"""What /proc and /sys tell about processes and CPUs.

A process can end between two reads: what asks about one process returns None (or an empty list) when it is gone.
"""

from __future__ import annotations

import os


class Mapping:
    """One line of /proc/PID/maps: addresses [start, end), file offset, permissions (`r-xp`), device, inode, path ("" for none)."""

    __slots__ = ("device", "end", "inode", "offset", "path", "perms", "start")

    def __init__(self, line: str) -> None:
        parts = line.split(None, 5)
        low, _, high = parts[0].partition("-")
        self.start = int(low, 16)
        self.end = int(high, 16)
        self.perms = parts[1]
        self.offset = int(parts[2], 16)
        self.device = parts[3]
        self.inode = int(parts[4])
        self.path = parts[5].rstrip("\n") if len(parts) > 5 else ""

    @property
    def executable(self) -> bool:
        """Whether code may run in it."""
        return self.perms[2] == "x"

    def __repr__(self) -> str:
        return f"Mapping({self.start:x}-{self.end:x} {self.perms} {self.offset:x} {self.path})"


class Status:
    """Identity of a process, from /proc/PID/status: real and effective ids, thread group, parent, tracer, thread count."""

    __slots__ = ("comm", "egid", "euid", "gid", "pid", "ppid", "state", "tgid", "threads", "tracer", "uid")

    def __init__(self, text: str) -> None:
        rows = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
        self.comm = rows["Name"]
        self.state = rows["State"][:1]
        self.pid = int(rows["Pid"])
        self.tgid = int(rows["Tgid"])
        self.ppid = int(rows["PPid"])
        self.tracer = int(rows["TracerPid"])
        self.uid, self.euid = (int(n) for n in rows["Uid"].split()[:2])
        self.gid, self.egid = (int(n) for n in rows["Gid"].split()[:2])
        self.threads = int(rows.get("Threads", "1"))


def _text(path: str) -> str | None:
    try:
        with open(path, errors="surrogateescape") as f:
            return f.read()
    except (FileNotFoundError, ProcessLookupError):
        return None


def maps(pid: int) -> list[Mapping]:
    """The address space, ascending."""
    return [Mapping(line) for line in (_text(f"/proc/{pid}/maps") or "").splitlines()]


def comm(pid: int) -> str | None:
    """The command name (15 bytes)."""
    text = _text(f"/proc/{pid}/comm")
    return None if text is None else text.rstrip("\n")


def cmdline(pid: int) -> list[str]:
    """The arguments; empty for a kernel thread."""
    text = _text(f"/proc/{pid}/cmdline")
    return text.rstrip("\0").split("\0") if text else []


def status(pid: int) -> Status | None:
    """Identity of the process or thread."""
    text = _text(f"/proc/{pid}/status")
    return None if text is None else Status(text)


def executable(pid: int) -> str | None:
    """Path of the running program."""
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return None


def start_time(pid: int) -> int | None:
    """Clock ticks after boot at which it began. With the pid it names a process for good."""
    text = _text(f"/proc/{pid}/stat")
    # the command, in parentheses, may hold anything: count from the last one
    return None if text is None else int(text.rpartition(")")[2].split()[19])


def tasks(pid: int) -> list[int]:
    """Its threads, ascending."""
    try:
        return sorted(int(n) for n in os.listdir(f"/proc/{pid}/task"))
    except (FileNotFoundError, ProcessLookupError):
        return []


def pids() -> list[int]:
    """All processes, ascending."""
    return sorted(int(n) for n in os.listdir("/proc") if n.isdigit())


def has_module(name: str) -> bool:
    """Whether the kernel has a module of that name, or is meant itself."""
    return name in ("vmlinux", "kernel") or "/" not in name and os.path.isdir(f"/sys/module/{name}")


def parse_cpus(text: str) -> list[int]:
    """`0-3,8` as a list."""
    cpus: list[int] = []
    for part in text.strip().split(","):
        if part:
            low, _, high = part.partition("-")
            cpus.extend(range(int(low), int(high or low) + 1))
    return cpus


def online_cpus() -> list[int]:
    """CPUs that run now."""
    return _cpus("online")


def possible_cpus() -> list[int]:
    """CPUs that may ever run: the shares of a per-CPU map value."""
    return _cpus("possible")


def _cpus(which: str) -> list[int]:
    text = _text(f"/sys/devices/system/cpu/{which}")
    return parse_cpus(text) if text else list(range(os.cpu_count() or 1))
