"""The consumer's side of unwinding in the kernel (backend/bpf/unwind.py): which process has what mapped, and each object's rows.

Rows are made once for an object (elf/rows.py; kept on disk by a checksum of what they are made of, for libc they take a tenth of a second)
and stay until the end; spans are given out one behind the other, and when there is no more room all processes are forgotten, to be asked
for again. Written is first what nobody points to yet.

A target waits for its tables. Other processes must not hold up the records: making rows takes at most a fifth of the time, and a
process whose turn has not come asks again.
"""

from __future__ import annotations

import mmap
import os
import time
from struct import pack, pack_into

from ..backend.bpf.unwind import MOST_SPANS, ROWS, SPAN, SPANS
from ..elf.rows import ROW, base_of, rows
from ..linux import bpf
from ..linux.kept import load, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..elf.file import ElfFile
    from .users import Users

_MAGIC = b"PDTROWS1"
_WORTH = 50_000  # bytes of frame information; less is read as fast as a file is found


class Tables:
    """`maps` are the descriptors by name."""

    def __init__(self, users: Users, maps: dict[str, int]) -> None:
        self._users = users
        self._processes = maps["uwprocs"]
        self._spans = mmap.mmap(maps["uwspans"], SPAN * SPANS, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
        self._rows = mmap.mmap(maps["uwrows"], ROW * ROWS, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
        self._next_span = self._next_row = 0
        self._rest = 0.0  # until when no rows are made
        self._known: dict[int, tuple[ElfFile, int, int]] = {}  # by id of the object: first row, number of rows

    def load(self, pid: int, target: bool = False) -> None:
        """Give the kernel what it needs of a process."""
        symbols = self._users.at(pid)
        symbols.refresh()
        objects = symbols.objects[:MOST_SPANS]
        if not objects or not all(one.elf.wide for one in objects):  # 32-bit programs keep frame pointers, or are not followed
            if os.path.exists(f"/proc/{pid}"):
                bpf.map_update(self._processes, pack("Q", pid), bytes(8))
            return
        if not all([self._object(one.elf, target) for one in objects]):
            return
        if self._next_span + len(objects) > SPANS:
            for key in list(bpf.map_keys(self._processes, 8)):
                bpf.map_delete(self._processes, key)
            self._next_span = 0
        first = self._next_span
        for i, one in enumerate(objects):
            _, row, count = self._known[id(one.elf)]
            pack_into("<QQQII", self._spans, SPAN * (first + i), one.start, one.end, one.bias + base_of(one.elf), row, count)
        self._next_span += len(objects)
        bpf.map_update(self._processes, pack("Q", pid), pack("II", first, len(objects)))

    def _object(self, elf: ElfFile, now: bool) -> bool:
        """See that an object's rows are there; whether they are."""
        if id(elf) in self._known:
            return True
        path = _path(elf)
        table = _kept(path)
        if table is None:
            start = time.monotonic()
            if start < self._rest and not now:
                return False
            table = rows(elf)
            if path is not None:
                store(path, [_MAGIC, table])
            end = time.monotonic()
            self._rest = end + 4 * (end - start)
        count = len(table) // ROW
        if self._next_row + count > ROWS:
            count = 0  # no more room: it goes by frame pointers
        first = self._next_row
        self._rows[ROW * first : ROW * (first + count)] = table[: ROW * count]
        self._next_row += count
        self._known[id(elf)] = elf, first, count
        return True

    def close(self) -> None:
        self._spans.close()
        self._rows.close()


def _path(elf: ElfFile) -> str | None:
    """Where an object's rows are kept, if they are worth it."""
    from ..btf.cache import directory

    content = elf.cfi.content()
    place = directory() if len(content) >= _WORTH else None
    if place is None:
        return None
    from hashlib import sha256

    return os.path.join(place, f"rows-{sha256(b'%d ' % base_of(elf) + content).hexdigest()[:40]}")


def _kept(path: str | None) -> bytes | None:
    """An object's rows from our directory."""
    data = load(path) if path is not None else b""
    return data[8:] if data[:8] == _MAGIC and len(data) % ROW == 0 else None
