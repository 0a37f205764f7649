"""Blocks in an order in which every jump goes forward (D has no loops), and without those nothing reaches.

Lowering makes blocks as it meets them: for `a && b` the block of `b` comes behind the blocks both lead to. Back ends rely on the order:
registers live for a span of instructions, and a label is placed before nothing jumps to it any more. This is a reverse postorder of
the graph; of a branch's two ways, `no` comes next, so that it falls through.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .ir import Function, Insn


def _successors(block: list[Insn]) -> list[int]:
    last = block[-1] if block else None
    if last is None:
        return []
    if last.op == "jmp":
        return [last.imm[0] if isinstance(last.imm, tuple) else last.imm]
    return [last.imm[1], last.imm[2]] if last.op == "br" else []


def order(function: Function) -> None:
    """Reorder `function.blocks` in place; changes nothing when they are in order already."""
    blocks = function.blocks
    ways = [_successors(block) for block in blocks]
    if all(way > at for at, to in enumerate(ways) for way in to):
        return
    finished: list[int] = []
    seen = {0}
    stack = [(0, iter(ways[0]))]
    while stack:
        at, rest = stack[-1]
        for way in rest:
            if way not in seen:
                seen.add(way)
                stack.append((way, iter(ways[way])))
                break
        else:
            finished.append(at)
            stack.pop()
    finished.reverse()
    place = {old: new for new, old in enumerate(finished)}
    for old in finished:
        last = blocks[old][-1] if blocks[old] else None
        if last is not None and last.op == "jmp":
            last.imm = (place[last.imm[0]],) if isinstance(last.imm, tuple) else place[last.imm]
        elif last is not None and last.op == "br":
            last.imm = (last.imm[0], place[last.imm[1]], place[last.imm[2]])
    function.blocks = [blocks[old] for old in finished]
