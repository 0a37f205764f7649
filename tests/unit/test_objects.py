"""print(): objects as text. The expected texts are the reference's for the same structs."""

from __future__ import annotations

from struct import pack

from pydtrace.d.types import (
    BOOL,
    CHAR,
    INT,
    LONGLONG,
    SHORT,
    UCHAR,
    UINT,
    ULONG,
    VOID,
    AliasType,
    ArrayType,
    EnumType,
    Member,
    PointerType,
    StructType,
    Type,
)  # fmt: skip
from pydtrace.output.objects import object_text

U8, U64 = AliasType("__u8", UCHAR), AliasType("__u64", ULONG)
EH = EnumType("eh", {"FIRSTVAL": 0, "SECONDVAL": 1, "THIRDVAL": 3})
U = StructType("union", "", 8, [Member("c", U8, 0), Member("d", U64, 0)])
S = StructType("struct", "", 16, [Member("e", PointerType(VOID), 0), Member("f", AliasType("uint64_t", ULONG), 64)])
TEST = StructType(
    "struct", "test_struct", 48,
    [Member("a", INT, 0), Member("b", ArrayType(CHAR, 5), 32), Member("u", U, 128), Member("s", S, 192),
     Member("g", AliasType("bool", BOOL), 320), Member("h", EH, 352)],
)  # fmt: skip


def data(a: int, b: bytes, u: int, e: int, f: int, g: int, h: int) -> bytes:
    return pack("<i5s7xQQQB3xi", a, b, u, e, f, g, h)


def shown(of: Type, raw: bytes, printsize: int = 8192) -> list[str]:
    lines = object_text(0xABC, of, raw, printsize).decode().split("\n")
    assert lines[0] == "0xabc = *" and lines[-1] == ""
    assert all(line.startswith(" " * 44) for line in lines[1:-1])
    return [line[44:] for line in lines[1:-1]]


FULL = data(1, b"test", 123456789, 0xFFFF9B7ACA7E0000, 987654321, 1, 1)


def test_all() -> None:
    assert shown(TEST, FULL) == [
        "(struct test_struct) {", " .a = (int)1,", " .b = (char [5]) [",
        "  (char)'t',", "  (char)'e',", "  (char)'s',", "  (char)'t',", " ],",
        " .u = (union) {", "  .c = (__u8)21,", "  .d = (__u64)123456789,", " },",
        " .s = (struct) {", "  .e = (void *)0xffff9b7aca7e0000,", "  .f = (uint64_t)987654321,", " },",
        " .g = (bool)1,", " .h = (enum eh)SECONDVAL,", "}",
    ]  # fmt: skip


def test_zeroes_are_left_out() -> None:
    assert shown(TEST, data(0, b"\0est", 0, 0, 0, 1, 1)) == [
        "(struct test_struct) {", " .b = (char [5]) [", " ],", " .g = (bool)1,", " .h = (enum eh)SECONDVAL,", "}",
    ]  # fmt: skip
    assert shown(TEST, bytes(48)) == ["(struct test_struct) {", "}"]


def test_where_the_bytes_end() -> None:
    head = shown(TEST, FULL)[:8]
    assert shown(TEST, FULL, 8) == [*head, " ...", "}"]
    assert shown(TEST, FULL, 24) == [*head, " .u = (union) {", "  .c = (__u8)21,", "  .d = (__u64)123456789,", " ...", " },", "}"]
    assert shown(TEST, FULL[:24]) == shown(TEST, FULL, 24)


def test_nested_to_the_end() -> None:
    of = StructType("struct", "", 8, [Member("x", LONGLONG, 0)])
    for name in "gfedcba":
        tag = "test_struct" if name == "a" else ""
        of = StructType("struct", tag, of.size + 8, [Member("x", LONGLONG, 0), Member(name, of, 64)])
    raw = pack("<8q", *(int(str(n) * 16) for n in range(1, 9)))
    whole = shown(of, raw, 90)
    assert len(whole) == 24 and whole[15] == "        .x = (long long)8888888888888888," and whole == shown(of, raw, 64)
    assert shown(of, raw, 56) == [*whole[:14], "       ...", *whole[17:]]
    assert shown(of, raw, 32) == [*whole[:8], "    ...", *whole[20:]]


def test_scalars_and_arrays() -> None:
    assert shown(PointerType(INT), pack("<Q", 0x1234)) == ["(int *)0x1234,"]
    assert shown(INT, pack("<i", -5)) == ["(int)-5,"]
    assert shown(INT, bytes(4)) == ["(int)0,"]
    assert shown(ArrayType(SHORT, 3), pack("<3h", 1, 0, -1)) == ["(short [3]) [", " (short)1,", " (short)-1,", "]"]
    assert shown(ArrayType(CHAR, 4), b"a\x07b\0") == ["(char [4]) [", " (char)'a',", " (char)7,", " (char)'b',", "]"]
    assert shown(EH, pack("<i", 2)) == ["(enum eh)2,"]


def test_bit_fields_and_nameless_members() -> None:
    inner = StructType("struct", "", 4, [Member("low", UINT, 0, 3), Member("none", UINT, 3, 1), Member("sign", INT, 4, 4)])
    pair = StructType("struct", "p", 2, [Member("v", SHORT, 0)])
    outer = StructType("struct", "o", 8, [Member("", inner, 0), Member("pairs", ArrayType(pair, 2), 32)])
    assert shown(outer, pack("<IHH", 0xF5, 0, 9)) == [
        "(struct o) {", " (struct) {", "  .low = (unsigned int)5,", "  .sign = (int)-1,", " },",
        " .pairs = (struct p [2]) [", "  (struct p) {", "   .v = (short)9,", "  },", " ],", "}",
    ]  # fmt: skip
