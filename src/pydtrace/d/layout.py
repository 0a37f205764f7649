"""Where the members of a struct or union declared in D lie: the x86-64 ABI's rules, which are gcc's.

A bit-field of type T goes where the last member ended, unless it would then cross a boundary of T: it begins at the next one. A width of
0 moves to that boundary and is no member; nor is a bit-field without a name, which also leaves the alignment of the struct alone.
"""

from __future__ import annotations

from . import types as ty


def alignment(of: ty.Type) -> int:
    """Natural alignment in bytes."""
    of = ty.resolve(of)
    if isinstance(of, ty.ArrayType):
        return alignment(of.element)
    if isinstance(of, ty.StructType):
        return max((alignment(m.type) for m in of.members or () if not m.bit_size or m.name), default=1)
    if isinstance(of, ty.StringType):
        return 1
    return max(1, min(of.size, 16))


class Layout:
    """Members added one by one; `bits` is where the next may begin."""

    __slots__ = ("union", "members", "bits", "end", "align")

    def __init__(self, union: bool) -> None:
        self.union = union
        self.members: list[ty.Member] = []
        self.bits = 0
        self.end = 0  # in bits, of the widest member for a union
        self.align = 1

    def add(self, name: str, of: ty.Type, width: int | None) -> None:
        """A member; `width` of a bit-field, None for others."""
        a = alignment(of)
        if width is None:
            at, size = _up(self.bits, a * 8), of.size * 8
        else:
            unit = of.size * 8
            at, size = self.bits, width
            if width == 0 or at // unit != (at + width - 1) // unit:
                at = _up(at, unit)
        if name or width is None:
            self.align = max(self.align, a)
            self.members.append(ty.Member(name, of, at, width or 0))
        self.end = max(self.end, at + size)
        self.bits = 0 if self.union else at + size

    def size(self) -> int:
        return _up(self.end, self.align * 8) // 8


def _up(value: int, to: int) -> int:
    return (value + to - 1) // to * to
