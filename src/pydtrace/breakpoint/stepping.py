"""Single-step mode: the displaced instruction runs under the trap flag, with INT3 behind it. And the faults of such stepping, on demand.

The engine does without the trap flag (engine.py). This mode is kept for two reasons: a target whose slots cannot end with a jump back (a
guest behind a debugger's stub, say) has nothing else; and it is the design that once lost its step traps and ran on into junk, so that what
we say of it can be shown (bench/lost_step).

What makes it safe: a slot is the instruction and nothing but INT3, and the end of the step is recognised by where the thread stands, never
assumed. At slot+length: the step trap. At slot+length+1: it came late, or not at all, and the INT3 has caught the thread (`late_steps`;
the two cannot be told apart, nor need they be). At the slot's start: a trap without progress, as `rep` gives one per iteration and as
broken hypervisors do; the step is made again (`repeats`), and without the trap flag once that has happened too often. A thread with a step
under way that is seen outside of its slot is what cannot happen: `lost_steps`.

Signals that come meanwhile are held and sent again, with their siginfo, when the instruction is done; a fault of the instruction itself is
delivered at once, at the original address (Breakpoints.before_signal).

`Faults` drops, delays or repeats the step trap with a given probability. Delayed by n: the thread makes n steps more before anybody looks.
"""

from __future__ import annotations

import random

from ..x86.slot import Place, Slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..target.space import Thread
    from ..x86.decide import Decision
    from .table import Table

_FAULTS = (4, 7, 8, 11)
_PATIENCE = 100_000  # traps without progress: a rep string of bytes may give that many


class Faults:
    """What goes wrong, each with its probability a step: `drop`, `delay` by one or two instructions, `repeat`. `made` counts them."""

    __slots__ = ("_chance", "delay", "drop", "made", "repeat")

    def __init__(self, *, drop: float = 0, delay: float = 0, repeat: float = 0, seed: int = 1) -> None:
        self.drop = drop
        self.delay = delay
        self.repeat = repeat
        self.made = {"drop": 0, "delay": 0, "repeat": 0}
        self._chance = random.Random(seed)

    def next(self) -> str:
        one = self._chance.random()
        for name, rate in (("drop", self.drop), ("delay", self.delay), ("repeat", self.repeat)):
            if one < rate:
                self.made[name] += 1
                return name
            one -= rate
        return ""


class Stepper:
    """Steps threads through slots that end with INT3."""

    __slots__ = ("_faults", "_hidden", "late_steps", "lost_steps", "repeats", "steps")

    def __init__(self, faults: Faults | None = None) -> None:
        self._faults = faults
        self._hidden: dict[int, int] = {}  # thread -> step traps that nobody will see
        self.steps = self.late_steps = self.lost_steps = self.repeats = 0

    @staticmethod
    def can(decision: Decision) -> bool:
        """Not what goes elsewhere, and not pushf, which would push the trap flag."""
        return decision.kind == "slot" and decision.form in ("copy", "syscall") and not decision.flows and decision.code[-1:] != b"\x9c"

    @staticmethod
    def slot(decision: Decision, code: bytes) -> Slot:
        """`code` is the instruction as moved to the slot."""
        behind = Place(decision.next, rcx=decision.form == "syscall")
        return Slot(code, {0: Place(decision.addr), len(code): behind, len(code) + 1: behind})

    def begin(self, thread: Thread, slot: int) -> None:
        """The thread stands at a probe: into the slot."""
        self.steps += 1
        thread.jump(slot)
        thread.stepping = self.go
        thread.rounds = 0

    def go(self, thread: Thread) -> None:
        """How a stopped thread goes on meanwhile: no signal is delivered."""
        fault = self._faults.next() if self._faults is not None and not thread.rounds else ""
        if fault == "repeat":
            self.repeats += 1
            thread.rounds += 1
        elif fault == "delay":
            self._hidden[thread.tid] = 1
        if fault == "drop" or thread.rounds > _PATIENCE:
            thread.go()
        else:
            thread.step()

    def trapped(self, thread: Thread, table: Table) -> Place | None:
        """A SIGTRAP of a thread that is being stepped: where it goes on, or None if it is not there yet or is somewhere else."""
        rip = thread.regs.rip
        slot = table.slot_of(rip)
        built = table.built.get(slot)
        if built is None:
            self.lost_steps += 1
            thread.stepping = None
            return None
        at = rip - slot
        if at == 0:
            self.repeats += 1
            thread.rounds += 1
            return None
        if at == built.length and self._hidden.pop(thread.tid, 0):
            thread.rounds += 1
            return None
        if at not in (built.length, built.length + 1):
            thread.stepping = None
            return None
        self.late_steps += at > built.length
        self._hidden.pop(thread.tid, None)
        thread.stepping = None
        return built.places[at]

    @staticmethod
    def holds(thread: Thread, signo: int) -> bool:
        """Whether a signal has to wait for the end of the step: all but a fault of the instruction itself."""
        raw = thread.cause_whole()
        if signo in _FAULTS and int.from_bytes(raw[8:12], "little", signed=True) > 0:
            thread.stepping = None
            return False
        thread.held.append((signo, raw))
        return True

    @staticmethod
    def release(thread: Thread) -> None:
        """The step is over: what came meanwhile, in order."""
        held, thread.held = thread.held, []
        for signo, raw in held:
            thread.requeued.append((signo, raw))
            try:
                thread.send(signo)
            except OSError:
                thread.requeued.pop()
