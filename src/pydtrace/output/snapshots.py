"""What a run knows of its aggregations, and what its actions do to them: clear, trunc, normalize, and having been printed.

These actions belong to the consumer, and happen when the record that holds them is printed. They and `printa` all work on the same
*snapshot*: what the engine had at the first look since the last `begin`, which the consumer calls before each batch of records. With
`aggrate` a snapshot is as old as that allows; then it is of all aggregations at one moment.

So `printa(@a); clear(@a);` loses nothing: what is counted between the two, or any time after the snapshot, is in the next one. For that
an aggregation that the program clears or truncates is *taken* from the engine at each snapshot, and summed up here.
"""

from __future__ import annotations

from ..d.aggdata import merge
from .aggregates import Shown, fold_cpus, key_order, value_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..dif.program import Aggregation
    from ..options import Options

    Data = dict[tuple[Any, ...], list[int]]


class _View:
    """One aggregation. `data` is the snapshot, `held` what was taken of the engine so far; keys end in the CPU with aggpercpu."""

    __slots__ = ("data", "held", "normal", "printed")

    def __init__(self) -> None:
        self.data: Data | None = None
        self.held: Data = {}
        self.normal = 1
        self.printed = False


class Snapshots:
    """`read(agg, take=…, cpus=…)` is the engine's."""

    def __init__(self, read: Callable[..., Data], options: Options) -> None:
        self._read = read
        self._options = options
        self._views: dict[int, _View] = {}
        self._known: list[Aggregation] = []
        self._next = 0
        self._by_cpu = bool(options.integer("aggpercpu"))

    def begin(self, aggs: list[Aggregation] | None = None, *, final: bool = False) -> None:
        """A new batch of records comes: the snapshots may be made anew. `aggs` are all aggregations of the program."""
        rate = self._options.integer("aggrate")
        if rate and not final:
            from time import monotonic_ns

            now = monotonic_ns()
            if now < self._next:
                return
            self._next = now + rate
        for view in self._views.values():
            view.data = None
        if rate:
            for agg in aggs or ():
                self._data(agg)

    def _view(self, agg: Aggregation) -> _View:
        view = self._views.get(agg.index)
        if view is None:
            view = self._views[agg.index] = _View()
        return view

    def _data(self, agg: Aggregation) -> Data:
        view = self._view(agg)
        if view.data is None:
            if not (agg.cleared or agg.truncated):
                view.data = self._read(agg, cpus=self._by_cpu)
            else:
                held = view.held
                for key, words in self._read(agg, take=True, cpus=self._by_cpu).items():
                    old = held.get(key)
                    held[key] = words if old is None or not old[0] else merge(agg.func, [old, words])
                view.data = held
        return view.data

    def shown(self, agg: Aggregation) -> Shown:
        """The snapshot, to be printed."""
        view = self._view(agg)
        data = self._data(agg)
        if not self._by_cpu:
            return Shown(agg, data, view.normal)
        totals, shares = fold_cpus(agg.func, data)
        return Shown(agg, totals, view.normal, shares)

    def printed(self, agg: Aggregation) -> bool:
        return self._view(agg).printed

    def set_printed(self, agg: Aggregation) -> None:
        """printa has had it: it is not printed again at the end."""
        self._view(agg).printed = True

    # --- actions

    def normalize(self, agg: Aggregation, divisor: int) -> None:
        self._view(agg).normal = divisor

    def clear(self, agg: Aggregation) -> None:
        """All values become nothing; the keys stay."""
        data = self._data(agg)
        for key, words in data.items():
            data[key] = [0] * len(words)

    def trunc(self, agg: Aggregation, n: int) -> None:
        """Keep the n largest (n < 0: the -n smallest) tuples; 0: none."""
        data = self._data(agg)
        if not n:
            data.clear()
            return
        totals = fold_cpus(agg.func, data)[0] if self._by_cpu else data
        value, key = value_order(agg), key_order(agg)
        order = sorted(totals, key=lambda k: (value(totals[k]), key(k)))
        gone = set(order[: max(0, len(order) - n)] if n > 0 else order[-n:])
        for k in list(data):
            if (k[:-1] if self._by_cpu else k) in gone:
                del data[k]
