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
from .clause import READ_KERNEL, READ_KERNEL_STR, READ_USER, TMP2, VALUE, W0, ClauseCore
from .insns import R0, R1, R2, R3, R4, R9, R10, Label
from .layout import TOP, up8

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn, Reg, Slot
    from ...dif.program import CompiledClause

    Operand = Reg | Slot | int

_UNROLLED = 64


class MemoryGen(ClauseCore):
    """The core and what it does with scratch memory."""

    def emit(self, error_clauses: list[CompiledClause], error_probe: int, stops: bool = False) -> None:
        arena = self.layout.arena
        self.owned = arena.owned.get(self.clause.index, arena.size)  # the arena's part that can be this clause's
        if arena.size and not self.clause.continues:
            self.layout.scratch(self.layout.this_size)
            self.asm.st(8, R9, TOP, 0)
        super().emit(error_clauses, error_probe, stops)

    # ---- addresses

    def integer_address(self, reg: int) -> None:
        """The pointer in `reg` becomes an integer."""
        self.asm.stx(8, R9, W0, reg)
        self.asm.ldx(8, reg, R9, W0)

    def distance(self, reg: int, other: int) -> None:
        """The address in `reg` becomes its distance from the start of the arena; `other` is clobbered."""
        a = self.asm
        a.mov(other, R9)
        self.integer_address(other)
        a.alu("sub", reg, other)
        a.alui("sub", reg, self.layout.arena.at)

    def end_of(self, distance: int, to: int) -> None:
        """In `to`: the end of what the clause owns around the place `distance`."""
        a, low = self.asm, Label()
        a.ldx(8, to, R9, TOP)
        if self.owned > self.layout.arena.size:
            a.bri("lt", distance, self.layout.arena.size, low)
            a.imm(to, self.owned)
            a.place(low)

    def writable(self, size: int | None, short: int) -> None:
        """r1: an address, which becomes its distance; r4: the bytes to be written there (`size` when known).

        Fault BADADDR where the clause does not own it, `short` (BADADDR or BADSIZE) where it does not own so much.
        """
        a = self.asm
        inside, enough = Label(), Label()
        a.stx(8, R10, VALUE, R1)
        self.distance(R1, R2)
        self.end_of(R1, R3)
        a.br("lt", R1, R3, inside)
        bad = self.fault_label(ir.BADADDR)
        a.jump(bad)
        a.place(inside)
        a.alu("sub", R3, R1)
        a.br("ge", R3, R4, enough)
        if short == ir.BADSIZE:
            a.stx(8, R10, VALUE, R4)
        a.jump(self.fault_label(short))
        a.place(enough)
        # What follows from the above, for the verifier.
        a.bri("gt", R4, self.owned, bad)
        a.bri("gt", R1, self.owned - size if size is not None and size <= self.owned else self.owned, bad)

    def place(self, distance: int) -> None:
        """The distance becomes a pointer."""
        self.asm.alu("add", distance, R9)
        self.asm.alui("add", distance, self.layout.arena.at)

    # ---- operations

    def op_store(self, insn: Insn) -> None:
        a, size, value = self.asm, insn.imm[0], insn.args[1]
        if isinstance(value, ir.Slot):
            self.address(value, R1)
            a.stx(8, R10, TMP2, R1)
        self.value(insn.args[0], R1)
        a.imm(R4, size)
        self.writable(size, ir.BADADDR)
        self.place(R1)
        if isinstance(value, ir.Slot):
            a.imm(R2, min(size, value.size))
            a.ldx(8, R3, R10, TMP2)
            a.call(READ_KERNEL_STR if value.string else READ_KERNEL)
        else:
            self.value(value, R2)
            a.stx(size, R1, 0, R2)

    def readable(self, address: Operand, size: int) -> None:
        """Fault BADADDR when the address lies in the arena, but not all of `size` bytes in what the clause owns."""
        arena = self.layout.arena
        if arena.end == arena.at or isinstance(address, int):
            return
        a, elsewhere = self.asm, Label()
        self.layout.scratch(self.layout.this_size)
        self.value(address, R1)
        a.stx(8, R10, VALUE, R1)
        self.distance(R1, R2)
        a.bri("ge", R1, arena.size + arena.copies, elsewhere)
        self.end_of(R1, R3)
        a.alui("add", R1, min(size & (1 << 64) - 1, 0x7FFFFFFF))  # more than there is, whatever a program asks for
        a.br("gt", R1, R3, self.fault_label(ir.BADADDR))
        a.place(elsewhere)

    def op_load(self, insn: Insn) -> None:
        if insn.imm[-1] == "kernel":
            self.readable(insn.args[0], insn.imm[0])
        super().op_load(insn)

    def op_loadmem(self, insn: Insn) -> None:
        if insn.imm[-1] == "kernel":
            self.readable(insn.args[0], insn.imm[0])
        super().op_loadmem(insn)

    def op_loadstr(self, insn: Insn) -> None:
        if insn.imm[-1] == "kernel":
            self.readable(insn.args[0], 1)
        super().op_loadstr(insn)

    # ---- subroutines

    def sub_alloca(self, insn: Insn) -> None:
        a, arena, size = self.asm, self.layout.arena, insn.args[0]
        self.value(size, R2)
        a.st(8, R10, VALUE, 0)
        full = self.fault_label(ir.NOSCRATCH)
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
        self.place(R1)
        a.stx(8, R9, W0, R1)
        if isinstance(size, int) and size <= _UNROLLED:
            for at in range(0, size, 8):
                a.st(8, R1, at, 0)
        else:
            self.layout.zero(arena.size + 8)
            a.map_value(R3, "zero")
            a.call(READ_KERNEL)
        a.ldx(8, R1, R9, W0)
        self.store(insn.dst, R1)

    def sub_copyin(self, insn: Insn) -> None:
        """The bytes and a NUL: `stringof(copyin(…))` ends where they do."""
        a, size = self.asm, insn.args[1]
        at = self.layout.arena.at + self.layout.arena.places[id(insn)]
        self.layout.scratch(self.layout.this_size)
        self.value(size, R2)
        a.mov(R1, R9)
        a.alui("add", R1, at)
        if isinstance(size, int):
            a.st(1, R1, size, 0)
        else:
            a.st(8, R10, VALUE, 0)
            a.bri("gt", R2, LARGE_COPY, self.fault_label(ir.NOSCRATCH))
            a.mov(R4, R1)
            a.alu("add", R4, R2)
            a.st(1, R4, 0, 0)
        self.value(insn.args[0], R3)
        a.stx(8, R10, VALUE, R3)
        a.call(READ_USER)
        a.bri("ne", R0, 0, self.fault_label(ir.BADADDR))
        a.mov(R1, R9)
        a.alui("add", R1, at)
        self.integer_address(R1)
        self.store(insn.dst, R1)

    def sub_copyinto(self, insn: Insn) -> None:
        source, size, dst = insn.args
        self.copy_into(source, dst, size, READ_USER)

    def sub_bcopy(self, insn: Insn) -> None:
        source, dst, size = insn.args
        self.readable_block(source, size)
        self.copy_into(source, dst, size, READ_KERNEL)

    def readable_block(self, source: Operand, size: Operand) -> None:
        if not isinstance(source, ir.Slot):
            self.readable(source, size if isinstance(size, int) else 0)

    def copy_into(self, source: Operand, dst: Operand, size: Operand, helper: int) -> None:
        a = self.asm
        if isinstance(source, ir.Slot):
            self.address(source, R1)
            a.stx(8, R10, TMP2, R1)
        self.value(dst, R1)
        self.value(size, R4)
        self.writable(size if isinstance(size, int) else None, ir.BADSIZE)
        self.place(R1)
        a.mov(R2, R4)
        if isinstance(source, ir.Slot):
            a.ldx(8, R3, R10, TMP2)
        else:
            self.value(source, R3)
            a.stx(8, R10, VALUE, R3)
        a.call(helper)
        a.bri("ne", R0, 0, self.fault_label(ir.BADADDR))
