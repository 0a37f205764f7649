"""Memory into registers and slots, slots into slots.

A read that fails is a fault, with the address at VALUE. NULL, as a string, is NUL and 0xff.
"""

from __future__ import annotations

from ...dif import ir
from .arithmetic import extend
from .frame import TMP, VALUE
from .helpers import READ_KERNEL, READ_KERNEL_STR, READ_USER, READ_USER_STR
from .insns import R0, R1, R2, R3, R8, R10, Label
from .memory import readable
from .variables import if_null, update_or_delete

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn, Reg, Slot
    from .clause import Clause

    Operand = Reg | Slot | int


def op_load(c: Clause, insn: Insn) -> None:
    if insn.imm[-1] == "kernel":
        readable(c, insn.args[0], insn.imm[0])
    size, signed, space = insn.imm
    a = c.asm
    c.value(insn.args[0], R3)
    a.stx(8, R10, VALUE, R3)
    c.stack(R1, TMP)
    a.imm(R2, size)
    a.call(READ_USER if space == "user" else READ_KERNEL)
    a.bri("ne", R0, 0, c.fault_label(ir.BADADDR))
    a.ldx(size, R1, R10, TMP)
    if signed:
        extend(c, R1, size, True)
    c.store(insn.dst, R1)


def op_loadstr(c: Clause, insn: Insn) -> None:
    if insn.imm[-1] == "kernel":
        readable(c, insn.args[0], 1)
    a, slot = c.asm, insn.dst
    assert isinstance(slot, ir.Slot)
    c.address(slot, R1)
    a.st(1, R1, 1, 0)  # "" is not NULL
    string_limit(c, insn, min(slot.size, insn.imm[0] + 1))
    c.value(insn.args[0], R3)
    a.stx(8, R10, VALUE, R3)
    space = insn.imm[1]
    a.call(READ_USER_STR if space == "user" else READ_KERNEL_STR)
    a.bri("slt", R0, 0, c.fault_label(ir.BADADDR))


def string_limit(c: Clause, insn: Insn, size: int) -> None:
    """Bytes to read in r2, at least the NUL."""
    a, big, small = c.asm, Label(), Label()
    most = insn.args[1] if len(insn.args) > 1 else size
    if isinstance(most, int):
        a.imm(R2, min(size, max(1, most % (1 << 64))))
        return
    c.value(most, R2)
    a.bri("le", R2, size, big)
    a.imm(R2, size)
    a.place(big)
    a.bri("ge", R2, 1, small)
    a.imm(R2, 1)
    a.place(small)


def op_loadmem(c: Clause, insn: Insn) -> None:
    if insn.imm[-1] == "kernel":
        readable(c, insn.args[0], insn.imm[0])
    a, slot = c.asm, insn.dst
    assert isinstance(slot, ir.Slot)
    size, space = insn.imm
    c.address(slot, R1)
    c.value(insn.args[0], R3)
    a.stx(8, R10, VALUE, R3)
    a.imm(R2, min(size, slot.size))
    a.call(READ_USER if space == "user" else READ_KERNEL)
    a.bri("ne", R0, 0, c.fault_label(ir.BADADDR))


def op_copy(c: Clause, insn: Insn) -> None:
    dst, src = insn.dst, insn.args[0]
    if dst is None:
        dst, src = insn.args[0], insn.args[1]  # type: ignore[assignment]
    assert isinstance(dst, ir.Slot) and isinstance(src, ir.Slot)
    a = c.asm
    if dst.space == "var" and dst.variable is not None and dst.variable.scope == "self":
        c.address(src, R8)
        c.thread_key(dst.variable)
        update_or_delete(c, dst.variable)
        return
    c.address(src, R8)
    c.address(dst, R1)
    if dst.string and src.string:
        copy_string(c, dst.size)
        return
    a.mov(R3, R8)
    a.imm(R2, min(dst.size, src.size))
    a.call(READ_KERNEL_STR if dst.string else READ_KERNEL)


def copy_string(c: Clause, size: int) -> None:
    """The string at r8 to r1, NULL as NULL: the second byte is copied first, which is the mark when the first is the text's end."""
    a = c.asm
    a.ldx(1, R3, R8, 1)
    a.stx(1, R1, 1, R3)
    a.mov(R3, R8)
    a.imm(R2, size)
    a.call(READ_KERNEL_STR)


def op_null(c: Clause, insn: Insn) -> None:
    a, done = c.asm, Label()
    slot = insn.args[0]
    assert isinstance(slot, ir.Slot)
    c.address(slot, R1)
    a.imm(R3, 1)
    if_null(c, R1, R2, done)
    a.imm(R3, 0)
    a.place(done)
    c.store(insn.dst, R3)


def op_present(c: Clause, insn: Insn) -> None:
    slot = insn.args[0]
    assert isinstance(slot, ir.Slot)
    c.address(slot, R1)
    c.asm.st(8, R10, VALUE, 0)
    if_null(c, R1, R2, c.fault_label(ir.BADADDR))
