"""The usual stop, answered on the spot: a breakpoint of ours whose instruction runs in a slot, or is but a move of the instruction pointer.

Of 100,000 stops 99,999 are of this kind, so it has a way of its own: four system calls (wait, read RIP, write RIP, go on), no report
object, no registers unless a clause asks for them (Thread.regs). Everything else is left to Tracer.report, which could do this kind too.

The thread is moved to its slot before the clauses run: whatever they do, and if we are killed in them, it is where it must be
(breakpoint/guard.py tells a thread in a slot from one that has not been moved). `Thread.at` is what they are shown as its place meanwhile.
"""

from __future__ import annotations

import time

from ..linux import ptrace
from ..linux.waits import TRAPPED, Waiter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .space import Thread
    from .tracer import Tracer

_SIGTRAP = 5
_CHECK = 63  # the clock is looked at after so many stops


class Hot:
    """A breakpoint for this path. `to`: where the thread goes on. `single`: an instruction of one byte.

    `fire(thread)` runs the clauses, for the process `pid` (one that shares the memory may be another); made when first needed."""

    __slots__ = ("addr", "fire", "hits", "pid", "probes", "single", "to")

    def __init__(self, addr: int, to: int, probes: tuple[int, ...], single: bool) -> None:
        self.addr = addr
        self.to = ptrace.address(to)
        self.probes = probes
        self.single = single
        self.hits = 0
        self.pid = 0
        self.fire: Callable[[Thread], object] = _never


def _never(thread: Thread) -> object:
    raise AssertionError


def serve(tracer: Tracer, waiter: Waiter, end: float) -> None:
    """Handle reports until `end` (of the monotonic clock; 0: without end), until a signal breaks off the wait, until nothing is left, or
    until a clause has asked for it (by a true result of `fire`). The waiter's limit is the caller's to set."""
    threads = tracer.threads
    wait, info = waiter.wait, waiter.info
    quick, peek, poke, rip_addr = ptrace.quick, ptrace.PEEKUSER, ptrace.POKEUSER, ptrace.RIP
    layer = tracer.breakpoints
    count = 0
    while threads:
        if not wait():
            tracer.look()  # broken off, or there is nobody: then all are gone
            return
        count += 1
        if not count & _CHECK and end and time.monotonic() >= end:
            return
        tid = info[4]
        if info[2] != TRAPPED or info[6] != _SIGTRAP or layer is None or tracer.holding:
            tracer.take(tid, info[2], info[6])
            continue
        thread = threads.get(tid)
        if thread is None or thread.silent or thread.resume_at is not None or thread.frame_of or thread.watched:
            tracer.take(tid, TRAPPED, _SIGTRAP)
            continue
        one = thread.space.hot.get(quick(peek, tid, rip_addr, None))
        if one is None or (one.single and tracer.outlived and layer.expects(thread)) or quick(poke, tid, rip_addr, one.to):
            tracer.take(tid, TRAPPED, _SIGTRAP)
            continue
        thread.stopped = thread.trapped = True
        thread.mid_call = thread.listening = thread.in_vfork = False
        thread.at = one.addr
        one.hits += 1
        if one.pid != thread.pid:
            one.pid, one.fire = thread.pid, tracer.on_hits(thread, one.probes)
        try:
            enough = one.fire(thread)
        finally:
            thread.at = 0
            thread.forget_regs()
        if tracer.outlived:
            layer.after_hit(thread)
        if not thread.stopped:
            pass  # a clause has let everything go on
        elif tracer.holding:
            tracer.collect(tid)
        else:
            thread.stopped = False
            quick(ptrace.SYSCALL if tracer.syscalls else ptrace.CONT, tid, None, None)
        if enough:
            return
