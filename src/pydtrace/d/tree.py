"""The syntax tree of D, made by the parser and annotated in place by the checker.

Every expression has `line` and, after the check, `type` (d/types.py). The checker adds nothing to the tree: where an
operation converts its operands first, it leaves the common type in `optype` and the lowering converts. Macro variables and
arguments do not appear: the lexer has replaced them. One class per construct; fields named as in C's grammar.
"""

from __future__ import annotations

from .types import INT, Type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .rules import ClauseRules


class Node:
    __slots__ = ("line",)
    _fields: tuple[str, ...] = ()

    def __init__(self, line: int) -> None:
        self.line = line


class Expr(Node):
    """`stands` is what the checker found this expression to mean, when that is another one: the value of an inline, the member's
    expression of a translator. Whoever walks the checked tree asks `meaning` first."""

    __slots__ = ("type", "stands")

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.type: Type = INT
        self.stands: Expr | None = None


class IntLit(Expr):
    """`type` is set by the lexer's rule (first type the value fits)."""

    __slots__ = ("value",)

    def __init__(self, line: int, value: int, type: Type = INT) -> None:
        super().__init__(line)
        self.value = value
        self.type = type


class StrLit(Expr):
    """`value` is the bytes after escapes, without the final NUL."""

    __slots__ = ("value",)

    def __init__(self, line: int, value: bytes) -> None:
        super().__init__(line)
        self.value = value


class Ident(Expr):
    """A name. `scope` is '' (D), 'self', 'this' or '`' (then `module` may be set). `ref` is what the checker found:
    a dif.program.Variable, a builtin's name (str), an int (enumerator), a (module, symbol, address) tuple."""

    __slots__ = ("name", "scope", "module", "ref")

    def __init__(self, line: int, name: str, scope: str = "", module: str = "") -> None:
        super().__init__(line)
        self.name = name
        self.scope = scope
        self.module = module
        self.ref: Any = None


class AggRef(Expr):
    """`@name[keys]`; name '_' for a bare `@`; `ref` is the dif.program.Aggregation."""

    __slots__ = ("name", "keys", "ref")

    def __init__(self, line: int, name: str, keys: list[Expr]) -> None:
        super().__init__(line)
        self.name = name
        self.keys = keys
        self.ref: Any = None


class Index(Expr):
    """`base[args]`: array, pointer, associative array, or args[]/uregs[]/fds[]."""

    __slots__ = ("base", "args")

    def __init__(self, line: int, base: Expr, args: list[Expr]) -> None:
        super().__init__(line)
        self.base = base
        self.args = args


class Call(Expr):
    """`name(args)`; `ref` is the checker's description of the function."""

    __slots__ = ("name", "args", "ref")

    def __init__(self, line: int, name: str, args: list[Expr]) -> None:
        super().__init__(line)
        self.name = name
        self.args = args
        self.ref: Any = None


class MemberOf(Expr):
    """`base.name` or, with `arrow`, `base->name`; `member` is the types.Member found."""

    __slots__ = ("base", "name", "arrow", "member")

    def __init__(self, line: int, base: Expr, name: str, arrow: bool) -> None:
        super().__init__(line)
        self.base = base
        self.name = name
        self.arrow = arrow
        self.member: Any = None


class Unary(Expr):
    """op: `+ - ~ ! * &`."""

    __slots__ = ("op", "operand")

    def __init__(self, line: int, op: str, operand: Expr) -> None:
        super().__init__(line)
        self.op = op
        self.operand = operand


class IncDec(Expr):
    """op: `++` or `--`."""

    __slots__ = ("op", "prefix", "operand")

    def __init__(self, line: int, op: str, prefix: bool, operand: Expr) -> None:
        super().__init__(line)
        self.op = op
        self.prefix = prefix
        self.operand = operand


class Binary(Expr):
    """op: `* / % + - << >> < <= > >= == != & ^ | && ^^ || ,`."""

    __slots__ = ("op", "left", "right", "optype")

    def __init__(self, line: int, op: str, left: Expr, right: Expr) -> None:
        super().__init__(line)
        self.op = op
        self.left = left
        self.right = right
        self.optype: Type = INT


class Assign(Expr):
    """op: `= += -= *= /= %= &= ^= |= <<= >>=`."""

    __slots__ = ("op", "left", "right", "optype")

    def __init__(self, line: int, op: str, left: Expr, right: Expr) -> None:
        super().__init__(line)
        self.op = op
        self.left = left
        self.right = right
        self.optype: Type = INT


class Cond(Expr):
    __slots__ = ("test", "then", "other")

    def __init__(self, line: int, test: Expr, then: Expr, other: Expr) -> None:
        super().__init__(line)
        self.test = test
        self.then = then
        self.other = other


class TypeName(Node):
    """A type as written: `specifiers` are the words in order (`unsigned long`, `struct task_struct`, `const`, a typedef
    name, a StructDecl/EnumDecl), `derivations` applied from the name outwards: ('*',), ('[', size expr | None),
    ('keys', [TypeName], names), ('(', [TypeName], names), a name being '' where none is written."""

    __slots__ = ("specifiers", "derivations")

    def __init__(self, line: int, specifiers: list[Any], derivations: list[tuple[Any, ...]]) -> None:
        super().__init__(line)
        self.specifiers = specifiers
        self.derivations = derivations


class Cast(Expr):
    __slots__ = ("to", "operand")

    def __init__(self, line: int, to: TypeName, operand: Expr) -> None:
        super().__init__(line)
        self.to = to
        self.operand = operand


class SizeOf(Expr):
    """Of an expression or a type name; `value` set by the checker."""

    __slots__ = ("operand", "value")

    def __init__(self, line: int, operand: Expr | TypeName) -> None:
        super().__init__(line)
        self.operand = operand
        self.value = 0


class OffsetOf(Expr):
    __slots__ = ("of", "member", "value")

    def __init__(self, line: int, of: TypeName, member: str) -> None:
        super().__init__(line)
        self.of = of
        self.member = member
        self.value = 0


class StringOf(Expr):
    __slots__ = ("operand",)

    def __init__(self, line: int, operand: Expr) -> None:
        super().__init__(line)
        self.operand = operand


class Xlate(Expr):
    """`xlate <to> (operand)`; `ref` is the translator. `to` is None where the compiler translates: an element of args[]."""

    __slots__ = ("to", "operand", "ref")

    def __init__(self, line: int, to: TypeName | None, operand: Expr) -> None:
        super().__init__(line)
        self.to = to
        self.operand = operand
        self.ref: Any = None


class Bind:
    """A parameter of an inline or translator, at one use of it: its value is that of `arg`, converted to `type`, and computed once.
    `value` is where the lowering keeps it."""

    __slots__ = ("name", "type", "arg", "value")

    def __init__(self, name: str, type: Type, arg: Expr) -> None:
        self.name = name
        self.type = type
        self.arg = arg
        self.value: Any = None


class Bound(Expr):
    """A use of a parameter within the expression that it belongs to."""

    __slots__ = ("bind",)

    def __init__(self, line: int, bind: Bind) -> None:
        super().__init__(line)
        self.bind = bind


class Inlined(Expr):
    """`value`, converted to `type`, after `binds` have been computed."""

    __slots__ = ("value", "binds")

    def __init__(self, line: int, type: Type, value: Expr, binds: list[Bind]) -> None:
        super().__init__(line)
        self.type = type
        self.value = value
        self.binds = binds


class Argument(Expr):
    """The raw argument `number` of the probe, as a `type`."""

    __slots__ = ("number",)

    def __init__(self, line: int, number: int, type: Type) -> None:
        super().__init__(line)
        self.number = number
        self.type = type


class Truth(Expr):
    """0 or 1: the condition of an `if`, or a `predicate` that has become one."""

    __slots__ = ("operand", "predicate")

    def __init__(self, line: int, operand: Expr, predicate: bool) -> None:
        super().__init__(line)
        self.operand = operand
        self.predicate = predicate


class StructDecl(Node):
    """`struct tag { members }`; members None for a mere mention; each is (name, TypeName, bit width Expr or None). `made` is the type: the
    declarators of one declaration share it."""

    __slots__ = ("kind", "tag", "members", "made")

    def __init__(self, line: int, kind: str, tag: str, members: list[tuple[str, TypeName, Expr | None]] | None) -> None:
        super().__init__(line)
        self.kind = kind
        self.tag = tag
        self.members = members
        self.made: Type | None = None


class EnumDecl(Node):
    __slots__ = ("tag", "values", "made")

    def __init__(self, line: int, tag: str, values: list[tuple[str, Expr | None]] | None) -> None:
        super().__init__(line)
        self.tag = tag
        self.values = values
        self.made: Type | None = None


class ProbeDesc(Node):
    """Four globs as written ('' = any), `text` as written; `id` >= 0 for -i."""

    __slots__ = ("provider", "module", "function", "name", "text", "id")

    def __init__(self, line: int, provider: str, module: str, function: str, name: str, text: str, id: int = -1) -> None:
        super().__init__(line)
        self.provider = provider
        self.module = module
        self.function = function
        self.name = name
        self.text = text
        self.id = id

    def __str__(self) -> str:
        return f"{self.provider}:{self.module}:{self.function}:{self.name}"


class Statement(Node):
    """An expression statement; `If` is the only other kind (d/branches.py takes it away before the check)."""

    __slots__ = ("expr",)

    def __init__(self, line: int, expr: Expr) -> None:
        super().__init__(line)
        self.expr = expr


class If(Node):
    __slots__ = ("test", "then", "other")

    def __init__(self, line: int, test: Expr, then: list[Statement | If], other: list[Statement | If]) -> None:
        super().__init__(line)
        self.test = test
        self.then = then
        self.other = other


class Clause(Node):
    """`body` None: no braces were written (default action, command line only).

    The rest is of pieces (d/branches.py): `after` are those that may be the one before, `speculation` the variable with the mark of the
    clause's speculation, if it can have one; `rules`, which the checker sets, what a piece that follows must know."""

    __slots__ = ("descs", "predicate", "body", "after", "speculation", "rules")

    def __init__(self, line: int, descs: list[ProbeDesc], predicate: Expr | None, body: list[Statement | If] | None) -> None:
        super().__init__(line)
        self.descs = descs
        self.predicate = predicate
        self.body = body
        self.after: tuple[Clause, ...] = ()
        self.speculation: Ident | None = None
        self.rules: ClauseRules | None = None


class VarDecl(Node):
    """`[self|this|typedef] T name;`."""

    __slots__ = ("storage", "name", "of")

    def __init__(self, line: int, storage: str, name: str, of: TypeName) -> None:
        super().__init__(line)
        self.storage = storage
        self.name = name
        self.of = of


class Inline(Node):
    __slots__ = ("name", "of", "params", "value")

    def __init__(self, line: int, name: str, of: TypeName, params: list[tuple[str, TypeName]] | None, value: Expr) -> None:
        super().__init__(line)
        self.name = name
        self.of = of
        self.params = params
        self.value = value


class Translator(Node):
    __slots__ = ("output", "input", "param", "members")

    def __init__(self, line: int, output: TypeName, input: TypeName, param: str, members: list[tuple[str, Expr]]) -> None:
        super().__init__(line)
        self.output = output
        self.input = input
        self.param = param
        self.members = members


class ProbeDecl(Node):
    """`probe name(args) : (shown)`; `names` and `shown_names` are those of the parameters, '' where there is none."""

    __slots__ = ("name", "args", "names", "shown", "shown_names")

    def __init__(self, line: int, name: str) -> None:
        super().__init__(line)
        self.name = name
        self.args: list[TypeName] = []
        self.names: list[str] = []
        self.shown: list[TypeName] | None = None
        self.shown_names: list[str] = []


class ProviderDecl(Node):
    """`provider name { probe …; … }`."""

    __slots__ = ("name", "probes")

    def __init__(self, line: int, name: str, probes: list[ProbeDecl]) -> None:
        super().__init__(line)
        self.name = name
        self.probes = probes


class Pragma(Node):
    """`#pragma D kind words`: attributes, binding, depends_on. A word is (kind, text), kind 'int', 'str' or 'id'."""

    __slots__ = ("kind", "words")

    def __init__(self, line: int, kind: str, words: list[tuple[str, str]]) -> None:
        super().__init__(line)
        self.kind = kind
        self.words = words


class Program(Node):
    __slots__ = ("items",)

    def __init__(self, items: list[Node]) -> None:
        super().__init__(1)
        self.items = items


def meaning(e: Expr) -> Expr:
    """What a checked expression stands for in the end."""
    while e.stands is not None:
        e = e.stands
    return e


_slots: dict[type, list[str]] = {}


def clone(node: Any, binds: dict[str, Bind], line: int) -> Any:
    """A fresh copy of an expression, unchecked, as if it were written at `line`; names in `binds` become uses of them."""
    if isinstance(node, list):
        return [clone(n, binds, line) for n in node]
    if not isinstance(node, Expr):
        return node
    if isinstance(node, Ident) and not node.scope and node.name in binds:
        return Bound(line, binds[node.name])
    kind = type(node)
    names = _slots.get(kind)
    if names is None:
        names = _slots[kind] = [n for c in kind.__mro__ for n in getattr(c, "__slots__", ())]
    made = kind.__new__(kind)
    for name in names:
        setattr(made, name, clone(getattr(node, name), binds, line))
    made.line = line
    made.stands = None
    return made
