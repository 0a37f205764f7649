"""Programs with a clause that names very many variables and aggregations.

A BPF program may name 64 maps, and usually each thread variable, array and aggregation has its own. Where a clause would need more than
MOST of them, the whole program shares maps, by shape:

thread variables of one size    one hash, keyed by thread and the variable's index
arrays of one size of keys      one hash, the array's index before the key
aggregations with keys          one hash for each size of keys and values, the aggregation's index before the key
aggregations without            one array for each size of values, a place for each

`dynvarsize` and `aggsize` are then bounds of all together. A clause that long has little room for code (an instruction's jump reaches
32,767 others), so what is otherwise written in place is called: functions of the program, which cost a call at each firing.
"""

from __future__ import annotations

from .aggregate import update
from .clause import count_drop
from .frame import THREAD
from .helpers import DELETE, LOOKUP, UPDATE
from .insns import R0, R1, R2, R3, R4, R5, R6, R8, R10, Label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.program import Aggregation, CompiledClause, Program, Variable
    from .clause import Clause

MOST = 40  # the program has others: state, ring, scratch, constants, probes and so on


def crowded(program: Program) -> bool:
    """Whether the program has to share. One program forgets the variables of a thread that is gone: it names all of those."""
    if sum(v.scope == "self" and v.keys is None for v in program.variables) > MOST:
        return True
    errors: set[tuple[str, int]] = set()  # written into each clause that may fault
    for clause in program.clauses:
        if any(probe.provider == "dtrace" and probe.name == "ERROR" for probe in clause.probes):
            errors |= _named(clause)
    return any(len(errors | _named(clause)) > MOST for clause in program.clauses)


def _named(clause: CompiledClause) -> set[tuple[str, int]]:
    """What has maps of its own."""
    found: set[tuple[str, int]] = set()
    for block in clause.function.blocks:
        for insn in block:
            if insn.op == "aggregate":
                found.add(("aggregation", insn.imm[0].index))
            elif insn.op in ("dynget", "dynput", "dynpoke"):
                found.add(("variable", (insn.imm[0] if isinstance(insn.imm, tuple) else insn.imm).index))
            for operand in (insn.dst, *insn.args):
                variable = getattr(operand, "variable", None)
                if variable is not None and variable.scope == "self":
                    found.add(("variable", variable.index))
    return found


def drop(c: Clause, kind: int) -> None:
    """Count a drop. Uses r0-r5."""
    a, layout = c.asm, c.layout

    def make() -> None:
        count_drop(a, layout, kind)
        a.imm(R0, 0)
        a.exit()

    a.call_function(f"drop_{kind}", make)


def get_word(c: Clause, v: Variable, to: int) -> None:
    """The word that is a thread's variable."""
    a = c.asm
    name = c.layout.self_map(v)

    def make() -> None:
        none = Label()
        a.stx(8, R10, -16, R2)
        a.stx(8, R10, -8, R1)
        a.map_fd(R1, name)
        a.mov(R2, R10)
        a.alui("add", R2, -16)
        a.call(LOOKUP)
        a.bri("eq", R0, 0, none)
        a.ldx(8, R0, R0, 0)
        a.place(none)
        a.exit()

    a.imm(R1, v.index)
    a.ldx(8, R2, R10, THREAD)
    a.call_function(f"get_{name}", make)
    a.mov(to, R0)


def put_word(c: Clause, v: Variable) -> None:
    """A thread's variable becomes the word in r1; 0 deletes."""
    a = c.asm
    name = c.layout.self_map(v)

    def make() -> None:
        done, delete = Label(), Label()
        a.stx(8, R10, -16, R2)
        a.stx(8, R10, -8, R1)
        a.stx(8, R10, -24, R3)
        a.map_fd(R1, name)
        a.mov(R2, R10)
        a.alui("add", R2, -16)
        a.bri("eq", R3, 0, delete)
        a.mov(R3, R10)
        a.alui("add", R3, -24)
        a.imm(R4, 0)
        a.call(UPDATE)
        a.bri("eq", R0, 0, done)
        drop(c, 2)
        a.jump(done)
        a.place(delete)
        a.call(DELETE)
        a.place(done)
        a.imm(R0, 0)
        a.exit()

    a.mov(R3, R1)
    a.imm(R1, v.index)
    a.ldx(8, R2, R10, THREAD)
    a.call_function(f"put_{name}", make)


def find(c: Clause, name: str) -> None:
    """The value of the key at r1 in r0, made of zeroes where there is none; 0 where there is no room."""
    a = c.asm

    def make() -> None:
        found = Label()
        a.mov(R6, R1)
        a.map_fd(R1, name)
        a.mov(R2, R6)
        a.call(LOOKUP)
        a.bri("ne", R0, 0, found)
        a.map_fd(R1, name)
        a.mov(R2, R6)
        a.map_value(R3, "zero")
        a.imm(R4, 1)
        a.call(UPDATE)
        a.map_fd(R1, name)
        a.mov(R2, R6)
        a.call(LOOKUP)
        a.place(found)
        a.exit()

    a.call_function(f"find_{name}", make)


def update_value(c: Clause, agg: Aggregation) -> None:
    """Update the words at r8 by the value in r1 and the increment in r5."""
    a = c.asm

    def make() -> None:
        lost = Label()
        a.mov(R8, R1)
        a.mov(R1, R2)
        a.mov(R5, R3)
        update(a, agg, c.layout.config.atomic, lost, lambda: drop(c, 1))
        a.place(lost)
        a.imm(R0, 0)
        a.exit()

    a.mov(R2, R1)
    a.mov(R3, R5)
    a.mov(R1, R8)
    a.call_function("_".join([agg.func, *(f"{param}".replace("-", "m") for param in agg.params)]), make)
