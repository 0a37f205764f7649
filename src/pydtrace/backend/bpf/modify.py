"""Functions by fmod_ret: as by fentry, and return() is known.

What such a program returns the function returns, without having run; 0 lets it run. The value waits in scratch, RETURNED, until the
firing's last clause is done. So 0 cannot be said in this way: it is an illegal operation, not one that does nothing.
"""

from __future__ import annotations

from ...dif import ir
from .fentry import FentryBodyEntry, FentryEntry
from .frame import VALUE
from .insns import R0, R7, R9, R10, Asm
from .layout import RETURNED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .clause import Clause, Operand


class ModifyEntry(FentryEntry):
    """A function's entry."""

    def override(self, c: Clause, value: Operand) -> None:
        a = c.asm
        c.layout.scratch(c.layout.this_size)
        c.value(value, R0)
        a.stx(8, R10, VALUE, R0)
        a.bri("eq", R0, 0, c.fault_label(ir.ILLOP))
        a.stx(8, R9, RETURNED, R0)

    def begin(self, a: Asm) -> None:
        a.st(8, R9, RETURNED, 0)

    def end(self, a: Asm) -> None:
        a.ldx(8, R7, R9, RETURNED)
        a.st(8, R9, 0, 0)
        a.mov(R0, R7)
        a.exit()


class ModifyBody(ModifyEntry, FentryBodyEntry):
    """The function that is a system call's body."""
