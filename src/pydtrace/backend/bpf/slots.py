"""Structs, unions and arrays in eBPF: what lies in a slot as bytes, and parts of it.

A slot's address is a pointer the verifier follows, so an offset that is not constant is compared with the last one that fits before it is
added: DIF's `bound` has made sure of it already, but many instructions ago. Part of a thread variable or of an element is written where
it lies: the map's value is made of zeroes first when it is not there, and a map without room counts a DYNAMIC drop.
"""

from __future__ import annotations

from ...dif import ir
from .arithmetic import extend
from .frame import VALUE, W0
from .helpers import LOOKUP, READ_KERNEL, READ_KERNEL_STR, UPDATE
from .insns import R0, R1, R2, R3, R4, R8, R9, Label
from .keys import element_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ...dif.ir import Insn, Reg, Slot
    from ...dif.program import Variable
    from .clause import Clause

    Operand = Reg | Slot | int

_NOEXIST = 1

def add_offset(c: Clause, reg: int, offset: Operand, last: int) -> int:
    """Add an offset that is at most `last` to the pointer in `reg`; what is left to add as a constant. Uses r4."""
    a = c.asm
    if isinstance(offset, int):
        if offset < 1 << 15:
            return offset
        a.alui("add", reg, offset)
        return 0
    c.value(offset, R4)
    a.stx(8, 10, VALUE, R4)
    a.bri("gt", R4, last, c.fault_label(ir.BADINDEX))
    a.alu("add", reg, R4)
    return 0


def op_peek(c: Clause, insn: Insn) -> None:
    size, signed = insn.imm
    slot = insn.args[0]
    assert isinstance(slot, ir.Slot)
    c.address(slot, R1)
    c.asm.ldx(size, R1, R1, add_offset(c, R1, insn.args[1], slot.size - size))
    if signed:
        extend(c, R1, size, True)
    c.store(insn.dst, R1)


def op_poke(c: Clause, insn: Insn) -> None:
    slot, offset, value = insn.args
    assert isinstance(slot, ir.Slot)
    variable = slot.variable
    if slot.space == "var" and variable is not None and variable.scope == "self":

        def key() -> None:
            c.thread_key(variable)

        part(c, value, offset, insn.imm, variable.type.size, key)
    else:
        if isinstance(value, ir.Slot):
            c.address(value, R8)
        c.address(slot, R1)
        put_part(c, value, offset, insn.imm, slot.size)


def op_dynpoke(c: Clause, insn: Insn) -> None:
    variable: Variable
    variable, width = insn.imm
    base, at, size = element_key(c, variable, insn.args[2:])

    def key() -> None:
        c.asm.map_fd(R1, c.layout.dyn_map(variable, size))
        c.asm.mov(R2, base)
        c.asm.alui("add", R2, at)

    part(c, insn.args[1], insn.args[0], width, variable.type.size, key)


def part(c: Clause, value: Operand, offset: Operand, size: int, whole: int, key: Callable[[], None]) -> None:
    """Store part of a map's value. `key` sets r1 and r2 to the map and the key."""
    a = c.asm
    found, lost = Label(), Label()
    if isinstance(value, ir.Slot):
        c.address(value, R8)
    key()
    a.call(LOOKUP)
    a.bri("ne", R0, 0, found)
    key()
    a.map_value(R3, "zero")
    a.imm(R4, _NOEXIST)
    a.call(UPDATE)
    key()
    a.call(LOOKUP)
    a.bri("ne", R0, 0, found)
    c.drop(2)
    a.jump(lost)
    a.place(found)
    a.mov(R1, R0)
    put_part(c, value, offset, size, whole)
    a.place(lost)


def put_part(c: Clause, value: Operand, offset: Operand, size: int, whole: int) -> None:
    """Store to r1 + offset: the low bytes of an integer, or the slot whose address is in r8."""
    a = c.asm
    constant = add_offset(c, R1, offset, whole - size)
    if isinstance(value, ir.Slot):
        a.alui("add", R1, constant)
        a.imm(R2, min(size, value.size))
        a.mov(R3, R8)
        a.call(READ_KERNEL_STR if value.string else READ_KERNEL)
    else:
        c.value(value, R2)
        a.stx(size, R1, constant, R2)


def op_cut(c: Clause, insn: Insn) -> None:
    cut(c, insn, READ_KERNEL, insn.imm, insn.imm)


def op_cutstr(c: Clause, insn: Insn) -> None:
    # One byte more than the text has, for the NUL; behind the last slot of scratch there must be one to read.
    c.layout.scratch(c.frame.top + 8)
    dst = insn.dst
    assert isinstance(dst, ir.Slot)
    cut(c, insn, READ_KERNEL_STR, min(dst.size, insn.imm + 1), 1)


def cut(c: Clause, insn: Insn, helper: int, size: int, inside: int) -> None:
    a = c.asm
    dst, src = insn.dst, insn.args[0]
    assert isinstance(dst, ir.Slot) and isinstance(src, ir.Slot)
    c.address(src, R8)
    constant = add_offset(c, R8, insn.args[1], src.size - inside)
    c.address(dst, R1)
    if dst.string:
        a.st(1, R1, 1, 0)  # "" is not NULL
    a.imm(R2, size)
    a.mov(R3, R8)
    a.alui("add", R3, constant)
    a.call(helper)


def op_bound(c: Clause, insn: Insn) -> None:
    a = c.asm
    c.value(insn.args[0], R1)
    a.stx(8, 10, VALUE, R1)
    a.bri("ge", R1, insn.imm, c.fault_label(ir.BADINDEX))
    c.store(insn.dst, R1)


def store_variable(c: Clause, insn: Insn, variable: Variable, done: Label) -> None:
    """Store and go to `done` when the address lies in that variable."""
    a, size, value, other = c.asm, insn.imm[0], insn.args[1], Label()
    if variable.type.size < size:
        return
    if isinstance(value, ir.Slot):
        c.address(value, R8)
    at = c.layout.variable_at[variable.index]
    if variable.scope == "global":
        a.map_value(R2, "state", at)
    else:
        a.mov(R2, R9)
        a.alui("add", R2, at)
    a.stx(8, R9, W0, R2)
    a.ldx(8, R3, R9, W0)
    c.value(insn.args[0], R1)
    a.alu("sub", R1, R3)
    a.bri("gt", R1, variable.type.size - size, other)
    a.alu("add", R2, R1)
    if isinstance(value, ir.Slot):
        a.mov(R1, R2)
        a.imm(R2, min(size, value.size))
        a.mov(R3, R8)
        a.call(READ_KERNEL_STR if value.string else READ_KERNEL)
    else:
        c.value(value, R3)
        a.stx(size, R2, 0, R3)
    a.jump(done)
    a.place(other)


def op_addr(c: Clause, insn: Insn) -> None:
    """The pointer goes through memory: what the verifier reads back is a number, and may be added to at will."""
    a = c.asm
    slot = insn.args[0]
    assert isinstance(slot, ir.Slot)
    c.layout.scratch(c.layout.this_size)
    c.address(slot, R0)
    a.stx(8, R9, W0, R0)
    a.ldx(8, R1, R9, W0)
    c.store(insn.dst, R1)
