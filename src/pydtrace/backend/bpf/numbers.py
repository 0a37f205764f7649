"""Numbers to text and back, as routines."""

from __future__ import annotations

from .insns import R1, R2, R3, R4, R5, R6, R7, R8, R9, Label
from .routine import W0, W1, W2, Routine

_END = 71  # in the work area: the NUL of a number's text, which is written from the end


def lltostr(r: Routine) -> None:
    """Base 10 is signed; bases 8 and 16 have C's prefixes. W0: what is left of the number, W1: where its text begins."""
    a = r.asm
    r.enter("dst", "n:int", "base:int", r8="base")
    r.get(R1, "n")
    plus, bare, octal, put = Label(), Label(), Label(), Label()
    a.st(8, R9, W2, 0)
    a.bri("ne", R8, 10, plus)
    a.bri("sge", R1, 0, plus)
    a.alui("neg", R1, 0)
    a.st(8, R9, W2, 1)
    a.place(plus)
    a.stx(8, R9, W0, R1)
    a.st(1, R9, r.work + _END, 0)

    def step(stop: Label) -> None:
        low = Label()
        a.ldx(8, R3, R9, W0)
        a.mov(R4, R3)
        a.alu("udiv", R3, R8)
        a.alu("umod", R4, R8)
        a.stx(8, R9, W0, R3)
        a.bri("lt", R4, 10, low)
        a.alui("add", R4, 39)
        a.place(low)
        a.alui("add", R4, 48)
        a.imm(R2, _END - 1)
        a.alu("sub", R2, R7)
        a.stx(8, R9, W1, R2)
        a.mov(R1, R9)
        a.alu("add", R1, R2)
        a.stx(1, R1, r.work, R4)
        a.bri("eq", R3, 0, stop)

    r.loop(step, 64)

    def prefix(c: int) -> None:
        a.alui("sub", R2, 1)
        a.mov(R1, R9)
        a.alu("add", R1, R2)
        a.st(1, R1, r.work, c)

    r.word(R2, W1, _END, r.out)
    a.bri("lt", R2, 2, r.out)
    a.bri("eq", R8, 8, octal)
    a.bri("ne", R8, 16, bare)
    prefix(120)
    prefix(48)
    a.jump(put)
    a.place(octal)
    r.get(R3, "n")
    a.bri("eq", R3, 0, put)
    prefix(48)
    a.place(bare)
    a.ldx(8, R3, R9, W2)
    a.bri("eq", R3, 0, put)
    prefix(45)
    a.place(put)
    a.mov(R3, R9)
    a.alu("add", R3, R2)
    a.alui("add", R3, r.work)
    a.imm(R2, min(r.size, _END + 1))
    r.text(R3)
    r.leave()


def strtoll(r: Routine) -> None:
    """Blanks and tabs, a sign, for base 16 "0x" when a digit follows, then digits; modulo 2**64.

    W0: the number. W1: 0 before the sign, 1 behind it, 2 behind a first 0 of base 16, 3 behind its x, 4 in the digits. W2: minus.
    """
    a = r.asm
    r.enter("s", "base:int", r6="s", r8="base")
    for word in (W0, W1, W2):
        a.st(8, R9, word, 0)

    def step(stop: Label) -> None:
        minus, digit, over, value, x, first = (Label() for _ in range(6))
        r.byte(R4, R6, R7)
        a.ldx(8, R5, R9, W1)
        a.bri("eq", R5, 2, x)
        a.bri("ge", R5, 3, digit)
        a.bri("eq", R5, 1, first)
        a.bri("eq", R4, 32, over)
        a.bri("eq", R4, 9, over)
        a.st(8, R9, W1, 1)
        a.bri("eq", R4, 45, minus)
        a.bri("eq", R4, 43, over)
        a.place(first)
        a.st(8, R9, W1, 4)
        a.bri("ne", R8, 16, digit)
        a.bri("ne", R4, 48, digit)
        a.st(8, R9, W1, 2)
        a.jump(over)
        a.place(minus)
        a.st(8, R9, W2, 1)
        a.jump(over)
        a.place(x)
        a.st(8, R9, W1, 3)
        a.mov(R3, R4)
        a.alui("or", R3, 32)
        a.bri("eq", R3, 120, over)
        a.st(8, R9, W1, 4)
        a.place(digit)
        a.mov(R3, R4)
        a.alui("sub", R3, 48)
        a.bri("lt", R3, 10, value)
        a.alui("or", R4, 32)
        a.bri("gt", R4, 122, stop)
        a.bri("lt", R4, 97, stop)
        a.mov(R3, R4)
        a.alui("sub", R3, 87)
        a.place(value)
        a.br("ge", R3, R8, stop)
        a.ldx(8, R2, R9, W0)
        a.alu("mul", R2, R8)
        a.alu("add", R2, R3)
        a.stx(8, R9, W0, R2)
        a.st(8, R9, W1, 4)
        a.place(over)
        a.bri("eq", R4, 0, stop)

    r.loop(step, r.size)
    a.ldx(8, R1, R9, W2)
    a.bri("eq", R1, 0, r.out)
    a.ldx(8, R1, R9, W0)
    a.alui("neg", R1, 0)
    a.stx(8, R9, W0, R1)
    r.leave(W0)
