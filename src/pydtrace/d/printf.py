"""printf's format strings: parsing, checking against argument types, and compiling to Python's `%`.

A format is parsed once, when the program is compiled. For rendering it becomes one bytes template for Python's own `%` operator plus,
for each argument, either nothing (the value goes in as it is) or a small function that prepares the value: so that a printf of
integers and strings costs one `%` per record. Everything is bytes: a string of the traced process need not be text, and C's
widths count bytes.

Size letters are optional in D; the argument's type says how wide and of which sign a value is. Values arrive decoded (see dif/program.py).
`ctx` resolves addresses: `ksym(address)`, `usym(pid, address)`, and optionally `pid`, used where an address comes without a process.
"""

from __future__ import annotations

from ..errors import UserError
from .types import ArrayType, FloatType, IntType, PointerType, StackType, StringType, SymbolType, Type, is_int, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Prepare = Callable[[Any], Any]

_XINT = "char, short, int, long, or long long"
_FLOAT = "float, double, or long double"
# conversion: what it takes, as the error message words it
PROTOTYPES: dict[str, str] = {
    "a": "pointer or integer", "A": "pointer or integer", "c": "char, short, or int", "C": "char, short, or int", "k": "stack",
    "lc": "int", "wc": "int", "ls": "wchar_t []", "ws": "wchar_t []", "p": "pointer or integer", "s": "char [] or string (or use stringof)",
    "S": "char [] or string (or use stringof)", "T": "int64_t", "Y": "int64_t", "%": "",
    **{c: _XINT for c in "dioxXu"},
    **{"h" + c: "short" for c in "dioxXu"}, **{"l" + c: "long" for c in "dioxXu"}, **{"ll" + c: "long long" for c in "dioxXu"},
    **{c: _FLOAT for c in "eEfgG"}, **{"L" + c: "long double" for c in "eEfgG"},
}  # fmt: skip
_ESCAPES = {0: b"\\0", 7: b"\\a", 8: b"\\b", 9: b"\\t", 10: b"\\n", 11: b"\\v", 12: b"\\f", 13: b"\\r", 34: b'\\"', 92: b"\\\\"}
_INTEGERS = "dioxXu"

RAW = Type("text", 0)
"""The type of an argument that is already bytes: printed as text by whatever conversion takes it (a histogram by %@d)."""


class Conversion:
    """One `%…`: `width` and `prec` are None, a number, or -1 for `*`; `conv` has its size letters; `agg` for `%@d`."""

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
        return _compile(self, types, ctx)

    def render(self, values: tuple[Any, ...], types: list[Type | None] | tuple[Type | None, ...], ctx: Any) -> bytes:
        """The text of one record. The compiled form is kept for as long as the same `types` and `ctx` objects come."""
        if self._compiled is None or self._types is not types or self._ctx is not ctx:
            self._types, self._ctx, self._compiled = types, ctx, _compile(self, types, ctx)
        return self._compiled.render(values)


class Compiled:
    """`prepare` is None when all values go in as they are."""

    __slots__ = ("template", "prepare", "count")

    def __init__(self, template: bytes, prepare: list[Prepare | None], count: int) -> None:
        self.template = template
        self.prepare: list[Prepare | None] | None = prepare if any(prepare) else None
        self.count = count

    def render(self, values: tuple[Any, ...]) -> bytes:
        if self.prepare is not None:
            values = tuple([v if f is None else f(v) for f, v in zip(self.prepare, values, strict=False)])
        elif len(values) != self.count:
            values = tuple(values[: self.count])
        return self.template % values


def parse_format(text: bytes | str) -> Format:
    """UserError (D_SYNTAX) where the format is malformed."""
    data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    s = data.decode("latin-1")
    parts: list[bytes | Conversion] = []
    literal = ""
    i, number = 0, 0
    while i < len(s):
        if s[i] != "%":
            end = s.find("%", i)
            end = len(s) if end < 0 else end
            literal += s[i:end]
            i = end
            continue
        i += 1
        if s[i : i + 1] == "%":
            literal += "%"
            i += 1
            continue
        number += 1
        conversion, i = _parse_conversion(s, i, number)
        if conversion.conv == "%":
            literal += "%"
            number -= 1
            continue
        if literal:
            parts.append(literal.encode("latin-1"))
            literal = ""
        parts.append(conversion)
    if literal:
        parts.append(literal.encode("latin-1"))
    return Format(parts)


def _number(s: str, i: int) -> tuple[int | None, int]:
    if s[i : i + 1] == "*":
        return -1, i + 1
    start = i
    while s[i : i + 1].isdigit():
        i += 1
    return (int(s[start:i]) if i > start else None), i


def _parse_conversion(s: str, i: int, number: int) -> tuple[Conversion, int]:
    start, flags, agg = i, "", False
    while i < len(s) and s[i] in "#0-+ '?@":
        if s[i] == "@":
            agg = True
        else:
            flags += s[i]
        i += 1
    width, i = _number(s, i)
    if s[i : i + 1] == "$":
        raise UserError(f"format conversion #{number} uses an unsupported positional argument: %{s[start : i + 1]}", tag="D_SYNTAX")
    prec = None
    if s[i : i + 1] == ".":
        prec, i = _number(s, i + 1)
        prec = 0 if prec is None else prec
    if "?" in flags:
        flags, width = flags.replace("?", ""), 16 if width is None else width
    if s[i : i + 1] == "@":
        agg, i = True, i + 1
    begin = i
    while i < len(s) and s[i] in "hlLjztqw":
        i += 1
    if i >= len(s):
        raise UserError(f"format conversion #{number} is incomplete: %{s[start:]}", tag="D_SYNTAX")
    conv = s[begin : i + 1]
    if conv not in PROTOTYPES:
        raise UserError(f"format conversion #{number} is undefined: %{conv}", tag="D_SYNTAX")
    return Conversion(flags, width, prec, conv, agg, number), i + 1


def check_format(fmt: Format, func_name: str, arg_types: list[Type | None], first_arg_number: int = 2) -> None:
    """Match conversions with arguments (for printa: with the keys; `%@` takes none of them). An argument type of None is not checked."""
    n = 0
    for c in fmt.conversions:
        if c.agg and func_name != "printa":
            text = f"{func_name}( ) format conversion #{c.number} (%@{c.conv}) needs an aggregation: use printa( )"
            raise UserError(text, tag="D_PRINTF_AGG_CONV")
        for value, what in ((c.width, "width"), (c.prec, "precision")):
            if value != -1:
                continue
            name = f"{'.' if what == 'precision' else ''}*{c.conv}"
            if n >= len(arg_types):
                text = f'{func_name}( ) prototype mismatch: conversion #{c.number} (%{c.conv}) is missing a corresponding "{what}" argument'
                raise UserError(text, tag="D_PRINTF_DYN_PROTO")
            t = arg_types[n]
            if t is not None and not is_int(t):
                raise _incompatible(func_name, n + first_arg_number, c.number, name, "int", t, "D_PRINTF_DYN_TYPE")
            n += 1
        if c.agg:
            continue
        if n >= len(arg_types):
            text = f"{func_name}( ) prototype mismatch: conversion #{c.number} (%{c.conv}) is missing a corresponding value argument"
            raise UserError(text, tag="D_PRINTF_ARG_PROTO")
        t = arg_types[n]
        if t is not None and not _fits(c.conv, t):
            raise _incompatible(func_name, n + first_arg_number, c.number, c.conv, PROTOTYPES[c.conv], t, "D_PRINTF_ARG_TYPE")
        n += 1
    if n < len(arg_types) and func_name != "printa":
        needed = n + first_arg_number - 1
        text = f"{func_name}( ) prototype mismatch: only {needed} argument{'s' if needed != 1 else ''} required by this format string"
        raise UserError(text, tag="D_PRINTF_ARG_EXTRA")


def _incompatible(func: str, arg: int, number: int, conv: str, prototype: str, t: Type, tag: str) -> UserError:
    text = f"{func}( ) argument #{arg} is incompatible with conversion #{number} prototype:\n"
    return UserError(f"{text}\tconversion: %{conv}\n\t prototype: {prototype}\n\t  argument: {t.name}", tag=tag)


def _fits(conv: str, t: Type) -> bool:
    r = resolve(t)
    integer = is_int(r)
    last = conv[-1]
    if last in _INTEGERS:
        size = {"": 0, "h": 2, "l": 8, "ll": 8}[conv[:-1]]
        return integer and (not size or r.size == size)
    if last in "cC":
        return integer and r.size <= 4
    if last in "sS":
        return isinstance(r, (StringType, SymbolType)) or (isinstance(r, ArrayType) and is_int(r.element))
    if last in "paA":
        return integer or isinstance(r, (PointerType, SymbolType))
    if last == "k":
        return isinstance(r, StackType)
    if last in "YT":
        return integer and r.size == 8
    return isinstance(r, FloatType)


# --- rendering ---------------------------------------------------------------------------------------------------------------------


def _compile(fmt: Format, types: list[Type | None] | tuple[Type | None, ...], ctx: Any) -> Compiled:
    template = bytearray()
    prepare: list[Prepare | None] = []
    for part in fmt.parts:
        if isinstance(part, bytes):
            template += part.replace(b"%", b"%%")
            continue
        dynamic = (part.width == -1) + (part.prec == -1)
        prepare.extend([None] * dynamic)
        position = len(prepare)
        spec, function = _python_spec(part, types[position] if position < len(types) else None, ctx)
        template += spec
        prepare.append(function)
    return Compiled(bytes(template), prepare, len(prepare))


def _python_spec(c: Conversion, t: Type | None, ctx: Any) -> tuple[bytes, Prepare | None]:
    """One conversion in Python's spelling, and what is done to the value first."""
    r = resolve(t) if t is not None else None
    width = "" if c.width is None else "*" if c.width == -1 else str(c.width)
    prec = "" if c.prec is None else ".*" if c.prec == -1 else f".{c.prec}"
    flags = c.flags.replace("'", "")
    text = ("%" + ("-" if "-" in flags else "") + width + prec + "s").encode()
    last = c.conv[-1]
    if r is RAW:
        return text, None
    if last in _INTEGERS:
        if last in "di":
            return f"%{flags}{width}{prec}d".encode(), None
        flags = flags.replace("+", "").replace(" ", "")
        mask = (1 << 8 * (r.size if isinstance(r, (IntType,)) or r is not None and is_int(r) else 8)) - 1
        function: Prepare | None = None if isinstance(r, IntType) and not r.signed else lambda v: v & mask
        if "#" in flags and last != "u":
            if last == "o":
                return text, lambda v: b"0%o" % (v & mask) if v else b"0"
            if "0" not in flags and not prec:
                return text, lambda v: (b"0x%x" if last == "x" else b"0X%X") % (v & mask) if v else b"0"
        return f"%{flags.replace('#', '') if last == 'u' else flags}{width}{prec}{'d' if last == 'u' else last}".encode(), function
    if last == "c":
        return f"%{'-' if '-' in flags else ''}{width}c".encode(), lambda v: v & 255
    if last == "C":
        return text, lambda v: _character(v & 255)
    if last in "eEfgG":
        return f"%{flags}{width}{prec}{last}".encode(), _float
    if last == "p":
        return f"%{flags.replace('+', '').replace(' ', '')}{width}x".encode(), lambda v: v & 0xFFFFFFFFFFFFFFFF
    if last == "k":
        indent = c.width if c.width and "-" in flags else None
        return b"%s", lambda v: stack_text(v, ctx, 14 if indent is None else indent)
    return text, _text_function(c.conv, r, ctx)


def _text_function(conv: str, r: Type | None, ctx: Any) -> Prepare | None:
    if isinstance(r, SymbolType):
        return lambda v: symbol_text(v, r.kind, ctx)
    if conv == "s":
        return None if isinstance(r, StringType) else _until_nul
    if conv == "S":
        return (lambda v: escape(v) + b"\\0") if isinstance(r, StringType) else escape
    if conv in ("ls", "ws"):
        return lambda v: v.decode("utf-32-le", "replace").split("\0")[0].encode()
    if conv == "a":
        return lambda v: ctx.ksym(v & 0xFFFFFFFFFFFFFFFF).encode()
    if conv == "A":
        return lambda v: ctx.usym(*(v if isinstance(v, tuple) else (getattr(ctx, "pid", 0), v & 0xFFFFFFFFFFFFFFFF))).encode()
    return _year if conv == "Y" else _rfc_time


def _until_nul(v: Any) -> bytes:
    return v.partition(b"\0")[0] if isinstance(v, bytes) else str(v).encode()


def _character(code: int) -> bytes:
    found = _ESCAPES.get(code)
    return found if found is not None else bytes((code,)) if 32 <= code < 127 else b"\\%03o" % code


def escape(text: bytes) -> bytes:
    """C's escapes for what does not print."""
    return b"".join([_character(c) for c in text])


def _float(v: Any) -> float:
    if isinstance(v, int):  # recorded as its bits
        from struct import pack, unpack

        return float(unpack("<d", pack("<Q", v & 0xFFFFFFFFFFFFFFFF))[0])
    return float(v)


def _year(ns: int) -> bytes:
    from time import localtime, strftime

    return strftime("%Y %b %e %H:%M:%S", localtime(ns // 10**9)).encode()


def _rfc_time(ns: int) -> bytes:
    from time import localtime, strftime

    return strftime("%a, %d %b %Y %H:%M:%S %Z", localtime(ns // 10**9)).encode()


def symbol_text(value: Any, kind: str, ctx: Any) -> bytes:
    """An address as sym func mod usym ufunc umod uaddr show it: only uaddr keeps the offset, mod and umod show only the module."""
    if kind.startswith("u"):
        pid, address = value if isinstance(value, tuple) else (getattr(ctx, "pid", 0), value)
        name: str = ctx.usym(pid, address & 0xFFFFFFFFFFFFFFFF)
    else:
        name = ctx.ksym((value[-1] if isinstance(value, tuple) else value) & 0xFFFFFFFFFFFFFFFF)
    if kind == "uaddr":
        return name.encode()
    if kind in ("mod", "umod"):
        return name.partition("`")[0].encode()
    return (name.rpartition("+0x")[0] or name).encode() if "`" in name else name.encode()


def stack_text(value: tuple[int, ...], ctx: Any, indent: int, resolved: bool = True) -> bytes:
    """A newline, then a line for each frame. `value` is (process id or 0, address…)."""
    blanks = b"\n" + b" " * indent
    pid = value[0] if value else 0
    lines = []
    for address in value[1:]:
        if not address:
            break
        address &= 0xFFFFFFFFFFFFFFFF
        name = ctx.ksym(address) if not pid else ctx.usym(pid, address) if resolved else ctx.uplace(pid, address)
        lines.append(blanks + name.encode())
    return b"".join(lines) + b"\n"
