"""The consumer's side of user stacks without frame pointers (backend/bpf/ustack.py): contexts are kept, and unwound when a stack asks.

A stack that is kept in a variable may come long after its context: the newest contexts are remembered, and what they unwound to much
longer. Where the context is gone or leads nowhere the frames that the kernel found by frame pointers are taken.

`Tuples` are the aggregations by such stacks, added up here. A reading takes in what the ring holds first, so it is as new as one from the
kernel's maps.
"""

from __future__ import annotations

from struct import Struct

from ..backend.bpf.layout import HEADER, kind_size
from ..backend.bpf.ustack import DATA_AT, FRAMES_SHIFT, PAGE, PID_AT, PID_MASK, REGS_AT
from ..backend.python.aggregate import make
from ..d.aggdata import merge, most_keys
from ..elf.unwind import PT_REGS_ORDER, Stack
from ..elf.unwind import frames as unwind
from .merge import frames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..dif.program import Aggregation
    from ..elf.symbols import Symbolizer

    Key = tuple[Any, ...]
    Data = dict[Key, list[int]]

_LEAD = Struct("<3Q").unpack_from
_REGS = Struct("<21Q").unpack_from
_UPDATE = Struct("<2q").unpack_from
_CS, _CS32 = 17, 0x23  # in pt_regs, and what it is there
_RAW, _DONE = 512, 16384  # contexts and unwound stacks that are remembered


class Contexts:
    """`symbolizer` gives that of a process."""

    __slots__ = ("_done", "_raw", "_symbolizer")

    def __init__(self, symbolizer: Callable[[int], Symbolizer]) -> None:
        self._symbolizer = symbolizer
        self._raw: dict[int, tuple[list[int], bytes]] = {}  # by process id and number
        self._done: dict[tuple[int, int], list[int]] = {}  # and the most frames wanted

    def add(self, view: memoryview) -> None:
        """Keep a context."""
        word, sp, size = _LEAD(view, PID_AT)
        words = _REGS(view, REGS_AT)
        if words[_CS] == _CS32:  # the kernel follows a 32-bit program's frame pointers, and that must do
            size = 0
        at = DATA_AT + (sp & PAGE - 1)
        self._raw[word] = [words[i] for i in PT_REGS_ORDER], bytes(view[at : at + size])
        self._symbolizer(word & PID_MASK)  # now, while the process may yet live
        if len(self._raw) > _RAW:
            del self._raw[next(iter(self._raw))]

    def stack(self, words: tuple[int, ...]) -> tuple[int, ...]:
        """A recorded stack (first word, frames) as it is shown: (process id, frames…)."""
        word = words[0]
        pid, most = word & PID_MASK, min(word >> FRAMES_SHIFT & 1023, len(words) - 1)
        found = self._done.get((word, most))
        if found is None:
            found = self._unwound(word, pid, most)
            if len(self._done) >= _DONE:
                del self._done[next(iter(self._done))]
            self._done[word, most] = found
        return (pid, *(found if len(found) > 1 else frames(words)[1:] or found))

    def _unwound(self, word: int, pid: int, most: int) -> list[int]:
        raw = self._raw.get(word & ~(1023 << FRAMES_SHIFT))
        if raw is None:
            return []
        regs, data = raw
        if not data:
            return []
        return unwind(self._symbolizer(pid), regs, Stack(regs[7], data), most)


class Tuples:
    """One aggregation whose updates come as records. `decode` makes key tuples of a packed key; `room` is aggsize."""

    __slots__ = ("_cpu", "_decode", "_func", "_size", "_store", "_update", "drops")

    def __init__(self, agg: Aggregation, kinds: tuple[str, ...], decode: Callable[[bytes], Any], room: int) -> None:
        self._func = agg.func
        self._decode = decode
        self._size = sum(kind_size(kind) for kind in kinds)
        self._store: Data = {}
        self._update = make(agg, self._store, most_keys(room, self._size, agg.words), self._drop)
        self._cpu = 0
        self.drops: dict[int, int] = {}  # updates of new keys that had no room, by CPU

    def _drop(self) -> None:
        self.drops[self._cpu] = self.drops.get(self._cpu, 0) + 1

    def add(self, view: memoryview, cpu: int) -> None:
        value, increment = _UPDATE(view, HEADER)
        at = HEADER + 16
        key = next(iter(self._decode(bytes(view[at : at + self._size]))))
        self._cpu = cpu
        self._update((*key, cpu), value, increment)

    def read(self, take: bool, cpus: bool) -> Data:
        """Values by key since the last taking; with `cpus` the CPU is the key's last part."""
        found: Data = {}
        for key, words in self._store.items():
            name = key if cpus else key[:-1]
            there = found.get(name)
            found[name] = list(words) if there is None else merge(self._func, [there, words])
        if take:
            self._store.clear()
        return found
