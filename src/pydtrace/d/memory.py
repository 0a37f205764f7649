"""Stores through pointers, and which pointers point into scratch memory: questions the checker and the lowering ask of expressions.

Scratch memory (alloca, copyin) is the only memory D may write. Whether an address lies in it is known for certain only at run time,
where every store is checked; here a store through what is surely kernel memory is refused, and so is a variable that holds both
kinds of pointers.
"""

from __future__ import annotations

from . import tree as t
from . import types as ty
from .symbols import Variable
from .values import constant_value, pointer

_MAKERS = ("alloca", "copyin")


def through_pointer(e: t.Expr) -> bool:
    """Whether the lvalue `e` is memory that a pointer points to, not a variable or a part of one."""
    e = t.meaning(e)
    if isinstance(e, t.Unary):
        return e.op == "*"
    if isinstance(e, t.MemberOf):
        return e.arrow or through_pointer(e.base)
    if isinstance(e, t.Index):
        base = t.meaning(e.base)
        if isinstance(base, t.Ident) and isinstance(base.ref, Variable) and base.ref.keys is not None:
            return False
        return ty.is_pointer(base.type) or through_pointer(base)
    return False


def kernel_memory(e: t.Expr) -> bool:
    """Whether the lvalue or pointer `e` is reached from what the kernel gives (a built-in, args[], a kernel symbol) and nothing else."""
    e = t.meaning(e)
    if isinstance(e, (t.MemberOf, t.Index)):
        return kernel_memory(e.base)
    if isinstance(e, t.Unary) and e.op in ("*", "&"):
        return kernel_memory(e.operand)
    if isinstance(e, t.Cast):
        return ty.is_pointer(e.operand.type) and kernel_memory(e.operand)
    if isinstance(e, t.Binary) and e.op in ("+", "-"):
        return any(pointer(side.type) and kernel_memory(side) for side in (e.left, e.right))
    return isinstance(e, t.Ident) and not isinstance(e.ref, Variable)


def in_scratch(e: t.Expr) -> bool | None:
    """Whether the pointer `e` points into scratch memory; None when it may be either (a constant, a variable not set yet)."""
    e = t.meaning(e)
    if constant_value(e) is not None:
        return None
    if isinstance(e, t.Inlined):
        return in_scratch(e.value)
    if isinstance(e, t.Bound):
        return in_scratch(e.bind.arg)
    if isinstance(e, t.Call):
        return e.name in _MAKERS
    if isinstance(e, t.Cast):
        return in_scratch(e.operand) if pointer(e.operand.type) else None
    if isinstance(e, t.Assign):
        return in_scratch(e.right if e.op == "=" else e.left)
    if isinstance(e, t.IncDec):
        return in_scratch(e.operand)
    if isinstance(e, t.Cond):
        then, other = in_scratch(e.then), in_scratch(e.other)
        return other if then is None else then
    if isinstance(e, t.Binary):
        sides = [in_scratch(side) for side in (e.left, e.right) if pointer(side.type)]
        return sides[0] if len(sides) == 1 else in_scratch(e.right) if e.op == "," else None
    if isinstance(e, t.Unary) and e.op == "&":
        return _lvalue_in_scratch(e.operand)
    if isinstance(e, (t.MemberOf, t.Index, t.Unary)) and isinstance(ty.resolve(e.type), ty.ArrayType):
        return _lvalue_in_scratch(e)
    base = e.base if isinstance(e, t.Index) else e
    if isinstance(base, t.Ident) and isinstance(base.ref, Variable):
        return base.ref.scratch
    return False


def _lvalue_in_scratch(e: t.Expr) -> bool | None:
    e = t.meaning(e)
    if isinstance(e, t.MemberOf):
        return in_scratch(e.base) if e.arrow else _lvalue_in_scratch(e.base)
    if isinstance(e, t.Index):
        return in_scratch(e.base)
    if isinstance(e, t.Unary) and e.op == "*":
        return in_scratch(e.operand)
    return False
