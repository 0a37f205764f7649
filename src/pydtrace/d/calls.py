"""Calls: actions, aggregating functions and subroutines, with the number and kinds of their arguments.

What may be called is in d/symbols.py and d/subroutines.py; what a call means for the checker beyond its prototype has a method here.
"""

from __future__ import annotations

from ..errors import UserError
from . import stacks
from . import tree as t
from . import types as ty
from .declare import Declarations, Scope
from .rules import PROTOTYPES, ClauseRules, fits
from .subroutines import LARGEST_COPY, SUBROUTINES, Parameter
from .symbols import ACTIONS, AGGREGATORS, Aggregation
from .values import char_array, constant_value, stringish


class Calls(Declarations):
    """The part of the checker that knows what is called."""

    def __init__(self, scope: Scope, cli: bool) -> None:
        super().__init__(scope, cli)
        self.rules = ClauseRules()

    def _count(self, e: t.Call, low: int, high: int) -> None:
        passed = len(e.args)
        if not low <= passed <= high:
            least = "at least " if low < high < 99 else ""
            told = f"{passed} arg{'' if passed == 1 else 's'} passed, {least}{low} expected"
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
            return
        self._count(e, *ACTIONS[e.name])
        for n, arg in enumerate(e.args):
            if isinstance(arg, t.AggRef):
                if e.name not in ("printa", "clear", "trunc", "normalize", "denormalize"):
                    self.fail("D_AGG_NULL", f"aggregation may not be an argument of {e.name}( )", e)
                known = self.scope.aggregations.get(arg.name)
                if known is None or not known.func:
                    self.fail("D_IDENT_UNDEF", f"undefined aggregation: @{arg.name}", arg)
                arg.ref = known
            else:
                self.expr(arg)
                if e.name in ("clear", "normalize", "denormalize", "trunc") and n == 0:
                    self.fail(
                        f"D_{e.name.upper()}_AGGARG", f"{e.name}( ) argument #1 is incompatible with prototype: aggregation expected", e
                    )
        self._prototype(e)
        self._obey(self.rules.action(e.name), e)
        if e.name in ("printf", "printa", "system", "freopen") and not isinstance(e.args[0], (t.StrLit, t.AggRef)):
            self.fail(
                "D_PRINTF_ARG_FMT",
                f"{e.name}( ) argument #1 is incompatible with prototype:\n\tprototype: string constant\n"
                f"\t argument: {e.args[0].type.name}",
                e,
            )
        if e.name == "trace" and isinstance(ty.resolve(e.args[0].type), ty.VoidType):
            self.fail("D_TRACE_VOID", "trace( ) may not be applied to a void expression", e)
        if e.name in ("printf", "system", "freopen"):
            self._format(e)

    def _format(self, e: t.Call) -> None:
        from .printf import check_format, parse_format

        assert isinstance(e.args[0], t.StrLit)
        try:
            e.ref = parse_format(e.args[0].value)
            check_format(e.ref, e.name, [a.type for a in e.args[1:]])
        except UserError as error:
            raise UserError(error.text, tag=error.tag, line=e.line, hint=error.hint) from None

    def _aggregate(self, e: t.Assign, agg: t.AggRef) -> None:
        call = e.right
        if e.op != "=" or not isinstance(call, t.Call) or call.name not in AGGREGATORS:
            self.fail("D_AGG_FUNC", f"@{agg.name} must be assigned the result of an aggregating function", e)
        self._count(call, *AGGREGATORS[call.name])
        self._obey(self.rules.aggregate(), e)
        for key in agg.keys:
            self.expr(key)
            if not ty.is_scalar(key.type) and not ty.is_string(key.type) and not char_array(key.type) and not stacks.is_value(key.type):
                self.fail("D_KEY_TYPE", f"key expression type {key.type.name} cannot be a key", key)
        for arg in call.args:
            self.expr(arg)
            if not ty.is_scalar(arg.type):
                self.fail("D_AGG_SCALAR", f"{call.name}( ) argument must be of scalar type, not {arg.type.name}", arg)
        known = self.scope.aggregations.get(agg.name)
        if known is None:
            known = self.scope.aggregations[agg.name] = Aggregation(agg.name, len(self.scope.aggregations))
        params = self._params(call)
        if not known.func:
            known.func, known.params = call.name, params
            known.keys = [k.type if not char_array(k.type) else self.scope.string for k in agg.keys]
            known.words = {"count": 1, "stddev": 4, "quantize": 128}.get(call.name, 2)
            if call.name == "lquantize":
                known.words = 3 + (params[1] - params[0]) // params[2]
            elif call.name == "llquantize":
                factor, low, high, steps = params
                known.words = 4 + 2 * ((high - low + 1) * (steps - steps // factor) + 4)
        elif known.func != call.name:
            self.fail(
                "D_AGG_REDEF",
                f"aggregation redefined: @{agg.name}\n\t current: @{agg.name} = {call.name}( )\n\tprevious: @{agg.name} = {known.func}( )",
                e,
            )
        elif known.params != params:
            self.fail("D_LQUANT_MATCHBASE", f"{call.name}( ) parameters differ from an earlier use of @{agg.name}", call)
        elif len(known.keys) != len(agg.keys):
            self.fail("D_PROTO_LEN", f"@{agg.name}[ ] prototype mismatch: {len(agg.keys)} keys passed, {len(known.keys)} expected", agg)
        agg.ref = known

    def _params(self, call: t.Call) -> tuple[int, ...]:
        if call.name == "lquantize":
            values = [self.constant(a) for a in call.args[1:4]]
            if len(values) == 2:
                values.append(1)
            if values[0] >= values[1]:
                self.fail("D_LQUANT_MISMATCH", "lquantize( ) base must be less than limit", call)
            if values[2] <= 0:
                self.fail("D_LQUANT_STEPVAL", "lquantize( ) step must be positive", call)
            levels = (values[1] - values[0]) // values[2]
            if levels < 1:
                self.fail("D_LQUANT_STEPLARGE", "lquantize( ) step is too large: no level between base and limit", call)
            if levels > 65535:
                self.fail("D_LQUANT_STEPSMALL", f"lquantize( ) step is too small: {levels} levels, 65535 at most", call)
            return tuple(values)
        if call.name == "llquantize":
            return tuple(self.constant(a) for a in call.args[1:5])
        return ()

    def _call(self, e: t.Call) -> None:
        if stacks.is_valued(e.name):
            stacks.check(self, e)
            return
        if e.name in ACTIONS:
            self.fail(
                "D_CG_EXPR",
                f"tracing function {e.name}( ) may not be called from a D expression (D program context required)",
                e,
                placed=False,
            )
        if e.name in AGGREGATORS:
            self.fail("D_AGG_FUNC", f"aggregating function {e.name}( ) may only be assigned to an aggregation", e)
        known = SUBROUTINES.get(e.name)
        if known is None:
            from difflib import get_close_matches

            near = get_close_matches(e.name, [*ACTIONS, *SUBROUTINES, *AGGREGATORS], 1)
            self.fail("D_FUNC_UNDEF", f"undefined function name: {e.name}", e, hint=f"did you mean '{near[0]}'?" if near else None)
        self._count(e, known.need, len(known.parameters))
        for n, (parameter, arg) in enumerate(zip(known.parameters, e.args)):
            self.expr(arg)
            if not _passes(parameter, arg):
                told = f"argument #{n + 1} is incompatible with prototype:\n\tprototype: {parameter.text}\n\t argument: {arg.type.name}"
                self.fail("D_PROTO_ARG", f"{e.name}( ) {told}", e)
        if e.name in ("alloca", "copyin"):
            self._scratch(e)
        e.type = self.scope.string if known.result is None else known.result

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
    if stringish(of) or (parameter.text != "string" and isinstance(ty.resolve(of), (ty.PointerType, ty.ArrayType))):
        return True
    return constant_value(arg) == 0 or (parameter.kind == "string" and ty.is_pointer(of))
