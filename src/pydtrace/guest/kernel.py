"""The kernel in a virtual machine, known from its memory alone: where it is, its symbols, its types, who runs.

*Where.* Linux maps its image at a multiple of 2 MB in the last gigabytes (KASLR chooses which), and nothing before it there: the first
such place that can be read is its text. Memory is read through the page tables of a stopped vCPU, and those of a user program may lack
the kernel (page table isolation): then another vCPU is asked, or the machine runs on for a moment.

*Symbols* are in .rodata (kallsyms.py). Behind the text's padding (`cc` up to the next 2 MB) it is read in pieces until the table is
whole. *Types* are between the symbols __start_BTF and __stop_BTF. Both are megabytes, at a rate of one to five a second, so they are kept
on disk, with addresses relative to the image, and known again by the kernel's banner, which names its build. While pieces are read the
machine runs in between: it is never held for more than a fraction of a second.

*Who runs* on a vCPU in kernel mode is at its per-CPU base, gs_base, plus the symbol current_task (or pcpu_hot, 6.2 to 6.14, whose first
member it is).
"""

from __future__ import annotations

import os
import time
from binascii import crc32

from ..btf.cache import directory, open_indexed
from ..errors import TargetError
from ..linux.kallsyms import Kallsyms
from ..linux.kept import load, store
from . import kallsyms as tables
from .orc import Orc
from .remote import Remote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..btf.reader import Btf

    Tell = Callable[[str], None]

_LOWEST = 0xFFFF_FFFF_8000_0000
_PLACE = 0x20_0000
_PLACES = 512
_PIECE = 0x2_0000
_FURTHEST = 48  # MB of image that are searched for symbols
_PAUSE = 0.05  # how long the machine runs between pieces
_FIELDS = ("pid", "tgid", "comm", "real_parent", "cred")


class Kernel:
    """TargetError when there is no Linux kernel, or one without symbols. `tell` is called with what takes long."""

    def __init__(self, remote: Remote, tell: Tell | None = None) -> None:
        self.remote = remote
        self._tell = tell or (lambda text: None)
        self._btf: Btf | None = None
        self._asked = False
        self._place = directory()
        self.base = self._find()
        self.symbols = self._symbols()
        self.orc = Orc(self)
        self.current = self.symbols.address("current_task") or self.symbols.address("pcpu_hot") or 0

    # ---- reading

    def _find(self) -> int:
        """The address of the kernel's text."""
        for _ in range(100):
            for thread in self.remote.threads():
                self.remote.select(thread)
                places = [_LOWEST + i * _PLACE for i in range(_PLACES)]
                found = self.remote.read_many([(place, 8) for place in places])
                if any(found):
                    return next(place for place, data in zip(places, found, strict=True) if data)
            self._run(_PAUSE)
        raise TargetError(f"no Linux kernel in the memory of {self.remote.name}")

    def _run(self, seconds: float) -> None:
        self.remote.go()
        time.sleep(seconds)
        self.remote.interrupt()

    def mapped(self) -> bool:
        """Choose a vCPU whose page tables have the kernel."""
        for thread in self.remote.threads():
            self.remote.select(thread)
            if self.remote.read(self.base, 8):
                return True
        return False

    def read(self, address: int, size: int, what: str = "") -> bytes:
        """Much, in pieces, the machine running in between."""
        data = bytearray()
        while len(data) < size:
            if data:
                self._run(_PAUSE)
                while not self.mapped():
                    self._run(_PAUSE)
            if what:
                self._tell(f"reading {what}: {100 * len(data) // size} %")
            piece = self.remote.read(address + len(data), min(_PIECE, size - len(data)))
            data += piece
            if len(piece) < min(_PIECE, size):
                break
        return bytes(data)

    # ---- symbols

    def _symbols(self) -> Kallsyms:
        known = self._known()
        if known is not None:
            return known
        places = [self.base + i * _PLACE for i in range(1, _FURTHEST // 2)]
        before = self.remote.read_many([(place - 16, 16) for place in places])
        start = next((place for place, data in zip(places, before, strict=True) if data == b"\xcc" * 16), self.base)
        data = b""
        while len(data) < _FURTHEST << 20:
            more = self.read(start + len(data), 1 << 20)
            data += more
            self._tell(f"reading the kernel's symbols: {len(data) >> 20} MB")
            found = tables.find(data) if len(data) > 1 << 20 else None
            if found is not None:
                break
            if not more:
                raise TargetError(f"the kernel behind {self.remote.name} has no symbol table", hint="it was built without CONFIG_KALLSYMS")
        else:
            raise TargetError(f"no symbol table found in the kernel behind {self.remote.name}")
        lines = [b"%016x %s %s" % (address, kind.encode(), name.encode()) for address, kind, name in found.symbols()]
        text = b"\n".join(lines) + b"\n"
        self._keep(text)
        return Kallsyms(text=text)

    def _banner(self, symbols: Kallsyms) -> tuple[int, bytes]:
        """Where the kernel says which build it is, and what it says."""
        place = symbols.address("linux_banner") or 0
        return place, self.remote.read(place, 256).split(b"\0")[0] if place else b""

    def _known(self) -> Kallsyms | None:
        """The table of a kernel that was seen before: the one whose banner is where it was, text for text."""
        for name in os.listdir(self._place) if self._place else ():
            if not name.startswith("guest-") or not name.endswith(".symbols"):
                continue
            data = load(f"{self._place}/{name}")
            head, _, text = data.partition(b"\n")
            try:
                base, place, banner = head.split(b" ", 2)
                old, offset = int(base, 16), int(place, 16)
            except ValueError:
                continue
            if banner and self.remote.read(self.base + offset, len(banner)) == banner:
                return Kallsyms(text=_moved(text, self.base - old))
        return None

    def _keep(self, text: bytes) -> None:
        place, banner = self._banner(Kallsyms(text=text))
        if self._place and banner:
            head = b"%x %x %s\n" % (self.base, place - self.base, banner.rstrip(b"\n"))
            store(f"{self._place}/guest-{crc32(banner):08x}.symbols", [head, text])

    # ---- types

    def btf(self, module: str | None = None) -> Btf | None:
        """The kernel's types; those of its modules are not read."""
        if module not in (None, "vmlinux"):
            return None
        if not self._asked:
            self._asked = True
            start, stop = self.symbols.address("__start_BTF") or 0, self.symbols.address("__stop_BTF") or 0
            path = f"{self._place}/guest-{crc32(self._banner(self.symbols)[1]):08x}.btf" if self._place else ""
            data = load(path) if path else b""
            if len(data) != stop - start:
                data = self.read(start, stop - start, "the kernel's types")
                if path and len(data) == stop - start:
                    store(path, [data])
            self._btf = open_indexed(data) if data and len(data) == stop - start else None
        return self._btf

    def members(self, struct: str, names: tuple[str, ...]) -> dict[str, int]:
        """Byte offsets of members of a struct, through anonymous ones; empty without types."""
        from ..btf.reader import member_offsets

        btf = self.btf()
        return member_offsets(btf, struct, set(names)) if btf is not None else {}


def _moved(text: bytes, by: int) -> bytes:
    """The lines with every kernel address moved; per-CPU ones, which are small, stay."""
    if not by:
        return text
    return b"\n".join(b"%016x%b" % (int(line[:16], 16) + by, line[16:]) if line[:1] == b"f" else line for line in text.split(b"\n"))
