"""The types of D: C's, plus `string` and the values of the stack and symbol functions.

A type is one immutable object; `size` is in bytes. Kernel types are made from BTF on demand (d/kerneltypes.py) and
are of the same classes, so that nothing above knows where a type came from. LP64, x86-64, `char` is signed.
Struct members are loaded lazily: a kernel struct points at thousands of others.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Type:
    """Base of all types. `name` is the C spelling."""

    __slots__ = ("name", "size")

    def __init__(self, name: str, size: int) -> None:
        self.name = name
        self.size = size

    def __repr__(self) -> str:
        return f"<{self.name}>"


class IntType(Type):
    __slots__ = ("signed",)

    def __init__(self, name: str, size: int, signed: bool) -> None:
        super().__init__(name, size)
        self.signed = signed


class FloatType(Type):
    __slots__ = ()


class VoidType(Type):
    __slots__ = ()


class PointerType(Type):
    __slots__ = ("target",)

    def __init__(self, target: Type) -> None:
        spelled = target.name
        super().__init__(spelled + ("*" if spelled.endswith("*") else " *"), 8)
        self.target = target


class ArrayType(Type):
    __slots__ = ("element", "count")

    def __init__(self, element: Type, count: int) -> None:
        super().__init__(f"{element.name} [{count}]", element.size * count)
        self.element = element
        self.count = count


class Member:
    """A member of a struct or union; `bit_size` is 0 unless it is a bit-field. `bit_offset` counts from the start."""

    __slots__ = ("name", "type", "bit_offset", "bit_size")

    def __init__(self, name: str, type: Type, bit_offset: int, bit_size: int = 0) -> None:
        self.name = name
        self.type = type
        self.bit_offset = bit_offset
        self.bit_size = bit_size


class StructType(Type):
    """A struct or union (`kind`). `members` is None while incomplete; anonymous members have an empty name."""

    __slots__ = ("kind", "_members", "_load")

    def __init__(
        self, kind: str, tag: str, size: int, members: list[Member] | None, load: Callable[[], list[Member]] | None = None
    ) -> None:
        super().__init__(f"{kind} {tag}" if tag else f"{kind} {{}}", size)
        self.kind = kind
        self._members = members
        self._load = load

    @property
    def members(self) -> list[Member] | None:
        if self._members is None and self._load is not None:
            self._members = self._load()
        return self._members

    def complete(self, size: int, members: list[Member]) -> None:
        self.size = size
        self._members = members

    def find(self, name: str) -> Member | None:
        """The member called `name`, looked for in anonymous members too (offset from the start of this type)."""
        for member in self.members or ():
            if member.name == name:
                return member
            if not member.name:
                inner = resolve(member.type)
                if isinstance(inner, StructType):
                    found = inner.find(name)
                    if found is not None:
                        return Member(name, found.type, member.bit_offset + found.bit_offset, found.bit_size)
        return None


class EnumType(Type):
    __slots__ = ("values", "signed")

    def __init__(self, tag: str, values: dict[str, int], size: int = 4, signed: bool = True) -> None:
        super().__init__(f"enum {tag}" if tag else "enum {}", size)
        self.values = values
        self.signed = signed


class FunctionType(Type):
    __slots__ = ("result", "params")

    def __init__(self, result: Type, params: list[Type]) -> None:
        super().__init__(f"{result.name} ({', '.join(p.name for p in params)})", 1)
        self.result = result
        self.params = params


class AliasType(Type):
    """A typedef, or a qualified type (`const int`): `resolve` looks through it."""

    __slots__ = ("target",)

    def __init__(self, name: str, target: Type) -> None:
        super().__init__(name, target.size)
        self.target = target


class StringType(Type):
    """D's `string`: `size` is strsize, compared by content."""

    __slots__ = ()


class StackType(Type):
    """The value of stack() or ustack() (`user`): the process id, 0 for the kernel's stack, and `frames` addresses, ended by a 0."""

    __slots__ = ("frames", "user")

    def __init__(self, frames: int, user: bool) -> None:
        super().__init__("dt_stack_t", frames * 8 + 8)
        self.frames = frames
        self.user = user


class SymbolType(Type):
    """The value of sym, func, mod (`kind`) or usym, ufunc, umod, uaddr: an address shown as a name; the user's follow their process id."""

    __slots__ = ("kind",)

    def __init__(self, kind: str) -> None:
        super().__init__("_usymaddr" if kind.startswith("u") else "_symaddr", 16 if kind.startswith("u") else 8)
        self.kind = kind


CHAR = IntType("char", 1, True)
SCHAR = IntType("signed char", 1, True)
UCHAR = IntType("unsigned char", 1, False)
SHORT = IntType("short", 2, True)
USHORT = IntType("unsigned short", 2, False)
INT = IntType("int", 4, True)
UINT = IntType("unsigned int", 4, False)
LONG = IntType("long", 8, True)
ULONG = IntType("unsigned long", 8, False)
LONGLONG = IntType("long long", 8, True)
ULONGLONG = IntType("unsigned long long", 8, False)
BOOL = IntType("_Bool", 1, False)
VOID = VoidType("void", 0)


def resolve(t: Type) -> Type:
    """The type behind typedefs and qualifiers."""
    while isinstance(t, AliasType):
        t = t.target
    return t


def is_int(t: Type) -> bool:
    return isinstance(resolve(t), (IntType, EnumType))


def is_pointer(t: Type) -> bool:
    return isinstance(resolve(t), PointerType)


def is_scalar(t: Type) -> bool:
    return isinstance(resolve(t), (IntType, EnumType, PointerType))


def is_memory(t: Type) -> bool:
    """Whether values of `t` are bytes in memory: structs, unions and arrays (but strings)."""
    return isinstance(resolve(t), (ArrayType, StructType))


def is_string(t: Type) -> bool:
    return isinstance(resolve(t), StringType)


def is_signed(t: Type) -> bool:
    """Whether values of scalar `t` are sign-extended when widened."""
    r = resolve(t)
    return isinstance(r, (IntType, EnumType)) and r.signed


def promote(t: Type) -> Type:
    """C's integer promotion."""
    r = resolve(t)
    if isinstance(r, EnumType):
        return INT if r.signed else UINT
    if isinstance(r, IntType) and r.size < 4:
        return INT
    return r


def common(a: Type, b: Type) -> Type:
    """C's usual arithmetic conversions of two integer types."""
    a, b = promote(a), promote(b)
    if a.size != b.size:
        return a if a.size > b.size else b
    return a if not is_signed(a) else b
