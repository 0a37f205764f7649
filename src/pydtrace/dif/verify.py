"""The DIF verifier: the invariants of dif/ir.py, checked before a back end sees a function.

A violation is a mistake of our front end, never of the user: it raises InternalError, naming function, offset and rule. Rules (3), (4)
and (5) need what is true *on every path*: a forward data-flow analysis over (registers surely written, record state, fields put),
iterated to its fixed point; the meet of register sets is intersection, and two paths must agree on the record state where they meet.
"""

from __future__ import annotations

from ..errors import InternalError
from .ir import Function, Insn, Reg, Slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    State = tuple[frozenset[int], str, frozenset[int]]

_TERMINATORS = frozenset(("jmp", "br", "ret", "fault"))
CONDS = frozenset(("eq", "ne", "lt", "le", "gt", "ge", "slt", "sle", "sgt", "sge"))
_SPACES = ("kernel", "user")

# Operand kinds: r register, i integer (register or immediate), s slot, x integer or slot. First the destination ('' none), then the
# operands; a trailing '*' means any number more of the last kind.
_SHAPES: dict[str, tuple[str, str]] = {
    "mov": ("r", "i"), "neg": ("r", "i"), "not": ("r", "i"), "ext": ("r", "i"), "set": ("r", "ii"), "strcmp": ("r", "ss"),
    "null": ("r", "s"), "present": ("", "s"),
    "load": ("r", "i"), "loadstr": ("s", "ii*"), "store": ("", "ix"), "loadmem": ("s", "i"),
    "get": ("r", "s"), "put_var": ("", "sx"), "copy": ("s", "s"),
    "dynget": ("x", "x*"), "dynput": ("", "xx*"), "arg": ("r", ""), "builtin": ("x", ""), "call": ("?", "x*"), "begin": ("", "i*"),
    "ureg": ("r", "i"), "speculate": ("r", "i"), "specend": ("", "i"),
    "put": ("", "x"), "putmem": ("", "ii*"), "putstack": ("", ""), "stack": ("s", ""), "usym": ("s", "i"), "commit": ("", ""),
    "aggregate": ("", "x*"), "exit": ("", ""), "jmp": ("", ""),
    "br": ("", "ii"), "ret": ("", ""), "fault": ("", ""),
    "peek": ("r", "si"), "poke": ("", "six"), "cut": ("s", "si"), "cutstr": ("s", "si"), "bound": ("r", "i"), "addr": ("r", "s"),
    "dynpoke": ("", "ixx*"),
}  # fmt: skip
for _op in ("add", "sub", "mul", "and", "or", "xor", "shl", "shr", "sar", "udiv", "sdiv", "umod", "smod"):
    _SHAPES[_op] = ("r", "ii")


def verify(function: Function) -> None:
    """Raise InternalError when `function` breaks an invariant."""
    offset = 0
    for number, block in enumerate(function.blocks):
        if not block:
            raise InternalError(f"DIF of {function.name}: block {number} is empty (rule 1)")
        for at, insn in enumerate(block):
            last = at == len(block) - 1
            if (insn.op in _TERMINATORS) != last:
                what = "does not end in a terminator" if last else "goes on after a terminator"
                raise _bad(function, offset, insn, f"block {number} {what} (rule 1)")
            _shape(function, offset, insn)
            if any(not 0 <= target < len(function.blocks) for target in targets(insn)):
                raise _bad(function, offset, insn, "its target does not exist (rule 2)")
            offset += 1
    _flow(function)


def targets(insn: Insn) -> tuple[int, ...]:
    """The blocks a terminator may go to."""
    if insn.op == "jmp":
        return (insn.imm[0] if isinstance(insn.imm, tuple) else insn.imm,)
    return (insn.imm[1], insn.imm[2]) if insn.op == "br" else ()


def _bad(function: Function, offset: int, insn: Insn, why: str) -> InternalError:
    return InternalError(f"DIF of {function.name}, offset {offset}: {insn!r}: {why}")


def _kind(operand: Any, kind: str) -> bool:
    if kind == "r":
        return isinstance(operand, Reg)
    if kind == "s":
        return isinstance(operand, Slot)
    if kind == "i":
        return isinstance(operand, (Reg, int))
    return isinstance(operand, (Reg, int, Slot))


def _shape(function: Function, offset: int, insn: Insn) -> None:
    shape = _SHAPES.get(insn.op)
    if shape is None:
        raise _bad(function, offset, insn, "no such operation (rule 6)")
    dst, args = shape
    given = insn.dst is not None
    if dst == "?":
        good = not given or _kind(insn.dst, "x")
    elif dst == "":
        good = not given
    else:
        good = given and _kind(insn.dst, dst)
    if not good or isinstance(insn.dst, int):
        raise _bad(function, offset, insn, "its destination does not fit (rule 6)")
    if args.endswith("*"):
        fixed, rest = args[:-2], args[-2]
        kinds = fixed + rest * (len(insn.args) - len(fixed))
    else:
        kinds = args
    if len(kinds) != len(insn.args) or not all(map(_kind, insn.args, kinds)):
        raise _bad(function, offset, insn, "its operands do not fit (rule 6)")
    if insn.op == "set" and (insn.imm[0] if isinstance(insn.imm, tuple) else insn.imm) not in CONDS:
        raise _bad(function, offset, insn, "unknown condition (rule 6)")
    if insn.op == "br" and insn.imm[0] not in CONDS:
        raise _bad(function, offset, insn, "unknown condition (rule 6)")
    if insn.op in ("load", "loadstr", "loadmem", "putmem") and insn.imm[-1] not in _SPACES:
        raise _bad(function, offset, insn, "unknown address space (rule 6)")


def _flow(function: Function) -> None:
    starts: list[int] = []
    total = 0
    for block in function.blocks:
        starts.append(total)
        total += len(block)
    states: dict[int, State] = {0: (frozenset(), "before", frozenset())}
    work = {0}
    while work:
        number = min(work)  # blocks are in forward order: each is met once, when all that lead to it have been
        work.remove(number)
        registers, record, fields = states[number]
        live, put = set(registers), set(fields)
        for at, insn in enumerate(function.blocks[number]):
            offset = starts[number] + at
            for operand in insn.args:
                if isinstance(operand, Reg) and operand.n not in live:
                    raise _bad(function, offset, insn, f"{operand!r} may be read before it is written (rule 3)")
            if isinstance(insn.dst, Reg):
                live.add(insn.dst.n)
            record = _record(function, offset, insn, record, put)
        out = (frozenset(live), record, frozenset(put))
        for target in targets(function.blocks[number][-1]):
            old = states.get(target)
            if old is None:
                new = out
            else:
                if (old[1] == "begun") != (record == "begun") or (record == "begun" and old[2] != out[2]):
                    raise InternalError(f"DIF of {function.name}: paths into block {target} disagree about the record (rules 4, 5)")
                # "before" and "done" may meet: from then on no record may begin.
                new = (old[0] & out[0], old[1] if old[1] == record else "done", old[2] | out[2])
            if new != old:
                states[target] = new
                work.add(target)


def _record(function: Function, offset: int, insn: Insn, record: str, put: set[int]) -> str:
    op = insn.op
    if op == "begin":
        if record != "before":
            raise _bad(function, offset, insn, "a second begin on a path (rule 5)")
        return "begun"
    if op in ("put", "putmem", "putstack"):
        field = insn.imm[0] if isinstance(insn.imm, tuple) else insn.imm
        if record != "begun" or field in put:
            raise _bad(function, offset, insn, "put outside a record, or twice (rule 4)")
        put.add(field)
    elif op == "commit":
        if record != "begun":
            raise _bad(function, offset, insn, "commit outside a record (rule 4)")
        return "done"
    elif op == "ret" and record == "begun":
        raise _bad(function, offset, insn, "the record is begun and never committed (rule 5)")
    return record
