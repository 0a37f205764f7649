"""Functions by fentry and fexit: the context is the function's arguments as words, its return value behind them.

The words are read by helper, not by load: of a direct load the verifier makes a typed pointer, on which D may not compute, and it needs
the one function's prototype. So one code serves all functions; what differs (the probe's index, the number of argument words) is
an immediate filled in for each load: relocations "=probe", "=words" and "=return" (the offset of the return value).
"""

from __future__ import annotations

from .families import CALL, Family, negated, read_word
from .frame import PROBE
from .insns import R0, R1, R3, R6, R10, Asm, Label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .clause import Clause


class FentryEntry(Family):
    """A function's entry."""

    frames = 2  # the program, the trampoline
    fixed = True

    def find(self, a: Asm, out: Label) -> None:
        a.relocs.append((len(a.code), "=probe", None))
        a.imm(R1, 0)
        a.stx(8, R10, PROBE, R1)

    def argument(self, c: Clause, n: int) -> None:
        a, none = c.asm, Label()
        a.imm(R1, 0)
        a.relocs.append((len(a.code), "=words", None))
        a.imm(R3, 0)
        a.bri("le", R3, n, none)
        a.mov(R3, R6)
        read_word(c.asm, 8 * n)
        a.place(none)


class FentryReturn(FentryEntry):
    """Its return, by fexit."""

    frames = 3  # fexit's program runs inside the function
    returns = True

    def argument(self, c: Clause, n: int) -> None:
        if n == 1:
            self._result(c.asm)
        else:
            c.asm.imm(R1, 0)

    @staticmethod
    def _result(a: Asm) -> None:
        """In r1."""
        a.mov(R3, R6)
        a.relocs.append((len(a.code), "=return", None))
        a.alui("add", R3, 0)
        read_word(a, 0)


class FentryBodyEntry(FentryEntry):
    """The function that is a system call's body: its one argument is the pt_regs of the call."""

    def argument(self, c: Clause, n: int) -> None:
        if n < 6:
            c.asm.mov(R3, R6)
            read_word(c.asm, 0)
            c.asm.mov(R3, R1)
            read_word(c.asm, CALL[n])
        else:
            c.asm.imm(R1, 0)


class FentryBodyReturn(FentryReturn):
    """Its return."""

    def errno(self, a: Asm) -> None:
        self._result(a)
        a.imm(R0, 0)
        negated(a)
