"""A kernel's own symbol table, found in its memory: what /proc/kallsyms would say inside.

Every kernel with CONFIG_KALLSYMS carries its symbols in .rodata, compressed. Nothing says where; but the parts have shapes:

    token table     256 strings, each ending in NUL, for the 256 byte values of a name. Those that stand for themselves are one character,
                    and digits and letters always do: `0\\0` `1\\0` ... `9\\0` is found by searching.
    token index     256 offsets (u16) into that table, behind it. They must fit: that proves the find.
    markers         before the table: where in `names` every 256th name begins (u32), from 0. Between may be the names' order (6.1 to 6.3).
    names           before the markers: a length (one byte, or two when the first has its top bit set) and that many token numbers.
    number          u32 before the names; that the names end where the markers begin proves it.
    offsets         i32 for each name and a u64 that they are relative to: before `number` (until 6.3) or behind the token index (since).
                    Negative ones are -1 - distance from the base; others are absolute (per-CPU). Since 6.15 all are plain distances.

The first character of a name is its type, as nm prints it. All this is checked, so what is not a table is not taken for one.
"""

from __future__ import annotations

from array import array
from struct import unpack_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_DIGITS = b"".join(b"%d\0" % digit for digit in range(10))
_LEAST, _MOST = 256 * 2, 256 * 130  # bytes of 256 names


class Tables:
    """Where the parts are in `data`, which is a piece of the kernel's memory; `find` gives one or None."""

    __slots__ = ("base", "data", "names", "number", "offsets", "tokens")

    def __init__(self, data: bytes, tokens: list[bytes], number: int, names: int, offsets: array[int], base: int) -> None:
        self.data = data
        self.tokens = tokens
        self.number = number
        self.names = names  # where they begin
        self.offsets = offsets
        self.base = base

    def symbols(self) -> Iterator[tuple[int, str, str]]:
        """(address, type, name) of all, in the table's order."""
        data, tokens, at, base = self.data, self.tokens, self.names, self.base
        plain = min(self.offsets, default=0) >= 0 and base != 0 and max(self.offsets, default=0) > 1 << 22
        for offset in self.offsets:
            size = data[at]
            at += 1
            if size & 0x80:
                size = size & 0x7F | data[at] << 7
                at += 1
            text = b"".join([tokens[byte] for byte in data[at : at + size]])
            at += size
            address = base + offset if plain else base - 1 - offset if offset < 0 else offset
            yield address & (1 << 64) - 1, text[:1].decode(), text[1:].decode("utf-8", "replace")


def find(data: bytes) -> Tables | None:
    """The table in `data`, or None when it is not (wholly) in there."""
    at = data.find(_DIGITS)
    while at >= 0:
        found = _here(data, at)
        if found is not None:
            return found
        at = data.find(_DIGITS, at + 1)
    return None


def _here(data: bytes, digits: int) -> Tables | None:
    tokens = _tokens(data, digits)
    if tokens is None:
        return None
    table, behind, texts = tokens
    markers = _markers(data, table)
    if markers is None:
        return None
    first, marks = markers
    names = _names(data, first, marks)
    if names is None:
        return None
    start, number, at_number = names
    offsets = _offsets(data, number, at_number, behind)
    return Tables(data, texts, number, start, *offsets) if offsets is not None else None


def _tokens(data: bytes, digits: int) -> tuple[int, int, list[bytes]] | None:
    """(where the table begins, where its index ends, the texts): the strings are counted back from `0`, number 48, and on to 256."""
    at = digits
    for _ in range(48):
        at = data.rfind(b"\0", max(at - 64, 0), at - 1) + 1
        if at <= 0:
            return None
    texts: list[bytes] = []
    places: list[int] = []
    end = at
    for _ in range(256):
        stop = data.find(b"\0", end, end + 64)
        if stop < 0:
            return None
        texts.append(data[end:stop])
        places.append(end - at)
        end = stop + 1
    # The string before the first may have been something else's: the index tells where the table truly begins.
    for index in range(end & ~7, end + 16, 2):
        if data[index : index + 2] == b"\0\0" and len(data) >= index + 512 and list(unpack_from("<256H", data, index)) == places:
            return at, index + 512, texts
    return None


def _markers(data: bytes, table: int) -> tuple[int, list[int]] | None:
    """(where they begin, the marks): the last place before the token table from which words grow from 0 as 256 names do."""
    words = array("I")
    words.frombytes(data[: table & ~3])
    at = len(words)
    while True:
        at = _last_zero(words, at)
        if at < 0:
            return None
        end = at + 1
        while end < len(words) and _LEAST <= words[end] - words[end - 1] <= _MOST:
            end += 1
        if end - at > 8:
            return at * 4, list(words[at:end])


def _last_zero(words: array[int], end: int) -> int:
    """The last place before `end` where a 0 is followed by what 256 names take; -1 if there is none."""
    for at in range(end - 2, -1, -1):
        if not words[at] and _LEAST <= words[at + 1] <= _MOST:
            return at
    return -1


def _names(data: bytes, markers: int, marks: list[int]) -> tuple[int, int, int] | None:
    """(where they begin, how many, where that number is). Behind the last mark are at most 256 names; what follows the marks may by chance
    have looked like one more."""
    for most in range(len(marks), max(len(marks) - 3, 1), -1):
        high = (markers - marks[most - 1] - 2) & ~3
        for start in range(high, max(high - _MOST, 8), -4):
            for gap in (4, 8):
                (number,) = unpack_from("<I", data, start - gap)
                if number and (number + 255) // 256 == most and _runs(data, start, number, markers, marks):
                    return start, number, start - gap
    return None


def _runs(data: bytes, start: int, number: int, markers: int, marks: list[int]) -> bool:
    """Whether `number` names from `start` pass through the marks and end where the markers begin."""
    at = start
    for index in range(number):
        if index % 256 == 0 and at - start != marks[index // 256]:
            return False
        size = data[at]
        at += 1
        if size & 0x80:
            size = size & 0x7F | data[at] << 7
            at += 1
        at += size
        if at > markers:
            return False
    return markers - at < 8


def _offsets(data: bytes, number: int, at_number: int, behind: int) -> tuple[array[int], int] | None:
    """(the offsets, what they are relative to), on whichever side of the rest they are."""
    size = 4 * number + 7 & ~7
    for base_at in (behind + 7 & ~7) + size, (behind + 3 & ~3) + 4 * number, (at_number & ~7) - 8:
        start = (base_at - size) if base_at < at_number else (behind + 7 & ~7 if base_at == (behind + 7 & ~7) + size else behind + 3 & ~3)
        if start < 0 or base_at + 8 > len(data):
            continue
        (base,) = unpack_from("<Q", data, base_at)
        if base >> 48 == 0xFFFF and not base & 0xFFF:
            offsets: array[int] = array("i")
            offsets.frombytes(data[start : start + 4 * number])
            return offsets, base
    return None
