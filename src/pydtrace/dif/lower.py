"""Lowering: a checked clause becomes DIF and a record schema.

One pass over the tree, emitting into the current block. The record begins right after the predicate (of a speculating clause right
after `speculate`), so that each action can put its fields where it stands; a fault discards it. Expressions are dif/values.py.
"""

from __future__ import annotations

from ..d import tree as t
from ..d import types as ty
from ..d.branches import calls
from ..d.rules import SILENT
from ..d.stacks import is_valued, is_wide
from ..d.symbols import ACTIONS, DESTRUCTIVE
from . import stacks
from .actions import Actions
from .program import Action

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .ir import Reg, Slot

    Value = Reg | int | Slot


class Lowering(Actions):
    """Lowers one clause. After `run`, `function` and `schema` are complete and `uses` names what the clause needs."""

    # -- the clause

    def run(self, clause: t.Clause) -> None:
        self.line = clause.line
        body = clause.body or []
        self.schema.records = not body or any(_records(s) for s in body)
        if clause.predicate is not None:
            go, out = self.new_block(), self.new_block()
            self.branch(clause.predicate, go, out)
            self.enter(out)
            self.emit("ret", None)
            self.enter(go)
        self.speculation = clause.speculation
        if self.schema.records and not calls(body, "speculate"):
            if self.speculation is not None and self.checker.speculating:
                self.emit("begin", None, self.op("speculate", self.value(self.speculation), imm=True))
            else:
                self.emit("begin", None)
        if not body:
            self.schema.actions.append(Action("default"))
        for statement in body:
            assert isinstance(statement, t.Statement)
            self.line = statement.line
            self.statement(statement.expr)
        if self.schema.records and not self.complete:
            self.emit("commit", None)
        self.emit("ret", None)

    def statement(self, e: t.Expr) -> None:
        if isinstance(e, t.Assign) and isinstance(e.left, t.AggRef):
            self.aggregate(e.left, e.right)
        elif isinstance(e, t.Call) and e.name in ACTIONS:
            self.action(e)
        elif isinstance(e, t.Binary) and e.op == ",":
            self.statement(e.left)
            self.statement(e.right)
        elif isinstance(e, t.IncDec):
            self.incdec(e, want=False)
        elif is_wide(e.type):
            stacks.value(self, e)
        elif self.is_text(e.type):
            if not isinstance(e, t.StrLit):
                self.text(e)
        elif self.is_memory(e.type):
            self.image(e)
        else:
            self.value(e)

    def action(self, e: t.Call) -> None:
        name = e.name
        self.destructive |= name in DESTRUCTIVE
        first = len(self.schema.fields)
        own = getattr(self, "act_" + name, None)
        if own is not None:
            own(e, first)
        elif name == "printa":
            self.printa(e)
        elif is_valued(name):
            stacks.action(self, e)
        else:
            self.aggregation_action(e, first)

    def printa(self, e: t.Call) -> None:
        aggs = tuple(arg.ref for arg in e.args if isinstance(arg, t.AggRef))
        self.schema.actions.append(Action("printa", len(self.schema.fields), 0, format=e.ref, aggs=aggs))

    def aggregation_action(self, e: t.Call, first: int) -> None:
        agg = e.args[0]
        assert isinstance(agg, t.AggRef)
        for arg in e.args[1:]:
            self.put_field(self.value(arg), "int", 8, True, ty.LONG)
        self.schema.actions.append(Action(e.name, first, len(e.args) - 1, aggs=(agg.ref,)))

    def aggregate(self, agg: t.AggRef, call: t.Expr) -> None:
        assert isinstance(call, t.Call)
        operands: list[Value] = []
        for key, of in zip(agg.keys, agg.ref.keys, strict=True):
            operands.append(self.key(key, of))
        values = call.args[:1]
        if call.name == "quantize":
            values = call.args
        elif call.name == "lquantize":
            values = [call.args[0], *call.args[4:]]
        elif call.name == "llquantize":
            values = [call.args[0], *call.args[5:]]
        operands += [self.value(v) for v in values]
        self.emit("aggregate", None, *operands, imm=(agg.ref, len(agg.keys)))


def _records(statement: t.Statement | t.If) -> bool:
    if isinstance(statement, t.If):
        return True
    return _records_expr(statement.expr)


def _records_expr(e: t.Expr) -> bool:
    if isinstance(e, t.Binary) and e.op == ",":
        return _records_expr(e.left) or _records_expr(e.right)
    return isinstance(e, t.Call) and e.name in ACTIONS and e.name not in SILENT
