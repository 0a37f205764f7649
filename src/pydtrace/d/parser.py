"""The parser of D: text to `tree.Program`, by recursive descent. Here: the top level, clauses and their statements.

`grammar` has the tokens and D's words, `expressions` the expressions, `declarations` types, variables and whatever defines a name. At
the top level the raw text decides what comes: `foo *p;` is a declaration, `foo*:::` a probe description.
"""

from __future__ import annotations

from . import tree as t
from .depth import Deep
from .expressions import Expressions
from .grammar import SPECIFIERS, STORAGE, WORDCHARS
from .lexer import Lexer, Macros

__all__ = ["Macros", "parse"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..options import Options

_FIELDS = {"provider": 0, "module": 1, "func": 2, "function": 2, "name": 3, "id": 3}
_PLURALS = {"provider": "providers", "module": "modules", "func": "functions", "function": "functions"}


def parse(
    text: str,
    *,
    macros: dict[str, str] | Macros | None = None,
    args: list[str] | None = None,
    options: Options | None = None,
    cli: bool = False,
    field: str | None = None,
    type_names: set[str] | None = None,
    known_type: Callable[[str], bool] | None = None,
    own: str = "",
    library: str = "",
) -> t.Program:
    """The program `text` means, of the file `own`. Options that the program sets are set in `options`. `library` is the path of a library,
    which messages name.

    `cli`: the text of -n, -P, -m, -f or -i, whose descriptions may have no clause; `field` says which ('name', 'provider', 'module',
    'func', 'id'). `type_names` are typedef names known beforehand; those that the program declares are added to it."""
    table = macros if isinstance(macros, Macros) else Macros(macros or {}, args or [], options)
    parser = _Parser(Lexer(text, table, options, own), cli, field, type_names, known_type)
    parser.lex.file = library
    table.last = False
    with Deep():
        program = parser.program()
    if not library and not any(not isinstance(item, t.Pragma) for item in program.items) and not (options and options.integer("empty")):
        parser.lex.fail("empty D program translation unit", "D_EMPTY")
    if not library and not (options and options.integer("argref")):
        table.check(parser.lex.here(parser.lex.line))
    return program


def parse_type(text: str, known_type: Callable[[str], bool]) -> t.TypeName:
    """A type as one writes it in a cast."""
    lex = Lexer(text, Macros({}, []))
    parser = _Parser(lex, True, None, None, known_type)
    lex.next()
    return parser.type_name()


class _Parser(Expressions):
    __slots__ = ("_cli", "field")

    def __init__(self, lex: Lexer, cli: bool, field: str | None, type_names: set[str] | None, known: Callable[[str], bool] | None) -> None:
        super().__init__(lex, type_names, known)
        self._cli = cli
        self.field = field

    @property
    def cli(self) -> bool:
        """Whether a word that could be a type or a description is a description."""
        options = self.lex.options
        return self._cli or options is not None and bool(options.integer("pspec"))

    def program(self) -> t.Program:
        items: list[t.Node] = []
        lex = self.lex
        while True:
            word = lex.lookahead_word()
            if lex.pragmas:
                items += lex.pragmas
                lex.pragmas = []
            if lex.pos >= len(lex.src):
                break
            if lex.src[lex.pos] == ";":
                lex.pos += 1  # an empty declaration, as after `};`
                continue
            self.depth = 0
            if word and self._declares(word):
                lex.next()
                from .declarations import declaration  # most programs have none

                items += declaration(self, word)
            else:
                items.append(self.clause())
        return t.Program(items)

    def _declares(self, word: str) -> bool:
        """Whether the text that starts with `word` is a declaration, not a probe description."""
        lex = self.lex
        if lex.peek(len(word)) == ":":
            return False
        after = lex.src[lex.pos + len(word) : lex.pos + len(word) + 1]
        if word in STORAGE or word in SPECIFIERS or word in ("inline", "translator", "provider"):
            return after not in ("-", "?", ".", "$", "[") and not (after == "*" and self.cli)
        end = lex.peek_at(lex.pos + len(word))
        if after == "`":  # mod`type name
            word, end = self._scoped(len(word) + 1)
            if not word:
                return False
            after = lex.src[lex.peek_at(end) : lex.peek_at(end) + 1]
            return (after == "*" or after in WORDCHARS) and bool(after) and self.is_typedef(word)
        if self.cli and after == "*" or lex.src[end : end + 1] not in WORDCHARS and lex.src[end : end + 1] != "*" or not after:
            return False
        return self.is_typedef(word) and word not in self.shadows

    def _scoped(self, at: int) -> tuple[str, int]:
        """The name behind a scope, and where it ends."""
        lex = self.lex
        start = end = lex.pos + at
        while lex.src[end : end + 1] in WORDCHARS and end < len(lex.src):
            end += 1
        return lex.src[start:end], end

    def clause(self) -> t.Clause:
        lex = self.lex
        descs: list[t.ProbeDesc] = []
        line = 0
        while True:
            lex.word()
            if lex.kind != "id":
                lex.unexpected()
            line = line or lex.at
            descs.append(self.description(lex.text))
            lex.skip()
            if lex.src[lex.pos : lex.pos + 1] != ",":
                break
            lex.pos += 1
        predicate = None
        if lex.src[lex.pos : lex.pos + 1] == "/":
            lex.in_predicate = "/"
            lex.pos += 1
            lex.next()
            predicate = self.expr()
            if not self.at("/}"):
                lex.unexpected()
            lex.in_predicate = ""
            lex.next()
            if not self.at("{"):
                self.fail("expected actions { } following probe description and predicate", "D_SYNTAX", predicate.line)
        elif lex.src[lex.pos : lex.pos + 1] != "{":
            after = lex.src[lex.pos : lex.pos + 1]
            if not self._cli and (after in WORDCHARS or after in "-$:.?*\\[]!"):
                self.fail("expected predicate and/or actions following probe description", "D_SYNTAX", line)
            if self._cli and after in ("", ";"):
                return t.Clause(line, descs, None, None)
            lex.next()
            lex.unexpected()
        else:
            lex.next()
        return t.Clause(line, descs, predicate, self.block())

    def description(self, text: str) -> t.ProbeDesc:
        at = self.lex.at
        field = self.field or "name"
        number = text[: len(text) - len(text.lstrip("0123456789"))]
        if number and field in _PLURALS:
            self.fail(f"probe identifier {number} not permitted when specifying {_PLURALS[field]}", "D_PDESC_INVAL")
        if number and number == text:
            return t.ProbeDesc(at, "", "", "", "", text, int(text))
        parts = text.split(":")
        last = _FIELDS[field]
        while len(parts) > last + 1 and not parts[0]:
            del parts[0]
        if len(parts) > last + 1:
            self.fail(f'invalid probe description "{text}": Overspecified probe description', "D_PDESC_INVAL")
        fields = [""] * (last + 1 - len(parts)) + parts + [""] * (3 - last)
        return t.ProbeDesc(at, fields[0], fields[1], fields[2], fields[3], text)

    def block(self) -> list[t.Statement | t.If]:
        """Statements after the current `{` up to its `}`, which stays the current token: what follows it is lexed by another rule
        at the top level."""
        self.enter()
        self.lex.next()
        out: list[t.Statement | t.If] = []
        while not self.at("}"):
            if self.accept(";"):
                continue
            out += self.statement()
        self.depth -= 1
        return out

    def statement(self) -> list[t.Statement | t.If]:
        lex = self.lex
        line = lex.at
        if self.at("{"):
            inner = self.block()
            lex.next()
            return inner
        if self.at("if"):
            self.enter()
            lex.next()
            self.expect("(")
            test = self.expr()
            self.expect(")")
            then = self.branch()
            other = self.branch() if self.accept("else") else []
            self.depth -= 1
            return [t.If(line, test, then, other)]
        expr = self.expr()
        if not self.at("}"):
            self.expect(";")
        return [t.Statement(line, expr)]

    def branch(self) -> list[t.Statement | t.If]:
        return [] if self.accept(";") else self.statement()
