"""The types of D: C's, plus `string` and the values of the stack and symbol functions.

A type is one object; `size` is in bytes. Kernel types are made from BTF on demand (d/kerneltypes.py) and
are of the same classes, so that nothing above knows where a type came from. LP64, x86-64, `char` is signed.
Struct members are loaded lazily: a kernel struct points at thousands of others. A struct that is only declared is completed in place, so
what is made of it (typedefs, arrays) asks it for its size each time, and names are spelled when they are asked for.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Type:
    """Base of all types. `name` is the C spelling."""

    __slots__ = ("_name", "_size")

    def __init__(self, name: str, size: int) -> None:
        self._name = name
        self._size = size

    @property
    def name(self) -> str:
        return self._name

    @property
    def size(self) -> int:
        return self._size

    def __repr__(self) -> str:
        return f"<{self.name}>"


class IntType(Type):
    """`bits` is 0 but for the type of a bit-field, which is that of its declaration with fewer bits."""

    __slots__ = ("signed", "bits")

    def __init__(self, name: str, size: int, signed: bool, bits: int = 0) -> None:
        super().__init__(name, size)
        self.signed = signed
        self.bits = bits


class FloatType(Type):
    __slots__ = ()


class VoidType(Type):
    __slots__ = ()


class PointerType(Type):
    __slots__ = ("target",)

    def __init__(self, target: Type) -> None:
        super().__init__("", 8)
        self.target = target

    @property
    def name(self) -> str:
        return spelling(self)


class ArrayType(Type):
    """`count` is 0 where it is unknown."""

    __slots__ = ("element", "count")

    def __init__(self, element: Type, count: int) -> None:
        super().__init__("", 0)
        self.element = element
        self.count = count

    @property
    def name(self) -> str:
        return spelling(self)

    @property
    def size(self) -> int:
        return self.element.size * self.count


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
    def kernel(self) -> bool:
        """Whether it is one of the kernel's."""
        return self._load is not None

    @property
    def members(self) -> list[Member] | None:
        if self._members is None and self._load is not None:
            self._members = self._load()
        return self._members

    def complete(self, size: int, members: list[Member]) -> None:
        self._size = size
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
    """It has no size: a function is no object."""

    __slots__ = ("result", "params")

    def __init__(self, result: Type, params: list[Type]) -> None:
        super().__init__("", 0)
        self.result = result
        self.params = params

    @property
    def name(self) -> str:
        return spelling(self)


class AliasType(Type):
    """A typedef, or a qualified type (`const int`): `resolve` looks through it."""

    __slots__ = ("target",)

    def __init__(self, name: str, target: Type) -> None:
        super().__init__(name, 0)
        self.target = target

    @property
    def size(self) -> int:
        return self.target.size


def qualified(words: list[str], of: Type) -> Type:
    """`of` with qualifiers: `const char`, and for a pointer that is const itself, `char *const`."""
    words = [w for w in ("const", "volatile", "restrict") if w in words]
    name = of.name
    return AliasType(name + " ".join(words) if name.endswith("*") else " ".join([*words, name]), of)


class StringType(Type):
    """D's `string`: `size` is strsize, compared by content."""

    __slots__ = ()

    def resize(self, size: int) -> None:
        """Set when the whole program has been read, which may set strsize."""
        self._size = size


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


def spelling(t: Type, inner: str = "") -> str:
    """The C spelling of a type made of others, as a declaration of nothing: `char *[4]`, `int (*)(void *)`."""
    if isinstance(t, PointerType):
        inner = "*" + inner
        return spelling(t.target, f"({inner})" if isinstance(t.target, (ArrayType, FunctionType)) else inner)
    if isinstance(t, ArrayType):
        return spelling(t.element, f"{inner}[{t.count or ''}]")
    if isinstance(t, FunctionType):
        return spelling(t.result, f"{inner}({', '.join(p.name for p in t.params)})")
    return f"{t.name} {inner}".rstrip()


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


def is_bool(t: Type) -> bool:
    """Whether a value stored in a `t` becomes 0 or 1."""
    return resolve(t).name == "_Bool"


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
        return INT if r.size <= 4 else LONG if r.signed else ULONG
    if isinstance(r, IntType) and (r.size < 4 or 0 < r.bits < 32 or r.bits == 32 and r.signed):
        return INT
    if isinstance(r, IntType) and r.bits:
        return UINT if r.bits == 32 else IntType(r.name, r.size, r.signed)
    return r


def common(a: Type, b: Type) -> Type:
    """C's usual arithmetic conversions of two integer types."""
    a, b = promote(a), promote(b)
    if a.size != b.size:
        return a if a.size > b.size else b
    return a if not is_signed(a) else b
