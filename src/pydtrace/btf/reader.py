"""BTF, read where it lies.

A kernel describes some 130,000 types in 5 MB. Turning them all into objects costs half a second, and a trace needs ten of them.
So nothing is turned into an object before it is asked for. What is needed is an index, and there are two:

* `offsets`: for each type id the word at which its record begins. Records differ in length, so this takes one pass
  (25 ms); it is an array of 32-bit words.
* `names`: (crc32 of the name, id) of every named type, sorted, as 64-bit words; a look-up is a bisection. Without it a name
  is found by searching the string table for its text and then the types for its offset: a cheaper pass, but slower.

Both are plain arrays, so that they can be put in a file and mapped again (`cache`), after which opening costs nothing.

Split BTF (a module's) goes on where its base ends: its first id is the base's count, its strings begin at the base's string length.
A `Btf` with a base answers for both.

Type id 0 is void. Bit offsets of members are given whole, whichever way (kind flag) the record writes them.
"""

from __future__ import annotations

import sys
from binascii import crc32
from bisect import bisect_left, bisect_right
from struct import unpack_from

from ..errors import TargetError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from collections.abc import Sequence
    from mmap import mmap

KIND_VOID, KIND_INT, KIND_PTR, KIND_ARRAY, KIND_STRUCT, KIND_UNION, KIND_ENUM, KIND_FWD, KIND_TYPEDEF, KIND_VOLATILE = range(10)
KIND_CONST, KIND_RESTRICT, KIND_FUNC, KIND_FUNC_PROTO, KIND_VAR = range(10, 15)
KIND_DATASEC, KIND_FLOAT, KIND_DECL_TAG, KIND_TYPE_TAG, KIND_ENUM64 = range(15, 20)
KIND_NAMES = (
    "void int ptr array struct union enum fwd typedef volatile const restrict func func_proto var datasec float decl_tag type_tag enum64"
).split()

# words behind the 3-word head: fixed, and for each of vlen entries
_FIXED = (0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0)
_EACH = (0, 0, 0, 0, 3, 3, 2, 0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 0, 0, 3)
_SIZED = frozenset((KIND_INT, KIND_STRUCT, KIND_UNION, KIND_ENUM, KIND_DATASEC, KIND_FLOAT, KIND_ENUM64))

INT_SIGNED, INT_CHAR, INT_BOOL = 1, 2, 4


class Member:
    """A member of a struct or union. `bit_offset` from the start; `bit_size` is 0 for what is no bit field."""

    __slots__ = ("bit_offset", "bit_size", "name", "type")

    def __init__(self, name: str, type: int, bit_offset: int, bit_size: int) -> None:
        self.name = name
        self.type = type
        self.bit_offset = bit_offset
        self.bit_size = bit_size

    def __repr__(self) -> str:
        return f"Member({self.name!r}, {self.type}, {self.bit_offset}, {self.bit_size})"


class RawType:
    """One record. `size` is bytes for the kinds that have one (else 0), `type` the id referred to for the others (else 0).

    What lies behind the head is read at the question: `members`, `values`, `array`, `params`, `int_bits`.
    """

    __slots__ = ("_at", "_btf", "id", "kflag", "kind", "name", "size", "type", "vlen")

    def __init__(self, btf: Btf, id: int, at: int, name: str, info: int, third: int) -> None:
        self._btf = btf
        self._at = at
        self.id = id
        self.kind = info >> 24 & 0x1F
        self.vlen = info & 0xFFFF
        self.kflag = bool(info >> 31)
        self.name = name
        sized = self.kind in _SIZED
        self.size = third if sized else 0
        self.type = 0 if sized else third

    def __repr__(self) -> str:
        return f"RawType({self.id}, {KIND_NAMES[self.kind]}, {self.name!r}, size={self.size}, type={self.type}, vlen={self.vlen})"

    def _words(self, count: int) -> Sequence[int]:
        return self._btf.words[self._at + 3 : self._at + 3 + count]

    @property
    def members(self) -> list[Member]:
        """Of a struct or union."""
        w, string = self._words(3 * self.vlen), self._btf.string
        if self.kflag:
            return [Member(string(w[i]), w[i + 1], w[i + 2] & 0xFFFFFF, w[i + 2] >> 24) for i in range(0, len(w), 3)]
        return [Member(string(w[i]), w[i + 1], w[i + 2], 0) for i in range(0, len(w), 3)]

    @property
    def values(self) -> list[tuple[str, int]]:
        """(name, value) of an enum or enum64; the kind flag says that they are signed."""
        string, found = self._btf.string, []
        wide = self.kind == KIND_ENUM64
        step, half = (3, 1 << 63) if wide else (2, 1 << 31)
        w = self._words(step * self.vlen)
        for i in range(0, len(w), step):
            value = w[i + 1] | w[i + 2] << 32 if wide else w[i + 1]
            found.append((string(w[i]), value - 2 * half if self.kflag and value >= half else value))
        return found

    @property
    def array(self) -> tuple[int, int, int]:
        """(element type, index type, count)."""
        w = self._words(3)
        return w[0], w[1], w[2]

    @property
    def vars(self) -> list[int]:
        """The ids of the variables of a datasec."""
        w = self._words(3 * self.vlen)
        return [w[i] for i in range(0, len(w), 3)]

    @property
    def params(self) -> list[tuple[str, int]]:
        """(name, type) of a func_proto. An ellipsis is ("", 0) at the end. Its `type` is what it returns."""
        w, string = self._words(2 * self.vlen), self._btf.string
        return [(string(w[i]), w[i + 1]) for i in range(0, len(w), 2)]

    @property
    def int_bits(self) -> tuple[int, int, int]:
        """(encoding flags, bit offset, bits) of an int."""
        word = self._words(1)[0]
        return word >> 24 & 0xF, word >> 16 & 0xFF, word & 0xFF


class Btf:
    """Types of one BTF blob, on top of its base's if it is a module's. `data`: bytes or a map of the file.

    `offsets` and `names` are given by `cache` when it has them, else made when first needed.
    """

    __slots__ = (
        "_heads",
        "_names",
        "_offsets",
        "_strings",
        "base",
        "data",
        "first",
        "str_first",
        "str_len",
        "str_off",
        "type_len",
        "type_off",
        "words",
    )

    def __init__(self, data: bytes | mmap, base: Btf | None = None) -> None:
        if len(data) < 24 or bytes(data[:2]) != (b"\x9f\xeb" if sys.byteorder == "little" else b"\xeb\x9f"):
            raise TargetError("this is no BTF of this machine's byte order")
        header, type_off, type_len, str_off, str_len = unpack_from("5I", data, 4)
        if header % 4 or type_off % 4 or header + max(type_off + type_len, str_off + str_len) > len(data):
            raise TargetError("damaged BTF: sections outside of the file")
        self.data = data
        self.base = base
        self.type_off = header + type_off
        self.type_len = type_len
        self.str_off = header + str_off
        self.str_len = str_len
        self.words = memoryview(data)[self.type_off : self.type_off + (type_len & ~3)].cast("I")
        self.first: int = base.count if base else 0
        self.str_first: int = base.str_first + base.str_len if base else 0
        self._offsets: Sequence[int] | None = None
        self._names: Sequence[int] | None = None
        self._heads: array[int] | None = None
        self._strings: dict[int, str] = {}

    # ---- the indexes

    @property
    def offsets(self) -> Sequence[int]:
        """Word offset of each own type. In a base the first is void's, which has no record: it is 0 and never read."""
        if self._offsets is None:
            self._offsets = self._scan()
        return self._offsets

    def _scan(self) -> array[int]:
        from array import array  # its import drags in collections: only when there is no cache

        words, fixed, each = self.words, _FIXED, _EACH
        found = [] if self.base else [0]
        add = found.append
        at, end = 0, len(words)
        try:
            while at < end:
                add(at)
                info = words[at + 1]
                kind = info >> 24 & 31
                at += 3 + fixed[kind] + each[kind] * (info & 0xFFFF)
        except IndexError:
            raise TargetError(f"damaged BTF, or of a kind that we do not know, at type {self.first + len(found) - 1}") from None
        return array("I", found)

    def use_index(self, offsets: Sequence[int], names: Sequence[int]) -> None:
        """Take indexes made before from the same data."""
        self._offsets, self._names = offsets, names

    def build_names(self) -> array[int]:
        """Make the index of names: costs 0.1 s, and so is worth it only to be kept."""
        from array import array

        words, offsets, data, start = self.words, self.offsets, self.data, self.str_off
        strings = bytes(data[start : start + self.str_len])
        crcs: dict[int, int] = {}
        rows = []
        for number in range(0 if self.base else 1, len(offsets)):
            name = words[offsets[number]]
            if name:
                crc = crcs.get(name)
                if crc is None:
                    if name >= self.str_first:
                        at = name - self.str_first
                        crc = crc32(strings[at : strings.index(b"\0", at)])
                    else:
                        crc = crc32(self._raw_string(name))
                    crc = crcs[name] = crc << 32
                rows.append(crc | number)
        rows.sort()
        self._names = array("Q", rows)
        return self._names

    @property
    def count(self) -> int:
        """Number of types, void and the base's included: one more than the last id."""
        return self.first + len(self.offsets)

    # ---- reading

    def _raw_string(self, offset: int) -> bytes:
        owner = self
        while owner.base and offset < owner.str_first:
            owner = owner.base
        at = owner.str_off + offset - owner.str_first
        return bytes(owner.data[at : owner.data.find(b"\0", at)])

    def string(self, offset: int) -> str:
        """A name by its offset in the string table; "" for none."""
        if not offset:
            return ""
        found = self._strings.get(offset)
        if found is None:
            found = self._strings[offset] = self._raw_string(offset).decode(errors="replace")
        return found

    def type(self, id: int) -> RawType:
        """The record of the id."""
        owner = self
        while owner.base and id < owner.first:
            owner = owner.base
        if id == 0:
            return RawType(self, 0, 0, "void", 0, 0)
        number = id - owner.first
        if number < 0 or number >= len(owner.offsets):
            raise TargetError(f"BTF has no type {id}")
        at = owner.offsets[number]
        words = owner.words
        return RawType(owner, id, at, owner.string(words[at]), words[at + 1], words[at + 2])

    def find(self, name: str, kind: int) -> int:
        """The id of the first type of that name and kind, own types before the base's; 0 for none."""
        wanted = name.encode()
        return self._find(wanted, kind) or (self.base.find(name, kind) if self.base else 0)

    def find_all(self, name: str) -> list[int]:
        """The ids of all types of that name, the base's last."""
        wanted = name.encode()
        return self._hits(wanted) + (self.base.find_all(name) if self.base else [])

    def _find(self, name: bytes, kind: int) -> int:
        words, offsets, first = self.words, self.offsets, self.first
        for id in self._hits(name):
            if words[offsets[id - first] + 1] >> 24 & 31 == kind:
                return id
        return 0

    def _hits(self, name: bytes) -> list[int]:
        if not name:
            return []
        if self._names is None:
            return self._hits_by_search(name)
        names, words, offsets, first = self._names, self.words, self.offsets, self.first
        crc = crc32(name)
        at = bisect_left(names, crc << 32)
        found = []
        while at < len(names) and names[at] >> 32 == crc:
            number = names[at] & 0xFFFFFFFF
            if self._raw_string(words[offsets[number]]) == name:
                found.append(first + number)
            at += 1
        return found

    def _hits_by_search(self, name: bytes) -> list[int]:
        """Search the strings for the text, then the records' first words (gathered once, 10 ms) for its offset."""
        if self._heads is None:
            from array import array

            words = self.words
            self._heads = array("I", [words[at] for at in self.offsets])
            if not self.base:
                self._heads[0] = 0  # void has no record
        heads, found = self._heads, []
        for offset in self._string_offsets(name):
            number = -1
            for _ in range(heads.count(offset)):
                number = heads.index(offset, number + 1)
                found.append(self.first + number)
        return sorted(found)

    def _string_offsets(self, name: bytes) -> list[int]:
        """Offsets of the text in our strings and the base's. BTF does not share the tails of strings, so it is a whole one."""
        owner: Btf | None = self
        found = []
        pattern = b"\0" + name + b"\0"
        while owner is not None:
            start, end = owner.str_off, owner.str_off + owner.str_len
            if owner.data[start : start + len(pattern) - 1] == pattern[1:]:  # a module's strings need not begin with the empty one
                found.append(owner.str_first)
            at = owner.data.find(pattern, start, end)
            if at >= 0:
                found.append(at + 1 - start + owner.str_first)
            owner = owner.base
        return found

    def enumerator(self, name: str) -> tuple[int, int] | None:
        """(type id, value) of a tag of an enum of the base's, found by its text: there are too many for an index."""
        owner = self
        while owner.base:
            owner = owner.base
        offsets = owner.offsets
        start, end = owner.type_off, owner.type_off + owner.type_len
        for offset in owner._string_offsets(name.encode()):
            pattern = offset.to_bytes(4, sys.byteorder)
            at = owner.data.find(pattern, start, end)
            while at >= 0:
                word, odd = divmod(at - start, 4)
                if not odd:
                    id = bisect_right(offsets, word) - 1
                    raw = owner.type(id)
                    if raw.kind in (KIND_ENUM, KIND_ENUM64) and word >= offsets[id] + 3:
                        found = dict(raw.values).get(name)
                        if found is not None:
                            return id, found
                at = owner.data.find(pattern, at + 1, end)
        return None

    def func_proto(self, name: str) -> RawType | None:
        """The prototype of the function; None where BTF does not know the function."""
        id = self.find(name, KIND_FUNC)
        return self.type(self.type(id).type) if id else None

    def skip(self, id: int) -> RawType:
        """The type behind typedefs, const, volatile, restrict and tags."""
        found = self.type(id)
        while found.kind in (KIND_TYPEDEF, KIND_CONST, KIND_VOLATILE, KIND_RESTRICT, KIND_TYPE_TAG):
            found = self.type(found.type)
        return found


def member_offsets(btf: Btf, struct: str, names: set[str]) -> dict[str, int]:
    """Byte offsets of those members of a struct that it has, through anonymous ones."""
    found: dict[str, int] = {}
    work = [(btf.find(struct, 4), 0)]
    while work:
        id, base = work.pop()
        for member in btf.type(id).members:
            at = base + member.bit_offset // 8
            if member.name in names:
                found[member.name] = at
            elif not member.name:
                work.append((member.type, at))
    return found
