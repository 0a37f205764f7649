"""The string subroutines of D in eBPF: what `call` makes of strlen, strjoin, index, substr, basename, lltostr and their kin.

Strings lie in slots of `strsize` bytes, NUL-terminated, at constant offsets of the scratch area; a loop over bytes has `strsize` as its
bound, which is what lets the verifier see its end. W0, W1 are two words of scratch for results that outlive a loop. Each method is
named `sub_` and D's name.
"""

from __future__ import annotations

from ...dif import ir
from ...errors import UserError
from . import loops
from .clause import KEY, READ_KERNEL_STR, W0, W1, W2
from .insns import R0, R1, R2, R3, R4, R5, R8, R9, Label
from .layout import up8
from .memory import MemoryGen
from .process import ProcessGen
from .slots import SlotGen
from .stacks import StackGen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ...dif.ir import Insn, Reg, Slot

    Operand = Reg | Slot | int


class ClauseGen(SlotGen, MemoryGen, StackGen, ProcessGen):
    """All of a clause: the core, parts of slots, scratch memory, the stacks and the string subroutines."""

    def sub_strlen(self, insn: Insn) -> None:
        source = insn.args[0]
        assert isinstance(source, ir.Slot)
        self.text_loop(source, source.size, lambda done: None)
        self.store(insn.dst, R0)

    def sub_strjoin(self, insn: Insn) -> None:
        """The second string is read behind the first, into the slot's overflow room where need be, and the whole is cut at its size."""
        a, dst = self.asm, insn.dst
        s, t = insn.args
        assert isinstance(dst, ir.Slot) and dst.space == "tmp" and isinstance(s, ir.Slot) and isinstance(t, ir.Slot)
        done = Label()
        self.address(dst, R8)
        a.st(1, R8, 1, 0)
        self.address(s, R3)
        a.mov(R1, R8)
        a.imm(R2, min(dst.size, up8(s.size)))
        a.call(READ_KERNEL_STR)
        a.bri("sle", R0, 0, done)
        a.alui("sub", R0, 1)
        a.alu("add", R8, R0)
        self.address(t, R3)
        a.mov(R1, R8)
        a.imm(R2, min(dst.size, up8(t.size)))
        a.call(READ_KERNEL_STR)
        a.place(done)
        a.st(1, R9, self.tmps[dst.n] + dst.size - 1, 0)

    def text_loop(self, src: Operand, size: int, step: Callable[[Label], None]) -> None:
        """Walk the string at `src`: in `step`, r4 is the byte, r0 its index, r1 its address; r2, r3 are the step's own. Ends at NUL."""
        a = self.asm
        assert isinstance(src, ir.Slot)
        self.layout.scratch(self.layout.this_size)
        self.address(src, R1)
        loops.walk(a, size, KEY, step)

    def slice(self, dst: Operand | None, src: Operand, skip: int, length: int) -> None:
        """dst = src[skip:skip+length], skip and length in stack words (unsigned; clamped to the size)."""
        a = self.asm
        assert isinstance(dst, ir.Slot) and isinstance(src, ir.Slot)
        size = dst.size
        ok1, ok2, inside = Label(), Label(), Label()
        self.address(src, R3)
        a.ldx(8, R1, R9, skip)
        a.bri("le", R1, size - 1, ok1)
        a.imm(R1, size - 1)
        a.place(ok1)
        a.alu("add", R3, R1)  # may point behind the end of a full slot: read by helper, never faults the kernel
        a.ldx(8, R2, R9, length)
        a.bri("le", R2, size - 1, ok2)
        a.imm(R2, size - 1)
        a.place(ok2)
        a.alui("add", R2, 1)
        a.bri("ge", R2, 1, inside)
        a.imm(R2, 1)
        a.place(inside)
        a.mov(R1, R9)
        a.alui("add", R1, self.tmps[dst.n])
        a.st(1, R1, 1, 0)
        a.call(READ_KERNEL_STR)

    def find_char(self, insn: Insn, last: bool) -> None:
        """Index of the character (W2) in W0, -1 when absent."""
        a = self.asm
        self.value(insn.args[1], R1)
        a.alui("and", R1, 255)
        a.stx(8, R9, W2, R1)
        a.st(8, R9, W0, -1)
        source = insn.args[0]
        assert isinstance(source, ir.Slot)

        def step(done: Label) -> None:
            other = Label()
            a.ldx(8, R5, R9, W2)
            a.br("ne", R4, R5, other)
            a.stx(8, R9, W0, R0)
            if not last:
                a.jump(done)
            a.place(other)

        self.text_loop(source, source.size, step)

    def sub_strchr(self, insn: Insn, last: bool = False) -> None:
        self.find_char(insn, last)
        self.rest(insn)

    def rest(self, insn: Insn) -> None:
        """The string from the place W0 on; NULL when W0 is negative."""
        a = self.asm
        found, done = Label(), Label()
        dst = insn.dst
        assert isinstance(dst, ir.Slot)
        a.ldx(8, R1, R9, W0)
        a.bri("sge", R1, 0, found)
        a.st(1, R9, self.tmps[dst.n], 0)
        a.st(1, R9, self.tmps[dst.n] + 1, 255)
        a.jump(done)
        a.place(found)
        a.st(8, R9, W1, self.layout.program.strsize)
        self.slice(dst, insn.args[0], W0, W1)
        a.place(done)

    def sub_strrchr(self, insn: Insn) -> None:
        self.sub_strchr(insn, True)

    def sub_substr(self, insn: Insn) -> None:
        """A negative start counts from the end, a negative length leaves that many off the end."""
        a = self.asm
        source = insn.args[0]
        assert isinstance(source, ir.Slot)
        self.value(insn.args[1], R1)
        a.stx(8, R9, W0, R1)
        self.value(insn.args[2] if len(insn.args) > 2 else 1 << 30, R1)
        a.stx(8, R9, W1, R1)
        self.text_loop(source, source.size, lambda done: None)
        a.ldx(8, R1, R9, W0)
        a.ldx(8, R2, R9, W1)
        start, length, behind, empty, done = Label(), Label(), Label(), Label(), Label()
        a.bri("sge", R1, 0, start)
        a.alu("add", R1, R0)
        a.bri("sge", R1, 0, start)
        a.bri("slt", R2, 0, behind)
        a.alu("add", R2, R1)  # what lies before the string is cut from the length
        a.bri("slt", R2, 0, empty)
        a.place(behind)
        a.imm(R1, 0)
        a.place(start)
        a.br("sgt", R1, R0, empty)
        a.bri("sge", R2, 0, length)
        a.alu("add", R2, R0)
        a.alu("sub", R2, R1)
        a.bri("sge", R2, 0, length)
        a.place(empty)
        a.imm(R1, 0)
        a.imm(R2, 0)
        a.place(length)
        a.place(done)
        a.stx(8, R9, W0, R1)
        a.stx(8, R9, W1, R2)
        self.slice(insn.dst, source, W0, W1)

    def sub_basename(self, insn: Insn) -> None:
        """Behind the last slash that has something behind it; trailing slashes do not count; "/" for slashes only, "." for nothing."""
        self.path_part(insn, True)

    def sub_dirname(self, insn: Insn) -> None:
        self.path_part(insn, False)

    def path_part(self, insn: Insn, base: bool) -> None:
        """One walk. W0: start of the last component, W1: its end, W2: end of what precedes its slashes; r2: in a component"""
        a = self.asm
        source = insn.args[0]
        assert isinstance(source, ir.Slot) and isinstance(insn.dst, ir.Slot)
        for word in (W0, W1, W2):
            a.st(8, R9, word, 0)

        def step(done: Label) -> None:
            slash, inside, over = Label(), Label(), Label()
            a.bri("eq", R4, 0, over)
            a.bri("eq", R4, 47, slash)
            a.bri("ne", R2, 0, inside)
            a.imm(R2, 1)
            a.ldx(8, R5, R9, W1)
            a.stx(8, R9, W2, R5)
            a.stx(8, R9, W0, R0)
            a.place(inside)
            a.mov(R5, R0)
            a.alui("add", R5, 1)
            a.stx(8, R9, W1, R5)
            a.jump(over)
            a.place(slash)
            a.imm(R2, 0)
            a.place(over)

        self.text_loop(source, source.size, step)
        fallback, done, dot, copied = Label(), Label(), Label(), Label()
        dst = self.tmps[insn.dst.n]
        if base:
            a.ldx(8, R1, R9, W0)
            a.ldx(8, R2, R9, W1)
            a.alu("sub", R2, R1)
            a.stx(8, R9, W1, R2)
        else:
            a.ldx(8, R2, R9, W2)
            a.st(8, R9, W0, 0)
            a.stx(8, R9, W1, R2)
        a.bri("eq", R2, 0, fallback)
        self.slice(insn.dst, source, W0, W1)
        a.jump(copied)
        a.place(fallback)
        self.address(source, R1)
        a.ldx(1, R4, R1, 0)
        a.bri("ne", R4, 47, dot)
        a.st(1, R9, dst, 47)
        a.jump(done)
        a.place(dot)
        a.st(1, R9, dst, 46)
        a.place(done)
        a.st(1, R9, dst + 1, 0)
        a.place(copied)

    def search(self, insn: Insn, last: bool) -> None:
        """Index of the second string in the first in W0, -1 when absent: strncmp at each place, needle's length bounded by a loop."""
        a = self.asm
        hay, needle = insn.args[0], insn.args[1]
        assert isinstance(hay, ir.Slot) and isinstance(needle, ir.Slot)
        if needle.space != "const" or len(needle.value) > 64:
            raise UserError("the kernel engine searches for constant strings of at most 64 bytes only")
        text = needle.value.split(b"\0")[0]
        begin = insn.args[2] if len(insn.args) > 2 else (1 << 30 if last else 0)
        self.value(begin, R1)
        a.stx(8, R9, W2, R1)
        a.st(8, R9, W0, -1)

        def step(done: Label) -> None:
            other = Label()
            a.ldx(8, R5, R9, W2)
            a.br("sgt" if last else "slt", R0, R5, other)
            for i, c in enumerate(text):
                a.bri("gt", R0, hay.size - 1 - i, other)
                a.ldx(1, R5, R1, i)
                a.bri("ne", R5, c, other)
            a.stx(8, R9, W0, R0)
            if not last:
                a.jump(done)
            a.place(other)

        self.text_loop(hay, hay.size - len(text) if len(text) else hay.size, step)

    def sub_index(self, insn: Insn) -> None:
        self.search(insn, False)
        self.asm.ldx(8, R1, R9, W0)
        self.store(insn.dst, R1)

    def sub_rindex(self, insn: Insn) -> None:
        self.search(insn, True)
        self.asm.ldx(8, R1, R9, W0)
        self.store(insn.dst, R1)

    def sub_strstr(self, insn: Insn) -> None:
        self.search(insn, False)
        self.rest(insn)

    def sub_lltostr(self, insn: Insn) -> None:
        """Digits from the end, in the slot's first 32 bytes of overflow room, then copied to its start."""
        a, dst = self.asm, insn.dst
        assert isinstance(dst, ir.Slot)
        base = insn.args[1] if len(insn.args) > 1 else 10
        if not isinstance(base, int) or base not in (8, 10, 16):
            raise UserError("the kernel engine's lltostr() takes bases 8, 10 and 16 only")
        room = self.tmps[dst.n] + up8(dst.size)
        plus, done = Label(), Label()
        self.value(insn.args[0], R1)
        a.imm(R5, 0)
        if base == 10:
            a.bri("sge", R1, 0, plus)
            a.alui("neg", R1, 0)
            a.imm(R5, 1)
            a.place(plus)
        a.st(1, R9, room + 31, 0)
        a.imm(R0, 31)
        ends = []
        for i in range(22):
            a.mov(R2, R1)
            a.alui("umod", R2, base)
            a.alui("udiv", R1, base)
            if base == 16:
                digit = Label()
                a.bri("lt", R2, 10, digit)
                a.alui("add", R2, 39)
                a.place(digit)
            a.alui("add", R2, 48)
            a.stx(1, R9, room + 30 - i, R2)
            end = Label()
            a.imm(R0, 30 - i)
            a.bri("eq", R1, 0, end)
            ends.append(end)
        for end in ends:
            a.place(end)
        a.bri("eq", R5, 0, done)
        a.alui("sub", R0, 1)
        a.mov(R2, R9)
        a.alu("add", R2, R0)
        a.imm(R3, 45)
        a.stx(1, R2, room, R3)
        a.place(done)
        if base != 10:
            prefix = {8: b"0", 16: b"0x"}[base]
            for c in reversed(prefix):
                a.alui("sub", R0, 1)
                a.mov(R2, R9)
                a.alu("add", R2, R0)
                a.st(1, R2, room, c)
        a.mov(R3, R9)
        a.alui("add", R3, room)
        a.alu("add", R3, R0)
        a.mov(R1, R9)
        a.alui("add", R1, self.tmps[dst.n])
        a.imm(R2, 32)
        a.call(READ_KERNEL_STR)
