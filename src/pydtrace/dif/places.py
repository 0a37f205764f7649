"""Lvalues: where a D object lies, and how it is read and written there.

A place is one of three kinds. *memory*: an address, for all that is reached through a pointer or a kernel symbol. *slot*: a variable, or
a value that was computed into a temporary; structs, unions and arrays lie in slots as bytes, and a member is an offset within
them. *element*: a value of an associative array, named by its keys. Evaluating an lvalue to a place happens once, also for `a[f()]++`: the
index, the keys and the pointers on the way are evaluated then; reading and writing have no other effects.

Bit-fields carry the unit they are read in: the smallest aligned 1, 2, 4 or 8 bytes of the struct that hold them, else (packed structs) the
very bytes they touch, so that nothing behind the object is read.

An index of an array whose size is known is checked at run time, unless it is a constant that the checker has checked.
"""

from __future__ import annotations

from ..d import tree as t
from ..d import types as ty
from ..d.inline import translation
from ..d.symbols import KernelSymbol, Variable
from ..d.values import constant_value
from .emit import Emitter
from .ir import Reg, Slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    Value = Reg | int | Slot
    Bits = tuple[int, int, int]

SCALAR_SIZES = (1, 2, 4, 8)


class Place:
    """`kind`: 'memory' (`base` an address), 'slot' (`base` a Slot), 'element' (`base` a Variable, `keys`). `offset` in bytes
    from there. `bits` of a bit-field: first bit from the offset, width, size of the unit to read (0: no aligned one)."""

    __slots__ = ("kind", "base", "offset", "keys", "bits")

    def __init__(self, kind: str, base: Reg | int | Slot | Variable, offset: Reg | int = 0, keys: tuple[Value, ...] = ()) -> None:
        self.kind = kind
        self.base = base
        self.offset = offset
        self.keys = keys
        self.bits: Bits | None = None

    def part(self, offset: Reg | int) -> Place:
        """Another place in the same object."""
        return Place(self.kind, self.base, offset, self.keys)


def scalar_size(of: ty.Type) -> int:
    """Bytes of a scalar in memory; a wider integer is read by its low half."""
    return of.size if of.size in SCALAR_SIZES else 8


class Places(Emitter):
    """The part of lowering that knows lvalues. Expressions on the way are the sub-class's to evaluate."""

    def scalar(self, e: t.Expr) -> Reg | int:
        raise NotImplementedError

    def text(self, e: t.Expr) -> Slot:
        raise NotImplementedError

    def keys(self, e: t.Index) -> list[Value]:
        raise NotImplementedError

    def image(self, e: t.Expr) -> Slot:
        raise NotImplementedError

    def bind(self, e: t.Inlined) -> None:
        raise NotImplementedError

    # -- finding

    def place(self, e: t.Expr) -> Place:
        """Where the object that `e` names lies; a value that lies nowhere is put into a temporary."""
        e = t.meaning(e)
        if isinstance(e, t.Inlined):
            self.bind(e)
            return self.place(e.value)
        if isinstance(e, t.Bound):
            if isinstance(e.bind.value, Place):
                return e.bind.value
        elif isinstance(e, t.Ident):
            if isinstance(e.ref, Variable):
                return Place("slot", self.variable(e.ref))
            if isinstance(e.ref, KernelSymbol):
                return Place("memory", self.symbol_address(e.ref))
        elif isinstance(e, t.Index):
            return self._indexed(e, e.base, e.args[0])
        elif isinstance(e, t.MemberOf):
            if e.arrow:
                return self.member(Place("memory", self.scalar(e.base)), e)
            return self.member(self.place(e.base), e)
        elif isinstance(e, t.Unary) and e.op == "*":
            inner = t.meaning(e.operand)
            whole, binds, _ = translation(e)
            if whole is not None:
                self.bind(t.Inlined(e.line, e.type, whole, binds))
                return Place("slot", self.image(whole))
            if isinstance(ty.resolve(inner.type), ty.ArrayType):
                return self.place(inner)
            if isinstance(inner, t.Binary) and inner.op == "+" and isinstance(ty.resolve(inner.left.type), ty.ArrayType):
                return self._indexed(e, inner.left, inner.right)
            return Place("memory", self.scalar(inner))
        return Place("slot", self.text(e) if ty.is_string(e.type) else self.image(e))

    def symbol_address(self, symbol: KernelSymbol) -> Reg | int:
        """The address of a kernel symbol; of a per-CPU variable, this CPU's."""
        if not symbol.offsets:
            return symbol.address
        self.uses.add("cpu")
        entry = self.op("add", self.op("mul", self.op("builtin", imm="cpu"), 8), symbol.offsets)
        return self.op("add", self.op("load", entry, imm=(8, False, "kernel")), symbol.address)

    def variable(self, of: Variable) -> Slot:
        return Slot("var", of.index, self.strsize if ty.is_string(of.type) else of.type.size, ty.is_string(of.type), of)

    def _indexed(self, e: t.Index | t.Unary, base: t.Expr, index: t.Expr) -> Place:
        if isinstance(e, t.Index) and isinstance(base, t.Ident) and isinstance(base.ref, Variable) and base.ref.keys is not None:
            return Place("element", base.ref, keys=tuple(self.keys(e)))
        of = ty.resolve(base.type)
        if isinstance(of, ty.PointerType):
            address = self.scalar(base)
            return Place("memory", self.plus(address, self.times(self.scalar(index), e.type.size)))
        place = self.place(base)
        count = of.size if isinstance(of, ty.StringType) else of.count if isinstance(of, ty.ArrayType) else 0
        number = self.scalar(index)
        if isinstance(number, int):
            known = constant_value(index) is not None
            number = number if known or not count else self.op("bound", number, imm=count)
        elif count:
            number = self.op("bound", number, imm=count)
        return place.part(self.plus(place.offset, self.times(number, e.type.size)))

    def member(self, place: Place, e: t.MemberOf) -> Place:
        """Where the member lies of the object at `place`."""
        member = e.member
        at, width = member.bit_offset, member.bit_size
        byte = at // 8
        bits = None
        if width:
            of = ty.resolve(e.base.type)
            whole = ty.resolve(of.target).size if isinstance(of, ty.PointerType) else of.size
            bits = (at % 8, width, 0)
            for size in SCALAR_SIZES:
                low = byte // size * size
                if at + width <= (low + size) * 8 and low + size <= whole:
                    bits = (at - low * 8, width, size)
                    byte = low
                    break
        made = place.part(self.plus(place.offset, byte))
        made.bits = bits
        return made

    def plus(self, a: Reg | int, b: Reg | int) -> Reg | int:
        if isinstance(a, int):
            a, b = b, a
        if isinstance(a, int):
            assert isinstance(b, int)
            return a + b
        return a if b == 0 and isinstance(b, int) else self.op("add", a, b)

    def times(self, a: Reg | int, by: int) -> Reg | int:
        return a * by if isinstance(a, int) else a if by == 1 else self.op("mul", a, by)

    # -- addresses

    def address_of(self, place: Place) -> Reg | int:
        """The kernel's address of the object. A variable has one; of an element it is that of a copy."""
        if place.kind == "memory":
            assert not isinstance(place.base, (Slot, Variable))
            return self.plus(place.base, place.offset)
        return self.plus(self.op("addr", self._slot(place)), place.offset)

    def _slot(self, place: Place) -> Slot:
        """The slot that holds the whole object a place is in; an element is fetched into a temporary."""
        if isinstance(place.base, Slot):
            return place.base
        assert isinstance(place.base, Variable)
        of = place.base.type
        slot = self.tmp(self.strsize if ty.is_string(of) else of.size, ty.is_string(of))
        self.emit("dynget", slot, *place.keys, imm=place.base)
        self.nullable.add(slot.n)
        return slot

    def _whole(self, place: Place, of: ty.Type) -> bool:
        """Whether the place is all of its variable or element."""
        whole = place.base.variable.type if isinstance(place.base, Slot) and place.base.variable is not None else None
        if isinstance(place.base, Variable):
            whole = place.base.type
        return whole is not None and place.offset == 0 and place.bits is None and _same_shape(whole, of)

    # -- scalars

    def read(self, place: Place, of: ty.Type) -> Reg:
        """The scalar of type `of` that lies there."""
        if place.bits is not None:
            return self._read_bits(place, ty.is_signed(of))
        if self._whole(place, of) and _in_register(of):
            if isinstance(place.base, Slot):
                return self.op("get", place.base)
            return self.op("dynget", *place.keys, imm=place.base)
        return self._chunk(self._fixed(place), 0, scalar_size(of), ty.is_signed(of))

    def _fixed(self, place: Place) -> Place:
        """The same place, with its element fetched: several reads see one value."""
        return Place("slot", self._slot(place), place.offset) if place.kind == "element" else place

    def _chunk(self, place: Place, at: int, size: int, signed: bool) -> Reg:
        """`size` bytes, `at` bytes behind the place."""
        if isinstance(place.base, Slot):
            return self.op("peek", place.base, self.plus(place.offset, at), imm=(size, signed))
        return self.op("load", self.plus(self.address_of(place), at), imm=(size, signed, "kernel"))

    def _read_bits(self, place: Place, signed: bool) -> Reg:
        assert place.bits is not None
        start, width, unit = place.bits
        place = self._fixed(place)
        if unit:
            word = self._chunk(place, 0, unit, False)
        else:
            low: Reg | None = None
            for at, size in _pieces((start + width + 7) // 8):
                piece = self._chunk(place, at, size, False)
                by = 8 * at - start
                piece = self.op("shl", piece, by) if by > 0 else self.op("shr", piece, -by) if by else piece
                low = piece if low is None else self.op("or", low, piece)
            assert low is not None
            word, start = low, 0
        return self.trimmed(word, start, width, signed)

    def trimmed(self, word: Reg | int, start: int, width: int, signed: bool) -> Reg:
        """`width` bits of a word from bit `start`, extended."""
        up = 64 - start - width
        if up:
            word = self.op("shl", word, up)
        if width < 64:
            return self.op("sar" if signed else "shr", word, 64 - width)
        return word if isinstance(word, Reg) else self.op("mov", word)

    def write(self, place: Place, of: ty.Type, value: Value) -> None:
        """Store a scalar, a string (a slot) or a struct (a slot, or 0 for all zeroes) of type `of`."""
        if place.bits is not None:
            assert not isinstance(value, Slot)
            self._write_bits(place, value)
        elif self._whole(place, of):
            if isinstance(place.base, Variable):
                self.emit("dynput", None, value, *place.keys, imm=place.base)
            elif isinstance(value, Slot):
                assert isinstance(place.base, Slot)
                self.emit("copy", place.base, value)
            else:
                assert isinstance(place.base, Slot)
                self.emit("put_var", None, place.base, value)
        else:
            if not isinstance(value, Slot) and not ty.is_scalar(of):
                value = Slot("const", 0, of.size, False)
            self.write_bytes(place, self.strsize if ty.is_string(of) else of.size, value)

    def write_bytes(self, place: Place, size: int, value: Value) -> None:
        """Store the low `size` bytes of a register, or a slot, into part of an object."""
        if place.kind == "element":
            assert isinstance(place.base, Variable)
            self.emit("dynpoke", None, place.offset, value, *place.keys, imm=(place.base, size))
        elif isinstance(place.base, Slot):
            self.emit("poke", None, place.base, place.offset, value, imm=size)
        else:
            self.emit("store", None, self.address_of(place), value, imm=(size,))

    def _write_bits(self, place: Place, value: Reg | int) -> None:
        """Read the unit, replace the bits, write it back."""
        assert place.bits is not None
        start, width, unit = place.bits
        seen = self._fixed(place)
        ones = (1 << width) - 1
        for at, size in ((0, unit),) if unit else _pieces((start + width + 7) // 8):
            by = start - 8 * at
            inside = (ones << by if by >= 0 else ones >> -by) & (1 << 8 * size) - 1
            new: Reg | int = value
            if by:
                new = self.op("shl", value, by) if by > 0 else self.op("shr", self.op("and", value, _word(ones)), -by)
            new = self.op("and", new, _word(inside))
            kept = self.op("and", self._chunk(seen, at, size, False), _word(~inside))
            self.write_bytes(place.part(self.plus(place.offset, at)), size, self.op("or", kept, new))

    # -- bytes and strings

    def image_of(self, place: Place, of: ty.Type) -> Slot:
        """The struct, union or array of type `of` that lies there, as a slot."""
        if place.kind == "memory":
            slot = self.tmp(of.size, string=False)
            self.emit("loadmem", slot, self.address_of(place), imm=(of.size, "kernel"))
            return slot
        whole = self._slot(place)
        if place.offset == 0 and not whole.string and whole.size == of.size:
            return whole
        slot = self.tmp(of.size, string=False)
        self.emit("cut", slot, whole, place.offset, imm=of.size)
        return slot

    def text_of(self, place: Place, of: ty.Type) -> Slot:
        """The string, or the text of the array of characters, that lies there, as a string slot."""
        resolved = ty.resolve(of)
        most = resolved.count if isinstance(resolved, ty.ArrayType) and resolved.count else self.strsize
        slot = self.tmp(self.strsize)
        if place.kind == "memory":
            self.emit("loadstr", slot, self.address_of(place), imm=(most, "kernel"))
            return slot
        whole = self._slot(place)
        if whole.string and place.offset == 0:
            return whole
        self.emit("cutstr", slot, whole, place.offset, imm=most)
        return slot


def _in_register(of: ty.Type) -> bool:
    """Whether values of `of` are kept in registers: scalars, and kernel addresses that are shown as symbols."""
    return not ty.is_string(of) and not ty.is_memory(of) and of.size <= 8


def _same_shape(a: ty.Type, b: ty.Type) -> bool:
    """Whether an object of type `a` is one of type `b`, not a part of it."""
    if _in_register(a) or _in_register(b):
        return _in_register(a) and _in_register(b)
    return ty.is_string(a) == ty.is_string(b) and a.size == b.size


def _pieces(count: int) -> list[tuple[int, int]]:
    """(offset, size) of loads of 8, 4, 2 and 1 bytes that make up `count` bytes."""
    found = []
    at = 0
    for size in (8, 4, 2, 1):
        while count - at >= size:
            found.append((at, size))
            at += size
    return found


def _word(value: int) -> int:
    """A mask as the signed 64-bit immediate DIF takes."""
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value
