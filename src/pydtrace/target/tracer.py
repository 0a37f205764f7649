"""The event loop of the process engine: every thread of the targets, every stop, one place.

States. A `Thread` is either running or stopped; of a stopped thread `signo` is what it will receive when it goes on.
Every report of waitpid is one call of `_report`, which runs the callbacks and ends in `_leave`: the thread goes on, or
stays stopped if the tracer is holding everything (`stop_all`, `detach`).

Signals. A signal-delivery stop passes the signal on. A job-control stop of a seized thread (EVENT_STOP with a stop
signal) is answered with PTRACE_LISTEN, so ^Z, SIGSTOP and SIGCONT work as if nobody traced. A SIGTRAP that is not ours
belongs to the program.

Children. A new thread or process may report before its parent's event does, or after; its first stop is kept in
`_early` until the parent has told whose it is. A vfork or CLONE_VM child shares its parent's memory.
Children that are not to be followed are handed to the breakpoint layer for cleaning and then let go; one that shares
memory stays traced, silently, up to its exec or exit, since it would die at the first of our breakpoints.

Death. SIGKILL can take a stopped thread at any moment: every request may fail with ESRCH, which means "wait for its
exit report" and nothing else. An exec in a thread that is not the leader makes it the leader without an exit report of
the others (EVENT_EXEC names the old tid).

Being killed. Our own death must not change what the target does (breakpoint/guard.py), and a signal that waitpid has collected is
lost with us: the kernel delivers only what nobody has waited for. So where that matters (`outlived`) a report is first looked at
(WNOWAIT), then answered, and only collected if the thread is to stay stopped: one that has hit a breakpoint has been sent to the
instruction's slot by then.

Waiting. waitpid(-1) with __WALL, first without blocking; then a sleep in sigtimedwait for SIGCHLD, which is blocked in
this thread. This gives a timeout without timers, and a signal that comes between the two is not lost.
"""

from __future__ import annotations

import os
import signal
import time

from ..errors import TargetError
from ..linux import ptrace
from .inject import call, settle
from .process import Process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .inject import Scratch

_OPTIONS = (
    ptrace.O_TRACESYSGOOD
    | ptrace.O_TRACEFORK
    | ptrace.O_TRACEVFORK
    | ptrace.O_TRACECLONE
    | ptrace.O_TRACEEXEC
    | ptrace.O_TRACEVFORKDONE
)

_SIGTRAP = int(signal.SIGTRAP)
_PEEK = os.WEXITED | os.WNOHANG | os.WNOWAIT | 0x40000000
_CLD_TRAPPED = 4
_RT_SIGACTION = 13
_SYSCALL_STOP = ptrace.SYSCALL_STOP_SIGNAL
_EVENT_STOP = ptrace.EVENT_STOP
_NEW_CHILD = (ptrace.EVENT_FORK, ptrace.EVENT_VFORK, ptrace.EVENT_CLONE)


class Space:
    """One address space: what the threads that share it share. `breakpoints` belongs to the breakpoint layer."""

    __slots__ = ("_memory", "breakpoints", "pid")

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._memory: ptrace.Memory | None = None
        self.breakpoints: object = None

    @property
    def memory(self) -> ptrace.Memory:
        if self._memory is None:
            try:
                self._memory = ptrace.Memory(self.pid)
            except OSError as error:
                raise TargetError(f"cannot open the memory of process {self.pid}: {error.strerror}") from None
        return self._memory

    def close(self) -> None:
        if self._memory is not None:
            self._memory.close()
            self._memory = None


class Thread:
    """One traced thread."""

    __slots__ = (
        "_regs", "at_entry", "in_syscall", "in_vfork", "mid_call", "listening", "nr", "options", "pid", "requeued", "resume_at", "signo",
        "silent", "skip_entry", "space", "stopped", "sysargs", "tid", "trapped", "watched",
    )  # fmt: skip

    def __init__(self, tid: int, pid: int, space: Space, options: int) -> None:
        self.tid = tid
        self.pid = pid
        self.space = space
        self.options = options  # of ptrace; children inherit them
        self.stopped = False
        self.listening = False  # in a job-control stop
        self.silent = False  # traced only because it must be: no callbacks
        self.signo = 0
        self.in_syscall = False
        self.in_vfork = False  # suspended until its vfork child execs or exits: cannot run, and cannot be stopped
        self.mid_call = False  # stopped by an event inside a system call, which will still set rax
        self.at_entry = False  # stopped at the entry of a system call that has not run yet
        self.skip_entry = False  # the next entry has been reported already (the call was rewound)
        self.trapped = False  # stopped by a breakpoint: the SIGTRAP is not dealt with before the thread goes on
        self.watched = False  # stopped at system calls for the breakpoint layer
        self.requeued: list[tuple[int, bytes]] = []  # (signal, siginfo) that was sent once more: see inject
        self.nr = -1
        self.sysargs: tuple[int, ...] = ()
        self.resume_at: tuple[int, int] | None = None  # (rip, rsp) of a probe that has fired but not executed yet
        self._regs: ptrace.Regs | None = None

    def __repr__(self) -> str:
        return f"<Thread {self.pid}/{self.tid}>"

    @property
    def regs(self) -> ptrace.Regs:
        """Registers at this stop, read once. Change them with `set_regs` or `jump`."""
        if self._regs is None:
            self._regs = ptrace.getregs(self.tid)
        return self._regs

    def set_regs(self, regs: ptrace.Regs) -> None:
        self._regs = regs
        ptrace.setregs(self.tid, regs)

    def jump(self, rip: int) -> None:
        ptrace.setrip(self.tid, rip)
        if self._regs is not None:
            self._regs.rip = rip

    def read(self, addr: int, size: int) -> bytes:
        """Memory as the program has it: our own breakpoints do not show."""
        data = self.space.memory.read(addr, size)
        table = self.space.breakpoints
        hide: Callable[[int, bytes], bytes] | None = getattr(table, "hide", None)
        return hide(addr, data) if hide is not None else data

    def forget_regs(self) -> None:
        self._regs = None


def _nothing(*_: object) -> None:
    return None


class Tracer:
    """Follow a process, and `also` others (and, with `follow`, their children). Set the callbacks, then `attach`, `start`, `poll`.

    Callbacks run while their thread is stopped and may read its registers and memory:
    on_syscall(thread, entry, nr, args, ret), on_breakpoint(thread, addr), on_fork(thread, child_pid, kind)
    (kind "fork", "vfork" or "clone"), on_thread(thread, new_thread), on_exec(thread), on_signal(thread, signo),
    on_thread_exit(thread), on_exit(pid, status).
    """

    __slots__ = (
        "_early", "_holding", "_masked", "_spaces", "_started", "breakpoints", "follow", "on_breakpoint", "on_exec", "on_exit",
        "on_fork", "on_signal", "on_syscall", "on_thread", "on_thread_exit", "outlived", "process", "processes", "syscalls", "threads",
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
        self.breakpoints: BreakpointLayer | None = None
        self.outlived = False
        self._spaces: set[Space] = set()
        self._early: dict[int, int] = {}
        self._holding = False
        self._started = False
        self._masked: set[signal.Signals] | None = None

    # ---- taking and letting go

    def attach(self) -> None:
        """Take every thread, stopped. A launched process is already held."""
        self._masked = {s for s in signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD}) if isinstance(s, signal.Signals)}
        self._holding = self._started = True
        try:
            for process in self.processes:
                self._take(process)
            self._settle()
            for process in self.processes:
                if not any(thread.pid == process.pid for thread in self.threads.values()):
                    raise TargetError(f"process {process.pid} exited while it was being grabbed")
        except TargetError:
            self._give_up()
            raise

    def _give_up(self) -> None:
        """Not all could be taken: a command that nobody traces must not run."""
        for process in self.processes:
            if process.own:
                process.kill()
        try:
            self.detach()
        except TargetError:
            pass  # the next detach will say so

    def _take(self, process: Process) -> None:
        pid = process.pid
        space = self._new_space(pid)
        if process.traced:
            options = _OPTIONS | (ptrace.O_EXITKILL if process.own else 0)
            try:
                ptrace.setoptions(pid, options)
            except ProcessLookupError:
                raise TargetError(f"process {pid} is gone") from None
            thread = self.threads[pid] = Thread(pid, pid, space, options)
            thread.stopped = True
            thread.mid_call = process.mid_call
            thread.signo = process.pending_signal
            process.pending_signal = 0
        else:
            self._seize_all(pid, space)
            process.traced = True

    def _seize_all(self, pid: int, space: Space) -> None:
        # New threads may appear while we go: look again until a pass finds nothing new. Threads made by seized ones
        # come to us by themselves, with EVENT_CLONE.
        while True:
            try:
                found = [int(name) for name in os.listdir(f"/proc/{pid}/task")]
            except OSError:
                found = []
            new = [tid for tid in found if tid not in self.threads]
            if not new:
                break
            for tid in new:
                try:
                    ptrace.seize(tid, _OPTIONS)
                except ProcessLookupError:
                    continue
                except PermissionError as error:
                    if self._tracer_of(tid) == os.getpid():
                        continue  # cloned by a seized thread: its parent's event will bring it
                    other = self._tracer_of(tid)
                    why = f"already traced by process {other}" if other else f"{error.strerror}"
                    raise TargetError(f"failed to grab pid {pid}: {why}") from None
                self.threads[tid] = Thread(tid, pid, space, _OPTIONS)
                _quietly(ptrace.interrupt, tid)
            if all(self._tracer_of(tid) == os.getpid() for tid in new if tid not in self.threads):
                break

    @staticmethod
    def _tracer_of(tid: int) -> int:
        return _status_field(tid, b"TracerPid:")

    def start(self) -> None:
        """Let everything run."""
        self.resume_all()

    def stop_all(self) -> None:
        """Stop every thread and return when all are stopped. Events on the way are reported as usual."""
        if self._holding:
            return
        for _ in range(20):
            # A parent in vfork stops only when its child has gone on, which a stopped child never does.
            end = time.monotonic() + 2
            while self._vforking() and time.monotonic() < end:
                self._one(0.05)
            self._holding = True
            for thread in list(self.threads.values()):
                if not thread.stopped:
                    _quietly(ptrace.interrupt, thread.tid)
            try:
                self._settle()
            except TargetError:
                self._holding = False
                raise
            if not self._vforking() or time.monotonic() >= end:
                return
            self.resume_all()

    def _vforking(self) -> bool:
        return any(thread.in_vfork and not thread.stopped for thread in self.threads.values())

    def _settle(self) -> None:
        """Wait until no thread runs, and until no trap of ours is still queued.

        A thread that was interrupted just as it hit a breakpoint reports the interrupt first and keeps the SIGTRAP
        pending; letting it go without us would kill it. Such a trap is dequeued before the thread runs any code.
        """
        self._all_stopped()
        if self.breakpoints is not None:
            while queued := [t for t in self.threads.values() if not t.signo and not t.listening and _trap_pending(t.tid)]:
                for thread in queued:
                    thread.stopped = False
                    thread.forget_regs()
                    _quietly(ptrace.cont, thread.tid)
                self._all_stopped()

    def _all_stopped(self) -> None:
        deadline = time.monotonic() + 10
        while any(not thread.stopped and not thread.in_vfork for thread in self.threads.values()):
            if not self._one(0.2):
                for thread in list(self.threads.values()):
                    # A leader that exited before its threads is a zombie that nobody can stop.
                    if not thread.stopped and _state(thread.tid) in "ZX":
                        thread.stopped = True
                if time.monotonic() > deadline:
                    pid = next(t.pid for t in self.threads.values() if not t.stopped and not t.in_vfork)
                    raise TargetError(f"process {pid} does not stop (a thread is in an uninterruptible wait)")

    def resume_all(self) -> None:
        self._holding = False
        for thread in list(self.threads.values()):
            if thread.stopped:
                self._go(thread)

    def detach(self) -> None:
        """Restore every byte and let the target run without us. Safe at any moment, also after its exit.

        A thread that cannot be stopped cannot be let go either: then every byte is restored all the same (one byte may be written while
        others run), whoever can be is let go, and a TargetError says so; detach may be called again.
        """
        if not self._started:
            return
        failure: TargetError | None = None
        try:
            self.stop_all()
        except TargetError as error:
            failure = error
        for space in list(self._spaces):
            if self.breakpoints is not None and self._alive(space):
                try:
                    self.breakpoints.remove_space(space)
                except TargetError as error:  # its memory cannot be opened: it is going, or has become another user's
                    failure = failure or error
        if failure is not None and self.breakpoints is not None and self.breakpoints.armed():
            raise failure
        left = []
        for thread in list(self.threads.values()):
            try:
                ptrace.detach(thread.tid, thread.signo)
            except ProcessLookupError:
                left.append(thread)
        self.threads = {thread.tid: thread for thread in self._part(left)}
        if self.threads:
            pid = next(iter(self.threads.values())).pid
            raise failure or TargetError(f"process {pid} cannot be let go yet: a thread does not stop")
        for space in self._spaces:
            space.close()
        self._spaces.clear()
        for process in self.processes:
            process.traced = False
        self._started = False
        self._unmask()

    def _part(self, left: list[Thread]) -> list[Thread]:
        """Threads that could not be let go: they were killed while stopped, and their process cannot end until their tracer has waited
        for them; or they are about to stop. Returns those that do neither in a second.

        The leader comes last; it may also be one that left long before its threads, and then has nothing to report.
        """
        stuck = []
        self._holding = True
        for thread in sorted(left, key=lambda one: one.tid == one.pid):
            end = time.monotonic() + 1
            tid = 0
            try:
                while not tid and time.monotonic() < end:
                    tid, status = ptrace.wait(thread.tid, block=False)
                    if not tid:
                        time.sleep(0.002)
                        continue
                    self._report(tid, status)
                    if os.WIFSTOPPED(status):
                        _quietly(ptrace.detach, tid, thread.signo)
            except ChildProcessError:
                continue
            if not tid and _state(thread.tid) not in "ZX":
                stuck.append(thread)
        self._holding = False
        return stuck

    def _alive(self, space: Space) -> bool:
        return any(thread.space is space for thread in self.threads.values())

    def _unmask(self) -> None:
        if self._masked is not None and signal.SIGCHLD not in self._masked:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        self._masked = None

    @property
    def spaces(self) -> set[Space]:
        """The address spaces that its threads live in."""
        return self._spaces

    @property
    def holding(self) -> bool:
        """Is everything stopped, and to stay so?"""
        return self._holding

    # ---- the loop

    def poll(self, timeout: float | None = None) -> bool:
        """Handle events for at most timeout seconds (None: until the target is gone). False when nothing is left.

        A signal handler of Python's must not raise out of here: a stop that was collected and not handled is lost.
        Returns at the timeout, or earlier once it has worked off what was pending after a sleep.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while self.threads:
            rest = None if end is None else end - time.monotonic()
            if not self._one(max(rest, 0) if rest is not None else 1.0) and rest is not None:
                break
            if rest is not None and rest <= 0:
                break
        return bool(self.threads)

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
            self._report(tid, status)
        return tid != 0

    def _peek(self) -> bool:
        """As `_wait`, but a signal is left with its thread until the thread goes on or has been moved to where the signal is not needed."""
        found = os.waitid(os.P_ALL, 0, _PEEK)
        if found is None:
            return False
        tid, code = found.si_pid, found.si_status
        thread = self.threads.get(tid)
        if thread is None or found.si_code != _CLD_TRAPPED or code >> 8 or code == _SYSCALL_STOP:
            return self._wait(tid)
        self._report(tid, code << 8 | 0x7F)
        if thread.stopped and self.threads.get(tid) is thread:
            self._collect(tid)
        return True

    def _collect(self, tid: int) -> None:
        """The report of a thread that stays stopped: not to be seen again."""
        tid, status = os.waitpid(tid, 0x40000001)
        if tid and not os.WIFSTOPPED(status):
            self._report(tid, status)  # it has been killed meanwhile

    def _lost_all(self) -> None:
        """No children at all: whatever we still list is gone (somebody else reaped it)."""
        for thread in list(self.threads.values()):
            self._drop(thread, None)

    def _report(self, tid: int, status: int) -> None:
        thread = self.threads.get(tid)
        if thread is None:
            # A child whose parent has not reported yet; or a stranger, such as a command of system().
            if os.WIFSTOPPED(status):
                self._early[tid] = status
            else:
                self._early.pop(tid, None)
            return
        if not os.WIFSTOPPED(status):
            self._drop(thread, status)
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
            if event == 0:
                if signo == _SYSCALL_STOP:
                    self._syscall_stop(thread)
                elif signo != _SIGTRAP or not self._trap(thread):
                    self._signal_stop(thread, signo)
            elif event == _EVENT_STOP:
                if signo != _SIGTRAP:
                    self._job_stop(thread)
                    return
            elif event in _NEW_CHILD:
                self._born(thread, event)
                thread.in_vfork = event == ptrace.EVENT_VFORK
            elif event == ptrace.EVENT_EXEC:
                thread = self._exec(thread)
        except ProcessLookupError:
            return  # killed while stopped: the exit report follows
        self._leave(thread)

    def _leave(self, thread: Thread) -> None:
        if not self._holding:
            self._go(thread)

    def _go(self, thread: Thread) -> None:
        signo, thread.signo = thread.signo, 0
        thread.stopped = thread.at_entry = False
        thread.forget_regs()
        try:
            if thread.listening:
                ptrace.listen(thread.tid)
            elif self.syscalls and not thread.silent or thread.watched:
                ptrace.syscall(thread.tid, signo)
            else:
                ptrace.cont(thread.tid, signo)
        except ProcessLookupError:
            pass

    def _job_stop(self, thread: Thread) -> None:
        thread.listening = True
        self._leave(thread)

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
        self._drop(thread, status)

    # ---- births, execs, deaths

    def _new_space(self, pid: int) -> Space:
        space = Space(pid)
        self._spaces.add(space)
        return space

    def _born(self, parent: Thread, event: int) -> None:
        tid = ptrace.geteventmsg(parent.tid)
        pid = _status_field(tid, b"Tgid:") or tid
        same_process = pid == parent.pid
        shares = same_process or event == ptrace.EVENT_VFORK or (event == ptrace.EVENT_CLONE and _shares_memory(parent))
        if shares:
            space = parent.space
        else:
            space = self._new_space(pid)
        child = self.threads[tid] = Thread(tid, pid, space, parent.options)
        child.silent = parent.silent if same_process else parent.silent or not self.follow
        if not shares and self.breakpoints is not None:
            self.breakpoints.forked(parent.space, space)
        if not parent.silent:
            if same_process:
                self.on_thread(parent, child)
            else:
                self.on_fork(parent, pid, {1: "fork", 2: "vfork"}.get(event, "clone"))
        early = self._early.pop(tid, None)
        if early is None:
            early = self._await_birth(tid)
        if early is None:
            del self.threads[tid]
            return
        if not os.WIFSTOPPED(early):
            self._drop(child, early)
            return
        child.stopped = True
        if child.silent and not same_process and not shares:
            self._let_go(child)
            return
        self._leave(child)

    def _await_birth(self, tid: int) -> int | None:
        """A new child stops before its first instruction: this wait is short."""
        try:
            return ptrace.wait(tid)[1]
        except ChildProcessError:
            return None

    def _let_go(self, child: Thread) -> None:
        """A process we do not follow: clean its memory and detach."""
        try:
            if self.breakpoints is not None:
                self.breakpoints.remove_space(child.space)
        finally:
            _quietly(ptrace.detach, child.tid, child.signo)
            self.threads.pop(child.tid, None)
            self._close_space(child.space)

    def _exec(self, thread: Thread) -> Thread:
        former = ptrace.geteventmsg(thread.tid)
        if former != thread.tid and former in self.threads:
            state = self.threads[former]
            thread.in_syscall, thread.nr, thread.sysargs = state.in_syscall, state.nr, state.sysargs
        for other in [t for t in self.threads.values() if t.pid == thread.pid and t is not thread]:
            self.threads.pop(other.tid, None)
        old = thread.space
        thread.space = self._new_space(thread.pid)
        thread.resume_at = None
        if self.breakpoints is not None:
            self.breakpoints.execed(thread, old)
            if not self._alive(old):
                self.breakpoints.forget_space(old)
        self._close_space(old)
        if thread.silent:
            _quietly(ptrace.detach, thread.tid, 0)
            self.threads.pop(thread.tid, None)
            self._close_space(thread.space)
        else:
            self.on_exec(thread)
        return thread

    def _drop(self, thread: Thread, status: int | None) -> None:
        self.threads.pop(thread.tid, None)
        if not thread.silent:
            self.on_thread_exit(thread)
        if not self._alive(thread.space) and self.breakpoints is not None:
            self.breakpoints.forget_space(thread.space)
        self._close_space(thread.space)
        if thread.tid == thread.pid:
            for process in self.processes:
                if process.pid == thread.pid:
                    process.note_exit(status)
            if not thread.silent:
                self.on_exit(thread.pid, status or 0)
        if not self.threads:
            self._unmask()

    def _close_space(self, space: Space) -> None:
        if not self._alive(space):
            self._spaces.discard(space)
            space.close()


class BreakpointLayer:
    """What the tracer asks of the layer above it. That layer derives from this."""

    __slots__ = ()

    def hit(self, thread: Thread) -> tuple[int, ...] | None:
        """The probe addresses the thread has hit; none to go on silently; None if the trap is not ours."""
        raise NotImplementedError

    def finish(self, thread: Thread) -> None:
        """Make the thread execute the probed instruction."""
        raise NotImplementedError

    def before_signal(self, thread: Thread, signo: int) -> None:
        """A signal is about to be delivered: no address of ours may be seen by its handler."""
        raise NotImplementedError

    def forked(self, parent: Space, child: Space) -> None:
        """The child's memory is a copy of the parent's."""
        raise NotImplementedError

    def remove_space(self, space: Space) -> None:
        """Restore every byte of it; its threads are stopped."""
        raise NotImplementedError

    def forget_space(self, space: Space) -> None:
        """Its memory is gone."""
        raise NotImplementedError

    def after_hit(self, thread: Thread) -> None:
        """The thread has been sent on from a breakpoint, and is still stopped."""
        raise NotImplementedError

    def sigaction(self, thread: Thread, entry: bool, args: tuple[int, ...], ret: int) -> None:
        """rt_sigaction, which may be about SIGTRAP: seen if system calls are traced, or for a `watched` thread."""
        raise NotImplementedError

    def execed(self, thread: Thread, old: Space) -> None:
        """The thread, which lived in the old space, has begun a new program."""
        raise NotImplementedError

    def armed(self) -> bool:
        """Is there a byte that is not restored yet?"""
        raise NotImplementedError


def _quietly(request: Callable[..., object], *args: int) -> None:
    try:
        request(*args)
    except ProcessLookupError:
        pass


def _status_field(tid: int, field: bytes) -> int:
    try:
        with open(f"/proc/{tid}/status", "rb") as file:
            text = file.read()
    except OSError:
        return 0
    at = text.find(b"\n" + field)
    return int(text[at + 1 + len(field) :].split(None, 1)[0]) if at >= 0 else 0


def _trap_pending(tid: int) -> bool:
    try:
        with open(f"/proc/{tid}/status", "rb") as file:
            text = file.read()
    except OSError:
        return False
    at = text.find(b"\nSigPnd:")
    return at >= 0 and bool(int(text[at + 8 :].split(None, 1)[0], 16) >> _SIGTRAP - 1 & 1)


def _state(tid: int) -> str:
    try:
        with open(f"/proc/{tid}/stat", "rb") as file:
            text = file.read()
    except OSError:
        return "X"
    return text[text.rfind(b")") + 2 :][:1].decode() or "X"


def _shares_memory(parent: Thread) -> bool:
    """Did the clone that made a new process keep CLONE_VM? The flags are in the first argument of clone(2)."""
    regs = parent.regs
    if regs.orig_rax == 56:
        return bool(regs.rdi & 0x100)
    if regs.orig_rax == 435:  # clone3: struct clone_args begins with the flags
        raw = parent.space.memory.read(regs.rdi, 8)
        return bool(int.from_bytes(raw, "little") & 0x100)
    return False
