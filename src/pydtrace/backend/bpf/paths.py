"""basename, dirname and cleanpath as routines: one walk over the path each."""

from __future__ import annotations

from .insns import R1, R2, R3, R4, R5, R6, R7, R9, Label
from .routine import W0, W1, W2, W3, Routine

_SLASH, _DOT = 47, 46


def _part(r: Routine, base: bool) -> None:
    """W0: where the last component begins, W1: where it ends, W2: the end of what precedes its slashes, W3: whether in a component."""
    a = r.asm
    r.enter("dst", "s", r6="s")
    for word in (W0, W1, W2, W3):
        a.st(8, R9, word, 0)

    def step(stop: Label) -> None:
        slash, inside, over = Label(), Label(), Label()
        r.byte(R4, R6, R7)
        a.bri("eq", R4, 0, stop)
        a.bri("eq", R4, _SLASH, slash)
        a.ldx(8, R2, R9, W3)
        a.bri("ne", R2, 0, inside)
        a.st(8, R9, W3, 1)
        a.ldx(8, R2, R9, W1)
        a.stx(8, R9, W2, R2)
        a.stx(8, R9, W0, R7)
        a.place(inside)
        a.mov(R2, R7)
        a.alui("add", R2, 1)
        a.stx(8, R9, W1, R2)
        a.jump(over)
        a.place(slash)
        a.st(8, R9, W3, 0)
        a.place(over)

    r.loop(step, r.size)
    none, put = Label(), Label()
    if base:
        a.ldx(8, R2, R9, W1)
        a.ldx(8, R1, R9, W0)
        a.alu("sub", R2, R1)
    else:
        a.ldx(8, R2, R9, W2)
        a.st(8, R9, W0, 0)
    a.stx(8, R9, W1, R2)
    a.bri("eq", R2, 0, none)
    r.part("s", W0, W1)
    a.jump(r.out)
    a.place(none)
    a.ldx(1, R4, R6, 0)
    a.imm(R5, _SLASH)
    a.bri("eq", R4, _SLASH, put)
    a.imm(R5, _DOT)
    a.place(put)
    r.get(R1, "dst")
    a.stx(1, R1, 0, R5)
    a.st(1, R1, 1, 0)
    r.leave()


def basename(r: Routine) -> None:
    """Trailing slashes do not count; "/" for slashes only, "." for nothing."""
    _part(r, True)


def dirname(r: Routine) -> None:
    _part(r, False)


def cleanpath(r: Routine) -> None:
    """A slash, and dots behind it, are held back until it is seen what they mean.

    W0: the place in the path. W1: that in the result, which grows in the work area. W2: how many characters of "/.." are held back;
    4: the last component is being taken back. W3: that it was the path's end that made it so.
    """
    a = r.asm
    r.enter("dst", "s", r6="s")
    for word in (W0, W1, W2, W3):
        a.st(8, R9, word, 0)

    def out(reg: int, offset: int = 0) -> None:
        """r1 = where the result's place in `reg` is."""
        a.mov(R1, R9)
        a.alu("add", R1, reg)
        a.alui("add", R1, r.work + offset)

    def step(stop: Label) -> None:
        back, arrived, slash, dot, plain, over, ends = (Label() for _ in range(7))
        a.ldx(8, R5, R9, W2)
        r.word(R3, W1, r.size, stop)
        a.bri("eq", R5, 4, back)
        r.word(R2, W0, r.size, stop)
        r.byte(R4, R6, R2)
        a.alui("add", R2, 1)
        a.stx(8, R9, W0, R2)
        a.bri("eq", R4, _SLASH, slash)
        a.bri("eq", R4, _DOT, dot)
        a.place(plain)
        out(R3)  # what is held back, or more than that, which is then written over
        a.st(1, R1, 0, _SLASH)
        a.st(1, R1, 1, _DOT)
        a.st(1, R1, 2, _DOT)
        both = Label()
        a.bri("ne", R4, 0, both)
        a.bri("eq", R5, 3, ends)
        a.place(both)
        a.bri("gt", R5, 3, stop)
        a.alu("add", R3, R5)
        out(R3)
        a.stx(1, R1, 0, R4)
        a.alui("add", R3, 1)
        a.stx(8, R9, W1, R3)
        a.st(8, R9, W2, 0)
        a.bri("eq", R4, 0, stop)
        a.jump(over)
        a.place(slash)
        back_up = Label()
        a.bri("eq", R5, 3, back_up)
        a.st(8, R9, W2, 1)
        a.jump(over)
        a.place(ends)
        a.st(8, R9, W3, 1)
        a.place(back_up)
        a.st(8, R9, W2, 4)
        a.jump(over)
        a.place(dot)
        a.bri("eq", R5, 0, plain)
        a.bri("gt", R5, 2, plain)
        a.alui("add", R5, 1)
        a.stx(8, R9, W2, R5)
        a.jump(over)
        a.place(back)
        a.bri("lt", R3, 1, arrived)  # not "eq": so every verifier knows it is 1 at least
        a.alui("sub", R3, 1)
        a.stx(8, R9, W1, R3)
        out(R3)
        a.ldx(1, R4, R1, 0)
        a.bri("ne", R4, _SLASH, over)
        a.place(arrived)
        a.st(8, R9, W2, 1)
        a.ldx(8, R2, R9, W3)
        a.bri("eq", R2, 0, over)
        out(R3)
        a.st(1, R1, 0, _SLASH)
        a.st(1, R1, 1, 0)
        a.jump(stop)
        a.place(over)

    r.loop(step, 2 * r.size + 2)
    r.work_address(R3)
    a.imm(R2, r.size)
    r.text(R3)
    r.leave()
