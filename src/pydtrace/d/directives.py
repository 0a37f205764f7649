"""What `#pragma D attributes`, `binding` and `depends_on` ask of the compiler, after the lexer has read them (d/pragma.py).

`attributes` and `binding` are about a name of the program, which may be defined later: that it was is checked at the end (`finish`).
"""

from __future__ import annotations

from ..errors import UserError
from ..options import parse_attributes, parse_version
from . import stability
from . import tree as t
from .subroutines import SUBROUTINES
from .symbols import ACTIONS, AGGREGATORS, BUILTINS, PROBE_STRINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from .declare import Scope


class Directives:
    """Those of one compilation. `has` tells whether there is a 'provider' or 'module' of that name."""

    def __init__(self, scope: Scope, has: Callable[[str, str], bool]) -> None:
        self.scope = scope
        self.has = has
        self.pending: list[tuple[t.Pragma, str]] = []

    def apply(self, pragma: t.Pragma, library: bool = False) -> None:
        """`library`: it is in one, whose dependencies have been seen to."""
        if pragma.kind == "attributes":
            self._attributes(pragma)
        elif pragma.kind == "binding":
            self._binding(pragma)
        else:
            self._depends(pragma, library)

    def finish(self) -> None:
        """UserError for a pragma about a name that was never defined."""
        scope = self.scope
        for pragma, name in self.pending:
            known = name in scope.inlines or ("global", name) in scope.by_name or name in scope.constants
            if not known and not (name == "translator" and scope.translators):
                self._fail(pragma, "D_PRAGMA_UNUSED", f"unused #pragma {pragma.kind}")

    def _fail(self, pragma: t.Pragma, tag: str, text: str) -> NoReturn:
        raise UserError(text, tag=tag, line=pragma.line)

    def _names(self, pragma: t.Pragma, kind: str, form: str) -> list[str]:
        words = pragma.words
        if len(words) < 2 or words[0][0] != kind or words[1][0] != "id":
            self._fail(pragma, "D_PRAGMA_MALFORM", f"malformed #pragma {pragma.kind} {form}")
        return [text for _, text in words]

    def _attributes(self, pragma: t.Pragma) -> None:
        words = self._names(pragma, "id", "<attributes> <ident>")
        found = parse_attributes(words[0])
        if found is None:
            self._fail(pragma, "D_PRAGMA_INVAL", "invalid attributes specified by #pragma attributes")
        name = words[1]
        if name == "provider":
            if len(words) < 4:
                self._fail(pragma, "D_PRAGMA_MALFORM", "malformed #pragma attributes <attributes> <ident>")
            _, _, provider, part = words[:4]
            if part not in stability.PARTS:
                self._fail(pragma, "D_PRAGMA_INVAL", f'invalid component "{part}" in attribute #pragma for provider {provider}')
            self.scope.stability[provider, part] = found
            return
        self._own(pragma, name)
        self.scope.stability["", name] = found

    def _binding(self, pragma: t.Pragma) -> None:
        words = self._names(pragma, "str", '"version" <ident>')
        bound = parse_version(words[0])
        if bound is None:
            self._fail(pragma, "D_PRAGMA_INVAL", "invalid version string specified by #pragma binding")
        self._own(pragma, words[1])
        self.scope.versions[words[1]] = bound

    def _own(self, pragma: t.Pragma, name: str) -> None:
        """The name must be one that the program defines."""
        scope = self.scope
        inline = scope.inlines.get(name)
        if inline is not None and not inline.library:
            return
        outside = any(name in table for table in (BUILTINS, PROBE_STRINGS, ACTIONS, AGGREGATORS, SUBROUTINES, ("execname", "curthread")))
        if outside or scope.library is not None and scope.library.has(name) and inline is None:
            self._fail(pragma, "D_PRAGMA_SCOPE", f"#pragma {pragma.kind} cannot modify entity defined outside program scope")
        self.pending.append((pragma, name))

    def _depends(self, pragma: t.Pragma, library: bool) -> None:
        kind, name = self._names(pragma, "id", "<class> <name>")[:2]
        if kind == "library":
            if not library:
                self._fail(pragma, "D_PRAGMA_DEPEND", "main program may not explicitly depend on a library")
        elif kind not in ("provider", "module"):
            self._fail(pragma, "D_PRAGMA_INVAL", f"invalid class {kind} specified by #pragma depends_on")
        elif not self.has(kind, name):
            self._fail(pragma, "D_PRAGMA_DEPEND", f"program requires {kind} {name}")
