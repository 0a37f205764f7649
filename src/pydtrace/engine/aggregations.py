"""Reading aggregations out of the kernel's maps while programs write them.

A value's words are each changed by atomic instructions (backend/bpf/aggregate.py), so what is read is a sum of whole updates. The number of
updates is written last: a value where it is 0 has none that is complete, and is passed over until the next reading.

*Taking* gives what has come since the last taking. For most aggregations that is a subtraction: the words stay in the kernel and what
was given is remembered here. min and max cannot be subtracted, and keys that `trunc` removes must leave the map. Those have a
*generation*, with which their keys begin: taking moves it on, waits until no program runs that has seen the old one, and then reads
and deletes the old keys, which nobody writes any more. Either way no update is lost and none is given twice. (Deleting a key that a
running program holds would let it write into whatever key the kernel gives the room to.)

Reading is in blocks of keys and values, one system call each, and one unpacking of all numbers in them.
"""

from __future__ import annotations

from itertools import zip_longest
from struct import Struct, pack, unpack_from

from ..backend.bpf.aggregate import shown
from ..backend.bpf.layout import PERCPU_ARRAY, kind_size
from ..d.aggdata import merge, signed64, since
from ..d.symbols import PROBE_STRINGS
from ..d.types import StackType, SymbolType, is_signed, resolve
from ..linux import bpf
from ..linux.words import store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..backend.bpf.layout import Layout
    from ..d.types import Type
    from ..dif.program import Aggregation
    from ..providers.base import Probe

    Key = tuple[Any, ...]
    Data = dict[Key, list[int]]


class KernelAggregations:
    """The aggregations of one enabled program. `state` is the shared page, `probes` those of the program by index; `stack` makes
    of a stack's words what is shown."""

    def __init__(
        self,
        layout: Layout,
        maps: dict[str, int],
        state: Any,
        probes: list[Probe],
        cpus: list[int],
        stack: Callable[[tuple[int, ...]], tuple[int, ...]],
    ) -> None:
        self._stack = stack
        self._layout = layout
        self._maps = maps
        self._state = state
        self._probes = probes
        self._cpus = cpus
        self._given: dict[int, Data] = {}  # by aggregation: what taking has given, with the CPU as the key's last part
        self._grace: bpf.Grace | None = None

    def read(self, agg: Aggregation, *, take: bool = False, cpus: bool = False) -> Data:
        """Values by key since the last taking; with `cpus` of each CPU, whose number is the last part of the key."""
        known = self._layout.aggs[agg.index]
        if known.map not in self._maps:
            return {}
        old = -1
        if take and known.generation >= 0:
            old = unpack_from("Q", self._state, known.generation)[0]
            store(self._state, known.generation, old + 1)
            if self._grace is None:
                self._grace = bpf.Grace()
            self._grace.wait()
        found = self._rows(agg, old, cpus)
        if known.generation < 0:
            given = self._given.get(agg.index)
            if take:
                self._given[agg.index] = found
            if given:
                found = _differences(agg.func, found, given)
        return found

    def _rows(self, agg: Aggregation, old: int, by_cpu: bool) -> Data:
        """The values of all keys; of generation `old` only, whose keys then go, unless it is -1."""
        known = self._layout.aggs[agg.index]
        spec = self._layout.maps[known.map]
        fd, size = self._maps[spec.name], spec.key_size
        row = 8 * agg.words * (1 if known.by_cpu else len(self._cpus))
        numbers = Struct(f"={row // 8}q").iter_unpack
        keys_of = self.key_decoder(agg.keys, known.kinds, known.lead) if spec.kind != PERCPU_ARRAY else lambda _: [()]
        leads_of = Struct(f"={known.lead}q{size - 8 * known.lead}x").iter_unpack if known.lead else None
        reduce = _reducer(agg.func, agg.words)
        found: Data = {}
        gone: list[bytes] = []
        # Where nothing is to be told apart or put together, the loop is short: there may be 100,000 keys.
        plain = old < 0 and not by_cpu and not known.lead and not any(kind.startswith("probe") for kind in known.kinds)
        if spec.kind == PERCPU_ARRAY:
            blocks = [(b"", bpf.map_lookup(fd, pack("I", known.place), row) or b"", 1)]
        else:
            blocks = bpf.map_blocks(fd, size, row, spec.entries)
        for keys, values, count in blocks:
            if plain:
                for key, words in zip(keys_of(keys), map(reduce, numbers(values))):
                    if words is not None:
                        found[key] = words
                continue
            leads = leads_of(keys) if leads_of is not None else ((),) * count
            for at, (key, flat, lead) in enumerate(zip(keys_of(keys), numbers(values), leads)):
                if known.shared and lead[0] != agg.index:
                    continue
                if old >= 0:
                    if lead[known.shared] != old:
                        continue
                    gone.append(keys[at * size : (at + 1) * size])
                if not by_cpu:
                    _put(found, agg.func, key, reduce(flat))
                    continue
                for i in range(0, len(flat), agg.words):
                    cpu = lead[-1] if known.by_cpu else self._cpus[i // agg.words]
                    _put(found, agg.func, (*key, cpu), reduce(flat[i : i + agg.words]))
        if gone:
            bpf.map_delete_all(fd, b"".join(gone), size)
        return found

    def key_decoder(self, types: list[Type], kinds: tuple[str, ...], lead: int) -> Callable[[bytes], Any]:
        """A function from a block of packed keys to an iterator of key tuples."""
        form = "=" + "8x" * lead
        for kind, of in zip_longest(kinds, types[: len(kinds)]):
            if kind == "int":
                form += "q" if of is None or is_signed(of) else "Q"
            else:
                form += "q" if kind.startswith("probe") else f"{kind_size(kind)}s"
        split = Struct(form).iter_unpack
        if all(kind == "int" for kind in kinds):
            return split
        fixes = [self._fixer(kind, of) for kind, of in zip_longest(kinds, types[: len(kinds)])]

        def decode(keys: bytes) -> Any:
            columns = zip(*split(keys))
            return zip(*[column if fix is None else map(fix, column) for fix, column in zip(fixes, columns)])

        return decode

    def _fixer(self, kind: str, of: Type | None) -> Callable[[Any], Any] | None:
        """What makes a part of a key of its bytes; None where it is right as it is."""
        of = resolve(of) if of is not None else None
        if kind.startswith("probe"):
            attribute = PROBE_STRINGS[kind[5:]]
            names = [getattr(probe, attribute).encode() for probe in self._probes]
            return names.__getitem__
        if kind.startswith("str"):
            return _text
        if isinstance(of, StackType):
            words = Struct(f"{kind_size(kind) // 8}Q").unpack
            stack = self._stack
            return lambda raw: stack(words(raw))
        if isinstance(of, SymbolType) and kind != "int":
            return Struct("2Q").unpack
        if kind.startswith("bytes"):
            size = int(kind[5:])
            return lambda raw: raw[:size]
        return None

    def close(self) -> None:
        if self._grace is not None:
            self._grace.close()
            self._grace = None


def _text(raw: bytes) -> bytes:
    return raw.partition(b"\0")[0]


def _differences(func: str, found: Data, given: Data) -> Data:
    new: Data = {}
    for key, words in found.items():
        old = given.get(key)
        if old is None:
            new[key] = words
        elif old[0] != words[0]:
            new[key] = since(func, words, old)
    return new


def _put(found: Data, func: str, key: Key, words: list[int] | None) -> None:
    if words is not None:
        there = found.get(key)  # probes of one name are keys of their own in the kernel
        found[key] = words if there is None else merge(func, [there, words])


def _reducer(func: str, size: int) -> Callable[[tuple[int, ...]], list[int] | None]:
    """A function from the words of all CPUs to one value; None where there was no update."""
    if func == "count":
        return lambda flat: [n] if (n := sum(flat)) else None
    if func in ("sum", "avg"):
        return lambda flat: [n, signed64(sum(flat[1::2]))] if (n := sum(flat[::2])) else None

    def reduce(flat: tuple[int, ...]) -> list[int] | None:
        parts = [shown(func, list(flat[i : i + size])) for i in range(0, len(flat), size) if flat[i]]
        return merge(func, parts) if parts else None

    return reduce
