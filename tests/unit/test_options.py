"""The table of options: how values are read, who may set what, and that every option of the reference is there."""

from __future__ import annotations

import pytest

from pydtrace.errors import UserError
from pydtrace.options import BEFORE, IDLE, OUTSIDE, TABLE, Options

# Section (e.2) of the reference, with those of other DTraces.
REFERENCE = """
    aggpercpu aggrate aggsize aggsortkey aggsortkeypos aggsortpos aggsortrev argref bpflog bpflogsize bufpolicy bufresize
    bufsize cleanrate core debug debugassert cpp cppargs cpphdrs cpppath define undef incdir stdc cpu ctfpath modpath
    procfspath syslibdir libdir dofstashpath sysslice useruid ctypes dtypes defaultargs destructive disasm droptags
    dynvarsize empty errtags evaltime flowindent grabanon iregs tregs jstackframes jstackstrsize kdefs knodefs udefs unodefs
    late lazyload ldpath linkmode linktype linknommap strip lockmem maxframes nolibs noresolve nspec pcapsize pgmax
    preallocate printsize pspec quiet quietresize rawbytes scratchsize specsize stackframes ustackframes stackindent
    statusrate strsize switchrate tree verbose version xlate zdefs agghist aggpack aggzoom encoding setenv unsetenv temporal
    objcopypath
""".split()


def test_every_option_is_there() -> None:
    assert set(REFERENCE) <= set(TABLE)
    assert set(TABLE) >= OUTSIDE | BEFORE | {name for names in IDLE for name in names.split()}


def value(name: str, text: str | None) -> int | str:
    options = Options()
    options.set(name, text)
    return options.integer(name) if isinstance(TABLE[name][1], int) else options.text(name)


SIZES = [("0", 0), ("512", 512), ("4k", 4096), ("2M", 2 << 20), ("1g", 1 << 30), ("3T", 3 << 40), ("0x10k", 16384), ("010", 8), (None, 0)]


@pytest.mark.parametrize(("text", "bytes"), SIZES)
def test_sizes(text: str | None, bytes: int) -> None:
    assert value("bufsize", text) == bytes


@pytest.mark.parametrize("text", ["", "k", "-1", "4kb", "4 k", "1.5m", "08", "0x", "99999999999g", "\u0664"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(UserError, match="Invalid value for specified option"):
        value("bufsize", text)


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("5", 5), ("7ns", 7), ("7nsec", 7), ("2us", 2000), ("2usec", 2000), ("3MS", 3_000_000), ("3msec", 3_000_000), ("4s", 4 * 10**9),
        ("4sec", 4 * 10**9), ("5m", 300 * 10**9), ("5min", 300 * 10**9), ("1h", 3600 * 10**9), ("1hour", 3600 * 10**9),
        ("2d", 172_800 * 10**9), ("2day", 172_800 * 10**9), ("10hz", 10**8), ("3Hz", 333_333_333), ("0hz", 0), (None, 0),
    ],
)  # fmt: skip
def test_rates(text: str | None, ns: int) -> None:
    assert value("switchrate", text) == ns


@pytest.mark.parametrize("text", ["", "hz", "-5s", "5x", "5 s", "s5"])
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(UserError, match="Invalid value for specified option"):
        value("switchrate", text)


def test_booleans() -> None:
    for word in ("yes", "ENABLE", "enabled", "true", "on", "set", "1", "0x2", None):
        assert value("quiet", word) == 1, word
    for word in ("no", "disable", "Disabled", "false", "off", "unset", "0", ""):
        assert value("quiet", word) == 0, word
    with pytest.raises(UserError, match="Invalid value"):
        value("quiet", "maybe")


def test_words_and_their_hints() -> None:
    assert value("bufpolicy", "ring") == "ring" and value("stdc", "s") == "s" and value("encoding", "utf8") == "utf8"
    for name, text in (("bufpolicy", "first"), ("bufresize", "no"), ("evaltime", "now"), ("linktype", "exe"), ("late", None)):
        with pytest.raises(UserError, match="Invalid value for specified option"):
            value(name, text)
    with pytest.raises(UserError) as caught:
        value("bufpolicy", "first")
    assert caught.value.hint == "one of switch, fill, ring"


def test_limits() -> None:
    assert value("strsize", "2") == 2 and value("iregs", "8") == 8
    assert value("lockmem", "unlimited") == -1 and value("lockmem", "1m") == 1 << 20
    assert value("version", "1.0") == "1.0" and value("cpu", "3") == 3 and value("stackindent", "0x10") == 16
    for name, text, told in (
        ("strsize", "1", "Invalid value"), ("strsize", "4g", "Value too large for defined data type"),
        ("iregs", "9", "Invalid value"), ("iregs", "0", "Invalid value"), ("iregs", "7", "Insufficient registers to generate code"),
        ("version", "2.1", "Requested version is not supported by compiler"),
        ("version", "x", "Version is not properly formatted or is too large"), ("cpu", "-2", "Invalid value"),
        ("stackindent", "many", "Invalid value"), ("nosuch", "1", "Invalid option name"),
    ):  # fmt: skip
        with pytest.raises(UserError, match=told):
            value(name, text)


def test_near_names_are_hinted() -> None:
    with pytest.raises(UserError) as caught:
        value("bufsiz", "1")
    assert caught.value.hint == "did you mean 'bufsize'?"


def test_who_may_set_what() -> None:
    options = Options()
    options.set("strsize", "64", "program")
    for name in sorted(OUTSIDE - {"cpphdrs"}):
        with pytest.raises(UserError, match="Option cannot be used from within a D program"):
            options.set(name, "x", "program")
    for name in ("strsize", "bufsize", "cpu", "destructive", "statusrate"):
        with pytest.raises(UserError, match="Operation illegal when tracing is active"):
            options.set(name, "1", "active")
    for name in ("quiet", "flowindent", "aggsortrev", "rawbytes"):
        options.set(name, "1", "active")
        assert options.integer(name) == 1
    options.set("switchrate", "5hz", "active")
    assert options.integer("switchrate") == 2 * 10**8 and options.integer("strsize") == 64


def test_what_the_preprocessor_is_given_keeps_its_order() -> None:
    options = Options()
    for name, text in (("define", "A=1"), ("undef", "B"), ("cppargs", " -w  -P"), ("incdir", "/x"), ("cpphdrs", None), ("define", "C")):
        options.set(name, text)
    assert options.items("cppargs") == ["-DA=1", "-UB", "-w", "-P", "-I/x", "-H", "-DC"]
    assert options.items("define") == ["A=1", "C"] and options.items("setenv") == []
