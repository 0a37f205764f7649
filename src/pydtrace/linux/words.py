"""Storing a word where other CPUs read it: in one piece.

struct.pack_into is not for that: it fills the place with zeroes before it writes, so a program may read a 0 that was never meant.
Assigning to an item of a memoryview is one store of the word's size.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mmap import mmap


def store(memory: mmap, offset: int, value: int) -> None:
    """Set the unsigned 64-bit word at `offset`, a multiple of 8, of memory whose size is one."""
    with memoryview(memory) as whole, whole.cast("Q") as words:
        words[offset // 8] = value
