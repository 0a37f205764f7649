"""Assignments to aggregations: `@name[keys] = function(value, parameters, increment)`.

Every use of an aggregation must agree with its first: the function, the parameters of the quantizers, number and kinds of the keys. The
parameters are constants, kept in one form: lquantize (base, limit, step) with a limit that is a whole number of steps away,
llquantize (factor, lmag, hmag, steps).

The reference finds some mistakes when it reads a clause and others when it makes code of it (`_late`); only the first are told with
`in action list:`.
"""

from __future__ import annotations

from ..errors import UserError
from . import stacks
from . import tree as t
from . import types as ty
from .aggdata import LQUANTIZE_LEVELS, words_of
from .declare import Declarations
from .symbols import AGGREGATORS, Aggregation
from .values import char_array, constant_value, stringish

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_U16 = 65535


class Aggregating(Declarations):
    """The part of the checker that knows aggregations."""

    def _aggregate(self, e: t.Assign, agg: t.AggRef) -> None:
        call = e.right
        if e.op != "=" or not isinstance(call, t.Call) or call.name not in AGGREGATORS:
            if isinstance(call, t.Call) and call.name not in AGGREGATORS:
                self.expr(call)  # says what is wrong with an unknown function
            self.fail("D_AGG_FUNC", f"@{agg.name} must be assigned the result of an aggregating function", e)
        self.tuple_of(len(agg.keys))
        for n, key in enumerate(agg.keys):
            self._key(n, key)
        low, high = AGGREGATORS[call.name]
        if len(call.args) < low or (len(call.args) > high == low):
            self.fail("D_PROTO_LEN", f"{call.name}( ) prototype mismatch: {_args(call)} passed, {low} expected", call)
        for arg in call.args:
            self.expr(arg)
        known = self.scope.aggregations.get(agg.name)
        if known is None:
            known = self.scope.aggregations[agg.name] = Aggregation(agg.name, len(self.scope.aggregations))
        if known.func and known.func != call.name:
            self.fail(
                "D_AGG_REDEF",
                f"aggregation redefined: @{agg.name}\n\t current: @{agg.name} = {call.name}( )\n"
                f"\tprevious: @{agg.name} = {known.func}( ) : line {known.line}",
                e,
            )
        if call.args and not ty.is_scalar(call.args[0].type):
            self._late("D_AGG_SCALAR", f"{call.name}( ) argument #1 must be of scalar type", call)
        params: tuple[int, ...] = ()
        if call.name == "lquantize":
            params = self._lquantize(call, known)
        elif call.name == "llquantize":
            params = self._llquantize(call, known)
        self._increment(call, high)
        if not known.func:
            known.func, known.params, known.line = call.name, params, call.line
            known.keys = [k.type if not char_array(k.type) else self.scope.string for k in agg.keys]
            known.words = words_of(call.name, params)
        else:
            self._same_keys(known, agg)
        agg.ref = known

    def _late(self, tag: str, text: str, node: t.Node, hint: str | None = None) -> NoReturn:
        self.fail(tag, text, node, placed=False, hint=hint)

    def _key(self, n: int, key: t.Expr) -> None:
        kind = "<DYN>"
        if not isinstance(key, t.AggRef):
            self.expr(key)
            if ty.is_scalar(key.type) or ty.is_string(key.type) or char_array(key.type) or stacks.is_value(key.type):
                return
            kind = key.type.name
        self.fail("D_KEY_TYPE", f"{kind} expression may not be used as aggregation index: key #{n + 1}", key)

    def _same_keys(self, known: Aggregation, agg: t.AggRef) -> None:
        if len(known.keys) != len(agg.keys):
            keys = f"{len(agg.keys)} key{'' if len(agg.keys) == 1 else 's'}"
            self.fail("D_PROTO_LEN", f"@{agg.name}[ ] prototype mismatch: {keys} passed, {len(known.keys)} expected", agg)
        for n, (want, got) in enumerate(zip(known.keys, agg.keys, strict=True)):
            if not _alike(want, got.type):
                self.fail(
                    "D_PROTO_ARG",
                    f"@{agg.name}[ ] key #{n + 1} is incompatible with prototype:\n\tprototype: {want.name}\n\t      key: {got.type.name}",
                    agg,
                )

    def _null_effect(self, e: t.AggRef) -> NoReturn:
        """An aggregation that is named for nothing."""
        if e.name not in self.scope.aggregations and not e.keys:
            self.fail("D_IDENT_UNDEF", f"failed to resolve @{e.name}: Unknown variable name", e)
        self._late("D_AGG_NULL", f"expression has null effect: @{e.name}", e)

    def _aggregation_action(self, e: t.Call) -> None:
        """printa, clear, trunc, normalize, denormalize."""
        printa = e.name == "printa"
        args = e.args
        first = 0
        if printa and args and isinstance(args[0], t.StrLit):
            self.expr(args[0])
            first = 1
            if len(args) == 1:
                self._late("D_PRINTA_PROTO", "printa( ) prototype mismatch: 1 args passed, 2 expected", e)
        tag = {"printa": "PRINTA", "clear": "CLEAR", "trunc": "TRUNC"}.get(e.name, "NORMALIZE")
        for n, arg in enumerate(args[first:] if printa else args[:1], first):
            if not isinstance(arg, t.AggRef):
                self.expr(arg)
                wrong = f"\tprototype: aggregation\n\t argument: {arg.type.name}"
                self._late(f"D_{tag}_AGGARG", f"{e.name}( ) argument #{n + 1} is incompatible with prototype:\n{wrong}", e)
            known = self.scope.aggregations.get(arg.name)
            if known is None or not known.func:
                from .variables import near

                hint = near(arg.name, self.scope.aggregations, "@")
                self._late(f"D_{tag}_AGGBAD", f"undefined aggregation: @{arg.name}", e, hint)
            arg.ref = known
            known.cleared |= e.name == "clear"
            known.truncated |= e.name == "trunc"
        if printa:
            self._printa(e, [arg.ref for arg in args[first:] if isinstance(arg, t.AggRef)])
            return
        for arg in args[1:]:
            self.expr(arg)
            if not ty.is_scalar(arg.type):
                self._late(f"D_{tag}_SCALAR", f"{e.name}( ) argument #2 must be of scalar type", e)

    def _printa(self, e: t.Call, aggs: list[Aggregation]) -> None:
        first = aggs[0]
        for other in aggs[1:]:
            a, b = len(first.keys), len(other.keys)
            if a != b:
                self._late(
                    "D_PRINTA_AGGKEY",
                    f"printa( ): @{first.name} and @{other.name} do not have matching key signatures: "
                    f"@{first.name} has {a} key{'' if a == 1 else 's'}, @{other.name} has {b} key{'' if b == 1 else 's'}",
                    e,
                )
            for n, (x, y) in enumerate(zip(first.keys, other.keys, strict=True), 1):
                if not _alike(x, y):
                    self._late(
                        "D_PRINTA_AGGPROTO",
                        f"printa( ): @{other.name}[ ] key #{n} is incompatible with @{first.name}:\n"
                        f"{first.name:>9} key #{n}: {x.name}\n{other.name:>9} key #{n}: {y.name}",
                        e,
                    )
        if isinstance(e.args[0], t.StrLit):
            from .printf import check_format, parse_format

            try:
                e.ref = parse_format(e.args[0].value)
                value = ty.AliasType("uint64_t", ty.ULONG) if first.func == "count" else ty.AliasType("int64_t", ty.LONG)
                check_format(e.ref, "printa", list(first.keys), target=self.scope.target, agg=value)
            except UserError as error:
                raise UserError(error.text, tag=error.tag, line=e.line, hint=error.hint) from None

    def _increment(self, call: t.Call, most: int) -> None:
        """The last argument of the quantizers."""
        if call.name not in ("quantize", "lquantize", "llquantize"):
            return
        if len(call.args) >= most and not ty.is_scalar(call.args[most - 1].type):
            self._late("D_PROTO_ARG", f"{call.name}( ) increment value (argument #{most}) must be of scalar type", call)
        if len(call.args) > most:
            self._late("D_PROTO_LEN", f"{call.name}( ) prototype mismatch: {_args(call)} passed, at most {most} expected", call)

    def _lquantize(self, call: t.Call, known: Aggregation) -> tuple[int, ...]:
        base = self._int32(call, 1, "BASE")
        limit = self._int32(call, 2, "LIM")
        if limit < base:
            self._late("D_LQUANT_MISMATCH", "lquantize( ) base (argument #1) must be less than limit (argument #2)", call)
        step = 1
        if len(call.args) > 3:
            value = constant_value(call.args[3])
            if value is None or value <= 0:
                self._late("D_LQUANT_STEPTYPE", "lquantize( ) argument #3 must be a non-zero positive integer constant", call)
            if value > _U16:
                self._late("D_LQUANT_STEPVAL", "lquantize( ) argument #3 must be a 16-bit quantity", call)
            step = value
        levels = (limit - base) // step
        if not levels:
            self._late(
                "D_LQUANT_STEPLARGE", "lquantize( ) step (argument #3) too large: must have at least one quantization level", call
            )
        if levels > LQUANTIZE_LEVELS:
            self._late(
                "D_LQUANT_STEPSMALL",
                "lquantize( ) step (argument #3) too small: number of quantization levels must be a 16-bit quantity",
                call,
            )
        params = (base, base + levels * step, step)
        names = (("BASE", "base"), ("LIM", "limit"), ("STEP", "step"))
        self._same_params(call, known, params, [("D_LQUANT_MATCH" + tag, name) for tag, name in names])
        return params

    def _int32(self, call: t.Call, n: int, tag: str) -> int:
        value = constant_value(call.args[n])
        if value is None:
            self._late(f"D_LQUANT_{tag}TYPE", f"lquantize( ) argument #{n} must be an integer constant", call)
        if not -(1 << 31) <= value < 1 << 31:
            self._late(f"D_LQUANT_{tag}VAL", f"lquantize( ) argument #{n} must be a 32-bit quantity", call)
        return value

    def _llquantize(self, call: t.Call, known: Aggregation) -> tuple[int, ...]:
        def fail(tag: str, what: str) -> NoReturn:
            self._late(f"D_LLQUANT_{tag}", f"llquantize({'' if '(steps)' in what else ' '}) argument {what}", call)

        def constant(n: int, tag: str) -> int:
            value = constant_value(call.args[n])
            if value is None:
                fail(f"{tag}TYPE", f"#{n} must be an integer constant")
            return value

        factor = constant(1, "FACTOR")
        if not 2 <= factor <= _U16:
            fail("FACTORVAL", "#1 must be an unsigned 16-bit quantity greater than or equal to 2")
        lmag = constant(2, "LMAG")
        if not 0 <= lmag <= _U16:
            fail("LMAGVAL", "#2 must be an unsigned 16-bit quantity")
        hmag = constant(3, "HMAG")
        if not 0 <= hmag <= _U16:
            fail("HMAGVAL", "#3 must be an unsigned 16-bit quantity")
        if hmag < lmag:
            fail("HMAGVAL", "#3 (high magnitude) must be at least argument #2 (low magnitude)")
        if factor ** (hmag + 1) >= 1 << 64:
            fail("HMAGVAL", "#3 (high magnitude) will cause overflow of 64 bits")
        steps = constant_value(call.args[4])
        if steps is None or steps <= 0:
            fail("STEPTYPE", "#4 must be a non-zero positive integer constant")
        if steps > _U16:
            fail("STEPVAL", "#4 must be an unsigned 16-bit quantity")
        if steps < factor and factor % steps:
            fail("STEPVAL", "#4 (steps) must evenly divide argument #1 (factor) when steps<factor")
        if steps > factor:
            if steps % factor:
                fail("STEPVAL", "#4 (steps) must be a multiple of argument #1 (factor) when steps>factor")
            if not lmag and factor * factor % steps:
                fail("STEPVAL", "#4 (steps) must evenly divide the square of argument #1 (factor) when steps>factor and lmag==0")
            if lmag and factor ** (lmag + 1) % steps:
                power = "pow(argument #1 (factor), lmag (argument #2) + 1)"
                fail("STEPVAL", f"#4 (steps) must evenly divide {power} when steps>factor and lmag>0")
        params = (factor, lmag, hmag, steps)
        self._same_params(call, known, params, [("D_LLQUANT_MATCH" + n.upper(), n) for n in ("factor", "lmag", "hmag", "steps")])
        return params

    def _same_params(self, call: t.Call, known: Aggregation, params: tuple[int, ...], names: list[tuple[str, str]]) -> None:
        if not known.func:
            return
        for n, ((tag, name), old, new) in enumerate(zip(names, known.params, params, strict=True)):
            if old != new:
                told = f"{'lquantize( )' if call.name == 'lquantize' else 'llquantize()'} {name} (argument #{n + 1})"
                self._late(tag, f"{told} doesn't match previous declaration: expected {old}, found {new}", call)


def _args(call: t.Call) -> str:
    return f"{len(call.args)} arg{'' if len(call.args) == 1 else 's'}"


def _alike(a: ty.Type, b: ty.Type) -> bool:
    """Whether values of one type may stand where the other is expected as a key."""
    if stacks.is_value(a) or stacks.is_value(b):
        return stacks.compatible(a, b)
    return ty.is_scalar(a) == ty.is_scalar(b) and (ty.is_scalar(a) or stringish(a) == stringish(b))
