"""The record of a clause in the ring: reserved where the clause begins, filled in place, submitted at its end."""

from __future__ import annotations

from ...dif import ir
from .frame import VALUE
from .helpers import CPU, PIDTGID, READ_KERNEL, READ_USER, RESERVE, SUBMIT
from .insns import R0, R1, R2, R3, R7, R10, Label
from .layout import DRAINING, HEADER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn, Reg, Slot
    from .clause import Clause

    Operand = Reg | Slot | int

SPECULATION = 12  # where a header has the mark of its speculation



def op_begin(c: Clause, insn: Insn) -> None:
    if not c.sent:
        from .ustack import context

        context(c)
        c.sent = True
    reserve(c, c.clause.schema.size, c.end)
    header(c, c.clause.index)
    if insn.args:
        c.value(insn.args[0], R1)
        c.asm.stx(4, R7, SPECULATION, R1)
    c.open = True


def op_put(c: Clause, insn: Insn) -> None:
    i = insn.imm if isinstance(insn.imm, int) else insn.imm[0]
    field = c.clause.schema.fields[i]
    if field.kind == "probe":
        return
    at = HEADER + field.offset
    arg = insn.args[0]
    if field.kind in ("str", "bytes") or isinstance(arg, ir.Slot):
        assert isinstance(arg, ir.Slot)
        c.copy_to(arg, R7, at, field.size)
    elif field.kind == "usym":
        c.asm.call(PIDTGID)
        c.asm.alui("shr", R0, 32)
        c.asm.stx(8, R7, at, R0)
        c.value(arg, R1)
        c.asm.stx(8, R7, at + 8, R1)
    else:
        c.value(arg, R1)
        c.asm.stx(field.size if field.size in (1, 2, 4, 8) else 8, R7, at, R1)


def op_putmem(c: Clause, insn: Insn) -> None:
    i, size, space = insn.imm
    a = c.asm
    at = HEADER + c.clause.schema.fields[i].offset
    c.value(insn.args[0], R3)
    a.stx(8, R10, VALUE, R3)
    a.imm(R2, size)
    none = Label()
    if len(insn.args) > 1:
        less = Label()
        c.value(insn.args[1], R2)
        a.bri("eq", R2, 0, none)
        a.bri("le", R2, size, less)
        a.imm(R2, size)
        a.place(less)
    a.mov(R1, R7)
    a.alui("add", R1, at)
    a.call(READ_USER if space == "user" else READ_KERNEL)
    a.bri("ne", R0, 0, c.fault_label(ir.BADADDR))
    a.place(none)


def op_commit(c: Clause, insn: Insn) -> None:
    submit(c)
    c.open = False


def op_exit(c: Clause, insn: Insn) -> None:
    a = c.asm
    a.map_value(R1, "state")
    a.st(8, R1, 0, DRAINING)


def op_ret(c: Clause, insn: Insn) -> None:
    c.asm.jump(c.end)


def reserve(c: Clause, size: int, lost: Label) -> None:
    """Room for a record, in r7; where there is none a drop is counted, or tracing ends, and `lost` is next."""
    a, got = c.asm, Label()
    a.map_fd(R1, "ring")
    a.imm(R2, HEADER + size)
    a.imm(R3, 0)
    a.call(RESERVE)
    a.mov(R7, R0)
    a.bri("ne", R7, 0, got)
    if c.layout.config.fill:
        a.map_value(R1, "state")
        a.st(8, R1, 0, DRAINING)
    else:
        c.drop(0)
    a.jump(lost)
    a.place(got)


def header(c: Clause, clause: int) -> None:
    """The header of the record in r7; what stands for a clause in it may be another mark."""
    a = c.asm
    a.st(4, R7, 0, clause)
    c.probe_index(R1)
    a.stx(4, R7, 4, R1)
    a.call(CPU)
    a.stx(4, R7, 8, R0)
    a.st(4, R7, SPECULATION, 0)


def submit(c: Clause) -> None:
    c.asm.mov(R1, R7)
    c.asm.imm(R2, 1)
    c.asm.call(SUBMIT)
