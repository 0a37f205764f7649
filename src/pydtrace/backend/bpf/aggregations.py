"""Finding the value of an aggregation's key, and making it; what is then done to it is aggregate.py."""

from __future__ import annotations

from ...d.types import StackType
from .aggregate import update
from .frame import POINTER, TMP2
from .helpers import CPU, LOOKUP, UPDATE
from .insns import R0, R1, R2, R3, R4, R5, R8, R10, Label
from .keys import pack_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn, Reg, Slot
    from ...dif.program import Aggregation
    from .clause import Clause

    Operand = Reg | Slot | int


def op_aggregate(c: Clause, insn: Insn) -> None:
    agg: Aggregation
    agg, nkeys = insn.imm
    if c.layout.config.ustackcopy and any(isinstance(key, StackType) and key.user for key in agg.keys):
        from .ustack import pages, send_tuple

        if pages(c.layout.config):
            send_tuple(c, insn)
            return
    if c.layout.crowded:
        from . import crowded
    a = c.asm
    found, lost = Label(), Label()
    known = c.layout.aggs[agg.index]
    if nkeys or known.lead:
        base, at, kinds, size = pack_key(c, insn.args[:nkeys], False, known.lead)
        name = c.layout.agg_map(agg, kinds, size)
        if known.shared:
            a.st(8, base, at, agg.index)
        if known.by_cpu:
            a.call(CPU)
            a.stx(8, base, at + 8 * known.lead - 8, R0)
        if known.generation >= 0:
            a.map_value(R1, "state", known.generation)
            a.ldx(8, R1, R1, 0)
            a.stx(8, base, at + 8 * known.shared, R1)
        if c.layout.crowded:
            a.mov(R1, base)
            a.alui("add", R1, at)
            crowded.find(c, name)
        else:
            _find(c, name, base, at, found)
        a.bri("ne", R0, 0, found)
        c.drop(1)
        a.jump(lost)
    else:
        a.map_fd(R1, c.layout.agg_map(agg, (), 0))
        a.st(8, R10, POINTER, known.place)
        c.stack(R2, POINTER)
        a.call(LOOKUP)
        a.bri("eq", R0, 0, lost)
    a.place(found)
    a.mov(R8, R0)
    rest = insn.args[nkeys:]
    if rest:
        c.value(rest[0], R1)
    if len(rest) > 1:
        a.stx(8, R10, TMP2, R1)
        c.value(rest[1], R2)
        a.mov(R5, R2)
        a.ldx(8, R1, R10, TMP2)
    else:
        a.imm(R5, 1)
    if c.layout.crowded and agg.func not in ("count", "sum", "avg"):
        crowded.update_value(c, agg)
    else:
        update(a, agg, c.layout.config.atomic, lost, lambda: c.drop(1))
    a.place(lost)


def _find(c: Clause, name: str, base: int, at: int, found: Label) -> None:
    """The value of the key at base + at in r0, made of zeroes where there is none; 0 where there is no room."""
    a = c.asm

    def key() -> None:
        a.map_fd(R1, name)
        a.mov(R2, base)
        a.alui("add", R2, at)

    key()
    a.call(LOOKUP)
    a.bri("ne", R0, 0, found)
    key()
    a.map_value(R3, "zero")
    a.imm(R4, 1)
    a.call(UPDATE)
    key()
    a.call(LOOKUP)
