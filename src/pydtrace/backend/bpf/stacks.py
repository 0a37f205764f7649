"""Stacks, user addresses and what is read off a stack (stackdepth, caller), in eBPF.

A stack is a word (the process id, 0 for the kernel's) and its frames. bpf_get_stack clears what it does not fill, so nothing is
cleared before it.

By whatever mechanism a function is probed, the kernel's stack begins with the function itself at its entry, and with its caller at its
return. So frames of ours above it (`our_frames`: an fentry program runs below its trampoline) are left out by the kernel.
"""

from __future__ import annotations

from ...dif import ir
from .clause import GETSTACK, KEY, NUMBER, PIDTGID, TMP
from .insns import R0, R1, R2, R3, R4, R6, R7, R8, R9, R10, Label
from .layout import HEADER
from .ustack import FRAMES_SHIFT, ContextGen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn

USER_STACK = 256
MOST = 127
LOOK = 5  # frames in which our own are looked for


class StackGen(ContextGen):
    """The core, the thread, contexts and the instructions `stack`, `putstack`, `usym`."""

    def our_frames(self) -> int:
        """How many frames of the kernel's stack lie above what was probed."""
        return 0

    def op_putstack(self, insn: Insn) -> None:
        i, frames, user = insn.imm
        self.take_stack(R7, HEADER + self.clause.schema.fields[i].offset, frames, user)

    def op_stack(self, insn: Insn) -> None:
        assert isinstance(insn.dst, ir.Slot)
        frames, user = insn.imm
        if user:
            self.context()
        self.address(insn.dst, R8)
        self.take_stack(R8, 0, frames, user)

    def take_stack(self, base: int, at: int, frames: int, user: bool) -> None:
        """A stack at base + at."""
        a = self.asm
        if user:
            a.call(PIDTGID)
            a.alui("shr", R0, 32)
            none = Label()
            a.ldx(8, R1, R10, NUMBER)
            a.bri("eq", R1, 0, none)
            a.alu("or", R0, R1)
            a.alui("or", R0, frames << FRAMES_SHIFT)
            a.place(none)
            a.stx(8, base, at, R0)
        else:
            a.st(8, base, at, 0)
        if self.family == "test" and not user:  # the kernel's stack of our own bpf(2) says nothing of BEGIN
            self.clear(base, at + 8, 8 * frames)
            return
        self.flags(user)
        a.mov(R1, R6)
        a.mov(R2, base)
        a.alui("add", R2, at + 8)
        a.imm(R3, 8 * frames)
        a.ldx(8, R4, R10, TMP)
        a.call(GETSTACK)

    def flags(self, user: bool) -> None:
        """What bpf_get_stack is to do, at TMP: the user's stack, or how many of our own frames to leave out of the kernel's.

        Below a raw tracepoint's program lie the functions that called it, not always the same: a first look finds them by address.
        """
        a, config = self.asm, self.layout.config
        if user or self.family not in config.ours:
            a.st(8, R10, TMP, USER_STACK if user else self.our_frames())
            return
        done, low, high = Label(), *config.text
        a.mov(R1, R6)
        self.stack(R2, KEY)
        a.imm(R3, 8 * LOOK)
        a.imm(R4, 0)
        a.call(GETSTACK)
        a.imm(R4, 0)
        for i in range(LOOK):
            ours, following = Label(), Label()
            a.ldx(8, R1, R10, KEY + 8 * i)
            if i < 2:  # the program, or a part of it and the program
                a.imm(R2, low)
                a.br("lt", R1, R2, ours)
                a.imm(R2, high)
                a.br("ge", R1, R2, ours)
            for start, end in config.ours[self.family]:
                outside = Label()
                a.imm(R2, start)
                a.br("lt", R1, R2, outside)
                a.imm(R2, end)
                a.br("lt", R1, R2, ours)
                a.place(outside)
            a.jump(done)
            a.place(ours)
            a.imm(R4, i + 1)
            a.place(following)
        a.place(done)
        a.stx(8, R10, TMP, R4)

    def op_usym(self, insn: Insn) -> None:
        a = self.asm
        assert isinstance(insn.dst, ir.Slot)
        self.address(insn.dst, R8)
        a.call(PIDTGID)
        a.alui("shr", R0, 32)
        a.stx(8, R8, 0, R0)
        self.value(insn.args[0], R1)
        a.stx(8, R8, 8, R1)

    def _depth(self, name: str) -> None:
        """stackdepth, ustackdepth, caller or ucaller in r0, by taking a stack into scratch."""
        a, ok = self.asm, Label()
        top = self.scratch_top
        depth = name.endswith("depth")
        user = name.startswith("u")
        first = 0 if not user and self.family.startswith("f") and self.family.endswith("return") else 8  # where the caller is
        size = 8 * MOST if depth else first + 8
        self.layout.scratch(top + size)
        self.flags(user)
        a.mov(R1, R6)
        a.mov(R2, R9)
        a.alui("add", R2, top)
        a.imm(R3, size)
        a.ldx(8, R4, R10, TMP)
        a.call(GETSTACK)
        if not depth:
            a.mov(R1, R0)
            a.imm(R0, 0)
            a.bri("slt", R1, size, ok)
            a.ldx(8, R0, R9, top + first)
            a.place(ok)
            return
        a.bri("sge", R0, 0, ok)
        a.imm(R0, 0)
        a.place(ok)
        a.alui("shr", R0, 3)
