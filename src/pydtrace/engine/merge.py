"""What the consumer does to an aggregation's data before it is shown: values of several CPUs in one, keys that print as one name in one.

func(), mod(), ufunc(), umod(), sym() and usym() show less than the address they were given. An engine counts by address; here each such
address becomes the first of its function or module, and what then has one key is one row. Rows are sorted by that address (d.3).
"""

from __future__ import annotations

from ..d.types import SymbolType, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from ..dif.program import Aggregation

    Key = tuple[Any, ...]

    class Places(Protocol):
        def kstart(self, address: int, module: bool) -> int: ...
        def ustart(self, pid: int, address: int, module: bool) -> int: ...


_M = (1 << 64) - 1


def merge(func: str, shares: list[tuple[int, ...]], words: int) -> list[int] | None:
    """Words of one aggregating function in one; None when there was no update at all."""
    live = [s for s in shares if s[0]]
    if not live:
        return None
    if func in ("min", "max"):
        return [sum(s[0] for s in live), (min if func == "min" else max)(s[1] for s in live)]
    total = [_signed(sum(column)) for column in zip(*live)]
    if func == "stddev":
        square = sum((s[2] & _M) + ((s[3] & _M) << 64) for s in live)
        total[2:4] = [square & _M, square >> 64 & _M]
    return total[:words]


def _signed(n: int) -> int:
    return (n + (1 << 63) & _M) - (1 << 63)


def named(agg: Aggregation, data: dict[Key, list[int]], places: Places) -> dict[Key, list[int]]:
    """`data` with one row for each name."""
    kinds = [(i, of.kind) for i, t in enumerate(agg.keys) if isinstance(of := resolve(t), SymbolType) and of.kind != "uaddr"]
    if not kinds:
        return data
    groups: dict[Key, list[list[int]]] = {}
    for key, words in data.items():
        parts = list(key)
        for i, kind in kinds:
            module = kind.endswith("mod")
            if kind.startswith("u"):
                pid, address = parts[i]
                parts[i] = (pid, places.ustart(pid, address, module))
            else:
                parts[i] = places.kstart(parts[i] & _M, module)
        groups.setdefault(tuple(parts), []).append(words)
    return {key: rows[0] if len(rows) == 1 else _united(agg.func, rows) for key, rows in groups.items()}


def _united(func: str, rows: list[list[int]]) -> list[int]:
    return merge(func, [tuple(row) for row in rows], len(rows[0])) or rows[0]
