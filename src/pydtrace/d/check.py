"""The checker: names and types of one clause, for the probes it is enabled on.

The parser's tree is annotated in place (d/tree.py says with what). A `Scope` lives for a whole program: variables and aggregations are
made by first use and must agree with it later. `Checker` is made per clause and probe signature. Errors are UserErrors with the reference's
wording and tag; those found in an expression begin with where it stands: `in predicate: `, `in action list: ` on the command line,
`line N: ` in a script. Declarations are in d/declare.py, calls in d/calls.py, names and assignment in d/variables.py, operators in
d/operators.py; this is what is left: clauses and statements.
"""

from __future__ import annotations

from ..errors import UserError
from . import tree as t
from . import types as ty
from .declare import Scope
from .inline import Inlines
from .operators import Operators
from .rules import ClauseRules
from .symbols import ACTIONS


class Checker(Inlines, Operators):
    """Checks one clause. `args` are the types of args[] of the probes it is enabled on, `natives` what they are made of (providers/base);
    `cli` chooses how places are told."""

    def __init__(
        self,
        scope: Scope,
        args: list[ty.Type] | None,
        probe_text: str,
        cli: bool,
        natives: list[tuple[int, ty.Type]] | None = None,
    ) -> None:
        super().__init__(scope, cli)
        self.args = args
        self.natives = natives
        self.probe_text = probe_text

    # -- clauses

    def clause(self, clause: t.Clause) -> None:
        """The statements, then the predicate, which may name what they make; the other way round when that fails for want of a name."""
        try:
            self._body(clause)
        except UserError as error:
            if clause.predicate is None or error.tag not in ("D_IDENT_UNDEF", "D_VAR_UNDEF"):
                raise
            self._predicate(clause.predicate)
            self._body(clause)
            return
        if clause.predicate is not None:
            self._predicate(clause.predicate)

    def _body(self, clause: t.Clause) -> None:
        self.where = "in action list"
        self.rules = clause.rules = ClauseRules.behind([piece.rules for piece in clause.after if piece.rules is not None])
        self.speculating = self.rules.speculate
        for statement in clause.body or ():
            assert isinstance(statement, t.Statement)
            self.statement(statement.expr)
        if clause.speculation is not None:
            self.expr(clause.speculation)

    def _predicate(self, e: t.Expr) -> None:
        self.where = "in predicate"
        self.expr(e)
        if not ty.is_scalar(e.type):
            self.fail("D_PRED_SCALAR", "predicate result must be of scalar type", e)

    def _truth(self, e: t.Truth) -> None:
        e.type = ty.INT
        if e.predicate:
            self._predicate(e.operand)
            self.where = "in action list"
            return
        self.expr(e.operand)
        if not ty.is_scalar(e.operand.type):
            self.fail("D_PRED_SCALAR", "condition of if must be of scalar type", e)

    def statement(self, e: t.Expr) -> None:
        if isinstance(e, t.Assign) and isinstance(e.left, t.AggRef):
            self._aggregate(e, e.left)
        elif isinstance(e, t.AggRef):
            self._null_effect(e)
        elif isinstance(e, t.Assign) and isinstance(e.left, t.Index) and isinstance(e.left.base, t.AggRef):
            self.fail("D_AGG_MDIM", f"improper attempt to reference @{e.left.base.name} as a multi-dimensional array", e)
        elif isinstance(e, t.Call) and e.name in ACTIONS:
            self._action(e)
        elif isinstance(e, t.Binary) and e.op == ",":
            self.statement(e.left)
            self.statement(e.right)
        else:
            self.expr(e)

    # -- expressions

    def expr(self, e: t.Expr) -> None:
        e.stands = None
        getattr(self, "_" + type(e).__name__.lower())(e)

    def _intlit(self, e: t.IntLit) -> None:
        pass

    def _strlit(self, e: t.StrLit) -> None:
        e.type = self.scope.string

    def _aggref(self, e: t.AggRef) -> None:
        self._null_effect(e)
