"""What the names of a D program stand for: variables, aggregations, built-ins, functions.

The tables here are the only list of built-ins and actions: the checker reads types and counts of arguments from them. Subroutines are
in d/subroutines.py.
"""

from __future__ import annotations

from .types import INT, LONG, UINT, ULONG, Type


class Variable:
    """`scope`: 'global', 'self', 'this'. `keys` is None for a scalar. `index` is unique in the program; `type` of the value.
    `scratch`: whether the pointers kept in it point into scratch memory (alloca, copyin); None when that is not known yet."""

    __slots__ = ("name", "scope", "type", "keys", "index", "scratch")

    def __init__(self, name: str, scope: str, type: Type, keys: list[Type] | None, index: int) -> None:
        self.name = name
        self.scope = scope
        self.type = type
        self.keys = keys
        self.index = index
        self.scratch: bool | None = None


class KernelSymbol:
    """A kernel symbol: `type` is None when it is unknown. Of a per-CPU variable `address` is that before the offset of a CPU is added, and
    `offsets` that of the table of those (0 for others)."""

    __slots__ = ("address", "type", "offsets")

    def __init__(self, address: int, type: Type | None, offsets: int = 0) -> None:
        self.address = address
        self.type = type
        self.offsets = offsets


class Aggregation:
    """`func`: count sum avg min max stddev quantize lquantize llquantize. `params`: lquantize (base, limit, step), llquantize (factor,
    lmag, hmag, steps). `words` is the number of 64-bit words of a value: d/aggdata.py says what they are. `cleared` and `truncated`: what
    the program may do to it while it runs. `line` is that of its first use."""

    __slots__ = ("name", "index", "func", "keys", "params", "words", "cleared", "truncated", "line")

    def __init__(self, name: str, index: int) -> None:
        self.name = name
        self.index = index
        self.func = ""
        self.keys: list[Type] = []
        self.params: tuple[int, ...] = ()
        self.words = 1
        self.cleared = False
        self.truncated = False
        self.line = 0


# Integer built-ins; the string ones are execname and the four names of the probe.
BUILTINS: dict[str, Type] = {
    **{f"arg{n}": LONG for n in range(10)},
    "caller": ULONG,
    "cpu": INT,
    "epid": ULONG,
    "errno": INT,
    "gid": UINT,
    "id": UINT,
    "ipl": UINT,
    "pid": INT,
    "ppid": INT,
    "stackdepth": UINT,
    "tid": INT,
    "timestamp": ULONG,
    "ucaller": ULONG,
    "uid": UINT,
    "ustackdepth": UINT,
    "vtimestamp": ULONG,
    "walltimestamp": LONG,
}
# The built-ins that are constant for a probe, and which part of its name each is (an attribute of providers.base.Probe).
PROBE_STRINGS = {"probeprov": "provider", "probemod": "module", "probefunc": "function", "probename": "name"}
AGGREGATORS = {
    "count": (0, 0),
    "sum": (1, 1),
    "avg": (1, 1),
    "min": (1, 1),
    "max": (1, 1),
    "stddev": (1, 1),
    "quantize": (1, 2),
    "lquantize": (3, 5),
    "llquantize": (5, 6),
}
# name: (fewest, most arguments); actions record or act, and may not be used as values.
ACTIONS = {
    "trace": (1, 1),
    "tracemem": (2, 99),
    "printf": (1, 99),
    "printa": (1, 99),
    "stack": (0, 99),
    "ustack": (0, 99),
    "jstack": (0, 99),
    "exit": (1, 1),
    "clear": (1, 1),
    "trunc": (1, 2),
    "normalize": (2, 2),
    "denormalize": (1, 1),
    "sym": (1, 1),
    "func": (1, 1),
    "mod": (1, 1),
    "usym": (1, 1),
    "ufunc": (1, 1),
    "umod": (1, 1),
    "uaddr": (1, 1),
    "system": (1, 99),
    "freopen": (1, 99),
    "ftruncate": (0, 0),
    "setopt": (1, 2),
    "print": (1, 1),
    "pcap": (2, 2),
    "speculate": (1, 1),
    "commit": (1, 1),
    "discard": (1, 1),
    "raise": (1, 1),
    "stop": (0, 0),
    "copyout": (3, 3),
    "copyoutstr": (3, 3),
    "return": (1, 1),
    "breakpoint": (0, 0),
    "chill": (1, 1),
    "panic": (0, 0),
}
AGGREGATION_ACTIONS = ("printa", "clear", "trunc", "normalize", "denormalize")
DESTRUCTIVE = ("system", "freopen", "raise", "stop", "copyout", "copyoutstr", "return", "breakpoint", "chill", "panic")
