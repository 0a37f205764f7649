"""A direct reader of little-endian ELF files, for the few facts that tracing needs.

General libraries build an object for each symbol and take a tenth of a second for libc; a probe description such as
`pid$target:libc:mal*:entry` must not cost that. So the tables are unpacked in bulk with `struct`, and each property is
computed when first asked for and kept.

Of 32-bit files the symbols are read, for names of addresses; nothing in them is probed, and their frames are not followed.

Nothing in the file is trusted: an offset beyond the end gives empty tables, not a traceback.
"""

from __future__ import annotations

import mmap
import os
import struct

from ..errors import TargetError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .cfi import Cfi
    from .names import Names

_PHDR, _PHDR32 = struct.Struct("<IIQQQQQQ"), struct.Struct("<8I")
_SHDR, _SHDR32 = struct.Struct("<IIQQQQIIQQ"), struct.Struct("<10I")
_SYM, _SYM32 = struct.Struct("<IBBHQQ"), struct.Struct("<IIIBBH")
_DYN, _DYN32 = struct.Struct("<qQ"), struct.Struct("<iI")

PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE = 1, 2, 3, 4
PF_X = 1
SHT_SYMTAB, SHT_DYNSYM = 2, 11
ET_EXEC, ET_DYN = 2, 3
EM_X86_64 = 62
_STT_FUNC, _STT_IFUNC = 2, 10


class Section:
    """One section header."""

    __slots__ = ("addr", "entsize", "link", "name", "offset", "size", "type")

    def __init__(self, name: str, type_: int, addr: int, offset: int, size: int, link: int, entsize: int) -> None:
        self.name = name
        self.type = type_
        self.addr = addr
        self.offset = offset
        self.size = size
        self.link = link
        self.entsize = entsize


class Segment:
    """One program header."""

    __slots__ = ("filesz", "flags", "memsz", "offset", "type", "vaddr")

    def __init__(self, type_: int, flags: int, offset: int, vaddr: int, filesz: int, memsz: int) -> None:
        self.type = type_
        self.flags = flags
        self.offset = offset
        self.vaddr = vaddr
        self.filesz = filesz
        self.memsz = memsz


class ElfFile:
    """One object, its tables read on demand. `data` is the file's content."""

    __slots__ = ("_cfi", "_functions", "_names", "_sections", "data", "entry", "machine", "path", "root", "segments", "type", "wide")

    def __init__(self, path: str, data: bytes) -> None:
        if len(data) < 64 or data[:6] not in (b"\x7fELF\x02\x01", b"\x7fELF\x01\x01"):
            raise TargetError(f"{path}: not an ELF file")
        self.wide = data[4] == 2  # of 64 bits
        self.path = path
        self.data = data
        self.type, self.machine, _, self.entry, phoff = struct.unpack_from("<HHIQQ" if self.wide else "<HHIII", data, 16)
        phentsize, phnum = struct.unpack_from("<HH", data, 54 if self.wide else 42)
        self.segments: list[Segment] = []
        self._sections: list[Section] | None = None
        self._functions: list[tuple[str, int, int]] | None = None
        self._names: Names | None = None
        self._cfi: Cfi | None = None
        self.root = ""  # of the file system in which `path` is the file's name: /proc/PID/root
        form = _PHDR if self.wide else _PHDR32
        if phentsize == form.size and phoff + phentsize * phnum <= len(data):
            for row in form.iter_unpack(data[phoff : phoff + phentsize * phnum]):
                if self.wide:
                    type_, flags, offset, vaddr, _, filesz, memsz, _ = row
                else:
                    type_, offset, vaddr, _, filesz, memsz, flags, _ = row
                self.segments.append(Segment(type_, flags, offset, vaddr, filesz, memsz))

    @property
    def pie(self) -> bool:
        """Loaded at an address of the loader's choosing (also true of a shared library)."""
        return bool(self.type == ET_DYN)

    @property
    def interpreter(self) -> str | None:
        for segment in self.segments:
            if segment.type == PT_INTERP:
                return self.data[segment.offset : segment.offset + segment.filesz].rstrip(b"\0").decode(errors="replace")
        return None

    @property
    def sections(self) -> list[Section]:
        if self._sections is None:
            self._sections = self._read_sections()
        return self._sections

    def _read_sections(self) -> list[Section]:
        data = self.data
        form = _SHDR if self.wide else _SHDR32
        (shoff,) = struct.unpack_from("<Q", data, 40) if self.wide else struct.unpack_from("<I", data, 32)
        entsize, number, names_index = struct.unpack_from("<HHH", data, 58 if self.wide else 46)
        if not shoff or entsize != form.size or shoff + number * entsize > len(data):
            return []
        rows = list(form.iter_unpack(data[shoff : shoff + number * entsize]))
        names = data[rows[names_index][4] : rows[names_index][4] + rows[names_index][5]] if names_index < number else b""
        found = []
        for name, type_, _, addr, offset, size, link, _, _, each in rows:
            found.append(Section(_string(names, name), type_, addr, offset, size, link, each))
        return found

    def section(self, name: str) -> Section | None:
        for section in self.sections:
            if section.name == name:
                return section
        return None

    def content(self, section: Section) -> bytes:
        if section.type == 8:  # SHT_NOBITS occupies no space in the file
            return b""
        return self.data[section.offset : section.offset + section.size]

    @property
    def functions(self) -> list[tuple[str, int, int]]:
        """(name, value, size) of every defined function that may be probed, sorted by value; .symtab and .dynsym united, no doubles."""
        if self._functions is None:
            found: dict[tuple[str, int], int] = {}
            for section in self.sections if self.wide else ():
                if section.type in (SHT_SYMTAB, SHT_DYNSYM) and section.entsize == _SYM.size and section.link < len(self.sections):
                    self._read_symbols(section, found)
            rows = [(name, value, size) for (name, value), size in found.items()]
            rows.sort(key=lambda row: (row[1], row[0]))
            self._functions = rows
        return self._functions

    def _read_symbols(self, section: Section, found: dict[tuple[str, int], int]) -> None:
        names = self.content(self.sections[section.link])
        table = self.content(section)
        for name, info, _, shndx, value, size in _SYM.iter_unpack(table[: len(table) // 24 * 24]):
            if (info & 15 == _STT_FUNC or info & 15 == _STT_IFUNC) and shndx and value:
                text = names[name : names.find(b"\0", name)].decode("utf-8", "replace")
                if "@" in text:
                    text = text.partition("@")[0]
                if text:
                    found[text, value] = max(size, found.get((text, value), 0))

    def symbols(self, section: Section) -> Iterable[tuple[int, int, int, int, int, int]]:
        """The rows of a symbol table: offset of the name, info, other, section, value, size."""
        table = self.content(section)
        if self.wide:
            return _SYM.iter_unpack(table[: len(table) // _SYM.size * _SYM.size])
        rows = _SYM32.iter_unpack(table[: len(table) // _SYM32.size * _SYM32.size])
        return ((name, info, other, index, value, size) for name, value, size, info, other, index in rows)

    @property
    def symbol_size(self) -> int:
        return _SYM.size if self.wide else _SYM32.size

    @property
    def names(self) -> Names:
        """Functions by address."""
        if self._names is None:
            from .names import Names

            self._names = Names(self, self.root)
        return self._names

    @property
    def cfi(self) -> Cfi:
        """Frames by address."""
        if self._cfi is None:
            from .cfi import Cfi

            self._cfi = Cfi(self)
        return self._cfi

    def symbol(self, name: str) -> tuple[int, int] | None:
        """(value, size) of a function by name."""
        for text, value, size in self.functions:
            if text == name:
                return value, size
        return None

    def notes(self) -> list[tuple[str, int, bytes]]:
        """(owner, type, description) of every note of the file."""
        found = []
        areas = [self.content(s) for s in self.sections if s.type == 7]
        if not areas:
            areas = [self.data[s.offset : s.offset + s.filesz] for s in self.segments if s.type == PT_NOTE]
        for area in areas:
            at = 0
            while at + 12 <= len(area):
                namesz, descsz, type_ = struct.unpack_from("<III", area, at)
                name = area[at + 12 : at + 12 + namesz].rstrip(b"\0").decode(errors="replace")
                start = at + 12 + (namesz + 3 & ~3)
                found.append((name, type_, area[start : start + descsz]))
                at = start + (descsz + 3 & ~3)
        return found

    @property
    def build_id(self) -> str | None:
        for owner, type_, text in self.notes():
            if owner == "GNU" and type_ == 3:
                return text.hex()
        return None

    def _dynamic(self, wanted: int) -> list[str]:
        section = self.section(".dynamic")
        if section is None or section.link >= len(self.sections):
            return []
        names = self.content(self.sections[section.link])
        table = self.content(section)
        form = _DYN if self.wide else _DYN32
        return [_string(names, value) for tag, value in form.iter_unpack(table[: len(table) // form.size * form.size]) if tag == wanted]

    @property
    def needed(self) -> list[str]:
        return self._dynamic(1)

    @property
    def soname(self) -> str | None:
        names = self._dynamic(14)
        return names[0] if names else None

    def address_of_offset(self, offset: int) -> int | None:
        """The link-time address of a place in the file."""
        for segment in self.segments:
            if segment.type == PT_LOAD and segment.offset <= offset < segment.offset + segment.filesz:
                return segment.vaddr + offset - segment.offset
        return None

    def offset_of_address(self, addr: int) -> int | None:
        """The place in the file of a link-time address; what a uprobe wants."""
        for segment in self.segments:
            if segment.type == PT_LOAD and segment.vaddr <= addr < segment.vaddr + segment.filesz:
                return segment.offset + addr - segment.vaddr
        return None

    def code(self, addr: int, size: int) -> bytes:
        """Bytes of text at a link-time address."""
        offset = self.offset_of_address(addr)
        return b"" if offset is None else self.data[offset : offset + size]


def _string(table: bytes, at: int) -> str:
    end = table.find(b"\0", at)
    return table[at : end if end >= 0 else None].decode("utf-8", "replace") if 0 <= at < len(table) else ""


_cache: dict[tuple[int, int, int], ElfFile] = {}


def open_elf(path: str, shown: str | None = None, inode: int = 0) -> ElfFile:
    """Read a file (once for each inode and change). `shown` is the name for people, where path is one of /proc. With `inode`
    it must be that one: the name may have become another file's."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise TargetError(f"cannot read {shown or path}: {error.strerror}") from None
    try:
        status = os.fstat(fd)
        if inode and status.st_ino != inode:
            raise TargetError(f"{shown or path}: no longer the same file")
        key = (status.st_dev, status.st_ino, status.st_mtime_ns)
        found = _cache.get(key)
        if found is None:
            if not status.st_size:
                raise TargetError(f"{shown or path}: not an ELF file")
            # A private map costs only the pages looked at; slices of it are bytes, which is all that is asked of it.
            data: bytes = mmap.mmap(fd, 0, mmap.MAP_PRIVATE, mmap.PROT_READ)  # type: ignore[assignment]
            found = _cache[key] = ElfFile(shown or path, data)
        return found
    except (OSError, ValueError) as error:
        raise TargetError(f"cannot read {shown or path}: {error}") from None
    finally:
        os.close(fd)
