"""The symbols of one ELF file, by address.

A table of 100,000 symbols is read in one pass into tuples without their names: a name is cut out of the string table only when its address
is asked for. All tables of a file count: .symtab and .dynsym, and for a stripped file what stands for them elsewhere: .gnu_debugdata (a
small ELF file of function symbols only, packed with xz, as Fedora puts into every binary) and a separate debug file, found by build id or
by .gnu_debuglink. A debug file counts only if its build id, or else its checksum, is what the file says.

Of several names for one place the best is taken as DTrace does: global or weak before local, fewer underscores in front, then the
smaller size, then the alphabet. Hand-written code may have symbols of size 0: they reach to the next symbol, a page at most.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from struct import unpack_from

from ..errors import TargetError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .file import ElfFile

_FUNCTIONS = (2, 10)  # STT_FUNC, STT_GNU_IFUNC
_REACH = 4096
_BACK = 16  # how many places back a symbol that covers an address is looked for
_DEBUG = "/usr/lib/debug"


class Names:
    """The functions of one file. Addresses are the file's own (link-time)."""

    __slots__ = ("_known", "_places", "_rows", "_tables")

    def __init__(self, elf: ElfFile, root: str = "") -> None:
        self._known: dict[int, tuple[str, int] | None] = {}
        self._tables: list[tuple[bytes, int]] = []  # data and offset of the string table
        rows: list[tuple[int, int, int, int, int]] = []  # address, size, offset of the name, binding, table
        for one in _files(elf, root):
            self._read(one, rows)
        rows.sort()
        self._rows = rows
        self._places = [row[0] for row in rows]

    def _read(self, elf: ElfFile, rows: list[tuple[int, int, int, int, int]]) -> None:
        for section in elf.sections:
            if section.type not in (2, 11) or section.entsize != elf.symbol_size or section.link >= len(elf.sections):
                continue
            number = len(self._tables)
            self._tables.append((elf.data, elf.sections[section.link].offset))
            rows += [
                (value, size, name, info >> 4, number)
                for name, info, _, index, value, size in elf.symbols(section)
                if info & 15 in _FUNCTIONS and index and value
            ]

    def at(self, addr: int) -> tuple[str, int] | None:
        """(name, offset) of the function that covers an address."""
        known = self._known
        if addr not in known:
            if len(known) > 65536:
                known.clear()
            known[addr] = self._look(addr)
        return known[addr]

    def _look(self, addr: int) -> tuple[str, int] | None:
        index = bisect_right(self._places, addr) - 1
        rows = self._rows
        back = _BACK
        while index >= 0 and back:
            value = rows[index][0]
            best: tuple[bool, int, int, str] | None = None
            while index >= 0 and rows[index][0] == value:
                _, size, name, binding, table = rows[index]
                if addr < value + size or (not size and back == _BACK and addr - value < _REACH):
                    text = self._name(name, table)
                    rank = (not binding, len(text) - len(text.lstrip("_")), size, text)
                    if text and (best is None or rank < best):
                        best = rank
                index -= 1
            if best is not None:
                return best[3], addr - value
            back -= 1
        return None

    def _name(self, offset: int, table: int) -> str:
        data, base = self._tables[table]
        at = base + offset
        return data[at : data.find(b"\0", at)].decode("utf-8", "replace").partition("@")[0]


def _files(elf: ElfFile, root: str) -> list[ElfFile]:
    """The files whose symbols are those of `elf`."""
    if any(section.type == 2 for section in elf.sections):
        return [elf]
    found = [elf]
    other = _separate(elf, root)
    if other is not None:
        found.append(other)
    else:
        section = elf.section(".gnu_debugdata")
        if section is not None:
            packed = _unpacked(elf, elf.content(section))
            if packed is not None:
                found.append(packed)
    return found


def _unpacked(elf: ElfFile, data: bytes) -> ElfFile | None:
    from .file import ElfFile

    try:
        import lzma

        return ElfFile(elf.path, lzma.LZMADecompressor(memlimit=1 << 28).decompress(data, 1 << 28))
    except (ImportError, lzma.LZMAError, TargetError, MemoryError):
        return None


def _separate(elf: ElfFile, root: str) -> ElfFile | None:
    """The debug file of a stripped one."""
    from .file import open_elf

    build_id = elf.build_id
    if build_id and len(build_id) > 2:
        for base in (root, "") if root else ("",):
            try:
                found = open_elf(f"{base}{_DEBUG}/.build-id/{build_id[:2]}/{build_id[2:]}.debug")
            except TargetError:
                continue
            if found.build_id == build_id:
                return found
    section = elf.section(".gnu_debuglink")
    if section is None:
        return None
    content = elf.content(section)
    name = os.fsdecode(content.partition(b"\0")[0])
    at = len(os.fsencode(name)) + 4 & ~3  # behind the name and its NUL, on a multiple of 4
    if not name or "/" in name or at + 4 > len(content):
        return None
    (checksum,) = unpack_from("<I", content, at)
    folder = os.path.dirname(elf.path)
    for where in (f"{folder}/{name}", f"{folder}/.debug/{name}", f"{_DEBUG}{folder}/{name}"):
        for base in (root, "") if root else ("",):
            try:
                found = open_elf(base + where)
            except TargetError:
                continue
            if found is not elf and _same(found, build_id, checksum):
                return found
    return None


def _same(found: ElfFile, build_id: str | None, checksum: int) -> bool:
    if build_id and found.build_id:
        return found.build_id == build_id
    from zlib import crc32

    return crc32(found.data) == checksum
