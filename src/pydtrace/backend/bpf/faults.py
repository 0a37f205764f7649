"""What a fault becomes: a record of its own in place of the clause's, then the clauses of ERROR, written into this one."""

from __future__ import annotations

from .frame import ERROR_CLAUSE, ERROR_FAULT, ERROR_PROBE, ERROR_VALUE, FAULT, VALUE
from .helpers import DISCARD
from .insns import R0, R1, R2, R7, R10, Label
from .layout import HEADER
from .records import header, reserve, submit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn, Reg, Slot
    from ...dif.program import CompiledClause
    from .clause import Clause

    Operand = Reg | Slot | int


def handle(c: Clause, error_clauses: list[CompiledClause], error_probe: int) -> None:
    """Behind the clause: what its faults jump to."""
    a, closed, opened = c.asm, Label(), Label()
    for label, code, offset, is_open in c.stubs:
        a.place(label)
        a.imm(R1, code | offset << 32)
        a.stx(8, R10, FAULT, R1)
        a.jump(opened if is_open else closed)
    if any(is_open for _, _, _, is_open in c.stubs):
        a.place(opened)
        a.mov(R1, R7)
        a.imm(R2, 1)
        a.call(DISCARD)
    a.place(closed)
    if c.error:
        c.drop(3)
        return
    lost = Label()
    reserve(c, 32, lost)
    header(c, -1)
    a.st(8, R7, HEADER, c.clause.index)
    a.ldx(8, R1, R10, FAULT)
    a.mov(R2, R1)
    a.alui("shl", R1, 32)
    a.alui("shr", R1, 32)
    a.alui("shr", R2, 32)
    a.stx(8, R7, HEADER + 8, R1)
    a.ldx(8, R1, R10, VALUE)
    a.stx(8, R7, HEADER + 16, R1)
    a.stx(8, R7, HEADER + 24, R2)
    submit(c)
    a.place(lost)
    if any(insn.op == "arg" for clause in error_clauses for block in clause.function.blocks for insn in block):
        error_arguments(c)
    for clause in error_clauses:
        c.part(clause, error_probe).emit([], -1)


def error_arguments(c: Clause) -> None:
    """Kept apart: an ERROR clause may itself do what stores FAULT and VALUE."""
    a = c.asm
    a.st(8, R10, ERROR_CLAUSE, c.clause.index)
    for at, to in ((FAULT, ERROR_FAULT), (VALUE, ERROR_VALUE)):
        a.ldx(8, R1, R10, at)
        a.stx(8, R10, to, R1)
    c.probe_id()
    a.stx(8, R10, ERROR_PROBE, R0)


def op_fault(c: Clause, insn: Insn) -> None:
    code = insn.imm if isinstance(insn.imm, int) else insn.imm[0]
    if insn.args:
        c.value(insn.args[0], R1)
        c.asm.stx(8, R10, VALUE, R1)
    else:
        c.asm.st(8, R10, VALUE, 0)
    c.asm.jump(c.fault_label(code))
