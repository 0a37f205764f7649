"""Small questions about types and constant expressions, asked by the checker and by lowering."""

from __future__ import annotations

from . import tree as t
from . import types as ty


def constant_value(e: t.Expr) -> int | None:
    """The value of a checked expression when it is constant."""
    e = t.meaning(e)
    if isinstance(e, t.IntLit):
        return e.value
    if isinstance(e, t.Ident) and isinstance(e.ref, int):
        return e.ref
    if isinstance(e, (t.SizeOf, t.OffsetOf)):
        return e.value
    if isinstance(e, t.Inlined) and ty.is_scalar(e.type):
        inner = constant_value(e.value)
        return None if inner is None else wrap(inner, e.type)
    if isinstance(e, t.Bound) and ty.is_scalar(e.type):
        inner = constant_value(e.bind.arg)
        return None if inner is None else wrap(inner, e.type)
    if isinstance(e, t.Unary) and e.op in ("-", "+", "~", "!"):
        inner = constant_value(e.operand)
        return None if inner is None else wrap({"-": -inner, "+": inner, "~": ~inner, "!": int(not inner)}[e.op], e.type)
    if isinstance(e, t.Cast) and ty.is_scalar(e.type):
        inner = constant_value(e.operand)
        return None if inner is None else wrap(inner, e.type)
    if isinstance(e, t.Binary) and e.op != "," and ty.is_int(e.left.type) and ty.is_int(e.right.type):
        b = constant_value(e.right)
        a = constant_value(e.left) if b is not None else None  # long sums grow to the left: ask the short side first
        return None if a is None or b is None else _folded(e, a, b)
    if isinstance(e, t.Cond) and ty.is_int(e.type):
        test = constant_value(e.test)
        arm = None if test is None else constant_value(e.then if test else e.other)
        return None if arm is None else wrap(arm, e.type)
    return None


def _folded(e: t.Binary, a: int, b: int) -> int | None:
    """`a op b` as it would be computed; None where it would not."""
    op = e.op
    if op in ("&&", "||", "^^"):
        return int({"&&": bool(a and b), "||": bool(a or b), "^^": bool(a) != bool(b)}[op])
    if op in ("<<", ">>"):
        a = _number(a, e.type)
        return wrap(a << b if op == "<<" else a >> b, e.type) if 0 <= b < 64 else None
    a, b = _number(a, e.optype), _number(b, e.optype)
    if op in ("/", "%"):
        if not b:
            return None
        quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        return wrap(quotient if op == "/" else a - quotient * b, e.type)
    if op in ("==", "!=", "<", "<=", ">", ">="):
        return int({"==": a == b, "!=": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op])
    return wrap({"+": a + b, "-": a - b, "*": a * b, "|": a | b, "&": a & b, "^": a ^ b}[op], e.type)


def _number(value: int, of: ty.Type) -> int:
    """A value converted to an operand's type, as a number: unsigned ones are not negative."""
    value = wrap(value, of)
    return value if ty.is_signed(of) or value >= 0 else value + (1 << 64)


def wrap(value: int, to: ty.Type) -> int:
    """`value` stored in `to` and read back, as a signed 64-bit image of the register."""
    if ty.is_bool(to):
        return int(value != 0)
    bits = min(to.size, 8) * 8
    value &= (1 << bits) - 1
    if (ty.is_signed(to) or bits == 64) and value >> (bits - 1):
        value -= 1 << bits
    return value


def kind_name(e: t.Expr) -> str:
    """The type of a checked expression for a message: what a translator gives has no type of its own."""
    inner = t.meaning(e)
    while isinstance(inner, t.Inlined):
        inner = t.meaning(inner.value)
    if isinstance(inner, t.Xlate):
        return "pointer to translated data" if ty.is_pointer(inner.type) else "translated data"
    return e.type.name


def char_array(of: ty.Type) -> bool:
    of = ty.resolve(of)
    return isinstance(of, ty.ArrayType) and ty.resolve(of.element).size == 1


def stringish(of: ty.Type) -> bool:
    return ty.is_string(of) or char_array(of)


def pointer(of: ty.Type) -> bool:
    return isinstance(ty.resolve(of), (ty.PointerType, ty.ArrayType))


def addressable(of: ty.Type) -> bool:
    return ty.is_scalar(of) or isinstance(ty.resolve(of), ty.ArrayType)


def decay(of: ty.Type) -> ty.Type:
    resolved = ty.resolve(of)
    return ty.PointerType(resolved.element) if isinstance(resolved, ty.ArrayType) else of


def key_type(of: ty.Type) -> ty.Type:
    return of if ty.is_scalar(of) or isinstance(of, (ty.StackType, ty.SymbolType)) else ty.LONG
