"""Inlines and translators: names and members that stand for expressions.

Both are substitution in the front end. A use gets a fresh copy of the defining expression (`tree.clone`), is checked with it, and points
at it by `stands`; lowering follows `stands` and never meets an inline or a translator. Arguments are computed once (`tree.Bind`), before
the expression that names them, however often it does.

What a translator gives is no object: `xlate<T *>(e)` has T's members, each of which is its expression with the input bound, and nothing
else (`sizeof` apart). Only where the whole is wanted, as in `copy = xlate<T>(e)`, all that the translator defines is computed and put into
one, the rest of which is zeroes (`conversions`). So a member that is not asked for costs nothing, and one that cannot be had here harms
nobody who does not ask for it. In our libraries a member may be defined more than once, by expressions for different kernels: the first
that the types of the running kernel allow is taken.

Definitions are checked when they are made, against the types of their parameters, but for libraries, which are loaded name by name.
"""

from __future__ import annotations

from ..errors import UserError
from . import tree as t
from . import types as ty
from .declare import Declarations
from .subroutines import SUBROUTINES
from .symbols import ACTIONS, AGGREGATORS, BUILTINS
from .values import addressable, constant_value, kind_name, stringish
from .variables import near

_DEPTH = 40


class Inline:
    """A defined inline. `params` is None for a scalar."""

    __slots__ = ("name", "type", "params", "value", "library")

    def __init__(self, name: str, type: ty.Type, params: list[tuple[str, ty.Type]] | None, value: t.Expr, library: bool) -> None:
        self.name = name
        self.type = type
        self.params = params
        self.value = value
        self.library = library


class Translator:
    """From `input` (bound to `param`) to `output`, a struct or union. `members`: by name, the expressions to be tried in order."""

    __slots__ = ("output", "input", "param", "members", "library")

    def __init__(self, output: ty.Type, input: ty.Type, param: str, members: dict[str, list[t.Expr]], library: bool) -> None:
        self.output = output
        self.input = input
        self.param = param
        self.members = members
        self.library = library


class Inlines(Declarations):
    """The part of the checker that knows them."""

    _depth = 0
    natives: list[tuple[int, ty.Type]] | None = None

    # -- definitions

    def define_inline(self, item: t.Inline, library: bool = False) -> None:
        if not library:
            self._fresh(item)
        keys = next((d[1] for d in item.of.derivations if d[0] == "keys"), None)
        if keys is None and any(d[0] == "[" for d in item.of.derivations):
            self.fail("D_DECL_ARRNULL", f"inline declaration requires array tuple signature: {item.name}", item)
        of = self.type_of(item.of)
        params = None
        if item.params is not None:
            params = [(name, self.type_of(kind)) for name, kind in item.params]
            if any(not name for name, _ in params):
                self.fail("D_DECL_PROTO_NAME", f"inline {item.name} prototype needs a name for each parameter", item)
        inline = Inline(item.name, of, params, item.value, library)
        if not library:
            binds = {name: t.Bind(name, kind, _example(item.line)) for name, kind in params or ()}
            value = t.clone(item.value, binds, item.value.line)
            self.expr(value)
            if not self._fits(of, value):
                self.fail(
                    "D_OP_INCOMPAT",
                    f'inline {item.name} definition uses incompatible types: "{of.name}" = "{kind_name(value)}"',
                    item,
                )
        self.scope.inlines[item.name] = inline

    def _fresh(self, item: t.Inline) -> None:
        name = item.name
        old = self.scope.inlines.get(name)
        variable = self.scope.by_name.get(("global", name))
        if old is not None and not old.library:
            kind = "scalar inline" if old.params is None else "associative array inline"
        elif variable is not None:
            kind = "scalar " if variable.keys is None else "associative array "
        elif name in SUBROUTINES:
            kind = "function "
        elif name in ACTIONS:
            kind = "tracing function "
        elif name in AGGREGATORS:
            kind = "aggregating function "
        elif name in BUILTINS:
            kind = "scalar "
        elif name in self.scope.constants:
            kind = "enumerator "
        else:
            return
        self.fail("D_DECL_IDRED", f"identifier redefined: {name}\n\t current: inline definition\n\tprevious: {kind}", item)

    def define_translator(self, item: t.Translator, library: bool = False) -> None:
        output, source = self.type_of(item.output), self.type_of(item.input)
        to = ty.resolve(output)
        if not isinstance(to, ty.StructType) or to.members is None:
            self.fail("D_XLATE_SOU", "translator output type must be a struct or union", item)
        members: dict[str, list[t.Expr]] = {}
        made = Translator(to, source, item.param, members, library)
        for name, value in item.members:
            members.setdefault(name, []).append(value)
        if not library:
            if self._exact(to, source) is not None:
                self.fail("D_XLATE_REDECL", f"translator from {source.name} to {output.name} has already been declared", item)
            for name, value in item.members:
                member = to.find(name)
                if member is None:
                    hint = near(name, (m.name for m in to.members))
                    self.fail("D_XLATE_MEMB", f"translator member {name} is not a member of {to.name}", value, hint=hint)
                copy = t.clone(value, {item.param: t.Bind(item.param, source, _example(item.line))}, value.line)
                self.expr(copy)
                if not self._fits(member.type, copy):
                    self.fail(
                        "D_XLATE_INCOMPAT",
                        f'translator member {name} definition uses incompatible types: "{member.type.name}" = "{kind_name(copy)}"',
                        value,
                    )
        self.scope.translators.append(made)

    # -- uses

    def inlined(self, e: t.Ident) -> bool:
        """Whether `e` names an inline; then it stands for its value."""
        inline = self.scope.inline(e.name)
        if inline is None:
            return False
        if inline.params is not None:
            self.fail("D_PROTO_LEN", f"{e.name}[ ] prototype mismatch: 0 keys passed, {len(inline.params)} expected", e)
        self._stand(e, inline.type, t.clone(inline.value, {}, e.line), [])
        return True

    def inlined_index(self, e: t.Index) -> bool:
        """Whether `e` is an inline with its arguments (which are checked already)."""
        base = e.base
        inline = self.scope.inline(base.name) if isinstance(base, t.Ident) and not base.scope else None
        if inline is None or inline.params is None:
            return False
        if len(inline.params) != len(e.args):
            keys = "key" if len(e.args) == 1 else "keys"
            self.fail("D_PROTO_LEN", f"{inline.name}[ ] prototype mismatch: {len(e.args)} {keys} passed, {len(inline.params)} expected", e)
        binds = {}
        for n, ((name, want), arg) in enumerate(zip(inline.params, e.args, strict=True)):
            if not self._fits(want, arg):
                self.fail(
                    "D_PROTO_ARG",
                    f"{inline.name}[ ] key #{n + 1} is incompatible with prototype:\n"
                    f"\tprototype: {want.name}\n\t      key: {kind_name(arg)}",
                    e,
                )
            binds[name] = t.Bind(name, want, arg)
        self._stand(e, inline.type, t.clone(inline.value, binds, e.line), list(binds.values()))
        return True

    def _stand(self, e: t.Expr, of: ty.Type, value: t.Expr, binds: list[t.Bind]) -> None:
        self._depth += 1
        if self._depth > _DEPTH:
            self.fail("D_SYNTAX", "inlines and translators are nested too deeply", e)
        self.expr(value)
        self._depth -= 1
        if ty.is_string(value.type) and not ty.is_scalar(of):
            of = value.type  # a member declared as an array of characters holds the string
        e.stands = t.Inlined(e.line, of, value, binds)
        e.type = of

    def _bound(self, e: t.Bound) -> None:
        e.type = e.bind.type

    def _inlined(self, e: t.Inlined) -> None:
        raise AssertionError("the checker makes these; it does not meet them")

    # -- translation

    def _xlate(self, e: t.Xlate) -> None:
        assert e.to is not None
        of = self.type_of(e.to)
        self.expr(e.operand)
        found = self._translator(of, e.operand)
        if found is None:
            self.fail("D_XLATE_NONE", f'cannot translate from "{kind_name(e.operand)}" to "{of.name}"', e)
        e.ref = found
        e.type = of

    def translated_argument(self, e: t.Index, index: int) -> None:
        if self.natives is None:
            return
        number, native = self.natives[index]
        argument = t.Argument(e.line, number, native)
        if native.name != e.type.name:
            found = self._translator(e.type, argument)
            if found is not None:
                xlate = t.Xlate(e.line, None, argument)
                xlate.ref, xlate.type = found, e.type
                e.stands = xlate
                return
            if not self._fits(e.type, argument):
                self.fail("D_ARGS_XLATOR", f"translator for args[{index}] from {native.name} to {e.type.name} is not defined", e)
            argument.type = e.type
        e.stands = argument

    def translated(self, e: t.MemberOf) -> bool:
        """Whether the base of `e` (checked already) is translated data; then `e` stands for the member's expression."""
        base, binds, pointed = translation(e.base)
        if base is None or e.arrow == pointed:
            return False  # or the usual complaint about . and ->
        translator: Translator = base.ref
        if ty.resolve(translator.output).find(e.name) is None:  # type: ignore[attr-defined]
            return False
        if e.name not in translator.members:
            hint = f"it defines {', '.join(translator.members)}"
            self.fail("D_XLATE_NOCONV", f"translator does not define conversion for member: {e.name}", e, hint=hint)
        bind = t.Bind(translator.param, translator.input, base.operand)
        self._convert(e, translator, e.name, bind, [*binds, bind])
        return True

    def _convert(self, e: t.Expr, translator: Translator, name: str, bind: t.Bind, binds: list[t.Bind]) -> None:
        """`e` stands for a member of what a translator gives for the input `bind`."""
        of = ty.resolve(translator.output).find(name).type  # type: ignore[attr-defined]
        values = translator.members[name]
        for last, value in enumerate(values, 1 - len(values)):
            depth = self._depth
            try:
                self._stand(e, of, t.clone(value, {translator.param: bind}, e.line), binds)
                break
            except UserError:
                self._depth = depth
                if last == 0:
                    raise

    def conversions(self, e: t.Xlate) -> tuple[t.Bind, list[t.MemberOf]]:
        """All that a translator defines, for an object made of it: its input, and the members, each of which stands for its value."""
        translator: Translator = e.ref
        bind = t.Bind(translator.param, translator.input, e.operand)
        made = []
        for name in translator.members:
            member = t.MemberOf(e.line, e, name, False)
            member.member = ty.resolve(translator.output).find(name)  # type: ignore[attr-defined]
            self._convert(member, translator, name, bind, [])
            made.append(member)
        return bind, made

    def _translator(self, to: ty.Type, source: t.Expr) -> Translator | None:
        output = ty.resolve(to)
        if isinstance(output, ty.PointerType):
            output = ty.resolve(output.target)
        if not isinstance(output, ty.StructType):
            return None
        self.scope.load_translators(output.name)
        known = [x for x in self.scope.translators if _same(x.output, output)]
        exact = next((x for x in known if x.input.name == source.type.name), None)
        alike = exact or next((x for x in known if ty.resolve(x.input).name == ty.resolve(source.type).name), None)
        return alike or next((x for x in known if self._fits(x.input, source)), None)

    def _exact(self, output: ty.Type, source: ty.Type) -> Translator | None:
        return next((x for x in self.scope.translators if not x.library and _same(x.output, output) and x.input.name == source.name), None)

    # -- types

    def _fits(self, want: ty.Type, e: t.Expr) -> bool:
        """Whether a value of `want` may be made of `e`: the rule of parameters."""
        got = e.type
        to, have = ty.resolve(want), ty.resolve(got)
        if isinstance(to, ty.StringType):
            return stringish(got) or constant_value(e) == 0
        if isinstance(to, ty.ArrayType):
            return stringish(want) and stringish(got) or have.name == to.name
        if isinstance(to, ty.StructType):
            return isinstance(have, ty.StructType) and have.name == to.name
        if isinstance(to, ty.PointerType):
            target, other = ty.resolve(to.target), ty.resolve(_target(have))
            if isinstance(target, ty.StructType) and isinstance(other, ty.StructType):
                return target.name == other.name
            return addressable(got)
        return ty.is_scalar(want) and ty.is_scalar(got) and not (ty.is_pointer(got) and to.size < 8)


def translation(e: t.Expr) -> tuple[t.Xlate | None, list[t.Bind], bool]:
    """The translation that a checked expression means, if it does, the arguments of the inlines on the way to it, and whether it is the
    object itself (`xlate<T>(x)`, `*xlate<T *>(x)`), not a pointer to it."""
    binds: list[t.Bind] = []
    pointed = False
    while True:
        e = t.meaning(e)
        if isinstance(e, t.Inlined):
            binds += e.binds
            e = e.value
        elif isinstance(e, t.Unary) and e.op == "*" and not pointed:
            pointed = True
            e = e.operand
        else:
            break
    if not isinstance(e, t.Xlate) or pointed and not ty.is_pointer(e.type):
        return None, [], False
    return e, binds, pointed or not ty.is_pointer(e.type)


def _target(of: ty.Type) -> ty.Type:
    return of.target if isinstance(of, ty.PointerType) else of.element if isinstance(of, ty.ArrayType) else of


def _same(a: ty.Type, b: ty.Type) -> bool:
    return a is b or a.name == b.name and not a.name.endswith("{}")


def _example(line: int) -> t.Expr:
    """Stands for an argument while a definition is checked."""
    return t.Ident(line, "")
