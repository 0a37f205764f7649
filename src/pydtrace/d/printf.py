"""printf's format strings: parsing, and checking against argument types. d/render.py makes text of them.

A format is parsed once, when the program is compiled. Size letters are optional in D; the argument's type says how wide and of which sign
a value is, so `%d` takes every integer, while `%ld` insists on a long. Rules and wording are the reference's: flags may stand in any
order, also behind a width; `%%` counts as a conversion; a precision of 0 is none; a width of `?` is that of a pointer.
"""

from __future__ import annotations

from ..errors import UserError
from .render import RAW, compile_format, stack_text, symbol_text
from .types import ArrayType, EnumType, FloatType, IntType, PointerType, StackType, StringType, SymbolType, Type, is_int, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .render import Compiled

__all__ = ["RAW", "Conversion", "Format", "check_format", "parse_format", "stack_text", "symbol_text"]

_XINT = "char, short, int, long, or long long"
_CSI = "char, short, or int"
_FLOAT = "float, double, or long double"
_ADDRESS = "pointer or integer"
_TEXT = "char [] or string (or use stringof)"
# conversion: what it takes, as messages word it
PROTOTYPES: dict[str, str] = {
    "a": _ADDRESS, "A": "pointer or integer (with -p/-c) or _usymaddr (without -p/-c)", "p": _ADDRESS, "c": _CSI, "C": _CSI,
    "k": "stack", "lc": "int", "wc": "int", "ls": "wchar_t []", "ws": "wchar_t []", "s": _TEXT, "S": _TEXT, "T": "int64_t", "Y": "int64_t",
    "%": "void",
    **{c: _XINT for c in "dioxXu"},
    **{h + c: name for h, name in (("h", "short"), ("l", "long"), ("ll", "long long")) for c in "dixX"},
    **{h + c: f"unsigned {name}" for h, name in (("h", "short"), ("l", "long"), ("ll", "long long")) for c in "ou"},
    **{c: _FLOAT for c in "eEfgG"}, **{"L" + c: "long double" for c in "eEfgG"},
}  # fmt: skip
_FLAGS = "#0-+ '"


class Conversion:
    """One `%…`: `width` and `prec` are None, a number, or -1 for `*`; `conv` has its size letters; `agg` for `%@d`; `number` as messages
    count."""

    __slots__ = ("flags", "width", "prec", "conv", "agg", "number")

    def __init__(self, flags: str, width: int | None, prec: int | None, conv: str, agg: bool, number: int) -> None:
        self.flags = flags
        self.width = width
        self.prec = prec
        self.conv = conv
        self.agg = agg
        self.number = number


class Format:
    """The literals (bytes) and conversions of a format, in order."""

    __slots__ = ("parts", "conversions", "_types", "_ctx", "_compiled")

    def __init__(self, parts: list[bytes | Conversion]) -> None:
        self.parts = parts
        self.conversions = [p for p in parts if isinstance(p, Conversion)]
        self._types: Any = None
        self._ctx: Any = None
        self._compiled: Compiled | None = None

    def compile(self, types: list[Type | None] | tuple[Type | None, ...], ctx: Any) -> Compiled:
        return compile_format(self.parts, types, ctx)

    def render(self, values: tuple[Any, ...], types: list[Type | None] | tuple[Type | None, ...], ctx: Any) -> bytes:
        """The text of one record. The compiled form is kept for as long as the same `types` and `ctx` objects come."""
        if self._compiled is None or self._types is not types or self._ctx is not ctx:
            self._types, self._ctx, self._compiled = types, ctx, compile_format(self.parts, types, ctx)
        return self._compiled.render(values)


def parse_format(text: bytes | str) -> Format:
    """UserError (D_SYNTAX) where the format is malformed."""
    data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    s = data.decode("latin-1")
    parts: list[bytes | Conversion] = []
    literal = ""
    i, number = 0, 0
    while i < len(s):
        end = s.find("%", i)
        if end < 0:
            literal += s[i:]
            break
        literal += s[i:end]
        number += 1
        conversion, i = _parse_conversion(s, end + 1, number)
        if conversion.conv == "%":
            literal += "%"
            continue
        if literal:
            parts.append(literal.encode("latin-1"))
            literal = ""
        parts.append(conversion)
    if literal:
        parts.append(literal.encode("latin-1"))
    return Format(parts)


def _parse_conversion(s: str, i: int, number: int) -> tuple[Conversion, int]:
    """The conversion that begins behind the `%` at i - 1."""
    begin = i
    flags: set[str] = set()
    width = prec = None
    agg = dot = digits = False
    name = ""

    def bad(what: str) -> UserError:
        return UserError(f"format conversion #{number} {what}", tag="D_SYNTAX")

    while True:
        c = s[i : i + 1]
        i += 1
        if not c:
            raise bad("name expected before end of format string")
        if c == "0" and not dot and not digits:
            flags.add("0")
            flags.discard("-")
        elif c.isdigit():
            end = i
            while s[end : end + 1].isdigit():
                end += 1
            value = int(s[i - 1 : end])
            if dot:
                prec = value
            else:
                width = value
            i, digits = end, True
        elif c == "*":
            if (prec if dot else width) == -1:
                raise bad(f"has more than one '*' specified for the output {'precision' if dot else 'width'}")
            if dot:
                prec = -1
            else:
                width = -1
        elif c == ".":
            if dot:
                raise bad("has more than one '.' specified")
            dot, digits = True, False
        elif c == "-":
            flags.add("-")
            flags.discard("0")
        elif c in _FLAGS:
            flags.add(c)
        elif c == "?":
            width = 16
        elif c == "@":
            agg = True
        elif c == "$":
            raise bad("uses unsupported positional format (%n$)")
        elif c == "%" and i - 1 != begin:
            raise bad("cannot be combined with other format flags: %%")
        elif c in "hlLw" and len(name) < 6:
            name += c
        else:
            name += c
            break
    if name not in PROTOTYPES:
        raise bad(f"is undefined: %{name}")
    ordered = "".join(flag for flag in _FLAGS if flag in flags)
    return Conversion(ordered, width or None, None if prec == 0 else prec, name, agg, number), i


def check_format(
    fmt: Format, func_name: str, arg_types: list[Type | None], first_arg_number: int = 2, target: bool = True, agg: Type | None = None
) -> None:
    """Match conversions with arguments (for printa: with the keys; `%@` takes the aggregation's value, of type `agg`). An argument type of
    None is not checked. `target`: there is a -c or -p, so an address without a process can be one of the target's."""
    if not fmt.parts and func_name != "freopen":
        raise UserError(f"{func_name}( ) format string is empty", tag="D_PRINTF_FMT_EMPTY")
    n = 0
    for c in fmt.conversions:
        for value, what in ((c.width, "*"), (c.prec, ".*")):
            if value != -1:
                continue
            if n >= len(arg_types):
                text = f'{func_name}( ) prototype mismatch: conversion #{c.number} (%{c.conv}) is missing a corresponding "{what}" argument'
                raise UserError(text, tag="D_PRINTF_DYN_PROTO")
            t = arg_types[n]
            if t is not None and not is_int(t):
                argument = f"argument #{n + first_arg_number}"
                raise _incompatible(func_name, argument, c.number, f" {what} {c.conv}", "int", t, "D_PRINTF_DYN_TYPE")
            n += 1
        if c.agg:
            if func_name != "printa":
                text = f"%@ conversion requires an aggregation and is not for use with {func_name}( )"
                raise UserError(text, tag="D_PRINTF_AGG_CONV")
            if agg is not None and not _fits(c.conv, agg, target):
                raise _incompatible(func_name, "aggregating action", c.number, c.conv, PROTOTYPES[c.conv], agg, "D_PRINTF_ARG_TYPE")
            continue
        if n >= len(arg_types):
            text = f"{func_name}( ) prototype mismatch: conversion #{c.number} (%{c.conv}) is missing a corresponding value argument"
            raise UserError(text, tag="D_PRINTF_ARG_PROTO")
        t = arg_types[n]
        if t is not None and not _fits(c.conv, t, target):
            raise _incompatible(
                func_name, f"argument #{n + first_arg_number}", c.number, c.conv, PROTOTYPES[c.conv], t, "D_PRINTF_ARG_TYPE"
            )
        n += 1
    if n < len(arg_types) and func_name != "printa":
        text = f"{func_name}( ) prototype mismatch: only {n} arguments required by this format string"
        raise UserError(text, tag="D_PRINTF_ARG_EXTRA")


def _incompatible(func: str, what: str, number: int, conv: str, prototype: str, t: Type, tag: str) -> UserError:
    text = f"{func}( ) {what} is incompatible with conversion #{number} prototype:\n"
    return UserError(f"{text}\tconversion: %{conv}\n\t prototype: {prototype}\n\t  argument: {t.name}", tag=tag)


def _words(t: Type) -> str:
    """The C type behind `t`: a typedef's base, however it is spelled (`long unsigned int` is `unsigned long`)."""
    words = [w for w in resolve(t).name.split() if w != "signed"]
    rest = [w for w in words if w not in ("int", "unsigned")]
    return ("unsigned " if "unsigned" in words else "") + (" ".join(rest) or "int")


def _sized(conv: str, t: Type) -> bool:
    """Conversions with size letters want an integer of just that size and, but for x and X, sign; x and X go by the type's name."""
    r = resolve(t)
    if not isinstance(r, IntType):
        return False
    if conv[-1] not in "xX":
        return r.size == (2 if conv[0] == "h" else 8) and r.signed == (conv[-1] in "di")
    if conv.startswith("ll"):
        one: Any = t
        while one is not r:
            if one.name in ("int64_t", "uint64_t"):
                return True
            one = one.target
    return _words(t).removeprefix("unsigned ") == PROTOTYPES[conv]


def _fits(conv: str, t: Type, target: bool) -> bool:
    r = resolve(t)
    integer = isinstance(r, (IntType, EnumType))
    last = conv[-1]
    if len(conv) > 1:
        if last in "dioxXu":
            return _sized(conv, t)
        if last == "c":
            return isinstance(r, (IntType, EnumType)) and r.size == 4 and r.signed
        if last == "s":
            return isinstance(r, ArrayType) and is_int(r.element) and r.element.size == 4
        return isinstance(r, FloatType) and r.name == "long double"
    if last in "dioxXu":
        return integer
    if last in "cC":
        return integer and r.size <= 4
    if last in "sS":
        return isinstance(r, (StringType, SymbolType)) or (isinstance(r, ArrayType) and is_int(r.element) and r.element.size == 1)
    if last == "p":
        return integer or isinstance(r, PointerType)
    if last == "a":
        return integer or isinstance(r, (PointerType, SymbolType))
    if last == "A":
        return isinstance(r, SymbolType) or (target and (integer or isinstance(r, PointerType)))
    if last == "k":
        return isinstance(r, StackType)
    if last in "YT":
        return integer and r.size == 8
    return isinstance(r, FloatType)
