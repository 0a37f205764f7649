"""From addresses of a process to names, and back.

A process's mappings say which file lies where; a file's tables are in link-time addresses. The difference, the load bias, is one number for
each object: (start of a mapping) - (link-time address of the mapping's file offset).

Names of objects are as DTrace prints them: the last part of the path, `a.out` standing for the executable itself when
a probe is described. An address is printed as ``object`symbol+0x1f``, ``object`0x7f004f10`` when no symbol covers it,
and as plain hexadecimal when no object does.

The files are opened through /proc/PID/root, so a process in a container shows the symbols of its own libraries, and what was opened is
kept: a process that has ended goes on being known. A name may have become another file's (an upgrade, a build): the inode tells, and
/proc/PID/map_files then still leads to what is mapped. The vdso is read from our own memory: it is every process's.

The mappings are read when the Symbolizer is made and again when an address falls outside them, as happens after dlopen; an object that is
no longer there (dlclose, exec) is still found for addresses that no newer one has taken. Somebody may know what the process did before it
was gone (`Past`); its files are then looked for where its parent sees them, or we.
"""

from __future__ import annotations

import os
import time
from bisect import bisect_right

from ..errors import TargetError
from .file import ElfFile, open_elf
from .jit import JitMap
from .maps import PAGE, Mapping, read_maps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Past(Protocol):
        def images(self) -> tuple[bool, list[list[Mapping]]]:
            """Mappings of the programs it has run, as far as they are news; and whether the first is a program already told of."""

        def roots(self) -> list[str]:
            """Root directories that may have been its."""

        def file(self, one: Mapping) -> ElfFile | None:
            """A mapped file that can no longer be opened."""


_VDSO = "[vdso]"
_PATIENCE = 0.05  # seconds between two readings of the maps that find nothing new
_GONE = 256  # objects no longer mapped that are remembered


class LoadedObject:
    """One ELF file mapped into a process. `bias` is added to link-time addresses."""

    __slots__ = ("bias", "elf", "end", "executable", "name", "path", "start")

    def __init__(self, path: str, name: str, elf: ElfFile, bias: int, start: int, end: int, executable: bool) -> None:
        self.path = path
        self.name = name
        self.elf = elf
        self.bias = bias
        self.start = start
        self.end = end
        self.executable = executable

    def functions(self) -> list[tuple[str, int, int]]:
        """(name, address in the process, size)."""
        bias = self.bias
        return [(name, value + bias, size) for name, value, size in self.elf.functions]

    def symbol_at(self, addr: int) -> tuple[str, int] | None:
        """(name, offset) of the function that covers addr."""
        return self.elf.names.at(addr - self.bias)


class Symbolizer:
    """Objects and names of one process. `maps`: its mappings, where they are known and it may be gone; `reader` reads its memory;
    `past` tells what is known of it besides /proc."""

    __slots__ = (
        "_anonymous", "_bad", "_cache", "_found", "_gone", "_jit", "_looked", "_starts", "_uid", "maps", "objects", "past", "pid", "reader",
    )  # fmt: skip

    def __init__(
        self,
        pid: int,
        maps: list[Mapping] | None = None,
        reader: Callable[[int, int], bytes] | None = None,
        past: Past | None = None,
    ) -> None:
        self.pid = pid
        self.reader = reader
        self.past = past
        self.objects: list[LoadedObject] = []
        self.maps: list[Mapping] = []
        self._starts: list[int] = []
        self._gone: list[LoadedObject] = []
        self._anonymous: list[int] = []
        self._cache: dict[int, str] = {}
        self._bad: set[tuple[str, int]] = set()
        self._jit: JitMap | None = None
        self._found = False
        self._looked = 0.0
        try:
            self._uid = os.stat(f"/proc/{pid}").st_uid
        except OSError:
            self._uid = 0
        if maps:
            self.add(maps)
        self.refresh()

    # ---- the objects

    def refresh(self) -> None:
        """Read the maps again. Nothing is lost when the process is gone: what was known still answers."""
        if self.past is not None:
            same, images = self.past.images()
            for image in images:
                if same:
                    self.add(image)
                    same = False
                else:
                    self._take(image)
        maps = read_maps(self.pid)
        if maps:
            self._take(maps)

    def add(self, maps: list[Mapping]) -> None:
        """More mappings, newer than those known."""
        kept = [one for one in self.maps if not any(new.start < one.end and one.start < new.end for new in maps)]
        self._take(sorted(kept + maps, key=lambda one: one.start))

    def _take(self, maps: list[Mapping]) -> None:
        try:
            program = os.readlink(f"/proc/{self.pid}/exe")
        except OSError:
            program = ""
        code = {one.path for one in maps if one.executable}
        known = {(one.path, one.bias): one for one in self.objects}
        found: dict[tuple[str, int], LoadedObject] = {}
        last: LoadedObject | None = None
        for one in maps:
            if one.path not in code or (one.path[:1] != "/" and one.path != _VDSO):
                continue
            elf = self._open(one)
            if elf is None:
                continue
            vaddr = _vaddr_of_page(elf, one.offset, one.executable)
            if vaddr is None:
                continue
            key = (one.path, one.start - vaddr)
            if key not in found and last is not None and last.path == one.path and one.offset and one.start - last.end < 1 << 30:
                key = (last.path, last.bias)  # a later segment whose page start is shared with its neighbour
            last = found.get(key)
            if last is None:
                last = known.get(key)
                if last is None:
                    last = LoadedObject(one.path, _shown(one, elf), elf, key[1], one.start, one.end, one.path == program)
                last.start, last.end = one.start, one.end
                found[key] = last
            else:
                last.start, last.end = min(last.start, one.start), max(last.end, one.end)
        self._gone = ([one for key, one in known.items() if key not in found] + self._gone)[:_GONE]
        self.maps = maps
        self.objects = sorted(found.values(), key=lambda one: one.start)
        self._starts = [one.start for one in self.objects]
        self._anonymous = [edge for one in maps if not one.path and one.executable for edge in (one.start, one.end)]
        self._cache.clear()

    def _open(self, one: Mapping) -> ElfFile | None:
        if (one.path, one.inode) in self._bad:
            return None
        if one.path == _VDSO:
            return _vdso() if one.end > 1 << 32 else None  # that of 32-bit processes is another
        root = f"/proc/{self.pid}/root"
        clean = one.path.removesuffix(" (deleted)")
        tries = [] if one.deleted else [(root + clean, one.inode), (clean, one.inode)]
        tries.append((f"/proc/{self.pid}/map_files/{one.start:x}-{one.end:x}", 0))
        if not one.deleted:
            if os.path.exists(root):
                tries.append((root + clean, 0))  # some file systems show other inodes in maps than they give to stat
            elif self.past is not None:
                tries += [(other + clean, one.inode) for other in self.past.roots()]
        for path, inode in tries:
            try:
                elf = open_elf(path, clean, inode)
            except TargetError:
                continue
            elf.root = elf.root or root
            return elf
        kept = self.past.file(one) if self.past is not None else None
        if kept is not None:
            return kept
        self._bad.add((one.path, one.inode))
        return None

    def object_at(self, addr: int) -> LoadedObject | None:
        """The object that an address is in."""
        one = self._now_at(addr)
        if one is not None:
            return one
        if bisect_right(self._anonymous, addr) & 1:
            return None  # code made at run time
        if addr >= PAGE:
            now = time.monotonic()
            if self._found or now - self._looked > _PATIENCE:
                self.refresh()
                self._looked = now
                one = self._now_at(addr)
                self._found = one is not None
                if one is not None:
                    return one
        return next((one for one in self._gone if one.start <= addr < one.end), None)

    def _now_at(self, addr: int) -> LoadedObject | None:
        index = bisect_right(self._starts, addr) - 1
        return self.objects[index] if index >= 0 and addr < self.objects[index].end else None

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

    def is_code(self, addr: int) -> bool:
        """Whether an address may be executed."""
        one = self.object_at(addr)
        if one is not None:
            return any(s.type == 1 and s.flags & 1 and s.vaddr <= addr - one.bias < s.vaddr + s.memsz for s in one.elf.segments)
        return bool(bisect_right(self._anonymous, addr) & 1)

    def code(self, addr: int, size: int) -> bytes:
        """The instructions at an address; fewer or none where they cannot be read."""
        one = self.object_at(addr)
        if one is not None:
            return one.elf.code(addr - one.bias, size)
        return self.reader(addr, size) if self.reader is not None else b""

    # ---- names

    def resolve(self, addr: int) -> tuple[str, str, int] | None:
        """(object, symbol, offset); symbol is "" and offset the address when no symbol covers it; None outside every object."""
        one = self.object_at(addr)
        if one is None:
            if addr < PAGE:
                return None
            jit = self._jitted()
            made = jit.at(addr)
            return None if made is None else (jit.name, *made)
        found = one.symbol_at(addr)
        if found is None:
            # Behind a call that does not return a function may end: its return address is nobody's.
            before = one.symbol_at(addr - 1)
            return (one.name, "", addr) if before is None else (one.name, before[0], before[1] + 1)
        return (one.name, *found)

    def _jitted(self) -> JitMap:
        if self._jit is None:
            self._jit = JitMap(_own_number(self.pid), f"/proc/{self.pid}/root", self._uid)
        return self._jit

    def text(self, addr: int) -> str:
        """As ustack() prints it."""
        known = self._cache.get(addr)
        if known is None:
            found = self.resolve(addr)
            if found is None:
                return f"0x{addr:x}"  # not kept: its code may yet be named
            if not found[1]:
                known = f"{found[0]}`0x{addr:x}"
            elif found[2]:
                known = f"{found[0]}`{found[1]}+0x{found[2]:x}"
            else:
                known = f"{found[0]}`{found[1]}"
            self._cache[addr] = known
        return known

    def start(self, addr: int, module: bool) -> int:
        """The first address of the function, or of the object, that holds this one; itself where none is known."""
        if module:
            one = self.object_at(addr)
            return addr if one is None else one.start
        found = self.resolve(addr)
        return addr - found[2] if found is not None and found[1] else addr

    def place(self, addr: int) -> str:
        """As ustack() prints it with noresolve: the object and the address in the object's own terms."""
        one = self.object_at(addr)
        return f"0x{addr:x}" if one is None else f"{one.name}:0x{addr - one.bias:x}"


def _shown(one: Mapping, elf: ElfFile) -> str:
    return elf.soname or "vdso" if one.path == _VDSO else os.path.basename(one.path.removesuffix(" (deleted)"))


def _own_number(pid: int) -> int:
    """The process's number as it knows it itself, in its name space."""
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            for line in file:
                if line.startswith(b"NSpid:"):
                    return int(line.split()[-1])
    except (OSError, ValueError):
        pass
    return pid


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


_vdso_elf: ElfFile | None = None


def _vdso() -> ElfFile | None:
    """The vdso, from our own memory."""
    global _vdso_elf
    if _vdso_elf is None:
        for one in read_maps(os.getpid()):
            if one.path == _VDSO:
                try:
                    with open("/proc/self/mem", "rb", buffering=0) as file:
                        file.seek(one.start)
                        _vdso_elf = ElfFile(_VDSO, file.read(one.end - one.start))
                except (OSError, TargetError):
                    return None
    return _vdso_elf
