"""`-x version`: a program that is to run where D was older must not use what is newer.

Names of D that came later than 1.0 have the version they came with (`_SINCE`), names of the program one if `#pragma D binding` gives it.
`Limit` goes over a clause before it is checked: a name that is newer than the version asked for is not there.
"""

from __future__ import annotations

from ..errors import UserError
from ..options import parse_version
from . import tree as t
from .stability import children

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .declare import Scope

_SINCE = {
    "1.1": "freopen index rindex strchr strrchr strstr strtok substr",
    "1.2": "func mod setopt sym uaddr ucaller ufunc umod ustackdepth usym",
    "1.3": "htonl htonll htons ntohl ntohll ntohs",
    "1.5": "inet_ntoa inet_ntoa6 inet_ntop link_ntop",
    "1.6": "stddev",
    "1.6.4": "llquantize pcap",
    "1.8": "tolower toupper",
    "1.9": "print",
    "1.11": "json strtoll",
}


class Limit:
    """What a program of version `text` may name."""

    def __init__(self, text: str, scope: Scope) -> None:
        self._most = parse_version(text) or 0
        self._scope = scope
        self._newer = {
            name: version for version, names in _SINCE.items() if (parse_version(version) or 0) > self._most for name in names.split()
        }

    def clause(self, clause: t.Clause, cli: bool) -> None:
        """UserError for the first name that is too new."""
        if clause.predicate is not None:
            self._expr(clause.predicate, "in predicate: " if cli else "")
        self._body(clause.body or [], "in action list: " if cli else "")

    def _body(self, body: list[t.Statement | t.If], where: str) -> None:
        for statement in body:
            if isinstance(statement, t.If):
                self._expr(statement.test, where)
                self._body(statement.then, where)
                self._body(statement.other, where)
            else:
                self._expr(statement.expr, where)

    def _expr(self, e: t.Expr, where: str) -> None:
        if isinstance(e, t.Call) and e.name in self._newer:
            raise UserError(f"{where}undefined function name: {e.name}", tag="D_FUNC_UNDEF", line=e.line, hint=self._hint(e.name))
        if isinstance(e, t.Ident) and not e.scope:
            bound = self._scope.versions.get(e.name, 0)
            if e.name in self._newer or bound > self._most:
                text = f"{where}failed to resolve {e.name}: Unknown variable name"
                raise UserError(text, tag="D_IDENT_UNDEF", line=e.line, hint=self._hint(e.name))
        for child in children(e):
            self._expr(child, where)

    def _hint(self, name: str) -> str:
        since = self._newer.get(name)
        return f"it is in D since version {since}" if since else "#pragma D binding gives it a later version"
