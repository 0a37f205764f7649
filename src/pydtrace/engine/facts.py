"""What /proc tells of a thread, for the process engine's libraries: facts by name.

The files are read when a fact is asked for: a clause that asks for none pays nothing. What cannot be read is 0, empty or `<none>`, as for
a process that is gone: a name or a number is not worth a fault.
"""

from __future__ import annotations

import os

_STAT = {"pgid": 5, "sid": 6, "tty": 7, "priority": 18, "nice": 19, "cpu": 39, "policy": 41}  # fields of stat(5), counted from 1
_START_STACK, _CPU_TIME, _CHILDREN, _START = 28, 14, 16, 22
_STATUS = {"threads": (b"Threads:", 0), "euid": (b"Uid:", 1), "egid": (b"Gid:", 1), "size": (b"VmSize:", 0), "rss": (b"VmRSS:", 0)}


def number(pid: int, tid: int, name: str) -> int:
    """A fact that is a number."""
    try:
        if name in _STAT:
            value = _stat(pid, tid)[_STAT[name] - 3]
            # The kernel's own scale, as the kernel engine has it: 120 is nice 0, below 100 is real time.
            return value + 100 if name == "priority" else value
        if name in _STATUS:
            key, at = _STATUS[name]
            return next((int(line.split()[1 + at]) for line in _lines(f"/proc/{pid}/task/{tid}/status") if line.startswith(key)), 0)
        if name in ("time", "ctime", "start", "thread start"):
            words = _stat(pid, tid if name == "thread start" else 0)
            if name in ("start", "thread start"):
                return words[_START - 3] * _tick()
            first = (_CPU_TIME if name == "time" else _CHILDREN) - 3
            return sum(words[first : first + 2]) * _tick()
        if name == "thread time":
            with open(f"/proc/{pid}/task/{tid}/schedstat", "rb") as file:
                return int(file.read().split()[0])
        if name in ("argc", "argv", "envp"):
            start = _stat(pid, tid)[_START_STACK - 3]
            with open(f"/proc/{pid}/mem", "rb", buffering=0) as file:
                count = int.from_bytes(os.pread(file.fileno(), 8, start), "little")
            return count if name == "argc" else start + 8 if name == "argv" else start + 16 + 8 * count
        if name == "syscall":
            with open(f"/proc/{pid}/task/{tid}/syscall", "rb") as file:
                word = file.read().split()[0]
            return int(word) if word.lstrip(b"-").isdigit() else -1
        if name == "bound":
            cpus = os.sched_getaffinity(tid)
            return next(iter(cpus)) if len(cpus) == 1 else -1
    except (OSError, ValueError, IndexError, OverflowError):
        pass
    return 0


def text(pid: int, tid: int, name: str) -> bytes:
    """A fact that is a string."""
    try:
        if name == "args":
            with open(f"{_of(pid, tid)}/cmdline", "rb") as file:
                return file.read(1 << 16).rstrip(b"\0").replace(b"\0", b" ")
        return _link(f"{_of(pid, tid)}/{name}")
    except OSError:
        return b"" if name == "args" else b"<none>"


def fd_number(pid: int, tid: int, fd: int, name: str) -> int:
    """Of an open file: 'pos' or 'flags', 0 when it is not open; 'open', whether it is."""
    try:
        for line in _lines(f"{_of(pid, tid)}/fdinfo/{fd}"):
            if name == "open":
                return 1
            key, _, value = line.partition(b":")
            if key == name.encode():
                return int(value, 8 if name == "flags" else 10)
    except (OSError, ValueError):
        pass
    return 0


def fd_text(pid: int, tid: int, fd: int, name: str) -> bytes:
    """Of an open file: 'path', 'fs' (kind of file system) or 'mount' (where that is); `<none>` when it is not open."""
    try:
        if name == "path":
            return _link(f"{_of(pid, tid)}/fd/{fd}")
        wanted = next((line.split()[1] for line in _lines(f"{_of(pid, tid)}/fdinfo/{fd}") if line.startswith(b"mnt_id:")), b"")
        # Our own list first: a process with another root sees only the mounts below that, by other names.
        for words in (line.split() for file in ("/proc/self/mountinfo", f"{_of(pid, tid)}/mountinfo") for line in _lines(file)):
            if words[0] == wanted:
                return _plain(words[4]) if name == "mount" else words[words.index(b"-") + 1].partition(b".")[0]
        # Mounts that are nobody's: pipes, sockets, memfds.
        return _inner(_link(f"{_of(pid, tid)}/fd/{fd}")) if name == "fs" else b"<none>"
    except (OSError, ValueError, IndexError):
        return b"<none>"


def _of(pid: int, tid: int) -> str:
    """A thread may have files and a place of its own; and the process's first one, whose the process's folder is, may have ended."""
    return f"/proc/{pid}/task/{tid}"


def _link(path: str) -> bytes:
    """A path that readlink has no room for is `<unknown>`."""
    try:
        return os.readlink(path.encode())
    except OSError as error:
        if error.errno == 36:
            return b"<unknown>"
        raise


def _plain(path: bytes) -> bytes:
    """A path of mountinfo: blanks and backslashes are octal numbers there."""
    first, *rest = path.split(b"\\")
    return first + b"".join(bytes([int(part[:3], 8)]) + part[3:] for part in rest)


_KINDS = {b"pipe": b"pipefs", b"socket": b"sockfs", b"anon_inode": b"anon_inodefs"}


def _inner(path: bytes) -> bytes:
    """The file system of a file whose name is no place."""
    if path.startswith(b"/"):
        return b"tmpfs"
    if path == b"anon_inode:[pidfd]" and _release() >= (6, 9):
        return b"pidfs"
    return _KINDS.get(path.partition(b":")[0], b"nsfs" if b":[" in path else b"<none>")


def _release() -> tuple[int, ...]:
    return tuple(int(word) for word in os.uname().release.split("-")[0].split(".")[:2])


def _lines(path: str) -> list[bytes]:
    with open(path, "rb") as file:
        return file.read().splitlines()


def _tick() -> int:
    """The unit of times in stat(5), in nanoseconds."""
    return 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def _stat(pid: int, tid: int) -> list[int]:
    """The numbers of stat(5) from the third field on (the state, a letter, is 0): of the thread, or with 0 of the process."""
    with open(f"/proc/{pid}/task/{tid}/stat" if tid else f"/proc/{pid}/stat", "rb") as file:
        words = file.read().rpartition(b")")[2].split()
    return [0, *(int(word) for word in words[1:])]
