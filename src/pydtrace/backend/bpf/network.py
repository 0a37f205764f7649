"""Addresses of the network as text: inet_ntoa, inet_ntoa6, inet_ntop, link_ntop.

The clause copies the address into the work area, where a fault is its own; the routine writes the text behind it, character by character,
and the result is as much of that as strsize allows. The place in the text is a word in scratch, so the ways by which it came about (one to
three digits for each byte) are one to the verifier.
"""

from __future__ import annotations

from ...dif import ir
from .frame import VALUE
from .helpers import READ_KERNEL
from .insns import R0, R1, R2, R3, R4, R5, R7, R8, R9, R10, Label
from .invoke import invoke
from .memory import readable
from .routine import W0, W1, W2, W3, W4, W5, Routine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ...dif.ir import Insn, Reg, Slot
    from .clause import Clause

    Operand = Reg | Slot | int

_INET, _INET6 = 2, 10
_HARDWARE = {1: 6, 32: 20}  # Ethernet, InfiniBand: bytes of an address
_TEXT, _ROOM = 32, 64  # in the work area: where the text is, and its room, a power of two
_DOT, _COLON = 46, 58

def fetch(c: Clause, address: Operand, size: int) -> None:
    """`size` bytes of memory into the work area."""
    a = c.asm
    c.layout.scratch(c.layout.this_size)
    readable(c, address, size)
    c.value(address, R3)
    a.stx(8, R10, VALUE, R3)
    a.mov(R1, R9)
    a.alui("add", R1, c.layout.work_at)
    a.imm(R2, size)
    a.call(READ_KERNEL)
    a.bri("ne", R0, 0, c.fault_label(ir.BADADDR))


def sub_inet_ntoa(c: Clause, insn: Insn) -> None:
    inet(c, insn.dst, insn.args[0])


def sub_inet_ntoa6(c: Clause, insn: Insn) -> None:
    strict = insn.args[1] if len(insn.args) > 1 else 0
    inet6(c, insn.dst, insn.args[0], 1 if strict else 0)


def inet(c: Clause, dst: Reg | Slot | None, address: Operand) -> None:
    fetch(c, address, 4)
    invoke(c, inet_ntoa, dst)


def inet6(c: Clause, dst: Reg | Slot | None, address: Operand, strict: int) -> None:
    fetch(c, address, 16)
    invoke(c, inet_ntoa6, dst, strict)


def sub_inet_ntop(c: Clause, insn: Insn) -> None:
    address = insn.args[1]
    choose(
        c, insn.args[0],
        {_INET: lambda: inet(c, insn.dst, address), _INET6: lambda: inet6(c, insn.dst, address, 1)},
    )


def sub_link_ntop(c: Clause, insn: Insn) -> None:
    def way(size: int) -> Callable[[], None]:
        def write() -> None:
            fetch(c, insn.args[1], size)
            invoke(c, link_ntop, insn.dst, size)

        return write

    choose(c, insn.args[0], {kind: way(size) for kind, size in _HARDWARE.items()})


def choose(c: Clause, kind: Operand, ways: dict[int, Callable[[], None]]) -> None:
    """What is written for the value of `kind`; fault ILLOP for another."""
    if isinstance(kind, int) and kind in ways:
        ways[kind]()
        return
    a, done = c.asm, Label()
    labels = {value: Label() for value in ways}
    c.value(kind, R1)
    for value, label in labels.items():
        a.bri("eq", R1, value, label)
    a.st(8, R10, VALUE, 0)
    a.jump(c.fault_label(ir.ILLOP))
    for value, label in labels.items():
        a.place(label)
        ways[value]()
        a.jump(done)
    a.place(done)


# ---- pieces of the routines


def _put(r: Routine, char: int, reg: int = -1) -> None:
    """A character, or the one in `reg`, behind the text. Uses r1, r2."""
    a = r.asm
    a.ldx(8, R2, R9, W0)
    a.alui("and", R2, _ROOM - 1)  # it is less: for the verifier
    a.mov(R1, R9)
    a.alu("add", R1, R2)
    if reg < 0:
        a.st(1, R1, r.work + _TEXT, char)
    else:
        a.stx(1, R1, r.work + _TEXT, reg)
    a.alui("add", R2, 1)
    a.stx(8, R9, W0, R2)


def _finish(r: Routine) -> None:
    """The text is complete."""
    _put(r, 0)
    r.work_address(R3, _TEXT)
    r.asm.imm(R2, min(r.size, _ROOM))
    r.text(R3)


def _digit(r: Routine) -> None:
    """The hexadecimal digit r5."""
    low = Label()
    r.asm.bri("lt", R5, 10, low)
    r.asm.alui("add", R5, 39)
    r.asm.place(low)
    r.asm.alui("add", R5, 48)
    _put(r, 0, R5)


def _dotted(r: Routine) -> None:
    """The low 32 bits of W4 as four decimal numbers."""
    a = r.asm

    def step(stop: Label) -> None:
        first, tens, ones = Label(), Label(), Label()
        a.ldx(8, R3, R9, W4)
        a.mov(R4, R3)
        a.alui("shl", R3, 8)
        a.stx(8, R9, W4, R3)
        a.alui("shr", R4, 24)
        a.alui("and", R4, 255)
        a.bri("eq", R7, 0, first)
        _put(r, _DOT)
        a.place(first)
        a.bri("lt", R4, 10, ones)
        a.bri("lt", R4, 100, tens)
        for by, label in ((100, tens), (10, ones)):
            a.mov(R5, R4)
            a.alui("udiv", R5, by)
            a.alui("umod", R4, by)
            a.alui("add", R5, 48)
            _put(r, 0, R5)
            a.place(label)
        a.alui("add", R4, 48)
        _put(r, 0, R4)

    r.loop(step, 4)


def _next_word(r: Routine) -> None:
    """r4 = the next 16 bits of the address in W4 and W5. Uses r3, r5."""
    a = r.asm
    a.ldx(8, R3, R9, W4)
    a.mov(R4, R3)
    a.alui("shr", R4, 48)
    a.alui("shl", R3, 16)
    a.ldx(8, R5, R9, W5)
    a.mov(R2, R5)
    a.alui("shl", R5, 16)
    a.stx(8, R9, W5, R5)
    a.alui("shr", R2, 48)
    a.alu("or", R3, R2)
    a.stx(8, R9, W4, R3)


def _load_address(r: Routine) -> None:
    """The address into W4 and W5, and r3 and r4, as numbers."""
    a = r.asm
    for reg, word, at in ((R3, W4, 0), (R4, W5, 8)):
        r.work_address(R1)
        a.ldx(8, reg, R1, at)
        a.big_endian(reg, 64)
        a.stx(8, R9, word, reg)


def _prefix(r: Routine, text: str, bare: Label) -> None:
    """What stands before an address of IPv4, when it is to."""
    r.get(R3, "strict")
    r.asm.bri("eq", R3, 0, bare)
    for char in text.encode():
        _put(r, char)


# ---- the routines


def inet_ntoa(r: Routine) -> None:
    a = r.asm
    r.enter("dst")
    a.st(8, R9, W0, 0)
    r.work_address(R1)
    a.ldx(4, R3, R1, 0)
    a.big_endian(R3, 32)
    a.stx(8, R9, W4, R3)
    _dotted(r)
    _finish(r)
    r.leave()


def inet_ntoa6(r: Routine) -> None:
    """An address that holds one of IPv4 is that, `strict`ly with the IPv6 prefix in front: behind five words of 0 comes ffff, or another 0
    and what is neither :: nor ::1. Else the first of the longest runs of at least two zeroes is `::`.

    W1: zeroes up to here, W2: where the longest run begins, W3: its length.
    """
    a = r.asm
    r.enter("dst", "strict:int")
    words, mapped, plain = Label(), Label(), Label()
    a.st(8, R9, W0, 0)
    _load_address(r)
    a.bri("ne", R3, 0, words)
    a.mov(R5, R4)
    a.alui("shr", R5, 32)
    a.bri("eq", R5, 0xFFFF, mapped)
    a.bri("ne", R5, 0, words)
    a.bri("le", R4, 1, words)
    _prefix(r, "::", plain)
    a.jump(plain)
    a.place(mapped)
    _prefix(r, "::ffff:", plain)
    a.place(plain)
    a.ldx(8, R3, R9, W5)
    a.stx(8, R9, W4, R3)
    _dotted(r)
    _finish(r)
    a.jump(r.out)

    a.place(words)
    a.st(8, R9, W1, 0)
    a.st(8, R9, W2, 8)
    a.st(8, R9, W3, 1)

    def measure(stop: Label) -> None:
        other, over = Label(), Label()
        _next_word(r)
        a.bri("ne", R4, 0, other)
        a.ldx(8, R2, R9, W1)
        a.alui("add", R2, 1)
        a.stx(8, R9, W1, R2)
        a.ldx(8, R3, R9, W3)
        a.br("le", R2, R3, over)
        a.stx(8, R9, W3, R2)
        a.mov(R3, R7)
        a.alu("sub", R3, R2)
        a.alui("add", R3, 1)
        a.stx(8, R9, W2, R3)
        a.jump(over)
        a.place(other)
        a.st(8, R9, W1, 0)
        a.place(over)

    r.loop(measure, 8)
    _load_address(r)

    def write(stop: Label) -> None:
        shown, over, first = Label(), Label(), Label()
        _next_word(r)
        a.mov(R3, R7)
        a.ldx(8, R2, R9, W2)
        a.alu("sub", R3, R2)
        a.ldx(8, R2, R9, W3)
        a.br("ge", R3, R2, shown)
        a.bri("ne", R3, 0, over)
        _put(r, _COLON)
        a.jump(over)
        a.place(shown)
        a.bri("eq", R7, 0, first)
        _put(r, _COLON)
        a.place(first)
        for shift in (12, 8, 4, 0):
            leading = Label()
            a.mov(R5, R4)
            a.alui("shr", R5, shift)
            if shift:
                a.bri("eq", R5, 0, leading)
            a.alui("and", R5, 15)
            _digit(r)
            a.place(leading)
        a.place(over)

    r.loop(write, 8)
    end = Label()
    a.ldx(8, R2, R9, W2)
    a.ldx(8, R3, R9, W3)
    a.alu("add", R2, R3)
    a.bri("ne", R2, 8, end)  # the run of zeroes is at the end
    _put(r, _COLON)
    a.place(end)
    _finish(r)
    r.leave()


def link_ntop(r: Routine) -> None:
    """Two digits for each of `count` bytes, with colons between them."""
    a, most = r.asm, max(_HARDWARE.values())
    r.enter("dst", "count:int", r8="count")
    a.st(8, R9, W0, 0)

    def step(stop: Label) -> None:
        first = Label()
        a.br("ge", R7, R8, stop)
        a.bri("eq", R7, 0, first)
        _put(r, _COLON)
        a.place(first)
        r.work_address(R3)
        r.byte(R4, R3, R7)
        for shift in (4, 0):
            a.mov(R5, R4)
            a.alui("shr", R5, shift)
            a.alui("and", R5, 15)
            _digit(r)

    r.loop(step, most)
    _finish(r)
    r.leave()
