"""Scratch memory in eBPF: alloca, copyin and their kin, and stores through pointers.

An address in scratch is a kernel address like any other: the program's own map value, made an integer by storing the pointer and loading
it again. So reading needs nothing new. To write, the address is turned back: its distance from the start of the arena (layout.py) is
checked against what the clause owns, and added to the pointer in r9, which the verifier can follow.

What a clause owns: the first TOP bytes of the arena (alloca moves TOP, each clause begins at 0), and the places of its own copyin calls.
A read within the arena, too, must stay within what is owned; other reads are none of our business.
"""

from __future__ import annotations

from ...dif import ir
from .arena import LARGE_COPY
from .frame import TMP2, VALUE, W0
from .helpers import READ_KERNEL, READ_KERNEL_STR, READ_USER
from .insns import R0, R1, R2, R3, R4, R9, R10, Label
from .layout import TOP, up8

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn, Reg, Slot
    from .clause import Clause

    Operand = Reg | Slot | int

_UNROLLED = 64

def owned(c: Clause) -> int:
    """The end of the arena's part that can be this clause's."""
    return c.layout.arena.owned.get(c.clause.index, c.layout.arena.size)


def integer_address(c: Clause, reg: int) -> None:
    """The pointer in `reg` becomes an integer."""
    c.asm.stx(8, R9, W0, reg)
    c.asm.ldx(8, reg, R9, W0)


def distance(c: Clause, reg: int, other: int) -> None:
    """The address in `reg` becomes its distance from the start of the arena; `other` is clobbered."""
    a = c.asm
    a.mov(other, R9)
    integer_address(c, other)
    a.alu("sub", reg, other)
    a.alui("sub", reg, c.layout.arena.at)


def end_of(c: Clause, distance: int, to: int) -> None:
    """In `to`: the end of what the clause owns around the place `distance`."""
    a, low = c.asm, Label()
    a.ldx(8, to, R9, TOP)
    if owned(c) > c.layout.arena.size:
        a.bri("lt", distance, c.layout.arena.size, low)
        a.imm(to, owned(c))
        a.place(low)


def writable(c: Clause, size: int | None, short: int) -> None:
    """r1: an address, which becomes its distance; r4: the bytes to be written there (`size` when known).

    Fault BADADDR where the clause does not own it, `short` (BADADDR or BADSIZE) where it does not own so much.
    """
    a = c.asm
    inside, enough = Label(), Label()
    a.stx(8, R10, VALUE, R1)
    distance(c, R1, R2)
    end_of(c, R1, R3)
    a.br("lt", R1, R3, inside)
    bad = c.fault_label(ir.BADADDR)
    a.jump(bad)
    a.place(inside)
    a.alu("sub", R3, R1)
    a.br("ge", R3, R4, enough)
    if short == ir.BADSIZE:
        a.stx(8, R10, VALUE, R4)
    a.jump(c.fault_label(short))
    a.place(enough)
    # What follows from the above, for the verifier.
    a.bri("gt", R4, owned(c), bad)
    a.bri("gt", R1, owned(c) - size if size is not None and size <= owned(c) else owned(c), bad)


def place(c: Clause, distance: int) -> None:
    """The distance becomes a pointer."""
    c.asm.alu("add", distance, R9)
    c.asm.alui("add", distance, c.layout.arena.at)


def store_scratch(c: Clause, insn: Insn) -> None:
    a, size, value = c.asm, insn.imm[0], insn.args[1]
    if isinstance(value, ir.Slot):
        c.address(value, R1)
        a.stx(8, R10, TMP2, R1)
    c.value(insn.args[0], R1)
    a.imm(R4, size)
    writable(c, size, ir.BADADDR)
    place(c, R1)
    if isinstance(value, ir.Slot):
        a.imm(R2, min(size, value.size))
        a.ldx(8, R3, R10, TMP2)
        a.call(READ_KERNEL_STR if value.string else READ_KERNEL)
    else:
        c.value(value, R2)
        a.stx(size, R1, 0, R2)


def readable(c: Clause, address: Operand, size: int) -> None:
    """Fault BADADDR when the address lies in the arena, but not all of `size` bytes in what the clause owns."""
    arena = c.layout.arena
    if arena.end == arena.at or isinstance(address, int):
        return
    a, elsewhere = c.asm, Label()
    c.layout.scratch(c.layout.this_size)
    c.value(address, R1)
    a.stx(8, R10, VALUE, R1)
    distance(c, R1, R2)
    a.bri("ge", R1, arena.size + arena.copies, elsewhere)
    end_of(c, R1, R3)
    a.alui("add", R1, min(size & (1 << 64) - 1, 0x7FFFFFFF))  # more than there is, whatever a program asks for
    a.br("gt", R1, R3, c.fault_label(ir.BADADDR))
    a.place(elsewhere)


def sub_alloca(c: Clause, insn: Insn) -> None:
    a, arena, size = c.asm, c.layout.arena, insn.args[0]
    c.value(size, R2)
    a.st(8, R10, VALUE, 0)
    full = c.fault_label(ir.NOSCRATCH)
    a.bri("gt", R2, arena.size, full)
    a.alui("add", R2, 7)
    a.alui("and", R2, -8)
    a.bri("gt", R2, arena.size, full)  # never; of `and` the verifier knows only the bits
    a.ldx(8, R1, R9, TOP)
    a.bri("gt", R1, arena.size - up8(size) if isinstance(size, int) else arena.size, full)
    a.mov(R3, R1)
    a.alu("add", R3, R2)
    a.bri("gt", R3, arena.size, full)
    a.stx(8, R9, TOP, R3)
    place(c, R1)
    a.stx(8, R9, W0, R1)
    if isinstance(size, int) and size <= _UNROLLED:
        for at in range(0, size, 8):
            a.st(8, R1, at, 0)
    else:
        c.layout.zero(arena.size + 8)
        a.map_value(R3, "zero")
        a.call(READ_KERNEL)
    a.ldx(8, R1, R9, W0)
    c.store(insn.dst, R1)


def sub_copyin(c: Clause, insn: Insn) -> None:
    """The bytes and a NUL: `stringof(copyin(…))` ends where they do."""
    a, size = c.asm, insn.args[1]
    at = c.layout.arena.at + c.layout.arena.places[id(insn)]
    c.layout.scratch(c.layout.this_size)
    c.value(size, R2)
    a.mov(R1, R9)
    a.alui("add", R1, at)
    if isinstance(size, int):
        a.st(1, R1, size, 0)
    else:
        a.st(8, R10, VALUE, 0)
        a.bri("gt", R2, LARGE_COPY, c.fault_label(ir.NOSCRATCH))
        a.mov(R4, R1)
        a.alu("add", R4, R2)
        a.st(1, R4, 0, 0)
    c.value(insn.args[0], R3)
    a.stx(8, R10, VALUE, R3)
    a.call(READ_USER)
    a.bri("ne", R0, 0, c.fault_label(ir.BADADDR))
    a.mov(R1, R9)
    a.alui("add", R1, at)
    integer_address(c, R1)
    c.store(insn.dst, R1)


def sub_copyinto(c: Clause, insn: Insn) -> None:
    source, size, dst = insn.args
    copy_into(c, source, dst, size, READ_USER)


def sub_bcopy(c: Clause, insn: Insn) -> None:
    source, dst, size = insn.args
    readable_block(c, source, size)
    copy_into(c, source, dst, size, READ_KERNEL)


def readable_block(c: Clause, source: Operand, size: Operand) -> None:
    if not isinstance(source, ir.Slot):
        readable(c, source, size if isinstance(size, int) else 0)


def copy_into(c: Clause, source: Operand, dst: Operand, size: Operand, helper: int) -> None:
    a = c.asm
    if isinstance(source, ir.Slot):
        c.address(source, R1)
        a.stx(8, R10, TMP2, R1)
    c.value(dst, R1)
    c.value(size, R4)
    writable(c, size if isinstance(size, int) else None, ir.BADSIZE)
    place(c, R1)
    a.mov(R2, R4)
    if isinstance(source, ir.Slot):
        a.ldx(8, R3, R10, TMP2)
    else:
        c.value(source, R3)
        a.stx(8, R10, VALUE, R3)
    a.call(helper)
    a.bri("ne", R0, 0, c.fault_label(ir.BADADDR))


def op_store(c: Clause, insn: Insn) -> None:
    """Through a pointer: into a variable whose address the program takes, else into scratch memory, else it is a fault."""
    done = Label()
    pointed = c.layout.pointed()
    if pointed:
        from .slots import store_variable

        c.layout.scratch(c.layout.this_size)
        for variable in pointed:
            store_variable(c, insn, variable, done)
    store_scratch(c, insn)
    c.asm.place(done)
