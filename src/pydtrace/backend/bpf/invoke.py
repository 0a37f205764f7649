"""Calling a routine from a clause."""

from __future__ import annotations

from ...dif import ir
from .frame import KEY
from .insns import R0, R1, R2, R9, R10
from .routine import Routine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ...dif.ir import Reg, Slot
    from .clause import Clause

    Operand = Reg | Slot | int
WORK = ir.Slot("work", 0, 0, False)  # the work area as an operand


def invoke(c: Clause, make: Callable[[Routine], None], dst: Reg | Slot | None, *args: Operand) -> None:
    """Call the routine that `make` writes. Slots are passed by address, the one of `dst` first."""
    a = c.asm
    c.layout.scratch(c.layout.this_size)
    operands = (dst, *args) if isinstance(dst, ir.Slot) else args
    saved: dict[int, int] = {}
    for i, operand in enumerate(operands):
        if isinstance(operand, ir.Slot) and by_helper(operand):
            saved[i] = KEY + 8 * len(saved)  # no key is being made now
            c.address(operand, R1)
            a.stx(8, R10, saved[i], R1)
    for i, operand in enumerate(operands):
        reg = R2 + i
        if i in saved:
            a.ldx(8, reg, R10, saved[i])
        elif operand is WORK:
            a.mov(reg, R9)
            a.alui("add", reg, c.layout.work_at)
        elif isinstance(operand, ir.Slot):
            c.address(operand, reg)
        else:
            c.value(operand, reg)
    a.mov(R1, R9)
    name = make.__name__
    a.call_function(name, lambda: make(Routine(a, c.layout, name)))
    if isinstance(dst, ir.Reg):
        c.store(dst, R0)


def by_helper(slot: Slot) -> bool:
    """Whether the slot's address takes a helper, which clobbers the registers."""
    return slot.space == "probe" or (slot.space == "var" and slot.variable is not None and slot.variable.scope == "self")
