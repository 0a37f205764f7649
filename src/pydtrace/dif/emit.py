"""The pen that lowering writes DIF with: registers, slots, blocks, and the current line."""

from __future__ import annotations

from .ir import Function, Insn, Reg, Slot
from .program import Schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..d.check import Checker
    from ..d.tree import Ident
    from ..options import Options

    Value = Reg | int | Slot


class Emitter:
    """Emits into the current block of `function`."""

    def __init__(self, name: str, checker: Checker, options: Options) -> None:
        self.function = Function(name)
        self.schema = Schema()
        self.checker = checker
        self.options = options
        self.strsize = checker.scope.string.size
        self.block = self.function.blocks[0]
        self.line = 0
        self.destructive = False
        self.complete = False  # the record has been committed before the end of the clause
        self.speculation: Ident | None = None  # the variable that tells the rest of the clause
        self.uses: set[str] = set()
        self.nullable: set[int] = set()  # temporaries that may hold a NULL string

    def reg(self) -> Reg:
        self.function.nregs += 1
        return Reg(self.function.nregs - 1)

    def tmp(self, size: int, string: bool = True) -> Slot:
        self.function.ntmps += 1
        return Slot("tmp", self.function.ntmps - 1, size, string)

    def emit(self, op: str, dst: Reg | Slot | None, *args: Value, imm: Any = None) -> None:
        self.block.append(Insn(op, dst, args, imm, self.line))

    def op(self, op: str, *args: Value, imm: Any = None) -> Reg:
        dst = self.reg()
        self.emit(op, dst, *args, imm=imm)
        return dst

    def new_block(self) -> int:
        self.function.blocks.append([])
        return len(self.function.blocks) - 1

    def enter(self, block: int) -> None:
        self.block = self.function.blocks[block]
