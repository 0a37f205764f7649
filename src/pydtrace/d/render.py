"""Values to text, as printf does it.

For rendering a format becomes one bytes template for Python's own `%` operator plus, for each conversion, either nothing (the value goes
in as it is) or a small function that prepares it: a printf of integers and strings costs one `%` per record. What Python and C do not
spell alike (`#`, a precision, `'`, a width of `*`) is made by a function, and the template has a `%b` there.
Everything is bytes: a string of the traced process need not be text, and C's widths count bytes.

Values arrive decoded (dif/program.py). `ctx` resolves addresses: `ksym(address)`, `usym(pid, address)`, `uplace(pid, address)`, and
optionally `pid`, the process meant where an address comes without one.
"""

from __future__ import annotations

from .types import EnumType, FloatType, IntType, StringType, SymbolType, Type, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .printf import Conversion

    Prepare = Callable[..., Any]

_M = 0xFFFFFFFFFFFFFFFF
_ESCAPES = {
    0: b"\\0", 7: b"\\a", 8: b"\\b", 9: b"\\t", 10: b"\\n", 11: b"\\v", 12: b"\\f", 13: b"\\r", 34: b'\\"', 92: b"\\\\",
}  # fmt: skip
_INTEGERS = "dioxXu"

RAW = Type("text", 0)
"""The type of an argument that is already bytes: printed as text by whatever conversion takes it (a histogram by %@d)."""


class Compiled:
    """`steps` is None when all values go in as they are, else for each conversion how many values it takes and the function."""

    __slots__ = ("template", "steps", "count")

    def __init__(self, template: bytes, steps: list[tuple[int, Prepare | None]]) -> None:
        self.template = template
        self.steps = steps if any(f for _, f in steps) else None
        self.count = sum(n for n, _ in steps)

    def render(self, values: tuple[Any, ...]) -> bytes:
        if self.steps is None:
            return self.template % (values if len(values) == self.count else tuple(values[: self.count]))
        ready: list[Any] = []
        at = 0
        for n, f in self.steps:
            if f is None:
                ready.append(values[at])
            elif n == 1:
                ready.append(f(values[at]))
            else:
                ready.append(f(*values[at : at + n]))
            at += n
        return self.template % tuple(ready)


def compile_format(parts: list[bytes | Conversion], types: list[Type | None] | tuple[Type | None, ...], ctx: Any) -> Compiled:
    template = bytearray()
    steps: list[tuple[int, Prepare | None]] = []
    position = 0
    for part in parts:
        if isinstance(part, bytes):
            template += part.replace(b"%", b"%%")
            continue
        dynamic = (part.width == -1) + (part.prec == -1)
        of = types[position + dynamic] if position + dynamic < len(types) else None
        spec, function = _conversion(part, of, ctx)
        template += spec
        steps.append((1 + dynamic, function))
        position += 1 + dynamic
    return Compiled(bytes(template), steps)


def _conversion(c: Conversion, t: Type | None, ctx: Any) -> tuple[bytes, Prepare | None]:
    """One conversion in Python's spelling, and what is done to the value first."""
    r = resolve(t) if t is not None else None
    last = c.conv[-1]
    if r is RAW:
        return _text_spec(c), None
    if last in _INTEGERS:
        return _integer(c, r)
    if last == "p":
        mask = _mask(r)
        if c.prec is None and c.width != -1 and not set(c.flags) & set("#'"):
            return f"%{_kept(c.flags, '0-')}{c.width or ''}x".encode(), lambda v: v & mask
        return _general(c, lambda v, flags, width, prec: c_integer(v & mask, "x", flags, width, prec))
    if last in "eEfgG":
        return _general(c, lambda v, flags, width, prec: _c_float(_as_float(v, r), last, flags, width, prec))
    if last == "k":
        return _general(c, lambda v, flags, width, prec: _frames(v, flags, width, prec, ctx))
    if last == "c" and len(c.conv) == 1 and c.width != -1:
        return f"%{_kept(c.flags, '-')}{c.width or ''}c".encode(), lambda v: v & 255
    text = _text_function(c.conv, r, ctx)
    if c.width == -1 or c.prec == -1:
        return _general(c, lambda v, flags, width, prec: _c_text(text(v) if text else v, flags, width, prec))
    return _text_spec(c), text


def _kept(flags: str, those: str) -> str:
    return "".join(f for f in flags if f in those)


def _text_spec(c: Conversion) -> bytes:
    return f"%{_kept(c.flags, '-')}{c.width or ''}{'' if c.prec is None else f'.{c.prec}'}s".encode()


def _general(c: Conversion, make: Callable[[Any, str, int, int | None], bytes]) -> tuple[bytes, Prepare]:
    """A conversion that a function makes: make(value, flags, width, precision or None). `*` is resolved here: a negative width is a `-`."""
    flags, width, prec = c.flags, c.width or 0, c.prec
    if width != -1 and prec != -1:
        return b"%b", lambda v: make(v, flags, width, prec)

    def dynamic(*values: Any) -> bytes:
        w = values[0] if width == -1 else width
        p = values[-2] if prec == -1 else prec
        return make(values[-1], flags + "-" if w < 0 else flags, abs(w), p if p is not None and p > 0 else None)

    return b"%b", dynamic


# --- integers ----------------------------------------------------------------------------------------------------------------------


def _mask(r: Type | None) -> int:
    return (1 << 8 * r.size) - 1 if isinstance(r, (IntType, EnumType)) and r.size in (1, 2, 4) else _M


def _integer(c: Conversion, r: Type | None) -> tuple[bytes, Prepare | None]:
    conv = c.conv[-1]
    signed = conv in "di"
    mask = _mask(r)
    plain = signed or (isinstance(r, IntType) and not r.signed)  # the decoded value is the one to show
    if c.prec is None and c.width != -1 and not set(c.flags) & set("#'"):
        flags = _kept(c.flags, "0-+ " if signed else "0-")
        spec = f"%{flags}{c.width or ''}{'d' if conv in 'diu' else conv}".encode()
        return spec, None if plain else lambda v: v & mask
    return _general(c, lambda v, flags, width, prec: c_integer(v if plain else v & mask, conv, flags, width, prec))


def c_integer(value: int, conv: str, flags: str, width: int, prec: int | None) -> bytes:
    """C's conversion of an integer, for all flags."""
    base = {"o": "%o", "x": "%x", "X": "%X"}.get(conv, "%d")
    digits = base % abs(value)
    if "'" in flags and base == "%d":
        digits = _grouped(digits)
    if prec is not None:
        digits = digits.rjust(prec, "0")
    sign = ""
    if conv in "di":
        sign = "-" if value < 0 else "+" if "+" in flags else " " if " " in flags else ""
    elif "#" in flags:
        if conv == "o" and not digits.startswith("0"):
            digits = "0" + digits
        elif conv in "xX" and value:
            sign = "0" + conv
    room = width - len(sign)
    if "-" in flags:
        return (sign + digits.ljust(room)).encode()
    if "0" in flags and prec is None:
        return (sign + digits.rjust(room, "0")).encode()
    return (sign + digits).rjust(width).encode()


def _grouped(digits: str) -> str:
    """Thousands as the user's locale has them: by the environment, asked when a `'` is printed for the first time."""
    separator, sizes = _grouping()
    if not separator or not sizes:
        return digits
    groups: list[str] = []
    size, rest = 0, list(sizes)
    while digits:
        if rest:
            following = rest.pop(0)
            if following == 0:  # the last size goes on
                rest = []
            else:
                size = following
        if not size or size == _NO_MORE:
            size = len(digits)
        groups.append(digits[-size:])
        digits = digits[:-size]
    return separator.join(reversed(groups))


_NO_MORE = 127  # in a locale's grouping: the rest is one group
_known_grouping: tuple[str, list[int]] | None = None


def _grouping() -> tuple[str, list[int]]:
    global _known_grouping
    if _known_grouping is None:
        import _locale

        try:
            _locale.setlocale(_locale.LC_NUMERIC, "")
        except ValueError:  # _locale.Error is one
            pass
        found = _locale.localeconv()
        _known_grouping = str(found["thousands_sep"]), list(found["grouping"])
    return _known_grouping


# --- floats ------------------------------------------------------------------------------------------------------------------------


def _as_float(v: Any, r: Type | None) -> float:
    """A recorded float: its bits as an integer, or (long double) its bytes."""
    from struct import pack, unpack

    if isinstance(v, bytes):
        if len(v) > 8:
            return _extended(int.from_bytes(v[:8], "little"), int.from_bytes(v[8:10], "little"))
        v = int.from_bytes(v, "little")
    if isinstance(v, int):
        size = r.size if isinstance(r, FloatType) else 8
        return float(unpack("<f", pack("<I", v & 0xFFFFFFFF))[0] if size == 4 else unpack("<d", pack("<Q", v & _M))[0])
    return float(v)


def _extended(fraction: int, head: int) -> float:
    """x87's 80 bits: a sign, 15 bits of exponent, and a fraction whose top bit is the one before the point."""
    exponent = head & 0x7FFF
    if exponent == 0x7FFF:
        value = float("inf") if not fraction << 1 & _M else float("nan")
    else:
        try:
            value = float(fraction) * 2.0 ** (exponent - 16383 - 63)
        except OverflowError:
            value = float("inf")
    return -value if head >> 15 else value


def _c_float(value: float, conv: str, flags: str, width: int, prec: int | None) -> bytes:
    text = f"%{_kept(flags, '#')}{'' if prec is None else f'.{prec}'}{conv}" % value
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("+" if "+" in flags else " " if " " in flags else "", text)
    finite = value - value == 0
    if "'" in flags and finite and conv in "fgG" and "e" not in digits and "E" not in digits:
        whole, point, rest = digits.partition(".")
        digits = _grouped(whole) + point + rest
    if "-" in flags:
        return (sign + digits).ljust(width).encode()
    if "0" in flags and finite:
        return (sign + digits.rjust(width - len(sign), "0")).encode()
    return (sign + digits).rjust(width).encode()


# --- text --------------------------------------------------------------------------------------------------------------------------


def _c_text(text: bytes, flags: str, width: int, prec: int | None) -> bytes:
    if prec is not None:
        text = text[:prec]
    return text.ljust(width) if "-" in flags else text.rjust(width)


def _text_function(conv: str, r: Type | None, ctx: Any) -> Prepare | None:
    """The function that makes text of a value, None when it is the text."""
    if isinstance(r, SymbolType):
        return lambda v: symbol_text(v, r.kind, ctx)
    if conv == "s":
        return None if isinstance(r, StringType) else _until_nul
    if conv == "S":
        return (lambda v: escape(v + b"\0")) if isinstance(r, StringType) else escape
    if conv in ("ls", "ws"):
        return lambda v: v.decode("utf-32-le", "replace").split("\0")[0].encode()
    if conv == "c":
        return lambda v: bytes((v & 255,))
    if conv in ("lc", "wc"):
        return _wide
    if conv == "C":
        return lambda v: _character(v & 255)
    if conv == "a":
        return lambda v: ctx.ksym(v & _M).encode()
    if conv == "A":
        return lambda v: ctx.usym(*(v if isinstance(v, tuple) else (getattr(ctx, "pid", 0), v & _M))).encode()
    return _year if conv == "Y" else _rfc_time


def _wide(v: int) -> bytes:
    try:
        return chr(v & 0xFFFFFFFF).encode()
    except (ValueError, OverflowError, UnicodeError):
        return b""


def _until_nul(v: Any) -> bytes:
    return v.partition(b"\0")[0] if isinstance(v, bytes) else str(v).encode()


def _character(code: int) -> bytes:
    found = _ESCAPES.get(code)
    return found if found is not None else bytes((code,)) if 32 <= code < 127 else b"\\%03o" % code


def escape(text: bytes) -> bytes:
    """C's escapes for what does not print; a NUL is shown, and ends it."""
    shown, end, _ = text.partition(b"\0")
    return b"".join([_character(c) for c in shown]) + (b"\\0" if end else b"")


def _seconds(ns: int) -> int:
    """Whole seconds of a signed time in nanoseconds, towards zero."""
    ns = (ns + (1 << 63) & _M) - (1 << 63)
    return -(-ns // 10**9) if ns < 0 else ns // 10**9


def _year(ns: int) -> bytes:
    from time import localtime, strftime

    return strftime("%Y %b %e %H:%M:%S", localtime(_seconds(ns))).encode()


def _rfc_time(ns: int) -> bytes:
    from time import localtime, strftime

    return strftime("%a, %d %b %Y %H:%M:%S %Z", localtime(_seconds(ns))).encode()


# --- symbols and stacks ------------------------------------------------------------------------------------------------------------


def symbol_text(value: Any, kind: str, ctx: Any) -> bytes:
    """An address as sym func mod usym ufunc umod uaddr show it: only uaddr keeps the offset, mod and umod show only the module."""
    if kind.startswith("u"):
        pid, address = value if isinstance(value, tuple) else (getattr(ctx, "pid", 0), value)
        name: str = ctx.usym(pid, address & _M)
    else:
        name = ctx.ksym((value[-1] if isinstance(value, tuple) else value) & _M)
    if kind == "uaddr":
        return name.encode()
    if kind in ("mod", "umod"):
        return name.partition("`")[0].encode()
    return (name.rpartition("+0x")[0] or name).encode() if "`" in name else name.encode()


def _names(value: tuple[int, ...], ctx: Any, resolved: bool) -> list[bytes]:
    """The frames of (process id or 0, address…)."""
    pid = value[0] if value else 0
    names = []
    for address in value[1:]:
        if not address:
            break
        address &= _M
        name = ctx.ksym(address) if not pid else ctx.usym(pid, address) if resolved else ctx.uplace(pid, address)
        names.append(name.encode())
    return names


def stack_text(value: tuple[int, ...], ctx: Any, indent: int, resolved: bool = True) -> bytes:
    """A newline, then a line for each frame. `value` is (process id or 0, address…)."""
    blanks = b"\n" + b" " * indent
    return b"".join([blanks + name for name in _names(value, ctx, resolved)]) + b"\n"


def _frames(value: tuple[int, ...], flags: str, width: int, prec: int | None, ctx: Any) -> bytes:
    """%k: with `-` the width is the indentation, else each frame is justified in it."""
    if "-" in flags:
        indent, width = width, 0
    else:
        indent = 0
    lines = [b" " * indent + _c_text(name, "", width, prec) for name in _names(value, ctx, True)]
    return b"\n" + b"".join([line + b"\n" for line in lines])
