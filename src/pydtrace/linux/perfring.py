"""What the kernel tells of processes: forks, execs, exits and the mapping of code, of every process, from one CPU's perf buffer.

The event itself counts nothing (PERF_COUNT_SW_DUMMY): it is there for the side-band records, which cost the system nothing but when a
process does one of these things. Only code is told of, no data.

The buffer is a page of positions and a power of two of pages of records; a record may wrap. Positions only grow. We own the tail. What did
not fit is counted in a record of its own (LOST). The times are of the monotonic clock, so that the CPUs' records can be put in order.
"""

from __future__ import annotations

import mmap
import os
from struct import Struct

from . import perf
from .words import store

FORK, EXIT, COMM, MMAP2, LOST = 7, 4, 3, 10, 2
MISC_EXEC = 1 << 13  # of COMM: a new program, not a new name
PAGES = 32
_HEAD, _TAIL = 1024, 1032
_HEADER = Struct("<IHH").unpack_from
_WORD = Struct("<Q").unpack_from


class PerfRing:
    """The records of one CPU. Needs the right to watch every process."""

    __slots__ = ("_data", "_fd", "_map", "_size", "_tail")

    def __init__(self, cpu: int) -> None:
        self._fd = perf.process_events(cpu)
        self._size = PAGES * mmap.PAGESIZE
        try:
            self._map = mmap.mmap(self._fd, mmap.PAGESIZE + self._size, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
        except OSError:
            os.close(self._fd)
            raise
        self._data = memoryview(self._map)[mmap.PAGESIZE :]
        self._tail = 0
        perf.enable(self._fd)

    def read(self, into: list[tuple[int, int, int, bytes]]) -> None:
        """Append what has come: (time, kind, misc, body). The body is behind the header and without the time."""
        (head,) = _WORD(self._map, _HEAD)
        tail = self._tail
        if head == tail:
            return
        data, size = self._data, self._size
        start, end = tail % size, head % size
        text = bytes(data[start:end]) if start < end else bytes(data[start:]) + bytes(data[:end])
        at, last = 0, head - tail
        while at + 8 <= last:
            kind, misc, length = _HEADER(text, at)
            if length < 16:
                break
            into.append((_WORD(text, at + length - 8)[0], kind, misc, text[at + 8 : at + length - 8]))
            at += length
        self._tail = head
        store(self._map, _TAIL, head)

    def close(self) -> None:
        self._data.release()
        self._map.close()
        os.close(self._fd)
