"""Blocks are put in an order in which jumps go forward."""

from __future__ import annotations

from pydtrace.dif.ir import Function, Insn
from pydtrace.dif.order import order


def _function(*ends: Insn) -> Function:
    function = Function("f")
    function.blocks = [[end] for end in ends]
    return function


def _insn(op: str, imm: object = None) -> Insn:
    return Insn(op, None, (), imm, 1)


def test_a_block_made_late_moves_before_those_it_leads_to() -> None:
    go, out = _insn("go"), _insn("out")
    function = _function(_insn("br", ("eq", 3, 2)), go, out, _insn("br", ("gt", 1, 2)))
    order(function)
    ends = [block[-1] for block in function.blocks]
    for at, end in enumerate(ends):
        if end.op == "br":
            assert end.imm[1] > at and end.imm[2] > at
    assert ends[ends[0].imm[1]].op == "br" and ends[ends[0].imm[2]] is out
    assert ends[ends[1].imm[1]] is go and ends[ends[1].imm[2]] is out


def test_what_is_in_order_stays() -> None:
    function = _function(_insn("jmp", 1), _insn("ret"))
    blocks = list(function.blocks)
    order(function)
    assert function.blocks == blocks
