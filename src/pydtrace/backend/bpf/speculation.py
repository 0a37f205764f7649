"""Speculations in the kernel: claiming, recording into, committing and discarding them.

`specfree`  a stack of free marks (see engine/speculations.py: id, and generation in the high half)
`spec`      a hash from id to (mark, bytes recorded): an id is active while it is there

All that needs to be atomic is so in the map: a pop gives an id to one claimer, a delete succeeds for one of those that end it, and that
one pushes the mark of the next generation. No loop over the speculations, no wait for the consumer.
A commit is a record of its own in the ring; that of a discard need not be told.
"""

from __future__ import annotations

from struct import pack

from ...dif import ir
from .frame import KEY, TMP, TMP2, VALUE
from .helpers import DELETE, DISCARD, LOOKUP, POP, PUSH, UPDATE
from .insns import R0, R1, R2, R3, R4, R7, R10, Label, fits32
from .layout import HASH, HEADER, STACK, MapSpec
from .records import SPECULATION, header, reserve, submit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn
    from .clause import Clause
    from .layout import Layout

_SPEC, _BUSY, _UNAVAIL = 4, 5, 6
_EBUSY = -16


def _maps(layout: Layout) -> None:
    n = layout.config.nspec
    if "spec" not in layout.maps:
        layout.maps["spec"] = MapSpec("spec", HASH, 8, 16, max(n, 1))
        layout.maps["specfree"] = MapSpec("specfree", STACK, 0, 8, max(n, 1), 0, pack(f"{n}Q", *range(n, 0, -1)))


def sub_speculation(c: Clause, insn: Insn) -> None:
    """speculation(): an id, or 0."""
    a = c.asm
    none, refused, done = Label(), Label(), Label()
    _maps(c.layout)
    a.map_fd(R1, "specfree")
    c.stack(R2, TMP)
    a.call(POP)
    a.bri("ne", R0, 0, none)
    a.ldx(8, R1, R10, TMP)
    a.stx(8, R10, KEY, R1)
    a.st(8, R10, KEY + 8, 0)
    a.alui("and", R1, 0xFFFF)
    a.stx(8, R10, TMP2, R1)
    a.map_fd(R1, "spec")
    c.stack(R2, TMP2)
    c.stack(R3, KEY)
    a.imm(R4, 1)
    a.call(UPDATE)
    a.bri("ne", R0, 0, refused)
    a.ldx(8, R0, R10, TMP2)
    a.jump(done)
    a.place(refused)
    a.map_fd(R1, "specfree")
    c.stack(R2, TMP)
    a.imm(R3, 0)
    a.call(PUSH)
    a.imm(R0, _EBUSY)
    a.place(none)
    busy, counted = Label(), Label()
    a.bri("eq", R0, _EBUSY, busy)
    c.drop(_UNAVAIL)
    a.jump(counted)
    a.place(busy)
    c.drop(_BUSY)
    a.place(counted)
    a.imm(R0, 0)
    a.place(done)
    c.store(insn.dst, R0)


def _find(c: Clause, insn: Insn) -> None:
    """The entry of the id that is the operand, or 0, in r0; the id is at TMP."""
    a = c.asm
    c.value(insn.args[0], R1)
    a.stx(8, R10, TMP, R1)
    a.st(8, R10, VALUE, 0)
    a.bri("gt", R1, c.layout.config.nspec, c.fault_label(ir.ILLOP))
    _maps(c.layout)
    a.map_fd(R1, "spec")
    c.stack(R2, TMP)
    a.call(LOOKUP)


def op_speculate(c: Clause, insn: Insn) -> None:
    if insn.imm is not None:
        _again(c, insn)
        return
    a, room = c.asm, Label()
    size = HEADER + c.clause.schema.size
    _find(c, insn)
    a.bri("eq", R0, 0, c.end)
    _room(c, size, room)
    a.place(room)
    a.imm(R2, size)
    a.atomic_add(R0, 8, R2)
    a.ldx(8, R1, R0, 0)
    c.store(insn.dst, R1)


def _again(c: Clause, insn: Insn) -> None:
    """The same in a later piece, whose operand is the mark or 0. What is over has room: the consumer knows better than we do."""
    a, room, done = c.asm, Label(), Label()
    size = HEADER + c.clause.schema.size
    c.value(insn.args[0], R1)
    a.stx(8, R10, TMP2, R1)
    a.bri("eq", R1, 0, done)
    a.alui("and", R1, 0xFFFF)
    a.stx(8, R10, TMP, R1)
    _maps(c.layout)
    a.map_fd(R1, "spec")
    c.stack(R2, TMP)
    a.call(LOOKUP)
    a.bri("eq", R0, 0, done)
    a.ldx(8, R1, R0, 0)
    a.ldx(8, R2, R10, TMP2)
    a.br("ne", R1, R2, done)
    _room(c, size, room)
    a.place(room)
    a.imm(R2, size)
    a.atomic_add(R0, 8, R2)
    a.place(done)
    a.ldx(8, R1, R10, TMP2)
    c.store(insn.dst, R1)


def _room(c: Clause, size: int, room: Label) -> None:
    """Go to `room` if the speculation whose entry is in r0 has some, else the drop is counted and the clause ends."""
    a = c.asm
    a.ldx(8, R1, R0, 8)
    a.alui("add", R1, size)
    most = c.layout.config.specsize
    if fits32(most):
        a.bri("le", R1, most, room)
    else:
        a.imm(R2, most)
        a.br("le", R1, R2, room)
    c.drop(_SPEC)
    a.jump(c.end)


def op_specend(c: Clause, insn: Insn) -> None:
    """A commit's record is reserved before the id is given up: without room for it the drop is counted, and the data are lost."""
    a, done, lost, late = c.asm, Label(), Label(), Label()
    commit = insn.imm if isinstance(insn.imm, bool) else insn.imm[0]
    _find(c, insn)
    a.bri("eq", R0, 0, done)
    a.ldx(8, R1, R0, 0)
    a.stx(8, R10, TMP2, R1)
    if commit:
        reserve(c, 0, lost)
        _take_out(c, late)
        header(c, -2)
        a.ldx(8, R1, R10, TMP2)
        a.stx(4, R7, SPECULATION, R1)
        submit(c)
        _give_back(c)
        a.jump(done)
        a.place(late)
        a.mov(R1, R7)
        a.imm(R2, 1)
        a.call(DISCARD)
        a.jump(done)
        a.place(lost)
    _take_out(c, done)
    _give_back(c)
    a.place(done)


def _take_out(c: Clause, gone: Label) -> None:
    """Make the id at TMP inactive; go to `gone` when somebody else has."""
    a = c.asm
    a.map_fd(R1, "spec")
    c.stack(R2, TMP)
    a.call(DELETE)
    a.bri("ne", R0, 0, gone)


def _give_back(c: Clause) -> None:
    """The mark at TMP2, a generation on, is free."""
    a = c.asm
    a.ldx(8, R1, R10, TMP2)
    a.alui("add", R1, 0x10000)
    a.alui("shl", R1, 32)
    a.alui("shr", R1, 32)
    a.stx(8, R10, TMP2, R1)
    a.map_fd(R1, "specfree")
    c.stack(R2, TMP2)
    a.imm(R3, 0)
    a.call(PUSH)
