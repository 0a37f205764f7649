"""Which types go together: the rules of assignment, of parameters, and of pointers.

Integers go with integers, strings with whatever holds characters, structs with the same struct, and a pointer with one to the same type,
to void, or with a constant 0. Nothing else is converted without a cast.
"""

from __future__ import annotations

from . import types as ty


def same_type(a: ty.Type, b: ty.Type) -> bool:
    """Whether two types are one, typedefs and qualifiers apart."""
    a, b = ty.resolve(a), ty.resolve(b)
    if a is b:
        return True
    if isinstance(a, ty.PointerType) and isinstance(b, ty.PointerType):
        return same_type(a.target, b.target)
    if isinstance(a, ty.ArrayType) and isinstance(b, ty.ArrayType):
        return a.count == b.count and same_type(a.element, b.element)
    if isinstance(a, ty.StructType) and isinstance(b, ty.StructType):
        return a.name == b.name and not a.name.endswith("{}")
    if isinstance(a, ty.FunctionType) and isinstance(b, ty.FunctionType):
        return True
    return type(a) is type(b) and a.name == b.name and a.size == b.size and ty.is_signed(a) == ty.is_signed(b)


def target(of: ty.Type) -> ty.Type | None:
    """What a pointer, or an array as one, points to; None for others. A string is none."""
    of = ty.resolve(of)
    return of.target if isinstance(of, ty.PointerType) else of.element if isinstance(of, ty.ArrayType) else None


def characters(of: ty.Type) -> bool:
    """Whether `of` can stand where a string is wanted: a string, an array of bytes, a pointer to characters."""
    if ty.is_string(of):
        return True
    to = target(of)
    if to is None:
        return False
    to = ty.resolve(to)
    return isinstance(to, ty.IntType) and to.size == 1 and (isinstance(ty.resolve(of), ty.ArrayType) or to.name.endswith("char"))


def void_or_function(of: ty.Type) -> bool:
    """Whether `of` points to what has no size."""
    return ty.is_pointer(of) and isinstance(ty.resolve(target(of) or of), (ty.VoidType, ty.FunctionType))


def pointers_agree(a: ty.Type, b: ty.Type, a_zero: bool = False, b_zero: bool = False) -> bool:
    """Whether two pointers are to the same type, or one of them to void; a constant 0 (`_zero`) is any pointer."""
    x, y = target(a), target(b)
    if x is None or y is None:
        return (x is not None and b_zero and ty.is_int(b)) or (y is not None and a_zero and ty.is_int(a))
    if any(isinstance(ty.resolve(to), ty.VoidType) for to in (x, y)):
        return True
    x, y = ty.resolve(x), ty.resolve(y)
    if ty.is_int(x) and ty.is_int(y):  # the kernel's names of integers are many
        return x.size == y.size and ty.is_signed(x) == ty.is_signed(y)
    return same_type(x, y)


def assignable(to: ty.Type, value: ty.Type, zero: bool) -> bool:
    """Whether a value may be stored in an object of type `to` or passed for it; `zero` says that it is the constant 0."""
    if ty.is_int(to) and ty.is_int(value):
        return True
    if characters(to) and characters(value):
        return True
    resolved = ty.resolve(to)
    if isinstance(resolved, (ty.StackType, ty.SymbolType)):
        from .stacks import compatible

        return zero or compatible(to, value)
    if isinstance(resolved, (ty.StructType, ty.StringType)):
        return zero or same_type(to, value)
    return pointers_agree(to, value, b_zero=zero)
