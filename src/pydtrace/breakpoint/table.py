"""What is known of the breakpoints of one address space: which bytes are changed, where their instructions are executed."""

from __future__ import annotations

from bisect import bisect_left

from ..elf.maps import read_maps
from ..x86.decide import Decision
from ..x86.slot import SLOT_SIZE, Place, Slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..elf.symbols import Symbolizer
    from ..target.tracer import Space
    from .guard import Guard

AREA_SIZE = 65536
REACH = 1 << 30  # how far from the code an area may lie: half of what a displacement reaches


class Breakpoint:
    """One armed byte, at `addr`. `probes` are the addresses that were asked for: a function and its ret may share one. `beyond` is where a
    thread goes on without us. `own`: armed for ourselves, to see calls of sigaction."""

    __slots__ = ("addr", "beyond", "decision", "hits", "original", "own", "probes", "slot", "steps")

    def __init__(self, probes: tuple[int, ...], addr: int, original: int, decision: Decision, slot: int, beyond: int = 0) -> None:
        self.probes = probes
        self.addr = addr
        self.original = original
        self.decision = decision
        self.slot = slot
        self.beyond = beyond or slot or decision.target
        self.hits = 0
        self.own = False
        self.steps = False  # single-stepped

    @property
    def quick(self) -> bool:
        """Where the thread goes on is known beforehand."""
        return not self.steps and self.decision.kind != "call" and self.decision.form != "popf"

    def copy(self) -> Breakpoint:
        new = Breakpoint(self.probes, self.addr, self.original, self.decision, self.slot, self.beyond)
        new.own, new.steps = self.own, self.steps
        return new


class Area:
    """Pages of slots in one address space."""

    __slots__ = ("size", "start", "used")

    def __init__(self, start: int, size: int, used: int = 0) -> None:
        self.start = start
        self.size = size
        self.used = used


class Table:
    """Breakpoints of one address space. `slots` keeps retired ones too: a thread may still be in them."""

    __slots__ = ("_order", "areas", "boundaries", "by_addr", "built", "guard", "shadow_stack", "slots", "symbols")

    def __init__(self) -> None:
        self.by_addr: dict[int, Breakpoint] = {}
        self._order: list[int] | None = None  # its keys in order, when somebody has asked
        self.slots: dict[tuple[int, bytes], int] = {}  # (address, instruction) -> slot
        self.built: dict[int, Slot] = {}  # slot -> what is in it
        self.areas: list[Area] = []
        self.shadow_stack: bool | None = None
        self.guard: Guard | None = None
        self.symbols: Symbolizer | None = None
        self.boundaries: dict[int, tuple[int, set[int]]] = {}  # function -> the last instruction decoded, and all of them

    def copy(self, space: Space) -> Table:
        new = Table()
        new.guard = self.guard.copy(space) if self.guard is not None else None
        new.by_addr = {addr: one.copy() for addr, one in self.by_addr.items()}
        new.slots = dict(self.slots)
        new.built = dict(self.built)
        new.areas = [Area(a.start, a.size, a.used) for a in self.areas]
        new.shadow_stack = self.shadow_stack
        return new

    def ranges(self) -> list[tuple[int, int]]:
        """Where slots lie."""
        return [(area.start, area.start + area.size) for area in self.areas]

    def slot_of(self, rip: int) -> int:
        """The slot that an address is in; 0 outside of them."""
        area = next((a for a in self.areas if a.start <= rip < a.start + a.size), None)
        return 0 if area is None else rip - (rip - area.start) % SLOT_SIZE

    def place(self, rip: int) -> Place | None:
        """What an address in a slot stands for; None outside of them. (No thread is anywhere else than at a boundary of instructions.)"""
        slot = self.slot_of(rip)
        built = self.built.get(slot)
        return built.places.get(rip - slot) if built is not None else None

    def hide(self, addr: int, data: bytes) -> bytes:
        """Memory with the program's own bytes in place of ours."""
        order = self._order
        if order is None:
            order = self._order = sorted(self.by_addr)
        at = bisect_left(order, addr)
        end = addr + len(data)
        if at == len(order) or order[at] >= end:
            return data
        shown = bytearray(data)
        while at < len(order) and order[at] < end:
            shown[order[at] - addr] = self.by_addr[order[at]].original
            at += 1
        return bytes(shown)

    def changed(self) -> None:
        """`by_addr` has other keys now."""
        self._order = None


def gap_near(pid: int, near: int) -> int:
    """A free place for an area, as near as possible; 0 if there is none within reach."""
    best = 0
    previous = 0x10000
    for one in read_maps(pid):
        low, high = previous, one.start
        previous = max(previous, one.end)
        if one.path.startswith("[stack"):
            low = max(low, high)  # the stack grows down into the gap below it
        if high - low >= 3 * AREA_SIZE:
            for place in (low + AREA_SIZE & -AREA_SIZE, high - 2 * AREA_SIZE & -AREA_SIZE):
                # The heap grows up from the end of a mapping: keep away from its start when there is a choice.
                if low <= place and place + AREA_SIZE <= high and abs(place - near) < abs((best or 1 << 62) - near):
                    best = place
    return best if best and abs(best - near) < REACH else 0
