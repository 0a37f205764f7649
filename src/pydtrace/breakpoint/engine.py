"""Breakpoints in the processes of a Tracer: arm, hit, execute, disarm.

One byte, INT3, replaces the first of an instruction. A thread that hits it stops; the probe fires; then the thread is
sent to the instruction's slot (x86/decide.py), which executes it and jumps back: one stop a hit, no single-stepping.
The trap flag is never used: it is late after `syscall` and `mov ss`, leaks through `pushf` and repeats in `rep`.

Slots live in pages mapped into the target by a system call it is made to do (read and execute only; we write through
/proc/PID/mem), near the probed code so that RIP-relative instructions reach. A slot is immutable and outlives its
breakpoint, even our detaching: a thread may be suspended in it. 64 bytes a probe; unused ones are all INT3.

What a program may see of this: nothing. Before a signal is delivered to a thread in a slot its instruction pointer,
and si_addr if it points there, go back to the original place (`before_signal`). If that is the probed instruction itself,
the probe has fired for this execution already: `resume_at` remembers (address, stack pointer) and the next hit is silent.

A function that begins with endbr64 is probed behind it, so that an indirect branch still finds its landing pad.

Forks: a child that is followed inherits bytes and slots with its memory, so its table is a copy of the parent's. One
that is not followed is cleaned before it runs. A vfork child shares the table. exec forgets.

A ghost: a thread can have executed an INT3 that was removed before its stop was seen. If the byte is no longer INT3,
the thread is put back and the original instruction runs. If it is INT3 and not ours, it is the program's.
"""

from __future__ import annotations

from ..elf.maps import read_maps
from ..errors import TargetError
from ..linux import ptrace
from ..target.tracer import BreakpointLayer, Space, Thread, Tracer
from ..x86.decide import ENDBR64, MAX_INSTRUCTION, SLOT_SIZE, Decision, build_slot, decide
from .journal import Journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_INT3 = b"\xcc"
_AREA = 65536
_REACH = 1 << 30  # how far from the code an area may lie: half of what a displacement reaches
_MMAP = 9
_FIXED_NOREPLACE_PRIVATE_ANONYMOUS = 0x100022
_READ_EXEC = 5


class Breakpoint:
    """One armed byte, at `addr`. `probes` are the addresses that were asked for: a function and its ret may share one."""

    __slots__ = ("addr", "decision", "hits", "original", "probes", "slot")

    def __init__(self, probes: tuple[int, ...], addr: int, original: int, decision: Decision, slot: int) -> None:
        self.probes = probes
        self.addr = addr
        self.original = original
        self.decision = decision
        self.slot = slot
        self.hits = 0


class _Area:
    """Pages of slots in one address space."""

    __slots__ = ("size", "start", "used")

    def __init__(self, start: int, size: int, used: int = 0) -> None:
        self.start = start
        self.size = size
        self.used = used


class _Table:
    """Breakpoints of one address space. `slots` keeps retired ones too: a thread may still be in them."""

    __slots__ = ("areas", "by_addr", "origins", "shadow_stack", "slots")

    def __init__(self) -> None:
        self.by_addr: dict[int, Breakpoint] = {}
        self.slots: dict[tuple[int, bytes], int] = {}  # (address, instruction) -> slot
        self.origins: dict[int, dict[int, int]] = {}  # slot -> its origins
        self.areas: list[_Area] = []
        self.shadow_stack: bool | None = None

    def copy(self) -> _Table:
        new = _Table()
        for addr, one in self.by_addr.items():
            new.by_addr[addr] = Breakpoint(one.probes, addr, one.original, one.decision, one.slot)
        new.slots = dict(self.slots)
        new.origins = dict(self.origins)
        new.areas = [_Area(a.start, a.size, a.used) for a in self.areas]
        new.shadow_stack = self.shadow_stack
        return new

    def hide(self, addr: int, data: bytes) -> bytes:
        """Memory with the program's own bytes in place of ours."""
        end = addr + len(data)
        shown: bytearray | None = None
        for one in self.by_addr.values():
            if addr <= one.addr < end:
                if shown is None:
                    shown = bytearray(data)
                shown[one.addr - addr] = one.original
        return data if shown is None else bytes(shown)


class Breakpoints(BreakpointLayer):
    """The breakpoints of a tracer. Make it before `tracer.start()`; arm at any time.

    Counters: `hits`, `ghosts` (INT3 seen after removal), `silent` (hits of a probe that had fired already),
    `overwritten` (bytes found changed when they were to be restored).
    """

    __slots__ = ("_journal", "_pending", "_tracer", "ghosts", "hits", "overwritten", "silent")

    def __init__(self, tracer: Tracer, *, journal: bool = True) -> None:
        self._tracer = tracer
        tracer.breakpoints = self
        self._journal: Journal | None = None
        if journal and not all(process.own for process in tracer.processes):  # our own children die with us
            try:
                self._journal = Journal()
            except OSError:
                pass  # no place for it: the risk is only that of being killed
        self._pending: dict[int, Breakpoint] = {}
        self.hits = 0
        self.ghosts = 0
        self.silent = 0
        self.overwritten = 0

    # ---- arming

    def arm(self, addrs: Iterable[int], space: Space | None = None) -> tuple[list[int], list[tuple[int, str]]]:
        """(armed addresses, [(refused address, reason)]). Every address asked for is in one of the two.

        An address must be that of an instruction; function entries are. Stops the target while it works.
        """
        space = space or self._main_space()
        running = not self._tracer.holding
        self._tracer.stop_all()
        try:
            return self._arm(space, addrs)
        finally:
            if running:
                self._tracer.resume_all()

    def _main_space(self) -> Space:
        thread = next((t for t in self._tracer.threads.values() if t.pid == self._tracer.process.pid), None)
        if thread is None:
            raise TargetError(f"process {self._tracer.process.pid} is gone")
        return thread.space

    def _table(self, space: Space) -> _Table:
        table = space.breakpoints
        if not isinstance(table, _Table):
            table = space.breakpoints = _Table()
        return table

    def _arm(self, space: Space, addrs: Iterable[int]) -> tuple[list[int], list[tuple[int, str]]]:
        table = self._table(space)
        memory = space.memory
        armed: list[int] = []
        refused: list[tuple[int, str]] = []
        writes: list[tuple[int, bytes]] = []
        seen: dict[int, Breakpoint] = {}  # new ones
        for probe in addrs:
            code = table.hide(probe, memory.read(probe, MAX_INSTRUCTION + 4))
            skip = 4 if code[:4] == ENDBR64 else 0
            addr, code = probe + skip, code[skip:]
            known = table.by_addr.get(addr) or seen.get(addr)
            if known is not None:
                if probe not in known.probes:
                    known.probes += (probe,)
                armed.append(probe)
                continue
            reason = ""
            slot = 0
            decision = None
            if not code:
                reason = "no memory there"
            elif code[:1] == _INT3:
                reason = "a breakpoint is there already, which is not ours"
            else:
                decision = decide(code[:MAX_INSTRUCTION], addr)
                reason = decision.reason
                if decision.kind == "call" and self._has_shadow_stack(space, table):
                    reason = f"{code[: decision.length].hex()}: a call, and the process uses shadow stacks"
                elif decision.kind == "slot":
                    try:
                        slot = self._slot(space, table, decision, writes)
                    except TargetError as error:
                        reason = error.text
                    else:
                        reason = reason or ("" if slot else "no memory within reach of a RIP-relative instruction")
            if reason or decision is None:
                refused.append((probe, reason))
                continue
            armed.append(probe)
            seen[addr] = Breakpoint((probe,), addr, code[0], decision, slot)
        for at, data in writes:
            memory.write(at, data)
        if seen and self._journal is not None:
            self._journal.armed(space.pid, [(one.addr, one.original) for one in seen.values()])
        for one in seen.values():
            try:
                memory.write(one.addr, _INT3)
            except OSError as error:
                for probe in one.probes:
                    armed.remove(probe)
                    refused.append((probe, f"cannot be written: {error.strerror}"))
                continue
            table.by_addr[one.addr] = one
        return armed, refused

    def _has_shadow_stack(self, space: Space, table: _Table) -> bool:
        if table.shadow_stack is None:
            try:
                with open(f"/proc/{space.pid}/status", encoding="utf-8", errors="replace") as file:
                    line = next((one for one in file if one.startswith("x86_Thread_features:")), "")
            except OSError:
                line = ""
            table.shadow_stack = "shstk" in line
        return table.shadow_stack

    def _slot(self, space: Space, table: _Table, decision: Decision, writes: list[tuple[int, bytes]]) -> int:
        """Address of a slot that holds the decision's code; 0 if none can."""
        key = (decision.addr, decision.code)
        slot = table.slots.get(key)
        if slot is not None:
            return slot
        area = self._area(space, table, decision.addr)
        at = area.start + area.used
        built = build_slot(decision, at)
        if built is None:
            return 0
        area.used += SLOT_SIZE
        writes.append((at, built[0]))
        table.slots[key] = at
        table.origins[at] = built[1]
        return at

    def _area(self, space: Space, table: _Table, near: int) -> _Area:
        full: _Area | None = None
        for area in table.areas:
            if area.used < area.size:
                if abs(area.start - near) < _REACH:
                    return area
                full = area
        hint = _gap_near(space.pid, near)
        start = -1
        if hint:
            start = self._tracer.inject(space, _MMAP, hint, _AREA, _READ_EXEC, _FIXED_NOREPLACE_PRIVATE_ANONYMOUS, 2**64 - 1, 0)
        if start < 0:
            if full is not None:
                return full
            start = self._tracer.inject(space, _MMAP, 0, _AREA, _READ_EXEC, 0x22, 2**64 - 1, 0)
        if start < 0:
            raise TargetError(f"no memory for slots in process {space.pid} (error {-start})")
        space.memory.write(start, _INT3 * _AREA)
        area = _Area(start, _AREA)
        table.areas.append(area)
        return area

    # ---- disarming

    def disarm(self, addrs: Iterable[int] | None = None, space: Space | None = None) -> int:
        """Take breakpoints away (all, if addrs is None). Returns how many bytes were restored."""
        space = space or self._main_space()
        running = not self._tracer.holding
        self._tracer.stop_all()
        try:
            table = self._table(space)
            wanted = None if addrs is None else set(addrs)
            if wanted is None:
                return self._disarm(space, list(table.by_addr.values()))
            for one in table.by_addr.values():
                one.probes = tuple(probe for probe in one.probes if probe not in wanted)
            return self._disarm(space, [one for one in table.by_addr.values() if not one.probes])
        finally:
            if running:
                self._tracer.resume_all()

    def _disarm(self, space: Space, which: list[Breakpoint]) -> int:
        table = self._table(space)
        memory = space.memory
        restored = 0
        for one in which:
            if memory.read(one.addr, 1) == _INT3:
                try:
                    memory.write(one.addr, bytes((one.original,)))
                    restored += 1
                except OSError:
                    self.overwritten += 1
            else:
                self.overwritten += 1  # the program has rewritten or unmapped its text: not ours any more
            del table.by_addr[one.addr]
        if which and self._journal is not None:
            self._journal.disarmed(space.pid, [one.addr for one in which])
        return restored

    def close(self) -> None:
        """After the tracer has detached. If it could not, the watchdog restores what is left."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    # ---- what the tracer asks

    def hit(self, thread: Thread) -> tuple[int, ...] | None:
        table = thread.space.breakpoints
        if not isinstance(table, _Table):
            return None
        regs = thread.regs
        addr = regs.rip - 1
        one = table.by_addr.get(addr)
        if one is None:
            return self._unknown(thread, table, addr)
        self._pending[thread.tid] = one
        if thread.resume_at is not None:
            again = thread.resume_at == (addr, regs.rsp)
            if again:
                thread.resume_at = None
                self.silent += 1
                return ()
        regs.rip = addr  # what the probe sees; written by finish
        if not thread.silent:
            one.hits += 1
            self.hits += 1
        return one.probes

    def _unknown(self, thread: Thread, table: _Table, addr: int) -> tuple[int, ...] | None:
        signo, code, _ = ptrace.getsiginfo(thread.tid)
        if signo != 5 or code != 0x80:  # SI_KERNEL: only then was it an INT3
            return None
        if not table.slots or thread.space.memory.read(addr, 1) == _INT3:
            return None
        self.ghosts += 1
        thread.jump(addr)
        return ()

    def finish(self, thread: Thread) -> None:
        one = self._pending.pop(thread.tid, None)
        if one is None:
            return
        if one.slot:
            thread.jump(one.slot)
        elif one.decision.kind == "goto":
            thread.jump(one.decision.target)
        else:
            _call(thread, one.decision)

    def before_signal(self, thread: Thread, signo: int) -> None:
        table = thread.space.breakpoints
        if not isinstance(table, _Table) or not table.areas:
            return
        rip = thread.regs.rip
        area = next((a for a in table.areas if a.start <= rip < a.start + a.size), None)
        if area is None:
            return
        slot = rip - (rip - area.start) % SLOT_SIZE
        origin = table.origins.get(slot, {}).get(rip - slot)
        if origin is None:
            return  # cannot be: only these are boundaries of instructions
        if rip == slot and origin in table.by_addr:
            thread.resume_at = (origin, thread.regs.rsp)
        if signo in (4, 5, 8):  # SIGILL, SIGTRAP, SIGFPE name the instruction
            ptrace.move_siginfo(thread.tid, rip, rip + 1, origin)
        thread.jump(origin)

    def forked(self, parent: Space, child: Space) -> None:
        if isinstance(parent.breakpoints, _Table):
            child.breakpoints = parent.breakpoints.copy()
            if self._journal is not None and parent.breakpoints.by_addr:
                self._journal.armed(child.pid, [(one.addr, one.original) for one in parent.breakpoints.by_addr.values()])

    def remove_space(self, space: Space) -> None:
        if isinstance(space.breakpoints, _Table):
            self._disarm(space, list(space.breakpoints.by_addr.values()))

    def armed(self) -> bool:
        return any(isinstance(space.breakpoints, _Table) and space.breakpoints.by_addr for space in self._tracer.spaces)

    def forget_space(self, space: Space) -> None:
        if isinstance(space.breakpoints, _Table):
            space.breakpoints = None
            if self._journal is not None:
                self._journal.forgotten(space.pid)


def _call(thread: Thread, decision: Decision) -> None:
    """Execute a near call: the operand is read before the push, since its base may be the stack pointer."""
    regs = thread.regs
    target = decision.target
    memory = thread.space.memory
    if decision.operand is not None:
        base, index, scale, disp, segment = decision.operand
        if segment == "register":
            target = int(getattr(regs, base))
        else:
            where = disp
            if base:
                where += decision.next if base == "rip" else int(getattr(regs, base))
            if index and index != "riz":
                where += int(getattr(regs, index)) * scale
            if segment:
                where += int(regs.fs_base if segment == "fs" else regs.gs_base)
            raw = memory.read(where & 2**64 - 1, 8)
            if len(raw) != 8:
                _fault(thread, decision)
                return
            target = int.from_bytes(raw, "little")
    try:
        memory.write(regs.rsp - 8, decision.next.to_bytes(8, "little"))
    except (OSError, OverflowError):
        _fault(thread, decision)
        return
    regs.rsp -= 8
    regs.rip = target
    thread.set_regs(regs)


def _fault(thread: Thread, decision: Decision) -> None:
    """The call itself faults: the program gets its SIGSEGV, at the call."""
    thread.jump(decision.addr)
    thread.resume_at = (decision.addr, thread.regs.rsp)
    thread.signo = 11


def _gap_near(pid: int, near: int) -> int:
    """A free place for an area, as near as possible; 0 if there is none within reach."""
    best = 0
    previous = 0x10000
    for one in read_maps(pid):
        low, high = previous, one.start
        previous = max(previous, one.end)
        if one.path.startswith("[stack"):
            low = max(low, high)  # the stack grows down into the gap below it
        if high - low >= 3 * _AREA:
            for place in (low + _AREA & -_AREA, high - 2 * _AREA & -_AREA):
                # The heap grows up from the end of a mapping: keep away from its start when there is a choice.
                if low <= place and place + _AREA <= high and abs(place - near) < abs((best or 1 << 62) - near):
                    best = place
    return best if best and abs(best - near) < _REACH else 0
