"""Which slots the breakpoints of an address space get, and where: decided before any byte of the program is changed.

Slots live in pages mapped into the target by a system call it is made to do (read and execute only; we write through /proc/PID/mem), near
the probed code so that RIP-relative instructions reach. 64 bytes each; what is not used is INT3.
"""

from __future__ import annotations

from ..errors import TargetError
from ..x86.decide import ENDBR64, MAX_INSTRUCTION, Decision, boundaries, decide
from ..x86.relay import call_slot
from ..x86.slot import SLOT_SIZE, Place, Slot, build_slot, moved
from .stepping import Stepper
from .table import AREA_SIZE, REACH, Area, Breakpoint, Table, gap_near

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..elf.symbols import Symbolizer
    from ..target.space import Space
    from ..target.tracer import Tracer

_INT3 = b"\xcc"
_MMAP = 9
_FIXED_NOREPLACE_PRIVATE_ANONYMOUS = 0x100022
_READ_EXEC = 5


class Planner:
    """`stepper`: the instructions that it can step get slots for it."""

    __slots__ = ("_symbolizer", "_tracer", "stepper")

    def __init__(self, tracer: Tracer, symbolizer: Callable[[int], Symbolizer], stepper: Stepper | None) -> None:
        self._tracer = tracer
        self._symbolizer = symbolizer
        self.stepper = stepper

    def plan(
        self,
        space: Space,
        table: Table,
        probe: int,
        new: dict[int, Breakpoint],
        writes: list[tuple[int, bytes]],
        outlives: bool,
        begins: bool,
    ) -> Breakpoint | str:
        """The breakpoint for an address, which may exist; or the reason why there can be none. `begins`: an instruction is known to."""
        code = table.hide(probe, space.memory.read(probe, MAX_INSTRUCTION + 4))
        skip = 4 if code[:4] == ENDBR64 else 0
        addr, code = probe + skip, code[skip:]
        known = table.by_addr.get(addr) or new.get(addr)
        if known is not None:
            return known
        if not code:
            return "no memory there"
        if code[:1] == _INT3:
            return "a breakpoint is there already, which is not ours"
        if not begins and not self._begins(space, table, probe):
            return "in the middle of an instruction"
        decision = decide(code[:MAX_INSTRUCTION], addr)
        if decision.reason:
            return decision.reason
        slot = beyond = 0
        steps = self.stepper is not None and not outlives and self.stepper.can(decision)  # such slots need a tracer
        try:
            if decision.pushes and self._has_shadow_stack(space, table):
                return f"{code[: decision.length].hex()}: a call, and the process uses shadow stacks"
            if decision.kind == "slot":
                slot = self._slot(space, table, decision, writes, steps=steps)
                if not slot and decision.operand is None:
                    return "no memory within reach of a RIP-relative instruction, and no register to do without"
            if not slot and decision.pushes and outlives:
                beyond = self._slot(space, table, decision, writes, alone=True)
        except TargetError as error:
            return error.text
        one = new[addr] = Breakpoint((), addr, code[0], decision, slot, beyond)
        one.steps = steps
        return one

    def _begins(self, space: Space, table: Table, addr: int) -> bool:
        """Does an instruction begin there, decoding from the start of its function? True too where there is no function to tell."""
        if table.symbols is None:
            table.symbols = self._symbolizer(space.pid)
        one = table.symbols.object_at(addr)
        found = one.symbol_at(addr) if one is not None else None
        if found is None or not found[1]:
            return True
        start = addr - found[1]
        last, known = table.boundaries.get(start, (start, {start}))
        if addr > last:  # go on decoding where it ended: at the last instruction, which may not have been read whole
            more = boundaries(table.hide(last, space.memory.read(last, addr - last + MAX_INSTRUCTION)), last)
            known.update(more)
            last = more[-1] if more else last
            table.boundaries[start] = last, known
        return addr in known or addr > last  # behind it there is something that is not code

    def sigactions(self, space: Space) -> set[int]:
        """Where the C library's sigaction is: all of its functions that set a disposition go through it."""
        symbols = self._symbolizer(space.pid)
        libc = [one for one in symbols.objects if one.name.startswith(("libc.", "libc-", "ld-musl"))]
        found = set()
        for one in libc or [one for one in symbols.objects if one.executable]:
            for name in ("sigaction", "__sigaction", "__libc_sigaction"):
                value = one.elf.symbol(name)
                if value is not None:
                    found.add(value[0] + one.bias)
        return found

    def _has_shadow_stack(self, space: Space, table: Table) -> bool:
        if table.shadow_stack is None:
            try:
                with open(f"/proc/{space.pid}/status", encoding="utf-8", errors="replace") as file:
                    line = next((one for one in file if one.startswith("x86_Thread_features:")), "")
            except OSError:
                line = ""
            table.shadow_stack = "shstk" in line
        return table.shadow_stack

    def _slot(
        self, space: Space, table: Table, decision: Decision, writes: list[tuple[int, bytes]], *, alone: bool = False, steps: bool = False
    ) -> int:
        """Address of a slot for the instruction; 0 if none can be made. `alone`: one that is only used when there is no tracer."""
        key = (decision.addr, decision.code + b"\xcc" * alone + b"\xcc\xcc" * steps)
        slot = table.slots.get(key)
        if slot is not None:
            return slot
        area = self._area(space, table, decision.addr)
        at = area.start + area.used
        built = Slot(call_slot(decision, at), {0: Place(decision.addr)}) if alone else build_slot(decision, at)
        if steps:
            code = moved(decision.code, decision.patch, decision.addr, at)
            built = Stepper.slot(decision, code) if code is not None else None
        if built is None:
            return 0
        area.used += SLOT_SIZE
        writes.append((at, built.code))
        table.slots[key] = at
        table.built[at] = built
        return at

    def _area(self, space: Space, table: Table, near: int) -> Area:
        full: Area | None = None
        for area in table.areas:
            if area.used < area.size:
                if abs(area.start - near) < REACH:
                    return area
                full = area
        hint = gap_near(space.pid, near)
        start = -1
        if hint:
            start, _ = self._tracer.inject(space, _MMAP, hint, AREA_SIZE, _READ_EXEC, _FIXED_NOREPLACE_PRIVATE_ANONYMOUS, 2**64 - 1, 0)
        if start < 0:
            if full is not None:
                return full
            start, _ = self._tracer.inject(space, _MMAP, 0, AREA_SIZE, _READ_EXEC, 0x22, 2**64 - 1, 0)
        if start < 0:
            raise TargetError(f"no memory for slots in process {space.pid} (error {-start})")
        space.memory.write(start, _INT3 * AREA_SIZE)
        area = Area(start, AREA_SIZE)
        table.areas.append(area)
        return area


def unfit(space: Space) -> str:
    """Why no breakpoint at all can be armed in a process; empty if they can."""
    try:
        with open(f"/proc/{space.pid}/exe", "rb") as file:
            head = file.read(20)
    except OSError:
        return ""
    return "" if head[:4] != b"\x7fELF" or (head[4], head[18]) == (2, 62) else "not a program of 64 bits (x86-64)"
