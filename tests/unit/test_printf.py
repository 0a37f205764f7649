"""printf formats: what is refused and in which words, and every conversion as the reference printed it."""

from __future__ import annotations

import pytest

from pydtrace.d import types as t
from pydtrace.d.printf import check_format, parse_format
from pydtrace.errors import UserError

STRING = t.StringType("string", 256)


class Resolver:
    pid = 7

    def ksym(self, address: int) -> str:
        return f"vmlinux`f+0x{address:x}" if address else "0x0"

    def usym(self, pid: int, address: int) -> str:
        return f"a.out`g{pid}+0x{address:x}"


def render(fmt: str, *pairs: tuple[t.Type, object]) -> str:
    f = parse_format(fmt)
    types: list[t.Type | None] = [p[0] for p in pairs]
    check_format(f, "printf", list(types))
    return f.render(tuple(p[1] for p in pairs), types, Resolver()).decode(errors="replace")


def refused(fmt: str, *types: t.Type) -> UserError:
    with pytest.raises(UserError) as e:
        check_format(parse_format(fmt), "printf", list(types))
    return e.value


def test_reference_line() -> None:
    i = t.INT
    got = render(
        "%x %X %o %u %c %C %10s| %-10s| %5d| %-5d| %05d %p %#x %+d\n",
        (i, 255), (i, 255), (i, 8), (i, 5), (i, 65), (i, 10), (STRING, b"abc"),
        (STRING, b"abc"), (i, 5), (i, 5), (i, 5), (i, 4096), (i, 255), (i, 5),
    )  # fmt: skip
    assert got == "ff FF 10 5 A \\n        abc| abc       |     5| 5    | 00005 1000 0xff +5\n"


def test_escapes() -> None:
    assert render("%S %s\n", (STRING, b"a\tb\n"), (STRING, b"c")) == "a\\tb\\n\\0 c\n"


def test_time(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    assert render("%Y", (t.LONGLONG, 0)) == "1970 Jan  1 00:00:00"
    assert render("%T", (t.LONGLONG, 0)) == "Thu, 01 Jan 1970 00:00:00 UTC"


@pytest.mark.parametrize(
    "fmt, type, value, text",
    [
        ("%x", t.INT, -1, "ffffffff"), ("%x", t.LONG, -1, "f" * 16), ("%u", t.CHAR, -1, "255"), ("%d", t.INT, -1, "-1"),
        ("%d", t.ULONG, 1 << 63, str(1 << 63)),
        ("%lld", t.LONG, -5, "-5"), ("%#o", t.INT, 8, "010"), ("%#x", t.INT, 0, "0"),
        ("%'d", t.INT, 12345, "12345"), ("%?x", t.INT, 255, "ff".rjust(16)),
        ("%.5d", t.INT, 42, "00042"), ("%.2s", STRING, b"abc", "ab"),
        ("100%%%d", t.INT, 1, "100%1"), ("%s", t.ArrayType(t.CHAR, 4), b"ab\0c", "ab"), ("%a", t.ULONG, 16, "vmlinux`f+0x10"),
        ("%A", t.ULONG, 16, "a.out`g7+0x10"), ("%A", t.SymbolType("uaddr"), (9, 16), "a.out`g9+0x10"),
        ("%a", t.SymbolType("func"), 16, "vmlinux`f"), ("%a", t.SymbolType("mod"), 16, "vmlinux"), ("%a", t.SymbolType("mod"), 0, "0x0"),
        ("%k", t.StackType(4, False), (0, 1, 2, 0), "\nvmlinux`f+0x1\nvmlinux`f+0x2\n"),
        ("%16k", t.StackType(4, False), (0, 1, 0), "\n   vmlinux`f+0x1\n"),
        ("%-2k", t.StackType(4, True), (9, 2, 0), "\n  a.out`g9+0x2\n"),
        ("%p", t.PointerType(t.CHAR), 0xFFFF888000000000, "ffff888000000000"), ("%p", t.INT, -1, "ffffffff"),
        ("%S", t.ArrayType(t.CHAR, 6), b"a\xe9\x1b\0bc", "a\\351\\033\\0"), ("%S", t.ArrayType(t.CHAR, 2), b"ab", "ab"),
        ("%.0d", t.INT, 0, "0"), ("%.0s", STRING, b"abc", "abc"),
        ("%-08d|", t.INT, 5, "00000005|"), ("%0-8d|", t.INT, 5, "5       |"), ("%8.3-d|", t.INT, 5, "005     |"),
        ("%lc", t.INT, 0xE9, "\u00e9"), ("%ws", t.ArrayType(t.INT, 3), b"a\0\0\0\xe9\0\0\0\0\0\0\0", "a\u00e9"),
        ("%f", t.FloatType("float", 4), 0x3FC00000, "1.500000"), ("%.2e", t.FloatType("double", 8), 0xC004000000000000, "-2.50e+00"),
        ("%Lg", t.FloatType("long double", 16), (0xC0 << 56).to_bytes(8, "little") + b"\x00\x40" + bytes(6), "3"),
        ("%c|", t.CHAR, -128, "\ufffd|"), ("%3c|", t.INT, 65, "  A|"), ("%hx", t.SHORT, -1, "ffff"),
        ("%llx", t.AliasType("uint64_t", t.ULONG), 7, "7"),
    ],
)  # fmt: skip
def test_conversions(fmt: str, type: t.Type, value: object, text: str) -> None:
    assert render(fmt, (type, value)) == text


def test_dynamic_width() -> None:
    assert render("%*d|%-*.*s|", (t.INT, 5), (t.INT, 42), (t.INT, 4), (t.INT, 2), (STRING, b"xyz")) == "   42|xy  |"


def test_undefined() -> None:
    assert refused("%hhd", t.INT).text == "format conversion #1 is undefined: %hhd"
    assert refused("%d %zd", t.INT, t.INT).text == "format conversion #2 is undefined: %z"
    assert "positional" in refused("%1$d", t.INT).text
    assert refused("50%").tag == "D_SYNTAX"


def test_type() -> None:
    e = refused("%d", STRING)
    assert e.tag == "D_PRINTF_ARG_TYPE"
    assert e.text == (
        "printf( ) argument #2 is incompatible with conversion #1 prototype:\n"
        "\tconversion: %d\n\t prototype: char, short, int, long, or long long\n\t  argument: string"
    )


def test_tags() -> None:
    assert refused("%d").tag == "D_PRINTF_ARG_PROTO"
    assert refused("%d", t.INT, t.INT).tag == "D_PRINTF_ARG_EXTRA"
    assert refused("%@d", t.INT).tag == "D_PRINTF_AGG_CONV"
    assert refused("%*d").tag == "D_PRINTF_DYN_PROTO"
    assert refused("%*d", STRING, t.INT).tag == "D_PRINTF_DYN_TYPE"
    check_format(parse_format("%s %@d\n"), "printa", [STRING])


FLAGS = ["", "-", "0", "+", " ", "#", "-#", "0#", "+0", " 0", "-+", "#+"]


@pytest.mark.parametrize("conv", list("dioxXu"))
def test_integers_as_c_prints_them(conv: str) -> None:
    import ctypes

    libc = ctypes.CDLL(None)
    out = ctypes.create_string_buffer(100)
    for flags in FLAGS:
        for width in ("", "3", "12"):
            for prec in ("", ".1", ".8"):
                for of, letters, make in ((t.INT, "", ctypes.c_int), (t.ULONG, "l", ctypes.c_ulong), (t.LONG, "l", ctypes.c_long)):
                    for value in (0, 1, -1, 8, 255, 123456, -(1 << 31), (1 << 31) - 1):
                        shown = value & (1 << 64) - 1 if of is t.ULONG else value
                        c_conv = "u" if of is t.ULONG and conv in "di" else conv  # D goes by the type's sign
                        libc.snprintf(out, ctypes.c_size_t(100), f"%{flags}{width}{prec}{letters}{c_conv}".encode(), make(value))
                        expected = out.value.decode()
                        if of is t.ULONG and conv in "di" and set(flags) & set("+ "):
                            continue  # of an unsigned value C ignores the sign's flags, which is not the point here
                        assert render(f"%{flags}{width}{prec}{conv}", (of, shown)) == expected, (flags, width, prec, conv, value)


@pytest.mark.parametrize("conv", list("eEfgG"))
def test_floats_as_c_prints_them(conv: str) -> None:
    import ctypes
    import struct

    libc = ctypes.CDLL(None)
    out = ctypes.create_string_buffer(400)
    for flags in FLAGS:
        for size in ("", "14", ".3", "14.1"):
            for value in (0.0, 1.5, -2.25, 1e-7, 6.02e23, float("inf"), float("-inf")):
                libc.snprintf(out, ctypes.c_size_t(400), f"%{flags}{size}{conv}".encode(), ctypes.c_double(value))
                bits = struct.unpack("<Q", struct.pack("<d", value))[0]
                assert render(f"%{flags}{size}{conv}", (t.FloatType("double", 8), bits)) == out.value.decode(), (flags, size, conv, value)


def test_dynamic_sizes() -> None:
    assert render("%*d|%-*d|%*d|", *[(t.INT, v) for v in (4, 1, 4, 2, -4, 3)]) == "   1|2   |3   |"
    assert render("%.*d|%.*s", (t.INT, 3), (t.INT, 7), (t.INT, 0), (STRING, b"all")) == "007|all"
    assert render("%*.*x", (t.INT, 6), (t.INT, 4), (t.INT, 10)) == "  000a"
    assert render("%*c|%*C|", (t.INT, 3), (t.INT, 65), (t.INT, -3), (t.INT, 10)) == "  A|\\n |"
    assert render("%?*d|", (t.INT, 2), (t.INT, 5)) == " 5|"


def test_grouping(monkeypatch: pytest.MonkeyPatch) -> None:
    from pydtrace.d import render as r

    for sizes, text in (([3, 3, 0], "1,234,567"), ([3, 2, 0], "12,34,567"), ([3, 127], "1234,567"), ([], "1234567"), ([3], "1,234,567")):
        monkeypatch.setattr(r, "_known_grouping", (",", sizes))
        assert render("%'d", (t.INT, 1234567)) == text
    monkeypatch.setattr(r, "_known_grouping", (",", [3, 0]))
    double = t.FloatType("double", 8)
    got = render("%'12d|%'u|%'x|%'.1f", (t.INT, -1234567), (t.UINT, 1000), (t.INT, 0x12345), (double, 0x40C3880000000000))
    assert got == "  -1,234,567|1,000|12345|10,000.0"


def test_malformed() -> None:
    for fmt, text in (
        ("%", "#1 name expected before end of format string"), ("ab%-", "#1 name expected before end of format string"),
        ("%1$d", "#1 uses unsupported positional format (%n$)"), ("%.1.2d", "#1 has more than one '.' specified"),
        ("%**d", "#1 has more than one '*' specified for the output width"),
        ("%.**d", "#1 has more than one '*' specified for the output precision"),
        ("%%%5%", "#2 cannot be combined with other format flags: %%"), ("%n", "#1 is undefined: %n"), ("%lls", "#1 is undefined: %lls"),
    ):  # fmt: skip
        e = refused(fmt)
        assert (e.tag, e.text) == ("D_SYNTAX", f"format conversion {text}")


def test_exact_types() -> None:
    for fmt, good, bad in (
        ("%hd", t.SHORT, t.USHORT), ("%hu", t.USHORT, t.SHORT), ("%ld", t.LONG, t.ULONG), ("%lu", t.ULONG, t.LONG),
        ("%lld", t.LONGLONG, t.INT),
        ("%lx", t.ULONG, t.LONGLONG), ("%llx", t.ULONGLONG, t.ULONG), ("%hx", t.SHORT, t.INT), ("%lc", t.INT, t.CHAR),
        ("%c", t.INT, t.LONG),
        ("%ws", t.ArrayType(t.INT, 4), t.ArrayType(t.CHAR, 4)), ("%s", t.ArrayType(t.CHAR, 4), t.ArrayType(t.INT, 4)),
        ("%Y", t.LONG, t.INT),
        ("%Lf", t.FloatType("long double", 16), t.FloatType("double", 8)), ("%f", t.FloatType("float", 4), t.INT),
        ("%k", t.StackType(2, False), t.INT),
        ("%lx", t.IntType("long unsigned int", 8, False), t.INT), ("%d", t.EnumType("e", {}), t.PointerType(t.INT)),
    ):  # fmt: skip
        check_format(parse_format(fmt), "printf", [good])
        assert refused(fmt, bad).tag == "D_PRINTF_ARG_TYPE"
    with pytest.raises(UserError):
        check_format(parse_format("%A"), "printf", [t.ULONG], target=False)
    check_format(parse_format("%A"), "printf", [t.SymbolType("uaddr")], target=False)


def test_wording() -> None:
    assert refused("%% %*d").text == 'printf( ) prototype mismatch: conversion #2 (%d) is missing a corresponding "*" argument'
    assert refused("%.*d").text == 'printf( ) prototype mismatch: conversion #1 (%d) is missing a corresponding ".*" argument'
    assert refused("%*.*d", t.INT, STRING).text == (
        "printf( ) argument #3 is incompatible with conversion #1 prototype:\n\tconversion: % .* d\n\t prototype: int\n\t  argument: string"
    )
    assert refused("%@d", t.INT).text == "%@ conversion requires an aggregation and is not for use with printf( )"
    assert refused("%d", t.INT, t.INT).text == "printf( ) prototype mismatch: only 1 arguments required by this format string"
    assert refused("").text == "printf( ) format string is empty"
    with pytest.raises(UserError) as e:
        check_format(parse_format("%@s"), "printa", [], agg=t.AliasType("int64_t", t.LONG))
    assert e.value.text.startswith("printa( ) aggregating action is incompatible with conversion #1 prototype:\n\tconversion: %s\n")
