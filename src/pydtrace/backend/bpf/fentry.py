"""Clauses in fentry and fexit programs: the context is the function's arguments as words, its return value behind them.

The words are read by helper, not by load: of a direct load the verifier makes a typed pointer, on which D may not compute, and it needs
the one function's prototype. So one code serves all functions; what differs (the probe's index, the number of argument words) is
an immediate filled in for each load: relocations "=probe", "=words" and "=return" (the offset of the return value).
"""

from __future__ import annotations

from .clause import PROBE
from .insns import R0, R1, R3, R6, R10, Asm, Label
from .strings import ClauseGen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn

_CALL = (112, 104, 96, 56, 72, 64)  # pt_regs: a system call's arguments


def is_fentry(family: str) -> bool:
    return family.startswith("fentry")


def set_probe(a: Asm) -> None:
    """The probe's index, at PROBE."""
    a.relocs.append((len(a.code), "=probe", None))
    a.imm(R1, 0)
    a.stx(8, R10, PROBE, R1)


class FentryGen(ClauseGen):
    """Families fentry_entry, fentry_return, and with _syscall those whose one argument is the call's pt_regs."""

    def our_frames(self) -> int:
        return 3 if self.family.endswith("return") else 2  # the program, the trampoline; fexit's runs inside the function

    def _returned(self) -> None:
        a = self.asm
        a.mov(R3, R6)
        a.relocs.append((len(a.code), "=return", None))
        a.alui("add", R3, 0)
        self.read_word(0)

    def argument(self, n: int) -> None:
        a, family = self.asm, self.family
        if family.endswith("return"):
            if n == 1:
                self._returned()
            else:
                a.imm(R1, 0)
        elif family == "fentry_syscall_entry":
            if n < 6:
                a.mov(R3, R6)
                self.read_word(0)
                a.mov(R3, R1)
                self.read_word(_CALL[n])
            else:
                a.imm(R1, 0)
        else:
            none = Label()
            a.imm(R1, 0)
            a.relocs.append((len(a.code), "=words", None))
            a.imm(R3, 0)
            a.bri("le", R3, n, none)
            a.mov(R3, R6)
            self.read_word(8 * n)
            a.place(none)

    def op_builtin(self, insn: Insn) -> None:
        name = insn.imm if isinstance(insn.imm, str) else insn.imm[0]
        if name != "errno" or self.family != "fentry_syscall_return":
            super().op_builtin(insn)
            return
        a, done = self.asm, Label()
        self._returned()
        a.imm(R0, 0)
        a.bri("sge", R1, 0, done)
        a.bri("slt", R1, -4095, done)
        a.mov(R0, R1)
        a.alui("neg", R0, 0)
        a.place(done)
        self.store(insn.dst, R0)
