"""Storing into scalar variables, and into elements of maps: a value of nothing is not kept.

Reading one is Clause.value and Clause.address.
"""

from __future__ import annotations

from ...d.types import StackType, SymbolType, is_string, resolve
from ...dif import ir
from .frame import TMP
from .helpers import DELETE, READ_KERNEL, UPDATE
from .insns import R0, R1, R2, R3, R4, R8, R9, R10, Label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn, Reg, Slot
    from ...dif.program import Variable
    from .clause import Clause

    Operand = Reg | Slot | int


def op_get(c: Clause, insn: Insn) -> None:
    c.value(insn.args[0], R1)
    c.store(insn.dst, R1)


def op_put_var(c: Clause, insn: Insn) -> None:
    slot, arg = insn.args if insn.dst is None else (insn.dst, insn.args[0])
    assert isinstance(slot, ir.Slot) and slot.variable is not None
    a, v = c.asm, slot.variable
    if c.layout.is_wide(v):
        zero_variable(c, slot, v)
    elif v.scope == "global":
        c.value(arg, R1)
        a.map_value(R2, "state", c.layout.variable_at[v.index])
        a.stx(8, R2, 0, R1)
    elif v.scope == "this":
        c.layout.scratch(c.layout.this_size)
        c.value(arg, R1)
        a.stx(8, R9, c.layout.variable_at[v.index], R1)
    else:
        c.value(arg, R1)
        if c.layout.crowded:
            from . import crowded

            crowded.put_word(c, v)
            return
        a.stx(8, R10, TMP, R1)
        c.thread_key(v)
        put_word(c)


def zero_variable(c: Clause, slot: Slot, v: Variable) -> None:
    """A struct becomes all zeroes; a thread's goes."""
    a = c.asm
    if v.scope == "self":
        c.thread_key(v)
        a.call(DELETE)
        return
    c.layout.zero(slot.size)
    c.address(slot, R1)
    a.imm(R2, slot.size)
    a.map_value(R3, "zero")
    a.call(READ_KERNEL)


def put_word(c: Clause) -> None:
    """r1 map, r2 key; the word is at TMP. Zero deletes."""
    a, done, delete = c.asm, Label(), Label()
    a.ldx(8, R3, R10, TMP)
    a.bri("eq", R3, 0, delete)
    c.stack(R3, TMP)
    a.imm(R4, 0)
    a.call(UPDATE)
    a.bri("eq", R0, 0, done)
    c.drop(2)
    a.jump(done)
    a.place(delete)
    a.call(DELETE)
    a.place(done)


def update_or_delete(c: Clause, v: Variable) -> None:
    """r1 map, r2 key, r8 the new value's address (wide). A NULL string deletes, and a stack or user address of zeroes."""
    a, done, delete = c.asm, Label(), Label()
    deletes = is_string(v.type)
    if deletes:
        if_null(c, R8, R3, delete)
    elif isinstance(resolve(v.type), (StackType, SymbolType)):
        deletes = True
        a.ldx(8, R3, R8, 0)
        a.ldx(8, R4, R8, 8)
        a.alu("or", R3, R4)
        a.bri("eq", R3, 0, delete)
    a.mov(R3, R8)
    a.imm(R4, 0)
    a.call(UPDATE)
    a.bri("eq", R0, 0, done)
    c.drop(2)
    a.jump(done)
    if deletes:
        a.place(delete)
        a.call(DELETE)
    a.place(done)


def if_null(c: Clause, text: int, scratch: int, yes: Label) -> None:
    """Go to `yes` when the string at `text` is NULL."""
    a, no = c.asm, Label()
    a.ldx(1, scratch, text, 0)
    a.bri("ne", scratch, 0, no)
    a.ldx(1, scratch, text, 1)
    a.bri("eq", scratch, 255, yes)
    a.place(no)
