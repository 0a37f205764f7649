"""What must be put back if the tracer is killed: a file, and a watchdog that reads it.

A breakpoint left behind kills its process, and SIGKILL gives the tracer no chance. So each byte is written down before
it is changed, one line each: `+ pid starttime addr byte`, `- pid addr`, `x pid` (the address space is gone). The watchdog
is a grandchild in a session of its own, which waits for the end of a pipe that only the tracer holds; told "q", it just
leaves. Otherwise it restores every byte that is still ours in a process that is still the same. It is told "q" only when
nothing is left to restore.

Between the death of the tracer and the repair threads still hit breakpoints: breakpoint/guard.py keeps them going. If the
watchdog is killed too they do so until the next tracer of the process comes, which begins by repairing (`repair_left`).
"""

from __future__ import annotations

import os
import signal


def start_time(pid: int) -> str:
    """Distinguishes a process from a later one with the same number."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read()
    except OSError:
        return ""
    return text[text.rfind(b")") + 2 :].split()[19].decode()


def directory() -> str:
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    if not base or not os.access(base, os.W_OK):
        base = "/run" if os.access("/run", os.W_OK) else "/tmp"
    path = f"{base}/pydtrace-{os.getuid()}"
    os.makedirs(path, 0o700, exist_ok=True)
    if os.stat(path, follow_symlinks=False).st_uid != os.getuid():
        raise PermissionError(1, "not ours", path)
    return path


class Journal:
    """The record of one tracer. Make it before the first byte is changed."""

    __slots__ = ("_fd", "_left", "_pipe", "path")

    def __init__(self) -> None:
        self.path = f"{directory()}/{os.getpid()}-{start_time(os.getpid())}.breakpoints"
        self._fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._left: set[tuple[int, int]] = set()  # (pid, address) of each byte that is not restored
        read_end, self._pipe = os.pipe2(os.O_CLOEXEC)
        pid = os.fork()
        if pid == 0:
            try:
                if os.fork() == 0:
                    _watch(read_end, self.path)
            finally:
                os._exit(0)
        os.close(read_end)
        os.waitpid(pid, 0)

    def note(self, lines: list[str]) -> None:
        os.write(self._fd, "".join(line + "\n" for line in lines).encode())

    def armed(self, pid: int, bytes_: list[tuple[int, int]]) -> None:
        started = start_time(pid)
        self._left.update((pid, addr) for addr, _ in bytes_)
        self.note([f"+ {pid} {started} {addr:x} {byte:02x}" for addr, byte in bytes_])

    def disarmed(self, pid: int, addrs: list[int]) -> None:
        self.note([f"- {pid} {addr:x}" for addr in addrs])
        self._left.difference_update((pid, addr) for addr in addrs)

    def forgotten(self, pid: int) -> None:
        self.note([f"x {pid}"])
        self._left = {one for one in self._left if one[0] != pid}

    def close(self) -> None:
        """The end. If everything has been put back the watchdog leaves, else it does its work now."""
        if self._fd < 0:
            return
        done = not self._left
        try:
            if done:
                os.write(self._pipe, b"q")
        except OSError:
            pass  # the watchdog has been killed
        os.close(self._pipe)
        os.close(self._fd)
        self._fd = -1
        try:
            if done:
                os.unlink(self.path)
        except OSError:
            pass


def _watch(read_end: int, path: str) -> None:
    os.setsid()
    try:
        with open("/proc/self/comm", "w") as file:
            file.write(f"undo-{os.path.basename(path).partition('-')[0]}")  # it is not the tracer, and not to be killed with it
    except OSError:
        pass
    for signo in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(signo, signal.SIG_IGN)
    null = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    pipe = os.dup2(read_end, 3) if read_end != 3 else 3
    os.closerange(4, 65536)
    if os.read(pipe, 1) != b"q":
        repair(path)


def repair_left(pid: int) -> None:
    """Put back in a process what a dead tracer has left there, whose watchdog is dead too, or slow."""
    try:
        folder = directory()
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        tracer, _, started = name.removesuffix(".breakpoints").partition("-")
        if name.endswith(".breakpoints") and tracer.isdigit() and start_time(int(tracer)) != started:
            try:
                with open(f"{folder}/{name}", encoding="ascii") as file:
                    concerned = f"+ {pid} " in file.read()
            except OSError:
                continue  # its watchdog, or another dtrace, has done it meanwhile
            if concerned:
                repair(f"{folder}/{name}")


def repair(path: str) -> int:
    """Put back what a journal says. Returns how many bytes were restored; the journal is removed. Only one does it at a time."""
    import fcntl

    try:
        with open(path, encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not os.fstat(file.fileno()).st_nlink:
                return 0  # somebody else has done it
            restored = _restore(file.read())
            os.unlink(path)
            return restored
    except OSError:
        return 0


def _restore(text: str) -> int:
    pending: dict[int, dict[int, tuple[str, int]]] = {}
    for line in text.split("\n"):
        parts = line.split()
        if len(parts) == 5 and parts[0] == "+":
            pending.setdefault(int(parts[1]), {})[int(parts[3], 16)] = (parts[2], int(parts[4], 16))
        elif len(parts) == 3 and parts[0] == "-":
            pending.get(int(parts[1]), {}).pop(int(parts[2], 16), None)
        elif len(parts) == 2 and parts[0] == "x":
            pending.pop(int(parts[1]), None)
    restored = 0
    for pid, table in pending.items():
        if not table or start_time(pid) != next(iter(table.values()))[0]:
            continue
        try:
            fd = os.open(f"/proc/{pid}/mem", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            continue
        for addr, (_, byte) in table.items():
            try:
                if os.pread(fd, 1, addr) == b"\xcc":
                    restored += os.pwrite(fd, bytes((byte,)), addr)
            except OSError:
                continue
        os.close(fd)
    return restored
