"""`if` and `else`: a clause that has them becomes several.

A clause's record has one layout, so what is recorded in a branch cannot be in the record of the whole. The clause is cut where a
branch begins and ends, and each piece is a clause of its own on the same probes, in order, with its own record and its own line of
output. Conditions are computed where they stand, into hidden variables of the firing; the pieces' predicates ask them:

    P /p/ { A; if (x) { B; } else { C; } D; }

    P            { ok = 0; c0 = p; ok = 1; }
    P /ok && c0/ { ok = 0; A; c1 = x; ok = 1; }
    P /ok && c0 && c1/  { ok = 0; B; ok = 1; }
    P /ok && c0 && !c1/ { ok = 0; C; ok = 1; }
    P /ok && c0/ { D; }

`ok` ends the rest of the clause after a fault: a piece that faults leaves it 0. A condition is only asked where those around it hold, so
that one of an earlier firing is never seen. The first piece of a clause without a predicate is `A`'s, the last need not set `ok`. Names
of hidden variables begin with `%`, which no program can write.

`speculate` holds for the rest of the clause on the way that was taken: where a clause has one, `%spec` keeps the speculation's mark, 0
at first, and the pieces behind it record there (dif/lower.py). Which actions may stand together is decided for every way through the
branches (d/rules.py): each piece knows those that may be the one before it.
"""

from __future__ import annotations

from . import tree as t
from . import types as ty

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    _Condition = tuple[str, bool]  # hidden variable, wanted value


def has_branches(clause: t.Clause) -> bool:
    return any(isinstance(s, t.If) for s in clause.body or ())


def split(clause: t.Clause, number: int) -> list[t.Clause]:
    """The pieces of a clause with branches. `number` makes its hidden variables its own."""
    return _Splitter(clause, number).pieces


class _Splitter:
    __slots__ = ("pieces", "_clause", "_ok", "_name", "_count", "_open", "_conditions", "_ends", "_mark")

    def __init__(self, clause: t.Clause, number: int) -> None:
        self.pieces: list[t.Clause] = []
        self._clause = clause
        self._ok = f"%ok{number}"
        self._name: Callable[[int], str] = lambda n: f"%if{number}.{n}"
        self._count = 0
        self._open: list[t.Statement | t.If] = []
        self._conditions: list[_Condition] = []
        self._ends: tuple[t.Clause, ...] = ()  # the pieces that what comes next may follow
        body = clause.body or []
        self._mark = f"%spec{number}" if calls(body, "speculate") else ""
        if self._mark:
            zero = t.IntLit(clause.line, 0, ty.ULONG)
            self._open.append(t.Statement(clause.line, t.Assign(clause.line, "=", t.Ident(clause.line, self._mark, "this"), zero)))
        if clause.predicate is not None:
            self._branch(t.Truth(clause.predicate.line, clause.predicate, True), body, [], clause.line)
        else:
            self._statements(body)
        self._close(clause.line, last=True)

    def _statements(self, body: list[t.Statement | t.If]) -> None:
        for statement in body:
            if isinstance(statement, t.If):
                self._branch(t.Truth(statement.line, statement.test, False), statement.then, statement.other, statement.line)
            else:
                self._open.append(statement)

    def _branch(self, test: t.Truth, then: list[t.Statement | t.If], other: list[t.Statement | t.If], line: int) -> None:
        name = self._name(self._count)
        self._count += 1
        self._open.append(t.Statement(line, t.Assign(line, "=", t.Ident(line, name, "this"), test)))
        if not then and not other:
            return
        self._close(line)
        start = self._ends
        met: list[t.Clause] = []
        for wanted, body in ((True, then), (False, other)):
            self._ends = start
            self._conditions.append((name, wanted))
            self._statements(body)
            self._close(line)
            self._conditions.pop()
            met += self._ends
        self._ends = tuple(dict.fromkeys(met))

    def _close(self, line: int, last: bool = False) -> None:
        """What has been read since the last cut is a piece."""
        body, self._open = self._open, []
        if not body:
            return
        first = not self.pieces
        predicate = None if first else self._predicate(line)
        if not last:
            body = [self._set(line, 0), *body, self._set(line, 1)]
        elif first:
            predicate = None  # all branches were empty
        piece = t.Clause(self._clause.line, self._clause.descs, predicate, body)
        piece.after = self._ends
        piece.speculation = t.Ident(line, self._mark, "this") if self._mark else None
        self.pieces.append(piece)
        self._ends = (piece,)

    def _set(self, line: int, value: int) -> t.Statement:
        return t.Statement(line, t.Assign(line, "=", t.Ident(line, self._ok, "this"), t.IntLit(line, value)))

    def _predicate(self, line: int) -> t.Expr:
        test: t.Expr = t.Ident(line, self._ok, "this")
        for name, wanted in self._conditions:
            side: t.Expr = t.Ident(line, name, "this")
            test = t.Binary(line, "&&", test, side if wanted else t.Unary(line, "!", side))
        return test


def calls(body: list[t.Statement | t.If], action: str) -> bool:
    """Whether one of the statements is a call of `action`."""
    return any(calls([*s.then, *s.other], action) if isinstance(s, t.If) else _calls(s.expr, action) for s in body)


def _calls(e: t.Expr, action: str) -> bool:
    if isinstance(e, t.Binary) and e.op == ",":
        return _calls(e.left, action) or _calls(e.right, action)
    return isinstance(e, t.Call) and e.name == action
