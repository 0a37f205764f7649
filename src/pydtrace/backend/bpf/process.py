"""What the libraries ask of the current process and have no words of D for.

`__args(start, n)`: the arguments of a process, as its user memory has them: strings one behind the other, whose NULs become blanks. A page
that is not there gives the empty string: nobody's clause should fault for a name.
"""

from __future__ import annotations

from ...dif import ir
from .frame import VALUE
from .helpers import READ_USER
from .insns import R0, R1, R2, R3, R4, R8, R10, Label
from .layout import up8

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn
    from .clause import Clause

_LOW7 = 0x7F7F7F7F7F7F7F7F

def sub___args(c: Clause, insn: Insn) -> None:
    """R8 holds the slot, VALUE the number of characters."""
    a, dst = c.asm, insn.dst
    assert isinstance(dst, ir.Slot) and dst.space == "tmp"
    fits, none, again, done = Label(), Label(), Label(), Label()
    c.value(insn.args[1], R2)
    a.bri("lt", R2, dst.size, fits)
    a.imm(R2, dst.size - 1)
    a.place(fits)
    a.stx(8, R10, VALUE, R2)
    c.address(dst, R8)
    c.value(insn.args[0], R3)
    a.mov(R1, R8)
    a.call(READ_USER)
    a.bri("ne", R0, 0, none)
    # Eight characters at a time: the sums have their top bits set where a byte is not 0.
    a.mov(R1, R8)
    a.imm(R0, 0)
    a.place(again)
    a.ldx(8, R3, R1, 0)
    a.imm(R4, _LOW7)
    a.mov(R2, R3)
    a.alu("and", R2, R4)
    a.alu("add", R2, R4)
    a.alu("or", R2, R3)
    a.alu("or", R2, R4)
    a.alui("xor", R2, -1)  # 0x80 where a byte is 0
    a.alui("shr", R2, 2)
    a.alu("or", R3, R2)
    a.stx(8, R1, 0, R3)
    a.alui("add", R1, 8)
    a.alui("add", R0, 8)
    a.bri("lt", R0, up8(dst.size), again)
    # The end: what was the NUL of the last argument is a blank now.
    a.ldx(8, R2, R10, VALUE)
    a.bri("eq", R2, 0, none)
    a.bri("ge", R2, dst.size, none)
    a.alu("add", R8, R2)
    a.st(1, R8, 0, 0)
    a.ldx(1, R3, R8, -1)
    a.bri("ne", R3, 32, done)
    a.st(1, R8, -1, 0)
    a.jump(done)
    a.place(none)
    c.address(dst, R8)
    a.st(1, R8, 0, 0)
    a.st(1, R8, 1, 0)
    a.place(done)
