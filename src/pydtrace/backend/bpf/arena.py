"""The part of scratch that D programs have addresses in: where it is, how large, and whose.

`size` bytes for alloca, then `copies` bytes for copyin: a place for each call, a clause's calls one behind the other, all clauses over each
other. The pieces of a clause with branches are one clause here. Behind that comes room that only the verifier thinks is needed: for it
a block of variable size at a variable offset might reach so far.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.program import Program

LARGE_COPY = 65535  # bytes of a copyin whose size is not known before
_COUNT = {"alloca": 0, "bcopy": 2, "copyinto": 1}  # which argument is the size


def _up8(n: int) -> int:
    return (n + 7) & ~7


class Arena:
    """`at` is its offset in scratch, `end` that of what follows. `places`: by identity of the copyin instruction, its offset in the arena;
    `owned`: by index of the clause, the end of its copyin places."""

    __slots__ = ("at", "size", "copies", "end", "places", "owned")

    def __init__(self, program: Program, at: int) -> None:
        self.at = at
        self.size = self.copies = 0
        self.places: dict[int, int] = {}
        self.owned: dict[int, int] = {}
        room, varied = max(8, _up8(program.scratchsize)), False
        copies: list[tuple[int, int]] = []  # (clause, instruction)
        sizes: dict[int, int] = {}
        whole = 0
        wholes: dict[int, int] = {}
        for clause in program.clauses:
            whole = whole if clause.continues else clause.index
            wholes[clause.index] = whole
            for block in clause.function.blocks:
                for insn in block:
                    name = insn.imm if insn.op == "call" else insn.op
                    if name == "copyin":
                        size = insn.args[1]
                        copies.append((whole, id(insn)))
                        sizes[id(insn)] = _up8((size if isinstance(size, int) else LARGE_COPY) + 1)  # a NUL goes behind
                    elif name in ("store", "alloca", "bcopy", "copyinto"):
                        self.size = room
                        varied |= name in _COUNT and not isinstance(insn.args[_COUNT[name]], int)
        ends: dict[int, int] = {}
        for whole, number in copies:
            self.places[number] = ends.get(whole, self.size)
            ends[whole] = self.places[number] + sizes[number]
        for index, whole in wholes.items():
            self.owned[index] = ends.get(whole, self.size)
        self.copies = max(self.owned.values(), default=self.size) - self.size
        self.end = at + (self.size + self.copies) * (2 if varied else 1)
