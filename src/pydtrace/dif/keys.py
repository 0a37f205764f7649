"""Names of the probe as keys: `calls[probefunc]`.

The kernel engine packs such a key as the probe's number, which is short and needs no text. That is right only where nothing else is ever
packed for the same key: the consumer of an aggregation turns numbers into names, and adds up what has one name. An associative array has no
consumer: entry and return of a function are two probes with one `probefunc`. So there, and in an aggregation whose key is sometimes
another string, the name is copied into a string first. This runs when all clauses are known.
"""

from __future__ import annotations

from .ir import Insn, Slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .ir import Function
    from .program import Program

_FIRST = {"dynget": 0, "dynput": 1, "dynpoke": 2}  # which operand is the first key


def agree(program: Program) -> None:
    """Make all uses of a key of one kind."""
    mixed = _mixed(program)
    for clause in program.clauses:
        for block in clause.function.blocks:
            if any(_names(insn) for insn in block):
                block[:] = [new for insn in block for new in _plain(insn, clause.function, mixed, program.strsize)]


def _names(insn: Insn) -> list[int]:
    """The operands that are keys and names of the probe."""
    if insn.op == "aggregate":
        keys = range(insn.imm[1])
    elif insn.op in _FIRST:
        keys = range(_FIRST[insn.op], len(insn.args))
    else:
        return []
    return [at for at in keys if getattr(insn.args[at], "space", "") == "probe"]


def _mixed(program: Program) -> set[tuple[int, int]]:
    """Aggregation and number of the key, for keys that are not the same name of the probe everywhere."""
    seen: dict[tuple[int, int], str] = {}
    mixed: set[tuple[int, int]] = set()
    for clause in program.clauses:
        for block in clause.function.blocks:
            for insn in block:
                if insn.op == "aggregate":
                    for at, key in enumerate(insn.args[: insn.imm[1]]):
                        name = key.name if isinstance(key, Slot) and key.space == "probe" else ""
                        if seen.setdefault((insn.imm[0].index, at), name) != name:
                            mixed.add((insn.imm[0].index, at))
    return mixed


def _plain(insn: Insn, function: Function, mixed: set[tuple[int, int]], strsize: int) -> list[Insn]:
    """The instruction, behind copies of the names that must be strings."""
    before: list[Insn] = []
    args = list(insn.args)
    for at in _names(insn):
        if insn.op == "aggregate" and (insn.imm[0].index, at) not in mixed:
            continue
        text = Slot("tmp", function.ntmps, strsize, True)
        function.ntmps += 1
        before.append(Insn("copy", text, (args[at],), None, insn.line))
        args[at] = text
    return [*before, Insn(insn.op, insn.dst, tuple(args), insn.imm, insn.line)]
