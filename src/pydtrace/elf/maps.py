"""What lies where in a process: /proc/PID/maps."""

from __future__ import annotations

PAGE = 4096


class Mapping:
    """One line of /proc/PID/maps."""

    __slots__ = ("end", "inode", "offset", "path", "perms", "start")

    def __init__(self, start: int, end: int, perms: str, offset: int, inode: int, path: str) -> None:
        self.start = start
        self.end = end
        self.perms = perms
        self.offset = offset
        self.inode = inode
        self.path = path

    @property
    def executable(self) -> bool:
        return self.perms[2:3] == "x"

    @property
    def deleted(self) -> bool:
        """The name is no longer the file's: it was removed or replaced."""
        return self.path.endswith(" (deleted)")


def read_maps(pid: int) -> list[Mapping]:
    """The mappings of a process, ascending; none when it is gone."""
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
    except (OSError, ProcessLookupError):
        return []
    return parse_maps(text)


def parse_maps(text: str) -> list[Mapping]:
    found = []
    for line in text.split("\n"):
        parts = line.split(None, 5)
        if len(parts) >= 5:
            low, _, high = parts[0].partition("-")
            path = parts[5] if len(parts) > 5 else ""
            found.append(Mapping(int(low, 16), int(high, 16), parts[1], int(parts[2], 16), int(parts[4]), path))
    return found
