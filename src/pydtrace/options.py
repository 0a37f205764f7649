"""Options of a run, by -x, `#pragma D option`, DTRACE_OPT_NAME, setopt(): one table, parsed and kept here.

Sizes are bytes (suffix k m g t), rates nanoseconds (suffix ns us ms s m h d, hz; `hz` by itself counts per second), booleans take the
words below, and what takes a number may be left without one, which is 0. Numbers are read as C reads them: 0x1f, 017.

Who may set what, and when: an option of `OUTSIDE` is for the command line and the environment, not for a program; one of `BEFORE` is
used up when tracing begins, so setopt() cannot change it any more; all others may be set at any time, though what only the compiler
asks for has no effect once it is done.

Names of other DTraces that have nothing to act on here are accepted and do nothing: `IDLE` says which, and why. What the reference
refuses is refused.
"""

from __future__ import annotations

from .errors import UserError

_K = 1024
# name: (kind, default)
TABLE: dict[str, tuple[str, int | str]] = {
    "agghist": ("bool", 0),
    "aggpack": ("bool", 0),
    "aggpercpu": ("bool", 0),
    "aggrate": ("rate", 0),
    "aggsize": ("size", 4 * _K * _K),
    "aggsortkey": ("bool", 0),
    "aggsortkeypos": ("int", 0),
    "aggsortpos": ("int", 0),
    "aggsortrev": ("bool", 0),
    "aggzoom": ("bool", 0),
    "amin": ("attributes", ""),
    "argref": ("bool", 0),
    "bpflog": ("bool", 0),
    "bpflogsize": ("size", 16 << 20),
    "bufpolicy": ("word", "switch"),
    "bufresize": ("word", "auto"),
    "bufsize": ("size", 4 * _K * _K),
    "cleanrate": ("rate", 9_900_990),
    "core": ("bool", 0),
    "cpp": ("bool", 0),
    "cppargs": ("list", ""),
    "cpphdrs": ("bool", 0),
    "cpppath": ("str", "cpp"),
    "cpu": ("int", -1),
    "ctfpath": ("str", ""),
    "ctypes": ("str", ""),
    "debug": ("bool", 0),
    "debugassert": ("word", ""),
    "defaultargs": ("bool", 0),
    "define": ("list", ""),
    "destructive": ("bool", 0),
    "disasm": ("int", 1),
    "dofstashpath": ("str", ""),
    "droptags": ("bool", 0),
    "dtypes": ("str", ""),
    "dynvarsize": ("size", _K * _K),
    "empty": ("bool", 0),
    "encoding": ("word", ""),
    "engine": ("engine", "auto"),
    "errtags": ("bool", 0),
    "evaltime": ("word", "postinit"),
    "fbtmech": ("word", "auto"),
    "flowindent": ("bool", 0),
    "grabanon": ("bool", 0),
    "incdir": ("list", ""),
    "iregs": ("iregs", 8),
    "jstackframes": ("int", 50),
    "jstackstrsize": ("size", 512),
    "kdefs": ("bool", 0),
    "knodefs": ("bool", 0),
    "late": ("word", "static"),
    "lazyload": ("bool", 0),
    "ldpath": ("str", "ld"),
    "libdir": ("list", ""),
    "linkmode": ("word", "kernel"),
    "linknommap": ("bool", 0),
    "linktype": ("word", "elf"),
    "lockmem": ("lockmem", -1),
    "maxframes": ("int", 127),
    "modpath": ("str", ""),
    "nolibs": ("bool", 0),
    "noresolve": ("bool", 0),
    "nspec": ("int", 1),
    "objcopypath": ("str", "objcopy"),
    "pcapsize": ("size", 1514),
    "pgmax": ("int", 8),
    "preallocate": ("size", 0),
    "printsize": ("size", 8192),
    "procfspath": ("str", "/proc"),
    "pspec": ("bool", 0),
    "quiet": ("bool", 0),
    "quietresize": ("bool", 0),
    "rawbytes": ("bool", 0),
    "scratchsize": ("size", 256),
    "setenv": ("list", ""),
    "specsize": ("size", 4 * _K * _K),
    "stability": ("bool", 0),
    "stackframes": ("int", 20),
    "stackindent": ("int", 14),
    "statusrate": ("rate", 1_000_000_000),
    "stdc": ("word", "a"),
    "strip": ("bool", 0),
    "strsize": ("strsize", 256),
    "switchrate": ("rate", 0),
    "syslibdir": ("str", ""),
    "sysslice": ("str", ""),
    "temporal": ("bool", 1),
    "tree": ("int", 0),
    "tregs": ("int", 0),
    "udefs": ("bool", 0),
    "undef": ("list", ""),
    "unodefs": ("bool", 0),
    "unsetenv": ("list", ""),
    "useruid": ("int", 500),
    "ustackcopy": ("size", 8192),
    "ustackframes": ("int", 100),
    "verbose": ("bool", 0),
    "version": ("version", "2.0.1"),
    "xlate": ("word", "static"),
    "zdefs": ("bool", 0),
}
OUTSIDE = frozenset(
    """cppargs cpphdrs cpppath ctfpath define incdir ldpath lockmem modpath objcopypath procfspath setenv stdc undef unsetenv
    engine fbtmech""".split()
)
BEFORE = frozenset(
    """aggsize bpflog bpflogsize bufpolicy bufresize bufsize cleanrate cpu destructive dynvarsize grabanon jstackframes jstackstrsize
    maxframes nspec scratchsize specsize stackframes statusrate strsize temporal ustackframes
    ustackcopy engine fbtmech""".split()
)
IDLE = {
    "cleanrate": "dynamic variables are freed at once",
    "core ctypes dtypes debugassert disasm tree": "they look into another implementation",
    "ctfpath modpath": "kernel types are those of BTF",
    "dofstashpath sysslice useruid": "there is no daemon to talk to",
    "iregs": "registers spill; too few are refused all the same",
    "kdefs knodefs udefs unodefs": "symbols are looked up when a program is compiled",
    "late xlate": "translators are always expanded when a program is compiled",
    "lazyload ldpath linkmode linknommap linktype objcopypath strip": "no objects are linked",
    "pgmax preallocate procfspath": "symbol tables are kept, memory is taken when it is needed, /proc is where it is",
    "temporal": "all CPUs write into one buffer, in the order of time",
}
_WORDS = {
    "encoding": ("ascii", "utf8"),
    "evaltime": ("exec", "preinit", "postinit", "main"),
    "bufpolicy": ("switch", "fill", "ring"),
    "bufresize": ("auto", "manual"),
    "debugassert": ("mutexes",),
    "fbtmech": ("auto", "kprobe.multi", "fentry", "kprobe", "raw_syscalls"),
    "late": ("dynamic", "static"),
    "linkmode": ("kernel", "dynamic", "static"),
    "linktype": ("elf", "dof"),
    "stdc": ("a", "c", "s", "t"),
    "xlate": ("dynamic", "static"),
}
# All that the preprocessor is given is kept in `cppargs`, in its order.
_CPP = {"define": "-D", "undef": "-U", "incdir": "-I", "cpphdrs": "-H"}
_IREGS = 8
# The versions of D that there have been; the last is ours.
VERSIONS = tuple(
    """1.0 1.1 1.2 1.2.1 1.2.2 1.3 1.4 1.4.1 1.5 1.6 1.6.1 1.6.2 1.6.3 1.6.4 1.7 1.7.1 1.8 1.8.1 1.9 1.9.1 1.10 1.11 1.12 1.12.1 1.13 2.0
    2.0.1""".split()
)
_TRUE = ("yes", "enable", "enabled", "true", "on", "set")
_FALSE = ("no", "disable", "disabled", "false", "off", "unset")
_SIZE = {"k": 10, "m": 20, "g": 30, "t": 40}
_RATE = {
    "ns": 1,
    "nsec": 1,
    "us": 10**3,
    "usec": 10**3,
    "ms": 10**6,
    "msec": 10**6,
    "s": 10**9,
    "sec": 10**9,
    "m": 60 * 10**9,
    "min": 60 * 10**9,
    "h": 3600 * 10**9,
    "hour": 3600 * 10**9,
    "d": 86400 * 10**9,
    "day": 86400 * 10**9,
    "": 1,
}


def _number(text: str) -> int | None:
    """A number as C writes it; None for anything else and for negative ones."""
    if text[:2].lower() == "0x":
        return int(text, 16) if len(text) > 2 and all(c in "0123456789abcdefABCDEF" for c in text[2:]) else None
    if not text.isdecimal() or not text.isascii():
        return None
    if text[0] == "0" and len(text) > 1:
        return int(text, 8) if all(c in "01234567" for c in text) else None
    return int(text)


def parse_rate(text: str) -> int | None:
    """Nanoseconds of `100ms`, `10hz`, `5s`; None when it is no rate."""
    digits = len(text) - len(text.lstrip("0123456789"))
    number, suffix = _number(text[:digits]), text[digits:].lower()
    if number is None:
        return None
    if suffix == "hz":
        return 10**9 // number if number else 0
    return number * _RATE[suffix] if suffix in _RATE else None


# Attributes of stability (d/stability.py), worst to best.
STABILITY = ("Internal", "Private", "Obsolete", "External", "Unstable", "Evolving", "Stable", "Standard")
CLASSES = ("Unknown", "CPU", "Platform", "Group", "ISA", "Common")


def parse_attributes(text: str) -> tuple[int, int, int] | None:
    """`Evolving/Evolving/Common`, of names, data and dependency class; what is left out at the end is the best."""
    words = text.split("/")
    if len(words) > 3:
        return None
    found = [len(STABILITY) - 1, len(STABILITY) - 1, len(CLASSES) - 1]
    for at, word in enumerate(words):
        names = [name.lower() for name in (CLASSES if at == 2 else STABILITY)]
        if word.lower() not in names:
            return None
        found[at] = names.index(word.lower())
    return found[0], found[1], found[2]


def _parse_size(text: str) -> int | None:
    shift = _SIZE.get(text[-1:].lower(), 0)
    number = _number(text[:-1] if shift else text)
    return number << shift if number is not None and number << shift < 1 << 63 else None


def _boolean(text: str) -> int | None:
    word = text.lower()
    if word in _TRUE:
        return 1
    if word in _FALSE or not word:
        return 0
    number = _number(word)
    return None if number is None else int(number != 0)


def _parse(name: str, kind: str, value: str | None) -> int | str | None:
    """None for what cannot be. A number that is not given is 0."""
    if kind == "bool":
        return 1 if value is None else _boolean(value)
    if kind in ("int", "size", "rate"):
        if value is None:
            return 0
        return _number(value) if kind == "int" else _parse_size(value) if kind == "size" else parse_rate(value)
    if value is None:
        return None
    if kind == "word":
        return value if value in _WORDS[name] else None
    if kind == "engine":
        return value if value in ("auto", "kernel", "process") or value.startswith("guest:") else None
    if kind == "attributes":
        return value if parse_attributes(value) is not None else None
    if kind == "strsize":
        size = _parse_size(value)
        return size if size is not None and size >= 2 else None
    if kind == "lockmem":
        return -1 if value == "unlimited" else _parse_size(value)
    if kind == "iregs":
        count = _number(value)
        return count if count is not None and 0 < count <= _IREGS else None
    return value


class Options:
    """Values by name; `opts["strsize"]`, `opts.set("strsize", "1k")`."""

    __slots__ = ("_values", "_user")

    def __init__(self) -> None:
        self._values: dict[str, int | str] = {}
        self._user: set[str] = set()  # what the user set, which a program's pragma does not change

    def integer(self, name: str) -> int:
        value = self._values.get(name, TABLE[name][1])
        assert isinstance(value, int)
        return value

    def text(self, name: str) -> str:
        return str(self._values.get(name, TABLE[name][1]))

    def items(self, name: str) -> list[str]:
        """The values of an option that may be given again and again, in order."""
        text = self._values.get(name, "")
        return str(text).split("\0") if text else []

    def user(self, name: str, value: str | None = None) -> None:
        """Set, for good as far as pragmas go."""
        self.set(name, value)
        self._user.add(name)

    def pragma(self, name: str, value: str | None = None) -> None:
        """Set from a program: a name and value must be right, but the user's word goes before."""
        kept = self._values.get(name)
        self.set(name, value, "program")
        if name in self._user:
            self._values[name] = kept if kept is not None else TABLE[name][1]

    def set(self, name: str, value: str | None = None, where: str = "") -> None:
        """Set from text. `where`: 'program' for a pragma, 'active' while tracing is on. UserError with the reference's words."""
        if name not in TABLE:
            raise UserError("Invalid option name", hint=_nearest(name))
        if where and name in OUTSIDE:
            raise UserError("Option cannot be used from within a D program", hint=f"set it with -x {name}")
        if where == "active" and name in BEFORE:
            raise UserError("Operation illegal when tracing is active", hint=f"set it with -x {name} or #pragma D option {name}")
        kind = TABLE[name][0]
        parsed = _parse(name, kind, value)
        if parsed is None:
            raise UserError("Invalid value for specified option", hint=_expected(name, kind))
        if kind == "iregs" and parsed != _IREGS:
            raise UserError("Insufficient registers to generate code")
        if kind == "strsize" and isinstance(parsed, int) and parsed >= 1 << 32:
            raise UserError("Value too large for defined data type")
        if kind == "version":
            number = parse_version(str(parsed))
            if number is None:
                raise UserError("Version is not properly formatted or is too large", hint="x.y or x.y.z")
            if number not in map(parse_version, VERSIONS):
                raise UserError("Requested version is not supported by compiler", hint=f"the newest is {VERSIONS[-1]}")
            if number > (parse_version(self.text(name)) or number):
                raise UserError("Requested version conflicts with earlier setting", hint="it can only be lowered")
        if name in _CPP:
            self._add("cppargs", _CPP[name] + (str(parsed) if kind == "list" else ""))
        elif name == "cppargs":
            for word in str(parsed).split():
                self._add(name, word)
            return
        if kind == "list":
            self._add(name, str(parsed))
        else:
            self._values[name] = parsed

    def _add(self, name: str, text: str) -> None:
        kept = self._values.get(name)
        self._values[name] = f"{kept}\0{text}" if kept else text


def parse_version(text: str) -> int | None:
    """`1.2.3` or `1.2` as a number: 8 bits, 12 bits, 12 bits."""
    parts = text.split(".")
    if not 2 <= len(parts) <= 3 or not all(p.isdecimal() and p.isascii() for p in parts):
        return None
    numbers = [int(p) for p in parts] + [0] * (3 - len(parts))
    if numbers[0] > 255 or max(numbers[1:]) > 4095:
        return None
    return numbers[0] << 24 | numbers[1] << 12 | numbers[2]


def _expected(name: str, kind: str) -> str | None:
    if kind == "word":
        return f"one of {', '.join(_WORDS[name])}"
    return {
        "bool": "on or off",
        "engine": "auto, kernel, process or guest:HOST:PORT",
        "int": "a number",
        "size": "a size such as 64k, 4m",
        "strsize": "a size of 2 bytes at least",
        "rate": "a rate such as 10hz, 100ms, 5s",
    }.get(kind)


def _nearest(name: str) -> str | None:
    from difflib import get_close_matches

    near = get_close_matches(name, TABLE, 1)
    return f"did you mean '{near[0]}'?" if near else None
