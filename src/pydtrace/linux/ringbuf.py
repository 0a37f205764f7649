"""Reading a BPF ring buffer.

Three mappings of the map's file descriptor: the consumer's page, which is ours to write; the producer's page; and the data,
which the kernel maps twice in a row, so that a record that wraps is still one piece and needs no care.

A record is an 8-byte header (length with two flag bits, page offset) and the payload, padded to 8. Positions only grow;
a position modulo the size is its place. Rules of reading:

1. What lies before the producer's position has a header. The busy bit in it says that the payload is still being written: we stop
   there, for records are handed out in the order they were reserved.
2. A discarded record is passed over.
3. The space is given back by moving the consumer's position, only after the payload has been used. We move it once a
   batch, not once a record: the kernel reads that word for every reservation, and each write takes the line from it.

The positions are aligned 64-bit words, read and written whole. On x86 their order is the order of the program; on a weaker
machine the interpreter's own locks between our two reads are the barrier.
"""

from __future__ import annotations

import mmap

from .bpf_const import RINGBUF_BUSY_BIT, RINGBUF_DISCARD_BIT, RINGBUF_HDR_SZ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_BATCH = 8192


class RingBuffer:
    """The reader's end of the ring buffer map `fd` of `size` bytes (a power of two, a multiple of the page)."""

    __slots__ = ("_consumer", "_consumer_map", "_data_map", "_next", "_producer", "_words", "data", "fd", "size")

    def __init__(self, fd: int, size: int) -> None:
        page = mmap.PAGESIZE
        self.fd = fd
        self.size = size
        self._consumer_map = mmap.mmap(fd, page, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE, offset=0)
        self._data_map = mmap.mmap(fd, page + 2 * size, mmap.MAP_SHARED, mmap.PROT_READ, offset=page)
        self._consumer = memoryview(self._consumer_map).cast("Q")
        whole = memoryview(self._data_map)
        self._producer = whole[:page].cast("Q")
        self.data = whole[page:]
        self._words = self.data.cast("I")
        self._next = self._consumer[0]

    def peek(self, limit: int = _BATCH) -> list[memoryview]:
        """Up to `limit` finished records, oldest first, each a view of the buffer itself: valid until `release`."""
        position = self._next
        end = self._producer[0]
        mask = self.size - 1
        data, words = self.data, self._words
        views: list[memoryview] = []
        add = views.append
        while position < end and limit:
            start = position & mask
            header = words[start >> 2]
            if header & RINGBUF_BUSY_BIT:
                break
            length = header & ~RINGBUF_DISCARD_BIT
            if length == header:
                add(data[start + RINGBUF_HDR_SZ : start + RINGBUF_HDR_SZ + length])
                limit -= 1
            position += length + RINGBUF_HDR_SZ + 7 & ~7
        self._next = position
        return views

    def starts(self, limit: int = _BATCH) -> list[int]:
        """As `peek`, but only where each payload begins in `data`: for a reader that knows lengths and decodes by `unpack_from`.

        Twice as fast, since no view is made. The payload's length is in the 32-bit word 8 bytes before its start.
        """
        position = self._next
        end = self._producer[0]
        mask = self.size - 1
        words = self._words
        found: list[int] = []
        add = found.append
        while position < end and limit:
            start = position & mask
            header = words[start >> 2]
            if header < RINGBUF_DISCARD_BIT:  # neither bit
                add(start + RINGBUF_HDR_SZ)
                limit -= 1
                position += header + (RINGBUF_HDR_SZ + 7) & ~7
            elif header & RINGBUF_BUSY_BIT:
                break
            else:
                position += (header & ~RINGBUF_DISCARD_BIT) + (RINGBUF_HDR_SZ + 7) & ~7
        self._next = position
        return found

    def release(self) -> None:
        """Give back the space of all that `peek` has returned."""
        self._consumer[0] = self._next

    def drain(self, handler: Callable[[memoryview], object] | None = None) -> list[bytes]:
        """Take all that was there at the call. With a handler: call it with each payload's view (it must not keep it), return [].

        Without: return copies. Bounded by the producer's position at entry, so a fast producer cannot hold us.
        """
        end = self._producer[0]
        taken: list[bytes] = []
        while self._next < end:
            before = self._next
            views = self.peek()
            try:
                if handler is None:
                    taken += [bytes(v) for v in views]
                else:
                    for view in views:
                        handler(view)
            finally:
                self.release()
            if self._next == before:
                break
        return taken

    def pending(self) -> int:
        """Bytes between the consumer and the producer."""
        return self._producer[0] - self._next

    def close(self) -> None:
        """Unmap. The map's file descriptor stays the caller's. A payload view that is still held keeps its mapping alive."""
        for view in (self._consumer, self._producer, self._words):
            view.release()
        try:
            self.data.release()
            self._data_map.close()
        except BufferError:
            pass
        self._consumer_map.close()
