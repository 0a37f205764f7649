"""Elements of associative arrays, read and assigned as a whole. Parts of them are written in slots.py."""

from __future__ import annotations

from ...d.types import is_string
from ...dif import ir
from .frame import TMP
from .helpers import DELETE, LOOKUP, READ_KERNEL
from .insns import R1, R2, R3, R8, R10
from .keys import element_key
from .loads import copy_string
from .variables import put_word, update_or_delete

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn, Reg, Slot
    from ...dif.program import Variable
    from .clause import Clause

    Operand = Reg | Slot | int


def op_dynget(c: Clause, insn: Insn) -> None:
    v: Variable = insn.imm if not isinstance(insn.imm, tuple) else insn.imm[0]
    a = c.asm
    base, at, size = element_key(c, v, insn.args)
    a.map_fd(R1, c.layout.dyn_map(v, size))
    a.mov(R2, base)
    a.alui("add", R2, at)
    a.call(LOOKUP)
    c.or_zero(c.layout.value_size(v), R8, is_string(v.type))
    if isinstance(insn.dst, ir.Slot):
        c.address(insn.dst, R1)
        if insn.dst.string:
            copy_string(c, insn.dst.size)
            return
        a.imm(R2, min(insn.dst.size, c.layout.value_size(v)))
        a.mov(R3, R8)
        a.call(READ_KERNEL)
    else:
        a.ldx(8, R1, R8, 0)
        c.store(insn.dst, R1)


def op_dynput(c: Clause, insn: Insn) -> None:
    v: Variable = insn.imm if not isinstance(insn.imm, tuple) else insn.imm[0]
    a, new = c.asm, insn.args[0]
    base, at, size = element_key(c, v, insn.args[1:])
    wide = c.layout.is_wide(v)
    if isinstance(new, ir.Slot) and wide:
        c.address(new, R8)
    elif not wide:
        c.value(new, R1)
        a.stx(8, R10, TMP, R1)
    a.map_fd(R1, c.layout.dyn_map(v, size))
    a.mov(R2, base)
    a.alui("add", R2, at)
    if isinstance(new, ir.Slot) and wide:
        update_or_delete(c, v)
    elif wide:  # a struct is assigned 0
        a.call(DELETE)
    else:
        put_word(c)
