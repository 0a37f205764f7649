"""print(): an object of a C type as text, with types and names.

    0xffff88810465b4c8 = *
                                                (struct test) {
                                                 .count = (int)1,
                                                 .name = (char [5]) [
                                                  (char)'t',
                                                 ],
                                                },

A struct that is no object of the kernel's but a value (a translated one, a variable) has no address: the first line begins with its type.
What is all zeroes is left out, but for the object itself; of an array of characters nothing is shown behind a NUL. Where the bytes end
(`printsize`, or what was recorded), `...` stands in place of the next member. It stands at that member's depth, before the braces of
deeper members are closed: a brace is written when something follows it, as in the reference.
"""

from __future__ import annotations

from ..d.types import ArrayType, EnumType, FloatType, IntType, PointerType, StringType, StructType, Type, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..d.types import Member

_MARGIN = 44


def object_text(address: int | None, of: Type, data: bytes, printsize: int) -> bytes:
    """The object of type `of` at `address`, of which `data` was recorded. Without an address it is a value."""
    return _Writer(data[:printsize]).text(address, of)


class _Writer:
    __slots__ = ("_data", "_lines", "_over", "_pending")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._lines: list[str] = []
        self._pending: list[str] = []  # braces that close what has been written, not yet written themselves
        self._over = False

    def text(self, address: int | None, of: Type) -> bytes:
        self._lines = [] if address is None else [f"0x{address:x} = *"]
        self._value("", of, 0, 0, top=True)
        self._settle()
        if address is None:
            self._lines[0] = self._lines[0].lstrip(" ")
        return ("\n".join(self._lines) + "\n").encode("utf-8", "surrogateescape")

    def _settle(self) -> None:
        self._lines += self._pending
        self._pending.clear()

    def _line(self, depth: int, text: str) -> None:
        self._settle()
        self._lines.append(" " * (_MARGIN + depth) + text)

    def _end(self, depth: int) -> None:
        """There are no more bytes."""
        self._lines.append(" " * (_MARGIN + depth) + "...")
        self._settle()
        self._over = True

    def _value(self, name: str, of: Type, at: int, depth: int, top: bool = False) -> None:
        """A value of type `of` at offset `at`."""
        r = resolve(of)
        data = self._data
        if at >= len(data) or (at + r.size > len(data) and not isinstance(r, (StructType, ArrayType, StringType))):
            self._end(depth)
            return
        if not top and not any(data[at : at + r.size]):
            return
        label = f"{name}({_named(of)})"
        if isinstance(r, StructType):
            self._line(depth, label + " {")
            for member in r.members or ():
                if self._over:
                    break
                self._member(member, at, depth + 1)
            self._pending.append(" " * (_MARGIN + depth) + ("}" if top else "},"))
        elif isinstance(r, ArrayType):
            self._line(depth, label + " [")
            self._elements(r, at, depth + 1)
            self._settle()
            self._lines.append(" " * (_MARGIN + depth) + ("]" if top else "],"))
        else:
            self._line(depth, label + _scalar(r, data[at : at + r.size]) + ",")

    def _elements(self, array: ArrayType, at: int, depth: int) -> None:
        element = array.element
        size = element.size
        text = isinstance(resolve(element), IntType) and size == 1 and resolve(element).name in ("char", "signed char")
        for n in range(array.count):
            if self._over or (text and not any(self._data[at + n : at + n + 1])):
                break
            self._value("", element, at + n * size, depth)

    def _member(self, member: Member, base: int, depth: int) -> None:
        name = f".{member.name} = " if member.name else ""
        if not member.bit_size:
            self._value(name, member.type, base + member.bit_offset // 8, depth)
            return
        first, last = member.bit_offset // 8, (member.bit_offset + member.bit_size + 7) // 8
        if base + last > len(self._data):
            self._end(depth)
            return
        bits = int.from_bytes(self._data[base + first : base + last], "little") >> member.bit_offset % 8 & (1 << member.bit_size) - 1
        if bits:
            r = resolve(member.type)
            if isinstance(r, IntType) and r.signed and bits >> member.bit_size - 1:
                bits -= 1 << member.bit_size
            self._line(depth, f"{name}({_named(member.type)}){_enumerated(r, bits)},")


def _named(of: Type) -> str:
    """The type's name; one without a name of its own is only called struct, union or enum."""
    return of.name.removesuffix(" {}")


def _enumerated(r: Type, value: int) -> str:
    if isinstance(r, EnumType):
        return next((name for name, number in r.values.items() if number == value), str(value))
    return str(value)


def _scalar(r: Type, data: bytes) -> str:
    value = int.from_bytes(data, "little")
    if isinstance(r, PointerType):
        return f"0x{value:x}"
    if isinstance(r, FloatType):
        from struct import unpack

        return str(unpack("<f" if r.size == 4 else "<d", data)[0]) if r.size in (4, 8) else data.hex()
    if isinstance(r, (IntType, EnumType)):
        if r.signed and value >> 8 * r.size - 1:
            value -= 1 << 8 * r.size
        if r.name in ("char", "signed char") and 32 <= value < 127:
            return f"'{value:c}'"
        return _enumerated(r, value)
    if isinstance(r, StringType):
        return '"' + data.split(b"\0", 1)[0].decode("utf-8", "surrogateescape") + '"'
    return f"0x{value:x}"
