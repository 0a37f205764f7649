"""What the consumer does to an aggregation's data before it is shown: keys that print as one name become one.

func(), mod(), ufunc(), umod(), sym() and usym() show less than the address they were given. An engine counts by address; here each such
address becomes the first of its function or module, and what then has one key is one row. Rows are sorted by that address (d.3).
"""

from __future__ import annotations

from ..d.aggdata import merge
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


def frames(words: tuple[int, ...]) -> tuple[int, ...]:
    """A stack's words up to the last frame; the first word may be 0."""
    return words[: words.index(0, 1)] if 0 in words[1:] else words


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
    return {key: merge(agg.func, rows) for key, rows in groups.items()}
