"""Packed keys of associative arrays and aggregations: in the frame, or in scratch where they are large."""

from __future__ import annotations

from ...d.types import StackType, resolve
from ...dif import ir
from .frame import KEY, KEY_SIZE, THREAD
from .helpers import READ_KERNEL
from .insns import R0, R1, R2, R3, R9, R10
from .layout import key_kind, kind_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Reg, Slot
    from ...dif.program import Variable
    from .clause import Clause

    Operand = Reg | Slot | int


def pack_key(c: Clause, args: tuple[Operand, ...], thread: bool, lead: int = 0, numbers: bool = False
) -> tuple[int, int, tuple[str, ...], int]:
    """Write the packed key; its base register and offset, the kinds and the size. `lead` words in front are the caller's to fill.

    A user stack's number (ustack.py) is part of the key only with `numbers`.
    """
    a = c.asm
    kinds = tuple(key_kind(k) for k in args)
    size = sum(kind_size(k) for k in kinds) + (8 if thread else 0) + 8 * lead
    base, at = (R10, KEY) if size <= KEY_SIZE else (R9, c.layout.this_size)
    off = at + 8 * lead
    if thread:
        a.ldx(8, R0, R10, THREAD)
        a.stx(8, base, off, R0)
        off += 8
    for arg, kind in zip(args, kinds):
        n = kind_size(kind)
        if kind == "int" or kind.startswith("probe"):
            c.value(arg, R1)
            a.stx(8, base, off, R1)
        else:
            assert isinstance(arg, ir.Slot)
            clear(c, base, off, n)
            c.copy_to(arg, base, off, n)
            if not numbers and is_stack(arg):
                a.ldx(8, R1, base, off)
                a.alui("and", R1, (1 << 22) - 1)
                a.stx(8, base, off, R1)
        off += n
    return base, at, kinds, size


def element_key(c: Clause, v: Variable, args: tuple[Operand, ...]) -> tuple[int, int, int]:
    """Write the key of an array's element: its base register and offset, and its size."""
    base, at, _, size = pack_key(c, args, v.scope == "self", int(c.layout.crowded))
    if c.layout.crowded:
        c.asm.st(8, base, at, v.index)
    return base, at, size


def clear(c: Clause, base: int, off: int, size: int) -> None:
    """Zeroes at base + off."""
    a = c.asm
    if size <= 128:
        for i in range(0, size, 8):
            a.st(8, base, off + i, 0)
    else:
        c.layout.zero(size)
        a.mov(R1, base)
        a.alui("add", R1, off)
        a.imm(R2, size)
        a.map_value(R3, "zero")
        a.call(READ_KERNEL)


def is_stack(slot: Slot) -> bool:
    return slot.name == "stack" or (slot.variable is not None and isinstance(resolve(slot.variable.type), StackType))
