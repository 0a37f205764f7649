"""The parser of D: text to `tree.Program`, by recursive descent.

One token of lookahead, plus a look at the raw text where C's grammar needs to know what is a type: at the top level (`foo *p;` or the
probe description `foo*:::`), and after `(` (a cast or an expression). A name is a type when it is a keyword or a built-in typedef, when
this program declared it, or when the caller's `known_type` says so; the last is asked only where the text could be a type at all,
because its answer may cost a walk through the kernel's types.

Nesting is bounded twice, so that neither we nor any later walk over the tree runs out of stack: `depth` while descending, and
`height`, the height of the expression tree just built (a long `a + b + c…` descends nowhere but grows as tall).
"""

from __future__ import annotations

from ..errors import UserError
from . import tree as t
from .depth import MOST_HIGH, MOST_NESTED, Deep
from .lexer import Lexer, Macros

__all__ = ["Macros", "parse"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from ..options import Options

_BASE = frozenset(("void", "char", "short", "int", "long", "float", "double", "signed", "unsigned", "_Bool", "string"))
_QUALIFIERS = frozenset(("const", "volatile", "restrict"))
_AGGREGATES = frozenset(("struct", "union", "enum"))
_SPECIFIERS = _BASE | _QUALIFIERS | _AGGREGATES
_STORAGE = frozenset(("self", "this", "typedef", "extern", "static", "auto", "register"))
_RESERVED = frozenset("if else for while do switch case default break continue goto return".split())
_KEYWORDS = _SPECIFIERS | _STORAGE | _RESERVED | frozenset("inline translator provider sizeof stringof offsetof xlate".split())
_TYPEDEFS = frozenset(
    """int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t intptr_t uintptr_t size_t ssize_t ptrdiff_t uchar_t ushort_t
    uint_t ulong_t u_longlong_t longlong_t id_t pid_t caddr_t processorid_t psetid_t chipid_t lgrp_id_t taskid_t dprojid_t poolid_t zoneid_t
    timestruc_t ipaddr_t in6_addr_t netstackid_t""".split()
)
_BINARY = {
    "||": 1, "^^": 2, "&&": 3, "|": 4, "^": 5, "&": 6, "==": 7, "!=": 7, "<": 8, "<=": 8, ">": 8, ">=": 8,
    "<<": 9, ">>": 9, "+": 10, "-": 10, "*": 11, "/": 11, "%": 11,
}  # fmt: skip
_ASSIGN = frozenset(("=", "+=", "-=", "*=", "/=", "%=", "&=", "^=", "|=", "<<=", ">>="))
_UNARY = frozenset("+-~!*&")
_FIELDS = {"provider": 0, "module": 1, "func": 2, "function": 2, "name": 3, "id": 3}
_PLURALS = {"provider": "providers", "module": "modules", "func": "functions", "function": "functions"}
_WORDCHARS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_`")


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
    """The program `text` means, of the file `own`. With a `Macros` the caller checks for unused arguments (after its last program); with a
    dict we do. Options that the program sets are set in `options`. `library` is the path of a library, which messages name.

    `cli`: the text of -n, -P, -m, -f or -i, whose descriptions may have no clause; `field` says which ('name', 'provider', 'module',
    'func', 'id'). `type_names` are typedef names known beforehand; those that the program declares are added to it."""
    table = macros if isinstance(macros, Macros) else Macros(macros or {}, args or [], options)
    parser = _Parser(Lexer(text, table, options, own), cli, field, type_names, known_type)
    parser.lex.file = library
    with Deep():
        program = parser.program()
    if not library and not any(not isinstance(item, t.Pragma) for item in program.items) and not (options and options.integer("empty")):
        parser.lex.fail("empty D program translation unit", "D_EMPTY")
    if not isinstance(macros, Macros) and not (options and options.integer("argref")):
        table.check()
    return program


def parse_type(text: str, known_type: Callable[[str], bool]) -> t.TypeName:
    """A type as one writes it in a cast."""
    lex = Lexer(text, Macros({}, []))
    parser = _Parser(lex, True, None, None, known_type)
    lex.next()
    return parser.type_name()


class _Parser:
    __slots__ = ("lex", "_cli", "field", "types", "shadows", "known", "depth", "height", "names")

    def __init__(self, lex: Lexer, cli: bool, field: str | None, type_names: set[str] | None, known: Callable[[str], bool] | None) -> None:
        self.lex = lex
        self._cli = cli
        self.field = field
        self.types: set[str] = set() if type_names is None else type_names
        self.shadows: set[str] = set()  # declared variables: they hide typedefs of the kernel
        self.known = known
        self.depth = 0
        self.height = 0
        self.names: list[str] = []  # of the parameters of the last list read

    @property
    def cli(self) -> bool:
        """Whether a word that could be a type or a description is a description."""
        options = self.lex.options
        return self._cli or options is not None and bool(options.integer("pspec"))

    # --- tokens

    def at(self, text: str) -> bool:
        return self.lex.text == text and self.lex.kind in ("op", "id")

    def accept(self, text: str) -> bool:
        if self.lex.text == text and self.lex.kind in ("op", "id"):
            self.lex.next()
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.accept(text):
            self.lex.unexpected()

    def name(self) -> str:
        """Read a plain identifier."""
        lex = self.lex
        if lex.kind != "id":
            lex.unexpected()
        text = lex.text
        lex.next()
        return text

    def declared_name(self, what: str) -> str:
        if self.lex.kind == "id" and "`" in self.lex.text:
            self.fail(f"D scoping operator may not be used in {what} name ({self.lex.text})", "D_DECL_SCOPE")
        if self.lex.text in _KEYWORDS:
            self.lex.unexpected()
        return self.name()

    def fail(self, text: str, tag: str, line: int | None = None) -> NoReturn:
        raise UserError(text, tag=tag, line=self.lex.at if line is None else line)

    def enter(self) -> None:
        self.depth += 1
        if self.depth > MOST_NESTED:
            self.fail("program is nested too deeply", "D_SYNTAX")

    def grow(self, *heights: int) -> None:
        self.height = max(heights, default=0) + 1
        if self.height > MOST_HIGH:
            self.fail("expression is too long", "D_SYNTAX")

    # --- the top level

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
                items += self.declaration(word)
            else:
                items.append(self.clause())
        return t.Program(items)

    def _declares(self, word: str) -> bool:
        """Whether the text that starts with `word` is a declaration, not a probe description."""
        lex = self.lex
        if lex.peek(len(word)) == ":":
            return False
        after = lex.src[lex.pos + len(word) : lex.pos + len(word) + 1]
        if word in _STORAGE or word in _SPECIFIERS or word in ("inline", "translator", "provider"):
            return after not in ("-", "?", ".", "$", "[") and not (after == "*" and self.cli)
        end = lex.peek_at(lex.pos + len(word))
        if after == "`":  # mod`type name
            word, end = self._scoped(len(word) + 1)
            if not word:
                return False
            after = lex.src[lex.peek_at(end) : lex.peek_at(end) + 1]
            return (after == "*" or after in _WORDCHARS) and bool(after) and self.is_typedef(word)
        if self.cli and after == "*" or lex.src[end : end + 1] not in _WORDCHARS and lex.src[end : end + 1] != "*" or not after:
            return False
        return self.is_typedef(word) and word not in self.shadows

    def _scoped(self, at: int) -> tuple[str, int]:
        """The name behind a scope, and where it ends."""
        lex = self.lex
        start = end = lex.pos + at
        while lex.src[end : end + 1] in _WORDCHARS and end < len(lex.src):
            end += 1
        return lex.src[start:end], end

    def is_typedef(self, name: str) -> bool:
        if name in self.types or name in _TYPEDEFS:
            return True
        return name not in self.shadows and name not in _KEYWORDS and self.known is not None and self.known(name)

    def declaration(self, word: str) -> list[t.Node]:
        """Whatever starts with a keyword or a type; the last token read is its `;` or `}`."""
        if word == "inline":
            return [self.inline()]
        if word == "translator":
            return [self.translator()]
        if word == "provider":
            return [self.provider()]
        line = self.lex.at
        storage, specifiers = self.specifiers(True)
        out: list[t.Node] = []
        if self.at(";"):
            aggregates = [s for s in specifiers if isinstance(s, (t.StructDecl, t.EnumDecl))]
            if not aggregates:
                self.fail("useless declaration", "D_DECL_USELESS", line)
            if sum(s not in _QUALIFIERS for s in specifiers) > 1:
                self.fail("invalid type combination", "D_DECL_COMBO", line)
            return list(aggregates)
        if not specifiers:
            self.fail(f'syntax error near "{self.lex.text}"' if self.lex.text else "syntax error near end of input", "D_SYNTAX")
        while True:
            name, derivations = self.declarator(False)
            out.append(t.VarDecl(line, storage, name, t.TypeName(line, specifiers, derivations)))
            (self.types if storage == "typedef" else self.shadows).add(name)
            if self.at(";"):
                return out
            if self.lex.kind == "id" and self.is_typedef(name):
                self.fail("old-style declaration or incorrect type specified", "D_DECL_IDENT")
            self.expect(",")

    def specifiers(self, storage_allowed: bool) -> tuple[str, list[Any]]:
        """Storage class and specifiers, up to the declarator."""
        lex = self.lex
        storage = ""
        out: list[Any] = []
        named = False  # a typedef, struct or base type has been read: another name is the declarator
        while lex.kind == "id":
            word = lex.text
            if word in _STORAGE:
                if not storage_allowed:
                    self.fail("inappropriate storage class for function or associative array parameter", "D_DECL_PARMCLASS")
                if storage:
                    self.fail("only one storage class allowed in a declaration", "D_DECL_CLASS")
                if word in ("static", "auto", "register"):
                    self.fail("specified storage class not appropriate in D", "D_DECL_BADCLASS")
                storage = word
                lex.next()
            elif word in _AGGREGATES:
                out.append(self.enum() if word == "enum" else self.struct())
                named = True
            elif word in _BASE or word in _QUALIFIERS:
                out.append(word)
                named = named or word in _BASE
                lex.next()
            elif not named and self.is_typedef(word.rpartition("`")[2] if "`" in word else word):
                out.append(word)
                named = True
                lex.next()
            else:
                if not named and out and lex.kind == "id" and word not in _KEYWORDS:
                    after = lex.peek()
                    if after in _WORDCHARS or after == "*":
                        self.fail(f"failed to resolve type {word}", "D_DECL_IDENT")
                break
        return storage, out

    def tag(self) -> str:
        lex = self.lex
        if lex.kind == "id" and lex.text not in _KEYWORDS:
            text = lex.text
            lex.next()
            return text
        return ""

    def struct(self) -> t.StructDecl:
        line, kind = self.lex.at, self.lex.text
        self.lex.next()
        tag = self.tag()
        if not self.at("{"):
            if not tag:
                self.lex.unexpected()
            return t.StructDecl(line, kind, tag, None)
        self.lex.next()
        self.enter()
        members: list[tuple[str, t.TypeName, t.Expr | None]] = []
        while not self.accept("}"):
            at = self.lex.at
            _, specifiers = self.specifiers(False)
            if not specifiers:
                self.lex.unexpected()
            if self.accept(";"):  # an anonymous struct or union
                members.append(("", t.TypeName(at, specifiers, []), None))
                continue
            while True:
                name, derivations = ("", []) if self.at(":") else self.declarator(False, "a member")
                width = self.cond() if self.accept(":") else None
                members.append((name, t.TypeName(at, specifiers, derivations), width))
                if not self.accept(","):
                    break
            self.expect(";")
        self.depth -= 1
        return t.StructDecl(line, kind, tag, members)

    def enum(self) -> t.EnumDecl:
        line = self.lex.at
        self.lex.next()
        tag = self.tag()
        if not self.accept("{"):
            if not tag:
                self.lex.unexpected()
            return t.EnumDecl(line, tag, None)
        values: list[tuple[str, t.Expr | None]] = []
        while not self.at("}"):
            name = self.declared_name("an enumerator")
            values.append((name, self.cond() if self.accept("=") else None))
            if not self.accept(","):
                break
        self.expect("}")
        return t.EnumDecl(line, tag, values)

    def declarator(self, abstract: bool, what: str = "a declaration") -> tuple[str, list[tuple[Any, ...]]]:
        """Name ('' when abstract and absent) and the derivations from the name outwards."""
        self.enter()
        lex = self.lex
        pointers: list[tuple[Any, ...]] = []
        while self.accept("*"):
            pointers.append(("*",))
            while lex.kind == "id" and lex.text in _QUALIFIERS:
                lex.next()
        name = ""
        inner: list[tuple[Any, ...]] = []
        if self.at("(") and (not abstract or lex.peek() in ("*", "(")):
            lex.next()
            name, inner = self.declarator(abstract, what)
            self.expect(")")
        elif lex.kind == "id" and lex.text not in _KEYWORDS:
            name = self.declared_name(what)
        elif not abstract:
            lex.unexpected()
        suffixes: list[tuple[Any, ...]] = []
        while True:
            if self.accept("["):
                if self.accept("]"):
                    suffixes.append(("[", None))
                elif self.at_type() or self.at("..."):
                    suffixes.append(("keys", self.params("]"), self.names))
                else:
                    suffixes.append(("[", self.cond()))
                    self.expect("]")
            elif self.accept("("):
                suffixes.append(("(", self.params(")"), self.names))
            else:
                break
            if len(suffixes) > MOST_NESTED:
                self.fail("program is nested too deeply", "D_SYNTAX")
        if len(pointers) > MOST_NESTED:
            self.fail("program is nested too deeply", "D_SYNTAX")
        self.depth -= 1
        return name, inner + suffixes + pointers

    def params(self, close: str) -> list[t.TypeName]:
        """Types up to `close`, their names left in `names`. A lone void stays: the checker knows what it means."""
        out: list[t.TypeName] = []
        names: list[str] = []
        while not self.at(close):
            if self.at("..."):
                if close == "]":
                    self.fail("array prototype may not use a variable-length argument list", "D_DECL_PROTO_VARARGS")
                self.lex.next()
                break
            line = self.lex.at
            _, specifiers = self.specifiers(False)
            if not specifiers:
                self.lex.unexpected()
            name, derivations = self.declarator(True)
            out.append(t.TypeName(line, specifiers, derivations))
            names.append(name)
            if not self.accept(","):
                break
        self.expect(close)
        self.names = names
        return out

    def at_type(self) -> bool:
        """Whether the current token starts a type."""
        lex = self.lex
        if lex.kind != "id":
            return False
        if lex.text in _SPECIFIERS or lex.text in _STORAGE:
            return True
        return lex.text not in self.shadows and self.is_typedef(lex.text.rpartition("`")[2])

    def type_name(self) -> t.TypeName:
        line = self.lex.at
        _, specifiers = self.specifiers(False)
        if not specifiers:
            if self.lex.kind == "id" and self.lex.text not in _KEYWORDS:
                self.fail(f"failed to resolve type {self.lex.text}", "D_DECL_IDENT")
            self.lex.unexpected()
        name, derivations = self.declarator(True)
        if name:
            self.fail(f'syntax error near "{name}"', "D_SYNTAX")
        return t.TypeName(line, specifiers, derivations)

    def inline(self) -> t.Inline:
        line = self.lex.at
        self.lex.next()
        _, specifiers = self.specifiers(False)
        if not specifiers:
            self.lex.unexpected()
        self.names = []
        name, derivations = self.declarator(False)
        params = None
        if derivations and derivations[0][0] in ("keys", "("):
            params = list(zip(self.names, derivations[0][1], strict=True))
            derivations = derivations[1:]
        self.expect("=")
        hidden = {p for p, _ in params or ()} - self.shadows
        self.shadows |= hidden
        value = self.assign()
        self.shadows -= hidden
        if not self.at(";"):
            self.lex.unexpected()
        self.shadows.add(name)
        return t.Inline(line, name, t.TypeName(line, specifiers, derivations), params, value)

    def translator(self) -> t.Translator:
        line = self.lex.at
        self.lex.next()
        output = self.type_name()
        self.expect("<")
        at = self.lex.at
        _, specifiers = self.specifiers(False)
        if not specifiers:
            self.type_name()  # says what is wrong
        param, derivations = self.declarator(False)
        self.accept(">")
        self.expect("{")
        fresh = param not in self.shadows
        self.shadows.add(param)
        members = []
        while not self.at("}"):
            member = self.name()
            self.expect("=")
            members.append((member, self.assign()))
            self.expect(";")
        if fresh:
            self.shadows.discard(param)
        return t.Translator(line, output, t.TypeName(at, specifiers, derivations), param, members)

    def provider(self) -> t.ProviderDecl:
        line = self.lex.at
        self.lex.next()
        name = self.name()
        self.expect("{")
        probes: list[t.ProbeDecl] = []
        while not self.at("}"):
            self.expect("probe")
            probe = t.ProbeDecl(self.lex.at, self.name())
            if self.accept("("):
                probe.args, probe.names = self.params(")"), self.names
            if self.accept(":"):
                self.expect("(")
                probe.shown, probe.shown_names = self.params(")"), self.names
            self.expect(";")
            probes.append(probe)
        self.lex.next()
        if not self.at(";"):
            self.lex.unexpected()
        return t.ProviderDecl(line, name, probes)

    # --- clauses

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
            if not self._cli and (after in _WORDCHARS or after in "-$:.?*\\[]!"):
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
        if number == text:
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

    # --- expressions

    def expr(self) -> t.Expr:
        left = self.assign()
        while self.at(","):
            line, height = self.lex.at, self.height
            self.lex.next()
            left = t.Binary(line, ",", left, self.assign())
            self.grow(height, self.height)
        return left

    def assign(self) -> t.Expr:
        self.enter()
        left = self.cond()
        op = self.lex.text
        if self.lex.kind == "op" and op in _ASSIGN:
            line, height = self.lex.at, self.height
            self.lex.next()
            left = t.Assign(line, op, left, self.assign())
            self.grow(height, self.height)
        self.depth -= 1
        return left

    def cond(self) -> t.Expr:
        test = self.binary(1)
        if not self.at("?"):
            return test
        self.enter()
        line, first = self.lex.at, self.height
        self.lex.next()
        then = self.expr()
        second = self.height
        self.expect(":")
        node = t.Cond(line, test, then, self.cond())
        self.grow(first, second, self.height)
        self.depth -= 1
        return node

    def binary(self, lowest: int) -> t.Expr:
        left = self.unary()
        lex = self.lex
        while lex.kind == "op":
            op = lex.text
            level = _BINARY.get(op, 0)
            if level < lowest:
                break
            line, height = lex.at, self.height
            lex.next()
            left = t.Binary(line, op, left, self.binary(level + 1))
            self.grow(height, self.height)
        return left

    def unary(self) -> t.Expr:
        lex = self.lex
        line, text = lex.at, lex.text
        node: t.Expr
        if lex.kind == "op":
            if text not in _UNARY and text not in ("++", "--", "("):
                return self.postfix()
            self.enter()
            if text in _UNARY:
                lex.next()
                node = t.Unary(line, text, self.unary())
            elif text != "(":
                lex.next()
                node = t.IncDec(line, text, True, self.unary())
            elif self._casts():
                lex.next()
                to = self.type_name()
                self.expect(")")
                node = t.Cast(line, to, self.unary())
            else:
                node = self.postfix()
                self.depth -= 1
                return node
        elif lex.kind == "id" and text in ("sizeof", "stringof"):
            self.enter()
            lex.next()
            if text == "stringof":
                node = t.StringOf(line, self.unary())
            elif self.at("(") and self._casts(True):
                lex.next()
                node = t.SizeOf(line, self.type_name())
                self.expect(")")
                self.height = 0
            else:
                node = t.SizeOf(line, self.unary())
        else:
            return self.postfix()
        self.grow(self.height)
        self.depth -= 1
        return node

    def _casts(self, sizeof: bool = False) -> bool:
        """Whether the current `(` opens a type name. The text decides first, the (costly) name lookup last."""
        lex = self.lex
        src, n = lex.src, len(lex.src)
        start = end = lex.peek_at(lex.pos)
        while end < n and src[end] in _WORDCHARS:
            end += 1
        word = src[start:end]
        if not word or word[0].isdigit():
            return False
        if word in _SPECIFIERS:
            return True
        if word in _KEYWORDS or word in self.shadows:
            return False
        pos = lex.peek_at(end)
        stars = 0
        while pos < n and (src[pos] == "*" or src.startswith("const", pos)):
            stars += src[pos] == "*"
            pos = lex.peek_at(pos + (1 if src[pos] == "*" else 5))
        follow = src[pos : pos + 1]
        if follow == ")" and not stars and not sizeof:
            after = lex.peek_at(pos + 1)
            if src[after : after + 1] not in _WORDCHARS and src[after : after + 1] not in tuple("\"'(-+~!*&@$"):
                return False
            if src[after : after + 2] in ("&&", "!=", "->", "+=", "-=", "*=", "&="):
                return False
        elif follow == "(" and stars:
            inner = lex.peek_at(pos + 1)
            if src[inner : inner + 1] not in ("*", ")"):
                return False  # (a * (b)), not (T *(*)(…))
        elif follow not in (")", "["):
            return False
        return self.is_typedef(word.rpartition("`")[2])

    def postfix(self) -> t.Expr:
        node = self.primary()
        lex = self.lex
        while True:
            line, height = lex.at, self.height
            if lex.kind != "op":
                return node
            if lex.text == "[":
                lex.next()
                args = self.arguments("]")
                if not args:
                    lex.unexpected()
                node = t.Index(line, node, args)
            elif lex.text == "(":
                if not isinstance(node, t.Ident) or node.scope:
                    self.fail("function designator is not an identifier", "D_FUNC_IDENT")
                lex.next()
                node = t.Call(line, node.name, self.arguments(")"))
            elif lex.text in (".", "->"):
                arrow = lex.text == "->"
                lex.next()
                if lex.kind != "id":
                    self.fail(f"operator {'->' if arrow else '.'} requires an identifier as its right operand", "D_OP_IDENT")
                node = t.MemberOf(line, node, self.name(), arrow)
                self.height = 0
            elif lex.text in ("++", "--"):
                node = t.IncDec(line, lex.text, False, node)
                lex.next()
                self.height = 0
            else:
                return node
            self.grow(height, self.height)

    def arguments(self, close: str) -> list[t.Expr]:
        """Expressions up to `close`; `height` is that of the tallest."""
        out: list[t.Expr] = []
        tallest = 0
        lex = self.lex
        predicate, lex.in_predicate = lex.in_predicate, lex.in_predicate and close
        if not self.at(close):
            while True:
                out.append(self.assign())
                tallest = max(tallest, self.height)
                if not self.accept(","):
                    break
        lex.in_predicate = predicate
        self.expect(close)
        self.height = tallest
        return out

    def primary(self) -> t.Expr:
        lex = self.lex
        line, text = lex.at, lex.text
        self.height = 1
        if lex.kind == "int":
            assert isinstance(lex.value, int)
            node: t.Expr = t.IntLit(line, lex.value, lex.of)
            lex.next()
            return node
        if lex.kind == "str":
            assert isinstance(lex.value, bytes)
            node = t.StrLit(line, lex.value)
            lex.next()
            return node
        if lex.kind == "agg":
            lex.next()
            keys: list[t.Expr] = []
            if self.at("["):
                lex.next()
                keys = self.arguments("]")
                if not keys:
                    lex.unexpected()
            self.grow(self.height)
            return t.AggRef(line, text[1:] or "_", keys)
        if lex.kind == "id":
            return self.named(line, text)
        if text == "(" and lex.kind == "op":
            predicate, lex.in_predicate = lex.in_predicate, lex.in_predicate and ")"
            lex.next()
            node = self.expr()
            lex.in_predicate = predicate
            self.expect(")")
            return node
        lex.unexpected()

    def named(self, line: int, text: str) -> t.Expr:
        lex = self.lex
        if text in ("self", "this"):
            lex.next()
            self.expect("->")
            return t.Ident(line, self.name(), text)
        if text == "offsetof":
            lex.next()
            self.expect("(")
            of = self.type_name()
            self.expect(",")
            member = self.name()
            self.expect(")")
            return t.OffsetOf(line, of, member)
        if text == "xlate":
            lex.next()
            self.expect("<")
            to = self.type_name()
            self.expect(">")
            if not self.at("("):
                lex.unexpected()
            lex.next()
            operand = self.expr()
            self.expect(")")
            self.grow(self.height)
            return t.Xlate(line, to, operand)
        if text in ("sizeof", "stringof"):
            return self.unary()
        if text in _KEYWORDS and not (text == "return" and lex.peek() == "("):
            lex.unexpected()
        lex.next()
        if "`" in text:
            module, _, symbol = text.rpartition("`")
            return t.Ident(line, symbol, "`", module)
        return t.Ident(line, text)
