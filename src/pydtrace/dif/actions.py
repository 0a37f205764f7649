"""Lowering of actions, one method each: what is recorded, and what the consumer is told to do with it.

`act_NAME(call, first)`: `first` is the number of the next field. Actions of a shape of their own (aggregations, stacks) are dif/lower.py's.
"""

from __future__ import annotations

from ..d import tree as t
from ..d import types as ty
from .values import Values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .ir import Reg, Slot

    Value = Reg | int | Slot


class Actions(Values):
    # -- speculations

    def act_speculate(self, e: t.Call, first: int) -> None:
        """From here on the clause records into the speculation: its record begins now."""
        mark = self.op("speculate", self.integer(e.args[0]))
        self.emit("begin", None, mark)

    def act_commit(self, e: t.Call, first: int) -> None:
        if self.schema.records:  # behind speculate: what this clause records is in time for the commit
            self.emit("commit", None)
            self.complete = True
        self.emit("specend", None, self.integer(e.args[0]), imm=True)

    def act_discard(self, e: t.Call, first: int) -> None:
        self.emit("specend", None, self.integer(e.args[0]), imm=False)

    def integer(self, e: t.Expr) -> Reg | int:
        return self.convert(self.scalar(e), e.type, ty.INT)
