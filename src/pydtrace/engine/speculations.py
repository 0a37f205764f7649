"""What the consumer keeps of speculations: their records, until a commit lets them out.

A speculation is known by its *mark*: the id that D sees (low 16 bits) and a generation (high 16), one more each time the id is given out.
So an id is free again at once, and no buffer is ever busy: what arrives late for an old mark cannot be taken for the new one's.

Three things can happen to a record of a speculation: it is held; it comes behind its commit, reserved by a CPU that had found the
speculation active an instant earlier, and goes out at once; or a newer generation of its id is known, so it was discarded.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .base import Record


class Speculations:
    __slots__ = ("_held", "_committed")

    def __init__(self) -> None:
        self._held: dict[int, tuple[int, list[Record]]] = {}  # by id: the newest generation and its records
        self._committed: dict[int, int] = {}  # by id: the mark committed last

    def add(self, mark: int, record: Record) -> bool:
        """Keep a record, or say that it is to go out now."""
        id, generation = mark & 0xFFFF, mark >> 16
        if self._committed.get(id) == mark:
            return True
        known = self._held.get(id)
        if known is None or known[0] != generation:
            if known is not None and known[0] - generation & 0xFFFF < 0x8000:
                return False  # older than the one we know
            known = self._held[id] = (generation, [])
        known[1].append(record)
        return False

    def commit(self, mark: int) -> list[Record]:
        """The records of a speculation, in order."""
        id = mark & 0xFFFF
        self._committed[id] = mark
        known = self._held.get(id)
        if known is None or known[0] != mark >> 16:
            return []
        del self._held[id]
        return known[1]
