"""Lowering of what a translator makes, where the whole object is wanted: `copy = xlate<T>(e)`, `print(*curpsinfo)`.

A translator's members are expressions (d/inline.py). Here they are all computed, in the order of the translator's definition, and stored
into a temporary, from where they go on like any struct's bytes. What the translator does not define is zero.
"""

from __future__ import annotations

from ..d import tree as t
from ..d import types as ty
from ..d.values import stringish
from .ir import Slot
from .places import Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .values import Values


def translated(v: Values, e: t.Xlate) -> Slot:
    """The object that a translator makes."""
    v.checker.where = "in action list"
    bind, members = v.checker.conversions(e)
    v.bind(t.Inlined(e.line, e.type, e, [bind]))
    of = e.ref.output
    slot = v.tmp(of.size, string=False)
    v.emit("copy", slot, Slot("const", 0, of.size, False, value=bytes(of.size)))
    for member in members:
        place = v.member(Place("slot", slot), member)
        declared = member.member.type
        if stringish(declared):
            v.write_bytes(place, declared.size, v.text(member))
        elif v.is_memory(member.type):
            v.write_bytes(place, member.type.size, v.image(member))
        else:
            value = v.convert(v.value(member), member.type, declared)
            if place.bits is not None:
                value = v.trimmed(value, 0, place.bits[1], ty.is_signed(member.type))
            v.write(place, declared, value)
    return slot
