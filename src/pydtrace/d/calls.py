"""Calls: actions, aggregating functions and subroutines, with the number and kinds of their arguments.

What may be called is in d/symbols.py and d/subroutines.py; what a call means for the checker beyond its prototype has a method here.
"""

from __future__ import annotations

from . import actions, stacks
from . import tree as t
from . import types as ty
from .aggregating import Aggregating
from .declare import Scope
from .rules import PROTOTYPES, ClauseRules, fits
from .subroutines import DEFINED, LARGEST_COPY, LOCKS, SUBROUTINES, Parameter
from .symbols import ACTIONS, AGGREGATION_ACTIONS, AGGREGATORS, BUILTINS, PROBE_STRINGS
from .values import constant_value, stringish


class Calls(Aggregating):
    """The part of the checker that knows what is called."""

    def __init__(self, scope: Scope, cli: bool) -> None:
        super().__init__(scope, cli)
        self.rules = ClauseRules()
        self.speculating = False  # an earlier piece of the clause may have called speculate()

    def inlined_index(self, e: t.Index) -> bool:
        """Whether `e` is an inline with its arguments."""
        raise NotImplementedError

    def _count(self, e: t.Call, low: int, high: int) -> None:
        passed = len(e.args)
        if not low <= passed <= high:
            wanted = str(low) if not low < high < 99 else f"at least {low}" if passed < low else f"at most {high}"
            told = f"{passed} arg{'' if passed == 1 else 's'} passed, {wanted} expected"
            self.fail("D_PROTO_LEN", f"{e.name}( ) prototype mismatch: {told}", e)

    def _prototype(self, e: t.Call) -> None:
        for n, (want, arg) in enumerate(zip(PROTOTYPES.get(e.name, ()), e.args)):
            if not fits(want, arg.type):
                told = f"{e.name}( ) argument #{n + 1} is incompatible with prototype:\n\tprototype: {want}\n\t argument: {arg.type.name}"
                self.fail("D_PROTO_ARG", told, e)

    def _obey(self, broken: tuple[str, str] | None, e: t.Node) -> None:
        if broken is not None:
            self.fail(broken[0], broken[1], e)

    def _action(self, e: t.Call) -> None:
        if stacks.is_valued(e.name):
            stacks.check(self, e)
            self._obey(self.rules.action(e.name), e)
            return
        self._count(e, *ACTIONS[e.name])
        if e.name in AGGREGATION_ACTIONS:
            self._aggregation_action(e)
            self._obey(self.rules.action(e.name), e)
            return
        for arg in e.args:
            if isinstance(arg, t.AggRef):
                arg.type = actions.AGGREGATION
            else:
                if e.name == "trace" and isinstance(arg, t.Ident) and arg.scope == "self":
                    variable = self.scope.by_name.get(("self", arg.name))
                    if variable is not None and variable.keys is not None:
                        self.fail("D_TRACE_DYN", "trace( ) may not be applied to a dynamic expression", e)
                self.expr(arg)
        self._prototype(e)
        self._obey(self.rules.action(e.name), e)
        actions.check(self, e)

    def _aggregate(self, e: t.Assign, agg: t.AggRef) -> None:
        self._obey(self.rules.aggregate(), e)
        super()._aggregate(e, agg)

    def _call(self, e: t.Call) -> None:
        if stacks.is_valued(e.name):
            stacks.check(self, e)
            return
        if e.name in ACTIONS or e.name in AGGREGATORS:
            what = "tracing" if e.name in ACTIONS else "aggregating"
            self.fail(
                "D_CG_EXPR",
                f"{what} function {e.name}( ) may not be called from a D expression (D program context required)",
                e,
                placed=False,
            )
        if e.name in DEFINED:
            self._defined(e)
            return
        known = SUBROUTINES.get(e.name)
        if known is None:
            from difflib import get_close_matches

            kind = "scalar" if e.name in BUILTINS or e.name in PROBE_STRINGS or e.name in ("execname", "curthread") else ""
            variable = self.scope.by_name.get(("global", e.name))
            if variable is not None:
                kind = "scalar" if variable.keys is None else "associative array"
            elif not kind and self.scope.inline(e.name) is not None:
                kind = "inline"
            if kind or e.name in ("args", "uregs"):
                told = f"{kind or 'associative array'} '{e.name}' may not be referenced as a function"
                self.fail("D_FUNC_IDKIND", told, e)
            near = get_close_matches(e.name, [*ACTIONS, *SUBROUTINES, *DEFINED, *AGGREGATORS], 1)
            self.fail("D_FUNC_UNDEF", f"undefined function name: {e.name}", e, hint=f"did you mean '{near[0]}'?" if near else None)
        self._count(e, known.need, len(known.parameters))
        for n, (parameter, arg) in enumerate(zip(known.parameters, e.args)):
            self.expr(arg)
            if not _passes(parameter, arg):
                told = f"argument #{n + 1} is incompatible with prototype:\n\tprototype: {parameter.text}\n\t argument: {arg.type.name}"
                self.fail("D_PROTO_ARG", f"{e.name}( ) {told}", e)
        if e.name in ("alloca", "copyin"):
            self._scratch(e)
        if e.name == "inet_ntoa6" and len(e.args) > 1 and constant_value(e.args[1]) is None:
            self.fail("D_PROTO_ARG", "inet_ntoa6( ) argument #2 must be an integer constant", e)
        e.type = self.scope.string if known.result is None else known.result
        if e.name in LOCKS and self._other_lock(e):
            return
        if e.name == "mutex_owner":
            e.type = ty.PointerType(self.scope.kernel.tagged("struct", "task_struct") or ty.VOID)

    def _defined(self, e: t.Call) -> None:
        """A subroutine that a library defines: the call stands for that."""
        self._count(e, 1, 1)
        self.expr(e.args[0])
        if not ty.is_int(e.args[0].type):
            told = f"argument #1 is incompatible with prototype:\n\tprototype: int\n\t argument: {e.args[0].type.name}"
            self.fail("D_PROTO_ARG", f"{e.name}( ) {told}", e)
        use = t.Index(e.line, t.Ident(e.line, e.name), e.args)
        self.inlined_index(use)
        e.stands, e.type = use, use.type

    def _other_lock(self, e: t.Call) -> bool:
        """Whether the lock is of a kind for which a library defines the subroutine; then the call stands for that."""
        of = ty.resolve(e.args[0].type)
        lock = ty.resolve(of.target) if isinstance(of, ty.PointerType) else of
        use = t.Index(e.line, t.Ident(e.line, f"__{e.name}_{lock.name.rpartition(' ')[2]}"), e.args)
        if not isinstance(lock, ty.StructType) or not self.inlined_index(use):
            return False
        e.stands, e.type = use, use.type
        return True

    def _scratch(self, e: t.Call) -> None:
        """A size known now must not be larger than what there is: for copyin room is made."""
        size = constant_value(e.args[-1])
        most = self.scope.scratchsize if e.name == "alloca" else max(LARGEST_COPY, self.scope.scratchsize)
        if size is not None and not 0 <= size <= most:
            told = f"{e.name}( ) size {size} is larger than the scratch space of {most} bytes"
            self.fail("D_ALLOCA_SIZE", told, e, hint="see the option scratchsize")


def _passes(parameter: Parameter, arg: t.Expr) -> bool:
    """Whether `arg` may be passed for `parameter`. A constant 0 is a NULL pointer and a NULL string."""
    of = arg.type
    if parameter.kind == "int":
        return ty.is_int(of) or (parameter.text == "uintptr_t" and ty.is_pointer(of))
    if parameter.text in _ADDRESSES:
        return _ADDRESSES[parameter.text](of) or constant_value(arg) == 0
    if stringish(of) or (parameter.text != "string" and isinstance(ty.resolve(of), (ty.PointerType, ty.ArrayType))):
        return True
    return constant_value(arg) == 0 or (parameter.kind == "string" and ty.is_pointer(of))


def _pointed(of: ty.Type) -> ty.Type | None:
    """What a pointer or an array has, None where `of` is neither."""
    resolved = ty.resolve(of)
    if isinstance(resolved, ty.PointerType):
        return ty.resolve(resolved.target)
    return ty.resolve(resolved.element) if isinstance(resolved, ty.ArrayType) else None


def _of_inet(of: ty.Type) -> bool:
    pointed = _pointed(of)
    return isinstance(pointed, ty.VoidType) or (isinstance(pointed, ty.IntType) and pointed.size == 4 and not pointed.signed)


def _of_inet6(of: ty.Type) -> bool:
    pointed = _pointed(of)
    return isinstance(pointed, ty.VoidType) or (isinstance(pointed, ty.StructType) and pointed.name == "struct in6_addr")


_ADDRESSES = {"ipaddr_t *": _of_inet, "struct in6_addr *": _of_inet6}
