"""tracefs: which functions may be traced, which events there are.

It is found where it is mounted; root without a mount gets one at the kernel's own place, /sys/kernel/tracing. A list that we may not
read is a value (`Unreadable`, which is false), since on a locked-down kernel that is nothing out of the ordinary.
"""

from __future__ import annotations

import os

from .syscall import mount

_PLACES = ("/sys/kernel/tracing", "/sys/kernel/debug/tracing")
_NOSUID_NODEV_NOEXEC = 2 | 4 | 8


class Unreadable:
    """A file that cannot be read, and why. False as a condition, empty as a sequence."""

    __slots__ = ("errno", "path", "reason")

    def __init__(self, path: str, error: OSError | None = None) -> None:
        self.path = path
        self.errno = error.errno if error else None
        self.reason = (error.strerror or str(error)) if error else "not mounted"

    def __bool__(self) -> bool:
        return False

    def __len__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return f"Unreadable({self.path!r}, {self.reason!r})"


class Field:
    """One field of an event's record."""

    __slots__ = ("name", "offset", "signed", "size", "type")

    def __init__(self, name: str, type: str, offset: int, size: int, signed: bool) -> None:
        self.name = name
        self.type = type
        self.offset = offset
        self.size = size
        self.signed = signed

    def __repr__(self) -> str:
        return f"Field({self.type} {self.name} @{self.offset}+{self.size})"


_root: str | None = None


def root(mounting: bool = True) -> str | None:
    """Where tracefs is; None where it is not and cannot be mounted."""
    global _root
    if _root is None:
        for place in _PLACES:
            if os.path.exists(f"{place}/events"):
                _root = place
                return _root
        may = mounting and os.geteuid() == 0 and os.path.isdir(_PLACES[0])
        if may and mount("tracefs", _PLACES[0], "tracefs", _NOSUID_NODEV_NOEXEC) == 0 and os.path.exists(f"{_PLACES[0]}/events"):
            _root = _PLACES[0]
    return _root


def read(name: str) -> bytes | Unreadable:
    """A file of tracefs."""
    place = root()
    if place is None:
        return Unreadable(name)
    try:
        with open(f"{place}/{name}", "rb") as f:
            return f.read()
    except OSError as error:
        return Unreadable(f"{place}/{name}", error)


def filter_functions() -> list[tuple[str, str]] | Unreadable:
    """(module, function) of all that the function tracer, and so kprobe.multi and fentry, can attach to."""
    text = read("available_filter_functions")
    if isinstance(text, Unreadable):
        return text
    rows = []
    for line in text.decode().splitlines():
        name, _, rest = line.partition(" ")
        rows.append((rest.strip("[]") or "vmlinux", name))
    return rows


def systems() -> list[str]:
    """The groups of events: sched, syscalls, ..."""
    return _folders("events")


def events(system: str) -> list[str]:
    """The events of the group."""
    return _folders(f"events/{system}")


def _folders(name: str) -> list[str]:
    place = root()
    if place is None:
        return []
    try:
        with os.scandir(f"{place}/{name}") as entries:
            return sorted(e.name for e in entries if e.is_dir())
    except OSError:
        return []


def event_id(system: str, event: str) -> int | None:
    """The event's number for perf; None where there is none."""
    text = read(f"events/{system}/{event}/id")
    return None if isinstance(text, Unreadable) else int(text)


def event_format(system: str, event: str) -> list[Field] | Unreadable:
    """The fields of the event's record, the four common ones included."""
    text = read(f"events/{system}/{event}/format")
    return text if isinstance(text, Unreadable) else parse_format(text.decode())


def parse_format(text: str) -> list[Field]:
    """The fields of a `format` file. `char comm[16]` has the type `char[16]`."""
    fields = []
    for line in text.splitlines():
        line = line.strip()
        if not line.startswith("field:"):
            continue
        parts = dict(p.strip().split(":", 1) for p in line.split(";") if ":" in p)
        declared, bracket, bound = parts["field"], "", ""
        if declared.endswith("]") and not declared.startswith("__data_loc"):
            declared, bracket, bound = declared.partition("[")
        kind, _, name = declared.rpartition(" ")
        fields.append(Field(name, kind + bracket + bound, int(parts["offset"]), int(parts["size"]), parts.get("signed") == "1"))
    return fields
