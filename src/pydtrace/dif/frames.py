"""How much of the user's stack a program asks for."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .ir import Function
    from .program import Program

MOST = 127  # that a stack may have


def frames_wanted(function: Function) -> int:
    """How many frames of the user's stack a clause wants at most; 0 when it does not ask for it."""
    most = 0
    for block in function.blocks:
        for insn in block:
            if insn.op in ("stack", "putstack"):
                *_, frames, user = insn.imm
                most = max(most, frames if user else 0)
            elif insn.op == "builtin":
                most = max(most, {"ucaller": 2, "ustackdepth": MOST}.get(insn.imm if isinstance(insn.imm, str) else insn.imm[0], 0))
    return min(most, MOST)


def wants_user_stack(program: Program) -> bool:
    return any(frames_wanted(clause.function) for clause in program.clauses)
