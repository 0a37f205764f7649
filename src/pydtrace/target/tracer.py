"""The event loop of the process engine: every thread of the targets, every stop, one place.

States. A `Thread` is either running or stopped; of a stopped thread `signo` is what it will receive when it goes on.
Every report of waitpid is one call of `report`, which runs the callbacks and ends in `leave`: the thread goes on, or
stays stopped if the tracer is holding everything (`stop_all`, `detach`).

Signals. A signal-delivery stop passes the signal on. A job-control stop of a seized thread (EVENT_STOP with a stop
signal) is answered with PTRACE_LISTEN, so ^Z, SIGSTOP and SIGCONT work as if nobody traced. A SIGTRAP that is not ours
belongs to the program.

Children: births.py. Taking the targets and letting them go: taking.py.

Death. SIGKILL can take a stopped thread at any moment: every request may fail with ESRCH, which means "wait for its
exit report" and nothing else. An exec in a thread that is not the leader makes it the leader without an exit report of
the others (EVENT_EXEC names the old tid).

Being killed. Our own death must not change what the target does (breakpoint/guard.py), and a signal that waitpid has collected is
lost with us: the kernel delivers only what nobody has waited for. So where that matters (`outlived`) a report is first looked at
(WNOWAIT), then answered, and only collected if the thread is to stay stopped: one that has hit a breakpoint has been sent to the
instruction's slot by then.

Waiting. `poll` blocks in waitid (linux/waits.py), and answers the usual hit of a breakpoint on the spot (quick.py). While everything is
being stopped, or where there is no timer: waitpid(-1) with __WALL, first without blocking; then a sleep in sigtimedwait for SIGCHLD, which
is blocked in this thread, so that a signal that comes between the two is not lost.
"""

from __future__ import annotations

import os
import signal
import time

from ..errors import TargetError
from ..linux import ptrace
from ..linux.waits import TRAPPED, Waiter
from . import taking
from .births import born, drop, executed
from .facts import quietly, state, trap_pending
from .inject import call, settle
from .layer import BreakpointLayer
from .process import Process
from .quick import serve
from .space import Space, Thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .inject import Scratch

__all__ = ["BreakpointLayer", "Space", "Thread", "Tracer"]

_SIGTRAP = int(signal.SIGTRAP)
_PEEK = os.WEXITED | os.WNOHANG | os.WNOWAIT | 0x40000000
_RT_SIGACTION = 13
_SYSCALL_STOP = ptrace.SYSCALL_STOP_SIGNAL
_EVENT_STOP = ptrace.EVENT_STOP
_NEW_CHILD = (ptrace.EVENT_FORK, ptrace.EVENT_VFORK, ptrace.EVENT_CLONE)


def _nothing(*_: object) -> None:
    return None


class Tracer:
    """Follow a process, and `also` others (and, with `follow`, their children). Set the callbacks, then `attach`, `start`, `poll`.

    Callbacks run while their thread is stopped and may read its registers and memory:
    on_syscall(thread, entry, nr, args, ret), on_breakpoint(thread, addr), on_fork(thread, child_pid, kind)
    (kind "fork", "vfork" or "clone"), on_thread(thread, new_thread), on_exec(thread), on_signal(thread, signo),
    on_thread_exit(thread), on_exit(pid, status). on_hits(thread, addrs) gives a function of the thread that does all that is to be done at
    a hit of these addresses in the thread's process: poll returns early when that function gives something true.
    """

    __slots__ = (
        "_waiter", "breakpoints", "early", "follow", "holding", "masked", "on_breakpoint", "on_exec", "on_exit", "on_fork", "on_hits",
        "on_signal", "on_syscall", "on_thread", "on_thread_exit", "outlived", "process", "processes", "spaces", "started", "syscalls",
        "threads",
    )  # fmt: skip

    def __init__(self, process: Process, *, syscalls: bool = False, follow: bool = False, also: Sequence[Process] = ()) -> None:
        self.process = process
        self.processes = (process, *also)
        self.syscalls = syscalls
        self.follow = follow
        self.threads: dict[int, Thread] = {}
        self.on_syscall: Callable[[Thread, bool, int, tuple[int, ...], int], object] = _nothing
        self.on_breakpoint: Callable[[Thread, int], object] = _nothing
        self.on_fork: Callable[[Thread, int, str], object] = _nothing
        self.on_thread: Callable[[Thread, Thread], object] = _nothing
        self.on_exec: Callable[[Thread], object] = _nothing
        self.on_signal: Callable[[Thread, int], object] = _nothing
        self.on_thread_exit: Callable[[Thread], object] = _nothing
        self.on_exit: Callable[[int, int], object] = _nothing
        self.on_hits: Callable[[Thread, tuple[int, ...]], Callable[[Thread], object]] = self._all_of
        self.breakpoints: BreakpointLayer | None = None
        self._waiter: Waiter | None = None
        self.outlived = False
        self.spaces: set[Space] = set()
        self.early: dict[int, int] = {}
        self.holding = False
        self.started = False
        self.masked: set[signal.Signals] | None = None

    # ---- all stopped, all running

    def start(self) -> None:
        """Let everything run."""
        self.resume_all()

    def stop_all(self) -> None:
        """Stop every thread and return when all are stopped. Events on the way are reported as usual."""
        if self.holding:
            return
        for _ in range(20):
            # A parent in vfork stops only when its child has gone on, which a stopped child never does.
            end = time.monotonic() + 2
            while self._vforking() and time.monotonic() < end:
                self._one(0.05)
            self.holding = True
            for thread in list(self.threads.values()):
                if not thread.stopped:
                    quietly(ptrace.interrupt, thread.tid)
            try:
                self.settle()
            except TargetError:
                self.holding = False
                raise
            if not self._vforking() or time.monotonic() >= end:
                return
            self.resume_all()

    def _vforking(self) -> bool:
        return any(thread.in_vfork and not thread.stopped for thread in self.threads.values())

    def settle(self) -> None:
        """Wait until no thread runs, and until no trap of ours is still queued.

        A thread that was interrupted just as it hit a breakpoint reports the interrupt first and keeps the SIGTRAP
        pending; letting it go without us would kill it. Such a trap is dequeued before the thread runs any code.
        """
        self._all_stopped()
        if self.breakpoints is not None:
            while queued := [t for t in self.threads.values() if not t.signo and not t.listening and trap_pending(t.tid)]:
                for thread in queued:
                    thread.stopped = False
                    thread.forget_regs()
                    quietly(ptrace.cont, thread.tid)
                self._all_stopped()

    def _all_stopped(self) -> None:
        deadline = time.monotonic() + 10
        while any(not thread.stopped and not thread.in_vfork for thread in self.threads.values()):
            if not self._one(0.2):
                for thread in list(self.threads.values()):
                    # A leader that exited before its threads is a zombie that nobody can stop.
                    if not thread.stopped and state(thread.tid) in "ZX":
                        thread.stopped = True
                if time.monotonic() > deadline:
                    pid = next(t.pid for t in self.threads.values() if not t.stopped and not t.in_vfork)
                    raise TargetError(f"process {pid} does not stop (a thread is in an uninterruptible wait)")

    def resume_all(self) -> None:
        self.holding = False
        for thread in list(self.threads.values()):
            if thread.stopped:
                self._go(thread)

    def attach(self) -> None:
        """Take every thread, stopped. A launched process is already held."""
        taking.attach(self)
        self._waiter = Waiter()

    def detach(self) -> None:
        """Restore every byte and let the target run without us. Safe at any moment, also after its exit. See taking.detach."""
        taking.detach(self)

    def alive(self, space: Space) -> bool:
        return any(thread.space is space for thread in self.threads.values())

    def unmask(self) -> None:
        """Nothing is traced any more: what waiting needed is given back."""
        if self._waiter is not None:
            self._waiter.close()
        if self.masked is not None and signal.SIGCHLD not in self.masked:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        self.masked = None

    # ---- the loop

    def poll(self, timeout: float | None = None) -> bool:
        """Handle events for at most timeout seconds (None: until the target is gone). False when nothing is left.

        A signal handler of Python's must not raise out of here: a stop that was collected and not handled is lost.
        Returns at the timeout, or earlier: after a signal of our own, or when `on_hits` wants it.
        """
        end = 0.0 if timeout is None else time.monotonic() + timeout
        waiter = self._waiter
        if waiter is None or not waiter.usable or timeout == 0:
            while self.threads and (self._one(max(end - time.monotonic(), 0) if end else 1.0) or not end):
                if end and time.monotonic() >= end:
                    break
        elif timeout is None:
            while self.threads:
                serve(self, waiter, 0)
        else:
            waiter.limit(timeout)
            serve(self, waiter, end)
            waiter.limit(0)
        return bool(self.threads)

    def _all_of(self, thread: Thread, addrs: tuple[int, ...]) -> Callable[[Thread], object]:
        def fire(thread: Thread) -> None:
            for addr in addrs:
                self.on_breakpoint(thread, addr)

        return fire

    def look(self) -> None:
        """Is there anybody left? Handles one report if there is one."""
        self._one(0)

    def _one(self, timeout: float) -> bool:
        """Handle one report; false if none came in time."""
        end = 0.0
        while True:
            try:
                if self._peek() if self.outlived else self._wait():
                    return True
            except ChildProcessError:
                self._lost_all()
                return False
            now = time.monotonic()
            if not end:
                end = now + timeout
            if now >= end:
                return False
            signal.sigtimedwait({signal.SIGCHLD}, end - now)

    def _wait(self, tid: int = -1) -> bool:
        tid, status = os.waitpid(tid, 0x40000001)  # __WALL | WNOHANG
        if tid:
            self.report(tid, status)
        return tid != 0

    def _peek(self) -> bool:
        """As `_wait`, but a signal is left with its thread until the thread goes on or has been moved to where the signal is not needed."""
        found = os.waitid(os.P_ALL, 0, _PEEK)
        if found is None:
            return False
        self.take(found.si_pid, found.si_code, found.si_status)
        return True

    def take(self, tid: int, kind: int, code: int) -> None:
        """A report that has been seen but not collected; `kind` and `code` are its si_code and si_status."""
        thread = self.threads.get(tid)
        if thread is None or not self.outlived or kind != TRAPPED or code >> 8 or code == _SYSCALL_STOP:
            self._wait(tid)
            return
        self.report(tid, code << 8 | 0x7F)
        if thread.stopped and self.threads.get(tid) is thread:
            self.collect(tid)

    def collect(self, tid: int) -> None:
        """The report of a thread that stays stopped: not to be seen again."""
        tid, status = os.waitpid(tid, 0x40000001)
        if tid and not os.WIFSTOPPED(status):
            self.report(tid, status)  # it has been killed meanwhile

    def _lost_all(self) -> None:
        """No children at all: whatever we still list is gone (somebody else reaped it)."""
        for thread in list(self.threads.values()):
            drop(self, thread, None)

    def report(self, tid: int, status: int) -> None:
        thread = self.threads.get(tid)
        if thread is None:
            # A child whose parent has not reported yet; or a stranger, such as a command of system().
            if os.WIFSTOPPED(status):
                self.early[tid] = status
            else:
                self.early.pop(tid, None)
            return
        if not os.WIFSTOPPED(status):
            drop(self, thread, status)
            return
        thread.forget_regs()
        thread.listening = thread.in_vfork = False
        thread.stopped = True
        thread.mid_call = 0 < status >> 16 < _EVENT_STOP
        thread.trapped = False
        thread.signo = 0
        signo = status >> 8 & 0xFF
        event = status >> 16
        try:
            if thread.frame_of and event == 0 and self.breakpoints is not None and self.breakpoints.framed(thread, signo):
                pass  # it stopped only to show its frame
            elif event == 0:
                if signo == _SYSCALL_STOP:
                    self._syscall_stop(thread)
                elif signo != _SIGTRAP or not self._trap(thread):
                    self._signal_stop(thread, signo)
            elif event == _EVENT_STOP:
                if signo != _SIGTRAP:
                    self._job_stop(thread)
                    return
            elif event in _NEW_CHILD:
                born(self, thread, event)
                thread.in_vfork = event == ptrace.EVENT_VFORK
            elif event == ptrace.EVENT_EXEC:
                thread = executed(self, thread)
        except ProcessLookupError:
            return  # killed while stopped: the exit report follows
        self.leave(thread)

    def leave(self, thread: Thread) -> None:
        if not self.holding:
            self._go(thread)

    def _go(self, thread: Thread) -> None:
        signo, thread.signo = thread.signo, 0
        thread.stopped = thread.at_entry = False
        thread.forget_regs()
        try:
            if thread.listening:
                ptrace.listen(thread.tid)
            elif thread.stepping is not None:
                thread.stepping(thread)
            elif thread.frame_of:
                ptrace.step(thread.tid, signo)
            elif self.syscalls and not thread.silent or thread.watched:
                ptrace.syscall(thread.tid, signo)
            else:
                ptrace.cont(thread.tid, signo)
        except ProcessLookupError:
            pass

    def _job_stop(self, thread: Thread) -> None:
        thread.listening = True
        self.leave(thread)

    def _trap(self, thread: Thread) -> bool:
        """Is this SIGTRAP one of our breakpoints?"""
        layer = self.breakpoints
        if layer is None:
            return False
        probes = layer.hit(thread)
        if probes is None:
            return False
        try:
            if not thread.silent:
                for addr in probes:
                    self.on_breakpoint(thread, addr)
        finally:
            layer.finish(thread)  # whatever the callback did: behind the INT3 the thread must not go on
        thread.trapped = True
        layer.after_hit(thread)
        return True

    def _signal_stop(self, thread: Thread, signo: int) -> None:
        if self.breakpoints is not None:
            if thread.stepping is not None and self.breakpoints.holds(thread, signo):
                return
            self.breakpoints.before_signal(thread, signo)
        thread.signo = signo
        for one in thread.requeued:
            if one[0] == signo:
                thread.requeued.remove(one)
                ptrace.setsiginfo(thread.tid, one[1])
                break
        if not thread.silent:
            self.on_signal(thread, signo)

    def _syscall_stop(self, thread: Thread) -> None:
        op, nr, args, ret = ptrace.syscall_info(thread.tid)
        told = self.syscalls and not thread.silent and nr != ptrace.NOT_OURS
        if op == 1:
            thread.in_syscall = thread.at_entry = True
            thread.nr, thread.sysargs = nr, args
            again, thread.skip_entry = thread.skip_entry, False
            if told and not again:
                self.on_syscall(thread, True, nr, args, 0)
        elif op == 2:
            nr, args = thread.nr, thread.sysargs
            if not thread.in_syscall and told:
                nr = ptrace.getregs(thread.tid).orig_rax & 0xFFFFFFFF  # attached in the middle of the call
            thread.in_syscall = False
        if nr == _RT_SIGACTION and op and self.breakpoints is not None:
            self.breakpoints.sigaction(thread, op == 1, args, ret)
        if op == 2 and told:
            self.on_syscall(thread, False, nr, args, ret)

    # ---- system calls made on the target's behalf

    def inject(self, space: Space, nr: int, *args: int | Scratch, scratch: bytes = b"", site: int = 0) -> tuple[int, bytes]:
        """Let a stopped thread of the space make a system call; everything must be stopped. See inject.call."""
        failure = TargetError(f"process {space.pid}: no thread can make a system call for us")
        for thread in self._able(space):
            try:
                return call(self, thread, nr, args, scratch=scratch, site=site)
            except TargetError as error:
                failure = error
        raise failure

    def _able(self, space: Space) -> Iterator[Thread]:
        """Threads that can run code for us, best first. One that an event stopped inside a call is first taken to the call's end."""
        mine = [thread for thread in self.threads.values() if thread.space is space and thread.stopped]
        free = [thread for thread in mine if not thread.listening and not thread.mid_call]
        yield from sorted(free, key=lambda one: (one.signo, one.tid != one.pid))
        for thread in mine:
            if thread.mid_call and not thread.in_vfork:
                settle(self, thread)
                if not thread.listening:
                    yield thread
        yield from (thread for thread in mine if thread.listening)

    def gone(self, thread: Thread, status: int) -> None:
        """Its exit was reported to somebody else than the loop."""
        drop(self, thread, status)
