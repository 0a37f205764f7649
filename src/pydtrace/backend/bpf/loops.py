"""Loops over strings of any length.

The verifier walks every round of an ordinary loop, and keeps each round's untaken way: beyond some thousand rounds it gives up. So a
string of at most SHORT bytes is walked by an ordinary loop (unless the program must be tight), a longer one by bpf_loop(), Linux 5.17,
whose body is a function of its own that is verified once. The body sees none of the caller's registers: what it needs lies in words
of the caller's stack at `at`, whose address it gets as its context. Both forms present the same registers to what is done in a round.
"""

from __future__ import annotations

from .insns import R0, R1, R2, R3, R4, R5, R6, R7, R9, R10, Asm, Label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SHORT = 1024
_LOOP = 181
_STRING, _OTHER, _SCRATCH, _STATE2, _STATE3, _RESULT = range(0, 48, 8)


def walk(a: Asm, size: int, at: int, step: Callable[[Label], None]) -> None:
    """Walk the string at r1 up to its NUL, or `size` bytes. In `step`, r4 is the byte, r0 its index, r1 its address, r9 scratch; r2 and r3
    are the step's own, 0 at first. It may jump to the label it is given to end the walk. Behind it r0 is the index where it ended."""
    if size > SHORT or a.tight:
        _long_walk(a, size, at, step)
        return
    again, done = Label(), Label()
    for register in (R0, R2, R3):
        a.imm(register, 0)
    a.place(again)
    a.ldx(1, R4, R1, 0)
    step(done)
    a.bri("eq", R4, 0, done)
    a.alui("add", R1, 1)
    a.alui("add", R0, 1)
    a.bri("lt", R0, size, again)
    a.place(done)


def _long_walk(a: Asm, size: int, at: int, step: Callable[[Label], None]) -> None:
    a.stx(8, R10, at + _STRING, R1)
    a.stx(8, R10, at + _SCRATCH, R9)
    for word in (_STATE2, _STATE3, _RESULT):
        a.st(8, R10, at + word, 0)

    def body() -> None:
        inside, done, out = Label(), Label(), Label()
        a.bri("lt", R1, size, inside)
        a.imm(R0, 1)
        a.exit()
        a.place(inside)
        a.mov(R6, R2)
        a.mov(R7, R1)  # the index
        a.ldx(8, R9, R6, _SCRATCH)
        a.ldx(8, R1, R6, _STRING)
        a.alu("add", R1, R7)
        a.mov(R0, R7)
        a.ldx(8, R2, R6, _STATE2)
        a.ldx(8, R3, R6, _STATE3)
        a.ldx(1, R4, R1, 0)
        step(done)
        a.bri("eq", R4, 0, done)
        a.stx(8, R6, _STATE2, R2)
        a.stx(8, R6, _STATE3, R3)
        a.alui("add", R7, 1)
        a.stx(8, R6, _RESULT, R7)
        a.imm(R0, 0)
        a.jump(out)
        a.place(done)
        a.stx(8, R6, _RESULT, R7)
        a.imm(R0, 1)
        a.place(out)
        a.exit()

    _loop(a, size, at, body)
    a.ldx(8, R0, R10, at + _RESULT)


def compare(a: Asm, size: int, at: int) -> None:
    """r1 = -1, 0 or 1 as the string at r1 is less than, equal to or greater than the one at r2. Eight bytes a round; both have room for
    `size` bytes rounded up to 8."""
    words = (size + 7) // 8
    if size <= SHORT and not a.tight:
        again, differ, same, end = Label(), Label(), Label(), Label()
        a.imm(R0, 0)
        a.place(again)
        a.ldx(8, R3, R1, 0)
        a.ldx(8, R4, R2, 0)
        a.br("ne", R3, R4, differ)
        _has_nul(a, same)
        a.alui("add", R1, 8)
        a.alui("add", R2, 8)
        a.alui("add", R0, 1)
        a.bri("lt", R0, words, again)
        a.place(same)
        a.imm(R1, 0)
        a.jump(end)
        a.place(differ)
        _first_difference(a)
        a.mov(R1, R0)
        a.place(end)
        return
    a.stx(8, R10, at + _STRING, R1)
    a.stx(8, R10, at + _OTHER, R2)
    a.st(8, R10, at + _RESULT, 0)

    def body() -> None:
        inside, stop, differ = Label(), Label(), Label()
        a.bri("lt", R1, words, inside)
        a.jump(stop)
        a.place(inside)
        a.mov(R6, R2)
        a.alui("shl", R1, 3)
        a.ldx(8, R4, R6, _OTHER)
        a.alu("add", R4, R1)
        a.ldx(8, R3, R6, _STRING)
        a.alu("add", R3, R1)
        a.ldx(8, R3, R3, 0)
        a.ldx(8, R4, R4, 0)
        a.br("ne", R3, R4, differ)
        _has_nul(a, stop)
        a.imm(R0, 0)
        a.exit()
        a.place(differ)
        _first_difference(a)
        a.stx(8, R6, _RESULT, R0)
        a.place(stop)
        a.imm(R0, 1)
        a.exit()

    _loop(a, words, at, body)
    a.ldx(8, R1, R10, at + _RESULT)


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


def _loop(a: Asm, rounds: int, at: int, body: Callable[[], None]) -> None:
    """bpf_loop(rounds, body, r10 + at, 0)"""
    start = Label()

    def function() -> None:
        a.place(start)
        body()

    a.imm(R1, rounds)
    a.function(R2, start)
    a.mov(R3, R10)
    a.alui("add", R3, at)
    a.imm(R4, 0)
    a.call(_LOOP)
    a.later.append(function)
