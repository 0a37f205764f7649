"""Integers: moves, arithmetic, comparisons."""

from __future__ import annotations

from ...dif import ir
from .frame import VALUE
from .insns import R1, R2, R3, R10, Label, fits32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn, Reg, Slot
    from .clause import Clause

    Operand = Reg | Slot | int


def two(c: Clause, insn: Insn) -> None:
    """An instruction of the machine's own."""
    op = insn.op
    c.value(insn.args[0], R1)
    b = insn.args[1]
    if isinstance(b, int) and fits32(b):
        if op in ("shl", "shr", "sar"):
            b &= 63
        c.asm.alui(op, R1, b)
    else:
        c.value(b, R2)
        c.asm.alu(op, R1, R2)
    c.store(insn.dst, R1)


op_add = op_sub = op_mul = op_and = op_or = op_xor = op_shl = op_shr = op_sar = two


def op_mov(c: Clause, insn: Insn) -> None:
    c.value(insn.args[0], R1)
    c.store(insn.dst, R1)


def op_neg(c: Clause, insn: Insn) -> None:
    c.value(insn.args[0], R1)
    c.asm.alui("neg", R1, 0)
    c.store(insn.dst, R1)


def op_not(c: Clause, insn: Insn) -> None:
    c.value(insn.args[0], R1)
    c.asm.alui("xor", R1, -1)
    c.store(insn.dst, R1)


def op_udiv(c: Clause, insn: Insn) -> None:
    a = c.asm
    c.value(insn.args[0], R1)
    c.value(insn.args[1], R2)
    if not (isinstance(insn.args[1], int) and insn.args[1]):
        a.st(8, R10, VALUE, 0)
        a.bri("eq", R2, 0, c.fault_label(ir.DIVZERO))
    if insn.op in ("udiv", "umod"):
        a.alu(insn.op, R1, R2)
        c.store(insn.dst, R1)
        return
    plus1, plus2, done = Label(), Label(), Label()
    a.mov(R3, R1)
    if insn.op == "sdiv":
        a.alu("xor", R3, R2)  # the sign of the quotient; a remainder has the dividend's
    a.bri("sge", R1, 0, plus1)
    a.alui("neg", R1, 0)
    a.place(plus1)
    a.bri("sge", R2, 0, plus2)
    a.alui("neg", R2, 0)
    a.place(plus2)
    a.alu("u" + insn.op[1:], R1, R2)
    a.bri("sge", R3, 0, done)
    a.alui("neg", R1, 0)
    a.place(done)
    c.store(insn.dst, R1)


op_umod = op_sdiv = op_smod = op_udiv


def extend(c: Clause, reg: int, size: int, signed: bool) -> None:
    if size < 8:
        c.asm.alui("shl", reg, 64 - 8 * size)
        c.asm.alui("sar" if signed else "shr", reg, 64 - 8 * size)


def op_ext(c: Clause, insn: Insn) -> None:
    c.value(insn.args[0], R1)
    extend(c, R1, *insn.imm[:2])
    c.store(insn.dst, R1)


def op_set(c: Clause, insn: Insn) -> None:
    a, yes = c.asm, Label()
    cond = insn.imm if isinstance(insn.imm, str) else insn.imm[0]
    y = insn.args[1]
    c.value(insn.args[0], R1)
    a.imm(R3, 1)
    if isinstance(y, int) and fits32(y):
        a.bri(cond, R1, y, yes)
    else:
        c.value(y, R2)
        a.br(cond, R1, R2, yes)
    a.imm(R3, 0)
    a.place(yes)
    c.store(insn.dst, R3)
