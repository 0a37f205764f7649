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
    return f.render(tuple(p[1] for p in pairs), types, Resolver()).decode()


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
        ("%k", t.StackType(4, False), (0, 1, 2, 0), "\n" + " " * 14 + "vmlinux`f+0x1\n" + " " * 14 + "vmlinux`f+0x2\n"),
        ("%-2k", t.StackType(4, True), (9, 2, 0), "\n  a.out`g9+0x2\n"),
        ("%p", t.PointerType(t.CHAR), 0xFFFF888000000000, "ffff888000000000"),
    ],
)  # fmt: skip
def test_conversions(fmt: str, type: t.Type, value: object, text: str) -> None:
    assert render(fmt, (type, value)) == text


def test_dynamic_width() -> None:
    assert render("%*d|%-*.*s|", (t.INT, 5), (t.INT, 42), (t.INT, 4), (t.INT, 2), (STRING, b"xyz")) == "   42|xy  |"


def test_undefined() -> None:
    assert refused("%hhd", t.INT).text == "format conversion #1 is undefined: %hhd"
    assert refused("%d %zd", t.INT, t.INT).text == "format conversion #2 is undefined: %zd"
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
