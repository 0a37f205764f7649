"""Lowering of stacks and of addresses shown as names, as values (d/stacks.py).

They are slots of bytes, but for kernel addresses, which are integers. A stack of another length than its variable or key is cut or filled
with zeroes: a variable keeps its first type's length. A stack that is the whole of an action goes into the record in place (`putstack`).
"""

from __future__ import annotations

from ..d import stacks
from ..d import tree as t
from ..d import types as ty
from ..d.symbols import Variable
from ..d.values import constant_value
from ..errors import InternalError
from .ir import Slot
from .program import Action

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .actions import Actions
    from .lower import Lowering
    from .values import Values


def value(values: Values, e: t.Expr, of: ty.Type | None = None) -> Slot:
    """The wide value of `e` as a slot, as long as type `of`."""
    size = (of or e.type).size
    slot = _value(values, e, of)
    if slot.size == size or not isinstance(ty.resolve(e.type), ty.StackType):
        return slot
    resized = _tmp(values, size)
    values.emit("copy", resized, Slot("const", 0, size, False, value=bytes(size)))
    values.emit("copy", resized, slot)
    return resized


def _value(values: Values, e: t.Expr, of: ty.Type | None) -> Slot:
    if ty.is_int(e.type) and constant_value(e) == 0:  # 0, however it is written: no stack
        assert of is not None
        return Slot("const", 0, of.size, False, value=bytes(of.size))
    if isinstance(e, t.Call):
        called = e.type
        if isinstance(called, ty.StackType):
            slot = _tmp(values, (of or called).size)
            values.emit("stack", slot, imm=((slot.size - 8) // 8, called.user))
            values.uses.add(e.name)
        else:
            slot = values.tmp(called.size, string=False)
            values.emit("usym", slot, values.scalar(e.args[0]))
            values.uses.add("usym")
        return slot
    if isinstance(e, t.Ident) and isinstance(e.ref, Variable):
        return Slot("var", e.ref.index, e.type.size, False, e.ref)
    if isinstance(e, t.Index) and isinstance(e.base, t.Ident) and isinstance(e.base.ref, Variable):
        slot = _tmp(values, e.type.size) if isinstance(ty.resolve(e.type), ty.StackType) else values.tmp(e.type.size, string=False)
        values.emit("dynget", slot, *values.keys(e), imm=e.base.ref)
        return slot
    if isinstance(e, t.Assign):
        slot = value(values, e.right, e.left.type)
        values.write(values.place(e.left), e.left.type, slot)
        return slot
    if isinstance(e, t.Binary) and e.op == ",":
        values.statement(e.left)
        return value(values, e.right)
    raise InternalError(f"no stack or symbol for {type(e).__name__}")


def _tmp(values: Values, size: int) -> Slot:
    """A temporary for a stack; back ends know it by its name."""
    slot = values.tmp(size, string=False)
    slot.name = "stack"
    return slot


def action(lowering: Lowering, e: t.Call) -> None:
    """stack(), ustack(), jstack(), sym() and its kin as statements."""
    of = e.type
    schema = lowering.schema
    first = len(schema.fields)
    lowering.uses.add(e.name)
    if isinstance(of, ty.StackType):
        number = schema.add("stack", of.size, False, of)
        lowering.emit("putstack", None, imm=(number, of.frames, of.user))
        schema.actions.append(Action("stack", first, 1))
        return
    put(lowering, e)
    schema.actions.append(Action("sym", first, 1))


def put(lowering: Actions, e: t.Expr) -> None:
    """Record such a value as the next field."""
    of = e.type
    if not stacks.is_wide(of):
        lowering.put_field(lowering.scalar(e), "int", 8, False, of)
    elif isinstance(e, t.Call) and isinstance(of, ty.SymbolType):
        lowering.put_field(lowering.scalar(e.args[0]), "usym", of.size, False, of)
    else:
        lowering.put_field(value(lowering, e), "stack" if isinstance(ty.resolve(of), ty.StackType) else "usym", of.size, False, of)
