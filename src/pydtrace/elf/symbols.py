"""From addresses of a process to names, and back.

A process's /proc/PID/maps says which file lies where; a file's symbol table is in link-time addresses. The difference,
the load bias, is one number for each object: (start of a mapping) - (link-time address of the mapping's file offset).

Names of objects are as DTrace prints them: the last part of the path, `a.out` standing for the executable itself when
a probe is described. An address is printed as ``object`symbol+0x1f``, ``object`0x4f10`` when no symbol covers it,
and as plain hexadecimal when no file does.

The files are opened through /proc/PID/root, so a process in a container shows the symbols of its own libraries.
A snapshot of the maps is taken when made and again when an address falls outside it, as happens after dlopen.
"""

from __future__ import annotations

import os
from bisect import bisect_right

from ..errors import TargetError
from .file import ElfFile, open_elf

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


def read_maps(pid: int) -> list[Mapping]:
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().split("\n")
    except (OSError, ProcessLookupError):
        return []
    found = []
    for line in lines:
        parts = line.split(None, 5)
        if len(parts) >= 5:
            low, _, high = parts[0].partition("-")
            path = parts[5] if len(parts) > 5 else ""
            found.append(Mapping(int(low, 16), int(high, 16), parts[1], int(parts[2], 16), int(parts[4]), path))
    return found


class LoadedObject:
    """One ELF file mapped into a process. `bias` is added to link-time addresses."""

    __slots__ = ("_starts", "bias", "elf", "end", "executable", "name", "path", "start")

    def __init__(self, path: str, name: str, elf: ElfFile, bias: int, start: int, end: int, executable: bool) -> None:
        self.path = path
        self.name = name
        self.elf = elf
        self.bias = bias
        self.start = start
        self.end = end
        self.executable = executable
        self._starts: list[int] | None = None

    def functions(self) -> list[tuple[str, int, int]]:
        """(name, address in the process, size)."""
        bias = self.bias
        return [(name, value + bias, size) for name, value, size in self.elf.functions]

    def symbol_at(self, addr: int) -> tuple[str, int] | None:
        """(name, offset) of the function that covers addr."""
        rows = self.elf.functions
        if self._starts is None:
            self._starts = [row[1] for row in rows]
        wanted = addr - self.bias
        index = bisect_right(self._starts, wanted) - 1
        if index < 0:
            return None
        value = rows[index][1]
        best = None
        # Of several names for one place the first in order that covers it wins; hand-written code may have size 0.
        while index >= 0 and rows[index][1] == value:
            name, _, size = rows[index]
            if wanted < value + size or (size == 0 and wanted - value < PAGE):
                best = name
            index -= 1
        return None if best is None else (best, wanted - value)


class Symbolizer:
    """Objects and names of one process."""

    __slots__ = ("_bad", "_cache", "_starts", "maps", "objects", "pid")

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.objects: list[LoadedObject] = []
        self.maps: list[Mapping] = []
        self._starts: list[int] = []
        self._cache: dict[int, str] = {}
        self._bad: set[str] = set()
        self.refresh()

    def refresh(self) -> None:
        """Read the maps again. Nothing is lost when the process is gone: what was known still answers."""
        maps = read_maps(self.pid)
        if not maps:
            return
        try:
            program = os.readlink(f"/proc/{self.pid}/exe")
        except OSError:
            program = ""
        known = {(one.path, one.bias): one for one in self.objects}
        spans: dict[tuple[str, int], list[int]] = {}
        order: list[tuple[str, int]] = []
        last: tuple[str, int] | None = None
        for one in maps:
            if not one.inode or not one.path.startswith("/") or one.path in self._bad:
                continue
            elf = self._open(one.path)
            if elf is None:
                continue
            vaddr = _vaddr_of_page(elf, one.offset, "x" in one.perms)
            if vaddr is None:
                continue
            bias = one.start - vaddr
            key = (one.path, bias)
            if key not in spans and last is not None and last[0] == one.path and one.offset != 0 and last in spans:
                key = last  # a later segment whose page start is shared with its neighbour
            span = spans.get(key)
            if span is None:
                spans[key] = [one.start, one.end]
                order.append(key)
            else:
                span[0] = min(span[0], one.start)
                span[1] = max(span[1], one.end)
            last = key
        objects = []
        for path, bias in order:
            low, high = spans[path, bias]
            old = known.get((path, bias))
            if old is None:
                elf = self._open(path)
                assert elf is not None
                old = LoadedObject(path, os.path.basename(path), elf, bias, low, high, path == program)
            old.start, old.end = low, high
            objects.append(old)
        objects.sort(key=lambda one: one.start)
        self.maps = maps
        self.objects = objects
        self._starts = [one.start for one in objects]
        self._cache.clear()

    def _open(self, path: str) -> ElfFile | None:
        clean = path.removesuffix(" (deleted)")
        try:
            return open_elf(f"/proc/{self.pid}/root{clean}", clean)
        except TargetError:
            try:
                return open_elf(clean)
            except TargetError:
                self._bad.add(path)
                return None

    def object_at(self, addr: int, retry: bool = True) -> LoadedObject | None:
        index = bisect_right(self._starts, addr) - 1
        if index >= 0 and addr < self.objects[index].end:
            return self.objects[index]
        if retry:
            self.refresh()
            return self.object_at(addr, False)
        return None

    def object(self, name: str) -> LoadedObject | None:
        """By name as a probe description has it: `a.out`, the full file name, or the name up to `.so` (libc)."""
        for one in self.objects:
            if (one.executable and name == "a.out") or name in (one.name, one.path):
                return one
        for one in self.objects:
            if one.name.startswith(name) and one.name[len(name) : len(name) + 1] in (".", "-"):
                return one
        return None

    @property
    def executable(self) -> LoadedObject | None:
        for one in self.objects:
            if one.executable:
                return one
        return None

    def resolve(self, addr: int) -> tuple[str, str, int] | None:
        """(object, symbol, offset); symbol is "" when none covers the address; None outside every file."""
        one = self.object_at(addr)
        if one is None:
            return None
        found = one.symbol_at(addr)
        return (one.name, "", addr - one.bias) if found is None else (one.name, found[0], found[1])

    def text(self, addr: int) -> str:
        """As ustack() prints it."""
        known = self._cache.get(addr)
        if known is None:
            found = self.resolve(addr)
            if found is None:
                known = f"0x{addr:x}"
            elif not found[1]:
                known = f"{found[0]}`0x{addr:x}"
            elif found[2]:
                known = f"{found[0]}`{found[1]}+0x{found[2]:x}"
            else:
                known = f"{found[0]}`{found[1]}"
            self._cache[addr] = known
        return known


    def start(self, addr: int, module: bool) -> int:
        """The first address of the function, or of the object, that holds this one; itself where none is known."""
        one = self.object_at(addr)
        if one is None:
            return addr
        if module:
            return one.start
        found = one.symbol_at(addr)
        return addr if found is None else addr - found[1]

    def place(self, addr: int) -> str:
        """As ustack() prints it with noresolve: the object and the address in the object's own terms."""
        one = self.object_at(addr)
        return f"0x{addr:x}" if one is None else f"{one.name}:0x{addr - one.bias:x}"


def _vaddr_of_page(elf: ElfFile, offset: int, executable: bool) -> int | None:
    """Link-time address of a mapping that starts at a file offset; mappings start on pages, segments need not."""
    found = None
    for segment in elf.segments:
        if segment.type == 1 and segment.offset & -PAGE <= offset < segment.offset + max(segment.filesz, 1):
            vaddr = (segment.vaddr & -PAGE) + offset - (segment.offset & -PAGE)
            if bool(segment.flags & 1) == executable:
                return vaddr
            found = vaddr if found is None else found
    return found
