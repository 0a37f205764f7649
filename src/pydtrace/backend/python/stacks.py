"""Stacks and user addresses as values of clauses: the words of dif/ir.py's `stack` and `usym`, packed into bytes like every wide slot.

A record and a key hold them as tuples, which is what the consumer prints: (process id or 0, address…) without the zeroes behind the
last frame.
"""

from __future__ import annotations

from struct import pack, unpack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .machine import Machine


def stack(m: Machine, frames: int, user: bool) -> tuple[int, ...]:
    """A stack as a record holds it."""
    return m.ustack(frames) if user else (0, *m.stack(frames))


def stack_slot(m: Machine, frames: int, user: bool) -> bytes:
    """A stack as a slot holds it."""
    words = stack(m, frames, user)
    return pack(f"<{frames + 1}Q", *words, *(0,) * (frames + 1 - len(words)))


def usym_slot(m: Machine, address: int) -> bytes:
    return pack("<2Q", m.pid, address)


def unstack(slot: bytes) -> tuple[int, ...]:
    """A slot's stack as a tuple."""
    words = unpack(f"<{len(slot) // 8}Q", slot)
    end = words.index(0, 1) if 0 in words[1:] else len(words)
    return words[:end]


def unusym(slot: bytes) -> tuple[int, ...]:
    return unpack("<2Q", slot)
