"""memstr(): memory as a string.

The clause copies the bytes into the work area, as many as a string may have; the routine makes a string of them.
"""

from __future__ import annotations

from ...dif import ir
from .frame import VALUE
from .helpers import READ_KERNEL
from .insns import R0, R1, R2, R3, R4, R6, R7, R8, R9, R10, Label
from .invoke import invoke
from .memory import readable_block
from .routine import W0, Routine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn
    from .clause import Clause


def sub_memstr(c: Clause, insn: Insn) -> None:
    a, most, some, few = c.asm, c.layout.program.strsize - 1, Label(), Label()
    source, _, size = insn.args
    c.layout.scratch(c.layout.this_size)
    readable_block(c, source, min((size & (1 << 64) - 1) - 1, most) if isinstance(size, int) and size else size)
    c.value(size, R2)
    a.bri("ne", R2, 0, some)
    a.imm(R2, 1)
    a.place(some)
    a.alui("sub", R2, 1)
    a.bri("le", R2, most, few)
    a.imm(R2, most)
    a.place(few)
    c.value(source, R3)
    a.stx(8, R10, VALUE, R3)
    a.mov(R1, R9)
    a.alui("add", R1, c.layout.work_at)
    a.call(READ_KERNEL)
    a.bri("ne", R0, 0, c.fault_label(ir.BADADDR))
    invoke(c, memstr, insn.dst, *insn.args[1:])


def memstr(r: Routine) -> None:
    """The bytes in the work area, one less than `size`, with `c` in the place of each NUL. W0: how many."""
    a, some = r.asm, Label()
    r.enter("dst", "c:int", "size:int", r6="dst", r8="c")
    r.get(R1, "size")
    a.bri("ne", R1, 0, some)
    a.imm(R1, 1)
    a.place(some)
    a.alui("sub", R1, 1)
    a.stx(8, R9, W0, R1)
    a.st(1, R6, 0, 0)
    a.st(1, R6, 1, 0)  # "" is not NULL

    def step(stop: Label) -> None:
        text = Label()
        a.ldx(8, R2, R9, W0)
        a.br("ge", R7, R2, stop)
        r.work_address(R3)
        r.byte(R4, R3, R7)
        a.bri("ne", R4, 0, text)
        a.mov(R4, R8)
        a.place(text)
        a.mov(R1, R6)
        a.alu("add", R1, R7)
        a.stx(1, R1, 0, R4)
        a.st(1, R1, 1, 0)

    r.loop(step, r.size - 1)
    r.leave()
