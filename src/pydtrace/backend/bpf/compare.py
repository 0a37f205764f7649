"""How two strings compare, as a routine: eight bytes a round."""

from __future__ import annotations

from ...dif import ir
from .insns import R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, Asm, Label
from .invoke import invoke
from .routine import W0, Routine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn
    from .clause import Clause



def strcmp(r: Routine) -> None:
    """-1, 0 or 1, by unsigned bytes. Both strings have room for strsize rounded up to 8."""
    a, words = r.asm, (r.size + 7) // 8
    r.enter(f"s:{8 * words}", f"t:{8 * words}", r6="s", r8="t")
    a.st(8, R9, W0, 0)

    def step(stop: Label) -> None:
        differ, over = Label(), Label()
        a.mov(R2, R7)
        a.alui("shl", R2, 3)
        for to, base in ((R3, R6), (R4, R8)):
            a.mov(to, base)
            a.alu("add", to, R2)
            a.ldx(8, to, to, 0)
        a.br("ne", R3, R4, differ)
        _has_nul(a, stop)
        a.jump(over)
        a.place(differ)
        _first_difference(a)
        a.stx(8, R9, W0, R0)
        a.jump(stop)
        a.place(over)

    r.loop(step, words)
    r.leave(W0)


def _has_nul(a: Asm, yes: Label) -> None:
    """Whether one of the eight bytes of r3 is 0: (x - 0x01…) & ~x & 0x80…. Uses r4, r5."""
    a.mov(R4, R3)
    a.imm(R5, 0x0101010101010101)
    a.alu("sub", R4, R5)
    a.alui("xor", R3, -1)
    a.alu("and", R4, R3)
    a.imm(R5, 0x8080808080808080)
    a.alu("and", R4, R5)
    a.bri("ne", R4, 0, yes)


def _first_difference(a: Asm) -> None:
    """r0 = how the strings in r3 and r4, which differ, compare: 0 when they differ behind their end only. Uses r2, r5."""
    less, more, end = Label(), Label(), Label()
    for i in range(8):
        a.mov(R5, R3)
        a.mov(R2, R4)
        if i:
            a.alui("shr", R5, 8 * i)
            a.alui("shr", R2, 8 * i)
        a.alui("and", R5, 255)
        a.alui("and", R2, 255)
        a.br("lt", R5, R2, less)
        a.br("gt", R5, R2, more)
        a.imm(R0, 0)
        a.bri("eq", R5, 0, end)
    a.jump(end)
    a.place(less)
    a.imm(R0, -1)
    a.jump(end)
    a.place(more)
    a.imm(R0, 1)
    a.place(end)


def in_place(c: Clause, insn: Insn) -> None:
    """One of the strings is a short constant: it is compared byte by byte in place."""
    a = c.asm
    s, t = insn.args
    assert isinstance(s, ir.Slot) and isinstance(t, ir.Slot)
    less, more, store = Label(), Label(), Label()
    const, variable, low, high = (s, t, more, less) if s.space == "const" else (t, s, less, more)
    c.address(variable, R1)
    for i, char in enumerate((const.value.split(b"\0")[0] + b"\0")[: min(s.size, t.size)]):
        a.ldx(1, R4, R1, i)
        a.bri("gt", R4, char, high)
        a.bri("lt", R4, char, low)
    a.imm(R1, 0)
    a.jump(store)
    a.place(less)
    a.imm(R1, -1)
    a.jump(store)
    a.place(more)
    a.imm(R1, 1)
    a.place(store)
    c.store(insn.dst, R1)


def op_strcmp(c: Clause, insn: Insn) -> None:
    """With a short constant in place, else by routine."""
    s, t = insn.args
    if any(isinstance(x, ir.Slot) and x.space == "const" and len(x.value) <= 64 for x in (s, t)):
        in_place(c, insn)
    else:
        invoke(c, strcmp, insn.dst, s, t)
