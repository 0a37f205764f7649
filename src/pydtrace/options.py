"""Options of a run, by -x, `#pragma D option`, DTRACE_OPT_NAME: one table, parsed and kept here.

Sizes are bytes (suffix k m g t), rates nanoseconds (suffix ns us ms s m h d, hz), booleans take the words below, integers decimal.
"""

from __future__ import annotations

from .errors import UserError

_K = 1024
# name: (kind, default)
TABLE: dict[str, tuple[str, int | str]] = {
    "agghist": ("bool", 0),
    "aggpack": ("bool", 0),
    "aggrate": ("rate", 0),
    "aggsize": ("size", 4 * _K * _K),
    "aggsortkey": ("bool", 0),
    "aggsortkeypos": ("int", 0),
    "aggsortpos": ("int", 0),
    "aggsortrev": ("bool", 0),
    "aggpercpu": ("bool", 0),
    "aggzoom": ("bool", 0),
    "amin": ("attributes", ""),
    "argref": ("bool", 0),
    "bpflog": ("bool", 0),
    "bufsize": ("size", 4 * _K * _K),
    "cpu": ("int", -1),
    "defaultargs": ("bool", 0),
    "destructive": ("bool", 0),
    "droptags": ("bool", 0),
    "dynvarsize": ("size", _K * _K),
    "empty": ("bool", 0),
    "encoding": ("str", ""),
    "engine": ("str", "auto"),
    "errtags": ("bool", 0),
    "evaltime": ("str", "postinit"),
    "fbtmech": ("str", "auto"),
    "flowindent": ("bool", 0),
    "jstackframes": ("int", 50),
    "jstackstrsize": ("size", 512),
    "maxframes": ("int", 127),
    "nolibs": ("bool", 0),
    "noresolve": ("bool", 0),
    "nspec": ("int", 1),
    "pgmax": ("int", 8),
    "pspec": ("bool", 0),
    "quiet": ("bool", 0),
    "rawbytes": ("bool", 0),
    "specsize": ("size", 4 * _K * _K),
    "scratchsize": ("size", 256),
    "stackframes": ("int", 20),
    "stackindent": ("int", 14),
    "statusrate": ("rate", 1_000_000_000),
    "strsize": ("size", 256),
    "switchrate": ("rate", 100_000_000),
    "ustackframes": ("int", 100),
    "verbose": ("bool", 0),
    "zdefs": ("bool", 0),
}
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


def parse_rate(text: str) -> int | None:
    """Nanoseconds of `100ms`, `10hz`, `5s`; None when it is no rate."""
    digits = len(text) - len(text.lstrip("0123456789"))
    number, suffix = text[:digits], text[digits:].lower()
    if not number:
        return None
    if suffix == "hz":
        return 10**9 // int(number) if int(number) else None
    return int(number) * _RATE[suffix] if suffix in _RATE else None


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
    number = text[:-1] if shift else text
    return int(number) << shift if number.isdigit() else None


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

    def user(self, name: str, value: str | None = None) -> None:
        """Set, for good as far as pragmas go."""
        self.set(name, value)
        self._user.add(name)

    def pragma(self, name: str, value: str | None = None) -> None:
        """Set from a program: a name and value must be right, but the user's word goes before."""
        kept = self._values.get(name)
        self.set(name, value)
        if name in self._user:
            self._values[name] = kept if kept is not None else TABLE[name][1]

    def set(self, name: str, value: str | None = None) -> None:
        """Set from text; UserError 'Invalid option name' or 'Invalid value for specified option'."""
        if name not in TABLE:
            raise UserError("Invalid option name", hint=_nearest(name))
        kind = TABLE[name][0]
        parsed: int | str | None
        if kind == "bool":
            word = (value or "true").lower()
            parsed = 1 if word in _TRUE else 0 if word in _FALSE else None
        elif value is None:
            parsed = None
        elif kind == "size":
            parsed = _parse_size(value)
        elif kind == "rate":
            parsed = parse_rate(value)
        elif kind == "int":
            parsed = int(value) if value.lstrip("-").isdigit() else None
        elif kind == "attributes":
            parsed = value if parse_attributes(value) is not None else None
        else:
            parsed = value
        if parsed is None:
            raise UserError("Invalid value for specified option")
        self._values[name] = parsed


def _nearest(name: str) -> str | None:
    from difflib import get_close_matches

    near = get_close_matches(name, TABLE, 1)
    return f"did you mean '{near[0]}'?" if near else None
