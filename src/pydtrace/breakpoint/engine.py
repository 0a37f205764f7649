"""Breakpoints in the processes of a Tracer: arm, hit, execute, disarm.

One byte, INT3, replaces the first of an instruction. A thread that hits it stops; the probe fires; then the thread is
sent to the instruction's slot (x86/decide.py), which executes it and jumps back: one stop a hit, no single-stepping.
The trap flag is never used: it is late after `syscall` and `mov ss`, leaks through `pushf` and repeats in `rep`.

A slot (plan.py) is immutable and outlives its breakpoint, even our detaching: a thread may be suspended in it.

What a program may see of this: nothing. Before a signal is delivered to a thread in a slot its instruction pointer,
and si_addr if it points there, go back to the original place (`before_signal`). If that is the probed instruction itself,
the probe has fired for this execution already: `resume_at` remembers (address, stack pointer) and the next hit is silent.

A function that begins with endbr64 is probed behind it, so that an indirect branch still finds its landing pad.

Forks: a child that is followed inherits bytes and slots with its memory, so its table is a copy of the parent's. One
that is not followed is cleaned before it runs. A vfork child shares the table. exec forgets.

A process that we have grabbed must live on if we are killed: breakpoint/guard.py keeps a SIGTRAP handler in it that does what
`finish` does, and the journal's watchdog restores the bytes. So whatever moves a thread elsewhere than into a slot marks the siginfo first.

A ghost: a thread can have executed an INT3 that was removed before its stop was seen. If the byte is no longer INT3,
the thread is put back and the original instruction runs. If it is INT3 and not ours, it is the program's. What an earlier
dtrace has left there, which was killed, and its watchdog too, is removed first of all.
"""

from __future__ import annotations

from ..elf.symbols import Symbolizer
from ..errors import TargetError
from ..target.quick import Hot
from ..target.selftest import capabilities
from ..target.tracer import BreakpointLayer, Space, Thread, Tracer
from ..x86.relay import SigAction, marked
from .emulate import FRAME_RIP, FRAME_RSP, call, popf, restarts, show
from .guard import Guard, ignore
from .journal import Journal, repair_left
from .plan import Planner, unfit
from .stepping import Stepper
from .table import Breakpoint, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

_INT3 = b"\xcc"
_INT_3 = b"\xcd\x03"  # its long form
_SIGTRAP = 5
_SI_KERNEL = 0x80


class Breakpoints(BreakpointLayer):
    """The breakpoints of a tracer. Make it before `tracer.start()`; arm at any time.

    Counters: `hits`, `ghosts` (INT3 seen after removal), `silent` (hits of a probe that had fired already),
    `overwritten` (bytes found changed when they were to be restored), `strange` (traps in a slot at no place of it: never guessed at, the
    program gets them). With a `stepper` instructions are single-stepped (stepping.py).
    """

    __slots__ = (
        "_guarded", "_hits", "_journal", "_pending", "_planner", "_tracer", "ghosts", "overwritten", "silent", "stepper",
        "strange",
    )

    def __init__(
        self, tracer: Tracer, *, symbolizer: Callable[[int], Symbolizer] = Symbolizer, stepper: Stepper | None = None
    ) -> None:
        self._tracer = tracer
        tracer.breakpoints = self
        self._planner = Planner(tracer, symbolizer, stepper)
        self._guarded = tracer.outlived = not all(process.own for process in tracer.processes)  # our own children die with us
        self._journal: Journal | None = None
        if self._guarded:
            for process in tracer.processes:
                repair_left(process.pid)
            try:
                self._journal = Journal()
            except OSError:
                pass  # no place for it: if we are killed the bytes stay, and the guard keeps the target going
        self._pending: dict[int, Breakpoint] = {}
        self._hits = 0
        self.ghosts = 0
        self.silent = 0
        self.overwritten = 0
        self.strange = 0
        self.stepper = stepper

    @property
    def hits(self) -> int:
        """How often a probe has been hit."""
        return self._hits + sum(hot.hits for space in self._tracer.spaces for hot in space.hot.values())

    # ---- arming

    def arm(
        self, addrs: Iterable[int], space: Space | None = None, *, begins: Collection[int] = ()
    ) -> tuple[list[int], list[tuple[int, str]]]:
        """(armed addresses, [(refused address, reason)]). Every address asked for is in one of the two.

        `begins`: those of which the caller knows that instructions begin there. Stops the target while it works.
        """
        space = space or self._main_space()
        running = not self._tracer.holding
        self._tracer.stop_all()
        try:
            return self._arm(space, addrs, begins)
        finally:
            if running:
                self._tracer.resume_all()

    def _main_space(self) -> Space:
        thread = next((t for t in self._tracer.threads.values() if t.pid == self._tracer.process.pid), None)
        if thread is None:
            raise TargetError(f"process {self._tracer.process.pid} is gone")
        return thread.space

    def _table(self, space: Space) -> Table:
        table = space.breakpoints
        if not isinstance(table, Table):
            table = space.breakpoints = Table()
        return table

    def _arm(self, space: Space, addrs: Iterable[int], begins: Collection[int]) -> tuple[list[int], list[tuple[int, str]]]:
        missing = capabilities().missing
        if missing:
            raise TargetError(f"no breakpoints: {missing}")
        if self.stepper is not None and not capabilities().steps:
            raise TargetError("no single steps: the step trap does not come where it should")
        table = self._table(space)
        armed: list[int] = []
        refused: list[tuple[int, str]] = []
        writes: list[tuple[int, bytes]] = []
        new: dict[int, Breakpoint] = {}
        unfit_for = unfit(space)
        outlives = self._outlives(space)
        for probe in addrs:
            one = unfit_for or self._planner.plan(space, table, probe, new, writes, outlives, probe in begins)
            if isinstance(one, str):
                refused.append((probe, one))
            else:
                armed.append(probe)
                if probe not in one.probes:
                    one.probes += (probe,)
        if not new:
            self._heat(space, table)
            return armed, refused
        try:
            if outlives:
                self._protect(space, table, new, writes)
            else:
                _write(space, writes)
        except (TargetError, OSError) as error:
            refused += [(probe, getattr(error, "text", str(error))) for one in new.values() for probe in one.probes]
            return [probe for probe in armed if not any(probe in one.probes for one in new.values())], refused
        if self._journal is not None:
            self._journal.armed(space.pid, [(one.addr, one.original) for one in new.values()])
        for one in new.values():
            try:
                space.memory.write(one.addr, _INT3)
            except OSError as error:
                for probe in one.probes:
                    armed.remove(probe)
                    refused.append((probe, f"cannot be written: {error.strerror}"))
                continue
            table.by_addr[one.addr] = one
        self._heat(space, table)
        return armed, refused

    def _heat(self, space: Space, table: Table) -> None:
        """Which breakpoints target/quick.py may answer: those whose thread goes on at a place that is known now."""
        table.changed()
        self._cool(space)
        for one in table.by_addr.values():
            to = one.slot or (0 if self._guarded else one.decision.target)
            if one.probes and not one.own and to and one.quick:
                space.hot[one.addr + 1] = Hot(one.addr, to, one.probes, one.decision.length == 1)

    def _cool(self, space: Space) -> None:
        for hot in space.hot.values():
            self._hits += hot.hits
        space.hot = {}

    def _outlives(self, space: Space) -> bool:
        """Does its process live on when we are killed? A command of our own does not."""
        return self._guarded and not any(process.own and process.pid == space.pid for process in self._tracer.processes)

    def _protect(self, space: Space, table: Table, new: dict[int, Breakpoint], writes: list[tuple[int, bytes]]) -> None:
        """Before the first byte is changed: the target must be able to go on without us."""
        if table.guard is None:
            table.guard = Guard(self._tracer, space)
            for addr in self._planner.sigactions(space):
                one = self._planner.plan(space, table, addr, new, writes, True, True)
                if not isinstance(one, str):
                    one.own = True
        _write(space, writes)
        table.guard.update(table.ranges(), {one.addr: one.beyond for one in (*table.by_addr.values(), *new.values())})

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
            keep = any(one.probes for one in table.by_addr.values())
            return self._disarm(space, [one for one in table.by_addr.values() if not one.probes and not (one.own and keep)])
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
        self._heat(space, table)
        if which and self._journal is not None:
            self._journal.disarmed(space.pid, [one.addr for one in which])
        if not table.by_addr and table.areas:
            self._leave_slots(space, table)
        guard = table.guard
        if guard is not None:
            try:
                if table.by_addr:
                    guard.update(table.ranges(), {one.addr: one.beyond for one in table.by_addr.values()})
                else:
                    table.guard = None
                    guard.withdraw()
            except TargetError:
                pass  # it is dying, or no thread can do it for us: a handler that is never called does no harm
        return restored

    def close(self) -> None:
        """After the tracer has detached. If it could not, the watchdog restores what is left."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    # ---- what the tracer asks

    def hit(self, thread: Thread) -> tuple[int, ...] | None:
        table = thread.space.breakpoints
        regs = thread.regs
        addr = regs.rip - 1
        if thread.stepping is not None and self.stepper is not None and isinstance(table, Table):
            return self._stepped(thread, table, self.stepper)
        one = table.by_addr.get(addr) if isinstance(table, Table) else None
        if one is None or not isinstance(table, Table):
            return self._unknown(thread, addr)
        if table.guard is not None and table.guard.own.handler and one.decision.next == regs.rip:
            # Behind an instruction of one byte a SIGTRAP may have been sent by somebody, to a program that expects it.
            if thread.cause()[1] != _SI_KERNEL:
                return None
        if one.own and regs.rdi & 0xFFFFFFFF == _SIGTRAP:
            thread.watched = True
        self._pending[thread.tid] = one
        if thread.resume_at is not None:
            again = thread.resume_at == (addr, regs.rsp)
            if again:
                thread.resume_at = None
                self.silent += 1
                return ()
        regs.rip = addr  # what the probe sees; written by finish
        if one.probes and not thread.silent:
            one.hits += 1
            self._hits += 1
        return one.probes

    def expects(self, thread: Thread) -> bool:
        table = thread.space.breakpoints
        return isinstance(table, Table) and table.guard is not None and table.guard.own.handler != 0

    def _unknown(self, thread: Thread, addr: int) -> tuple[int, ...] | None:
        signo, code, _ = thread.cause()
        if signo != _SIGTRAP or code != _SI_KERNEL:  # only then was it an INT3
            return None
        table = thread.space.breakpoints
        if isinstance(table, Table) and table.slot_of(addr):
            place = table.place(addr + 1) or table.place(addr)
            if self.stepper is not None and place is not None:  # a forked child, in a slot that its parent was stepped through
                show(thread, place)
                return ()
            self.strange += 1
            return None
        there = thread.space.memory.read(addr - 1, 2)
        if there[1:] == _INT3 or there == _INT_3:
            return None
        self.ghosts += 1
        self._moving(thread, addr)
        thread.jump(addr)
        return ()

    def _stepped(self, thread: Thread, table: Table, stepper: Stepper) -> tuple[int, ...] | None:
        if thread.cause()[1] <= 0:
            return None  # sent by somebody: it will have to wait
        place = stepper.trapped(thread, table)
        if place is not None:
            show(thread, place)
            stepper.release(thread)
        elif thread.stepping is None:
            return self._unknown(thread, thread.regs.rip - 1)
        return ()

    def holds(self, thread: Thread, signo: int) -> bool:
        return self.stepper is not None and self.stepper.holds(thread, signo)

    def _moving(self, thread: Thread, addr: int) -> None:
        """The thread that stands behind the INT3 at addr is about to be moved elsewhere than into a slot."""
        if self._guarded:
            thread.set_cause(marked(addr))

    def finish(self, thread: Thread) -> None:
        one = self._pending.pop(thread.tid, None)
        if one is None:
            return
        if one.decision.form == "popf" and popf(thread, one.decision, lambda: self._moving(thread, one.addr)):
            return
        if one.slot:
            if self.stepper is not None and one.steps:
                self.stepper.begin(thread, one.slot)
            else:
                thread.jump(one.slot)
            return
        self._moving(thread, one.addr)
        if one.decision.kind == "goto":
            thread.jump(one.decision.target)
        else:
            call(thread, one.decision)

    def after_hit(self, thread: Thread) -> None:
        table = thread.space.breakpoints
        if isinstance(table, Table) and table.guard is not None and not thread.silent:
            try:
                table.guard.look(thread)
            except TargetError:
                pass  # it is dying, or this thread cannot do it

    def sigaction(self, thread: Thread, entry: bool, args: tuple[int, ...], ret: int) -> None:
        table = thread.space.breakpoints
        if isinstance(table, Table) and table.guard is not None and args and args[0] == _SIGTRAP:
            try:
                table.guard.sigaction(thread, entry, args, ret)
            except (TargetError, OSError):
                pass
        if not entry:
            thread.watched = False

    def before_signal(self, thread: Thread, signo: int) -> None:
        table = thread.space.breakpoints
        if not isinstance(table, Table) or not table.areas:
            return
        rip = thread.regs.rip
        place = table.place(rip)
        if place is None:
            return
        if signo in (4, 5, 8):  # SIGILL, SIGTRAP, SIGFPE name the instruction
            thread.move_cause(rip, rip + 1, place.rip)
        fired = place.rip in table.by_addr and place.rip == table.built[table.slot_of(rip)].places[0].rip
        show(thread, place)
        if fired:
            thread.resume_at = (place.rip, thread.regs.rsp)
        elif place.rcx:
            self._interrupted(thread, place.rip - 2)

    def _interrupted(self, thread: Thread, addr: int) -> None:
        """A system call made in a slot may be made again after the signal, from its original place: the probe has fired for it.

        When no handler is called it is made again for sure. When one is, the frame that the kernel makes for it says where it will go on:
        the thread stops once more as soon as the frame is there (`framed`)."""
        if restarts(thread.regs):
            thread.frame_of = addr

    def framed(self, thread: Thread, signo: int) -> bool:
        addr, regs = thread.frame_of, thread.regs
        if regs.rip == addr + 2 and restarts(regs):
            return False  # that signal was ignored, and here is another one
        thread.frame_of = 0
        if regs.rip in (addr, addr + 1):  # no handler: it stands before the call again, or has just hit its breakpoint
            thread.resume_at = (addr, regs.rsp)
        else:
            raw = thread.space.memory.read(regs.rsp + 8, FRAME_RIP + 8)
            if raw[FRAME_RIP:] == addr.to_bytes(8, "little"):
                thread.resume_at = (addr, int.from_bytes(raw[FRAME_RSP:FRAME_RIP], "little"))
        return signo == _SIGTRAP and thread.cause()[1] != _SI_KERNEL

    def _leave_slots(self, space: Space, table: Table) -> None:
        """All bytes are restored: whoever is in a slot goes on at the original place, which signal handlers will see from now on."""
        for thread in self._tracer.threads.values():
            if thread.space is space and thread.stopped:
                try:
                    place = table.place(thread.regs.rip)
                    thread.stepping = None
                    if place is not None:
                        show(thread, place)
                except ProcessLookupError:
                    pass  # killed while stopped

    def forked(self, parent: Space, child: Space) -> None:
        if isinstance(parent.breakpoints, Table):
            child.breakpoints = parent.breakpoints.copy(child)
            self._heat(child, child.breakpoints)
            if self._journal is not None and parent.breakpoints.by_addr:
                self._journal.armed(child.pid, [(one.addr, one.original) for one in parent.breakpoints.by_addr.values()])

    def remove_space(self, space: Space) -> None:
        if isinstance(space.breakpoints, Table):
            self._disarm(space, list(space.breakpoints.by_addr.values()))

    def execed(self, thread: Thread, old: Space) -> None:
        table = old.breakpoints
        thread.watched = False
        if isinstance(table, Table) and table.guard is not None and table.guard.own.handler == SigAction.IGNORE:
            try:
                ignore(self._tracer, thread)
            except TargetError:
                pass

    def armed(self) -> bool:
        return any(isinstance(space.breakpoints, Table) and space.breakpoints.by_addr for space in self._tracer.spaces)

    def forget_space(self, space: Space) -> None:
        self._cool(space)
        if isinstance(space.breakpoints, Table):
            space.breakpoints = None
            if self._journal is not None:
                self._journal.forgotten(space.pid)


def _write(space: Space, writes: list[tuple[int, bytes]]) -> None:
    for at, data in writes:
        space.memory.write(at, data)
