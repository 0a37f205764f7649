"""Stacks, user addresses and what is read off a stack (stackdepth, caller), in eBPF.

A stack is a word (the process id, 0 for the kernel's) and its frames. bpf_get_stack clears what it does not fill, so nothing is
cleared before it.

By whatever mechanism a function is probed, the kernel's stack begins with the function itself at its entry, and with its caller at its
return. So frames of ours above it (`our_frames`: an fentry program runs below its trampoline) are left out by the kernel.
"""

from __future__ import annotations

from ...dif import ir
from .frame import KEY, NUMBER, TMP
from .helpers import GETSTACK, PIDTGID, READ_KERNEL
from .insns import R0, R1, R2, R3, R4, R6, R7, R8, R9, R10, Label
from .keys import clear
from .layout import HEADER
from .ustack import FRAMES_SHIFT, context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn
    from .clause import Clause

USER_STACK = 256
MOST = 127
LOOK = 5  # frames in which our own are looked for

def op_putstack(c: Clause, insn: Insn) -> None:
    i, frames, user = insn.imm
    take_stack(c, R7, HEADER + c.clause.schema.fields[i].offset, frames, user)


def op_stack(c: Clause, insn: Insn) -> None:
    assert isinstance(insn.dst, ir.Slot)
    frames, user = insn.imm
    if user:
        context(c)
    c.address(insn.dst, R8)
    take_stack(c, R8, 0, frames, user)


def take_stack(c: Clause, base: int, at: int, frames: int, user: bool) -> None:
    """A stack at base + at."""
    a = c.asm
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
    if c.family.alone and not user:  # the kernel's stack of our own bpf(2) says nothing of BEGIN
        clear(c, base, at + 8, 8 * frames)
        return
    done = Label()
    if user and c.frames_wanted:
        from .unwind import FRAMES, unwound

        pointers = Label()
        unwound(c)
        a.bri("eq", R0, 0, pointers)
        a.mov(R1, base)
        a.alui("add", R1, at + 8)
        a.imm(R2, 8 * frames)
        a.mov(R3, R9)
        a.alui("add", R3, c.area + FRAMES)
        a.call(READ_KERNEL)
        a.jump(done)
        a.place(pointers)
    flags(c, user)
    a.mov(R1, R6)
    a.mov(R2, base)
    a.alui("add", R2, at + 8)
    a.imm(R3, 8 * frames)
    a.ldx(8, R4, R10, TMP)
    a.call(GETSTACK)
    a.place(done)


def flags(c: Clause, user: bool) -> None:
    """What bpf_get_stack is to do, at TMP: the user's stack, or how many of our own frames to leave out of the kernel's.

    Below a raw tracepoint's program lie the functions that called it, not always the same: a first look finds them by address.
    """
    a, config = c.asm, c.layout.config
    if user or c.family.point not in config.ours:
        a.st(8, R10, TMP, USER_STACK if user else c.family.frames)
        return
    done, low, high = Label(), *config.text
    a.mov(R1, R6)
    c.stack(R2, KEY)
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
        for start, end in config.ours[c.family.point]:
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


def op_usym(c: Clause, insn: Insn) -> None:
    a = c.asm
    assert isinstance(insn.dst, ir.Slot)
    c.address(insn.dst, R8)
    a.call(PIDTGID)
    a.alui("shr", R0, 32)
    a.stx(8, R8, 0, R0)
    c.value(insn.args[0], R1)
    a.stx(8, R8, 8, R1)


def depth(c: Clause, name: str) -> None:
    """stackdepth, ustackdepth, caller or ucaller in r0, by taking a stack into scratch."""
    a, ok = c.asm, Label()
    top = c.frame.top
    counted = name.endswith("depth")
    user = name.startswith("u")
    first = 0 if not user and c.family.returns else 8  # where the caller is
    size = 8 * MOST if counted else first + 8
    done = Label()
    if user and c.frames_wanted:
        from .unwind import FRAMES, unwound

        none = Label()
        unwound(c)
        a.bri("eq", R0, 0, none)
        if not counted:
            a.mov(R1, R0)
            a.imm(R0, 0)
            a.bri("lt", R1, 2, done)
            a.ldx(8, R0, R9, c.area + FRAMES + 8)
        a.jump(done)
        a.place(none)
    c.layout.scratch(top + size)
    flags(c, user)
    a.mov(R1, R6)
    a.mov(R2, R9)
    a.alui("add", R2, top)
    a.imm(R3, size)
    a.ldx(8, R4, R10, TMP)
    a.call(GETSTACK)
    if not counted:
        a.mov(R1, R0)
        a.imm(R0, 0)
        a.bri("slt", R1, size, ok)
        a.ldx(8, R0, R9, top + first)
        a.place(ok)
        a.place(done)
        return
    a.bri("sge", R0, 0, ok)
    a.imm(R0, 0)
    a.place(ok)
    a.alui("shr", R0, 3)
    a.place(done)
