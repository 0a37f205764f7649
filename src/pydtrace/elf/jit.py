"""Names of code made at run time: /tmp/perf-PID.map, as Java, node and others write it on request.

Lines of `start size name`, hexadecimal, in the order of making: where two have one start the later is right. The file is believed only
when it belongs to the process's user (or to root), since anybody may put one into /tmp. It grows while the process runs: it is read again
when an address is not found and the file has changed.
"""

from __future__ import annotations

import os
from bisect import bisect_right

_MOST = 64 << 20


class JitMap:
    """The map of one process. `pid` is its number in its own name space, `root` where that sees the root directory, `uid` its user."""

    __slots__ = ("_names", "_path", "_root", "_seen", "_starts", "_uid", "name")

    def __init__(self, pid: int, root: str, uid: int) -> None:
        self.name = f"perf-{pid}.map"
        self._path = f"/tmp/{self.name}"
        self._root = root
        self._uid = uid
        self._seen: tuple[int, int] | None = None
        self._starts: list[int] = []
        self._names: list[tuple[int, str]] = []

    def at(self, addr: int) -> tuple[str, int] | None:
        """(name, offset) of the code at an address."""
        found = self._look(addr)
        if found is None and self._read():
            found = self._look(addr)
        return found

    def _look(self, addr: int) -> tuple[str, int] | None:
        index = bisect_right(self._starts, addr) - 1
        if index >= 0:
            size, name = self._names[index]
            if addr < self._starts[index] + size:
                return name, addr - self._starts[index]
        return None

    def _read(self) -> bool:
        """Read the file if it is new or has changed."""
        for path in (self._root + self._path, self._path) if self._root else (self._path,):
            try:
                fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
            except OSError:
                continue
            with open(fd, "rb") as file:
                status = os.fstat(fd)
                if status.st_mode & 0o170000 != 0o100000 or status.st_uid not in (self._uid, 0):
                    return False
                seen = (status.st_size, status.st_mtime_ns)
                if seen == self._seen:
                    return False
                self._seen = seen
                self._parse(file.read(_MOST))
                return True
        return False

    def _parse(self, text: bytes) -> None:
        latest: dict[int, tuple[int, str]] = {}
        for line in text.split(b"\n"):
            parts = line.split(b" ", 2)
            if len(parts) == 3:
                try:
                    latest[int(parts[0], 16)] = (int(parts[1], 16), parts[2].decode("utf-8", "replace"))
                except ValueError:
                    continue
        self._starts = sorted(latest)
        self._names = [latest[start] for start in self._starts]
