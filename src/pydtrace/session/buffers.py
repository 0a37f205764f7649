"""Between the engine and the printer: when records are fetched, and which of them are kept (bufpolicy, switchrate).

switch   records are fetched as they come, or with `switchrate` once in that time. What the buffer cannot hold till then is dropped, and
         the drops are told.
fill     nothing is fetched until the end; the first record that finds the buffer full ends tracing. That is no drop.
ring     the newest records of each CPU are kept, `bufsize` bytes of them, and printed at the end.

The kernel's own buffer does not overwrite, so for `ring` it is emptied all the time into one of ours. The process engine has no buffer: its
records are in our hands when they are made, and are counted here as if they were in one.
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque

    from ..engine.base import Record
    from .session import Run

_HEADER = 24  # bytes of a record besides its fields, as in the kernel's buffer
_FAULT = 32


def buffer_of(run: Run) -> Switching:
    """What the run's options ask for."""
    policy = run.options.text("bufpolicy")
    return Filling(run) if policy == "fill" else Ringing(run) if policy == "ring" else Switching(run)


class Switching:
    """The base of all, and the usual one."""

    def __init__(self, run: Run) -> None:
        assert run.engine is not None
        self._run = run
        self._own = run.engine.name == "process"  # the engine runs only while it is drained
        self._held: list[Record] = []
        self._next = 0
        self.full = False

    def fetch(self, over: bool) -> list[Record]:
        """Records to print now, after waiting a little for some; all there are when the run is `over`."""
        run = self._run
        rate = run.options.integer("switchrate")
        if not rate:
            return run.drain(0 if over else run.wait_seconds())
        now = time.monotonic_ns()
        if over or now >= self._next > 0:
            self._next = now + rate
            return self.rest() + run.drain(0)
        self._next = self._next or now + rate
        self._wait(min((self._next - now) / 1e9, 0.2))
        return []

    def rest(self) -> list[Record]:
        """What is held back."""
        held, self._held = self._held, []
        return held

    def last(self, records: list[Record]) -> list[Record]:
        """Records of the end: they are printed after all that is held back."""
        return self.rest() + records

    def _wait(self, seconds: float) -> None:
        if self._own:
            self._held += self._run.drain(seconds)
        else:
            time.sleep(seconds)

    def _size(self, record: Record) -> int:
        return _HEADER + (self._run.clause(record[1]).schema.size if record[1] >= 0 else _FAULT)


class Filling(Switching):
    """The kernel engine ends tracing by itself when its buffer is full (backend/bpf); for the process engine we look."""

    _bytes = 0

    def fetch(self, over: bool) -> list[Record]:
        if not over:
            known = len(self._held)
            self._wait(0.05)
            for at in range(known, len(self._held)):
                self._bytes += self._size(self._held[at])
                if self._bytes > self._run.options.integer("bufsize"):
                    del self._held[at:]
                    self.full = True
                    break
        return self.rest() + self._run.drain(0) if over else []


class Ringing(Switching):
    """Of each CPU the newest, with a number that says when they came."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._cpus: dict[int, deque[tuple[int, Record]]] = {}
        self._bytes: dict[int, int] = {}
        self._count = 0

    def fetch(self, over: bool) -> list[Record]:
        self._keep(self._run.drain(0 if over else self._run.wait_seconds()))
        return self.rest() if over else []

    def rest(self) -> list[Record]:
        kept = sorted([row for ring in self._cpus.values() for row in ring], key=lambda row: row[0])
        self._cpus.clear()
        self._bytes.clear()
        return [record for _, record in kept]

    def last(self, records: list[Record]) -> list[Record]:
        self._keep(records)
        return self.rest()

    def _keep(self, records: list[Record]) -> None:
        from collections import deque

        most = self._run.options.integer("bufsize")
        for record in records:
            cpu = record[2]
            ring = self._cpus.setdefault(cpu, deque())
            ring.append((self._count, record))
            self._count += 1
            size = self._bytes.get(cpu, 0) + self._size(record)
            while size > most and len(ring) > 1:
                size -= self._size(ring.popleft()[1])
            self._bytes[cpu] = size
