"""What the tracer knows of an address space and of a thread in it: the breakpoint engine's view of a target.

The engine (breakpoint/) asks for nothing but the methods of these two, and of the tracer: its threads, stop_all, resume_all, inject.
Another kind of target derives from them; tests/unit/emulated.py is an emulated CPU.
"""

from __future__ import annotations

from ..errors import TargetError
from ..linux import ptrace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .quick import Hot


class Space:
    """One address space: what the threads that share it share. `breakpoints` belongs to the breakpoint layer, and so does
    `hot`: by the address behind the INT3, the breakpoints that target/quick.py answers."""

    __slots__ = ("_memory", "breakpoints", "hot", "pid")

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._memory: ptrace.Memory | None = None
        self.breakpoints: object = None
        self.hot: dict[int, Hot] = {}

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
        "_regs", "at", "at_entry", "frame_of", "held", "in_syscall", "in_vfork", "listening", "mid_call", "nr", "options", "pid",
        "requeued", "resume_at", "rounds", "signo", "silent", "skip_entry", "space", "stepping", "stopped", "sysargs", "tid", "trapped",
        "watched",
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
        self.at = 0  # the breakpoint whose clauses run: it stands in for the instruction pointer
        self.in_syscall = False
        self.in_vfork = False  # suspended until its vfork child execs or exits: cannot run, and cannot be stopped
        self.mid_call = False  # stopped by an event inside a system call, which will still set rax
        self.at_entry = False  # stopped at the entry of a system call that has not run yet
        self.skip_entry = False  # the next entry has been reported already (the call was rewound)
        self.trapped = False  # stopped by a breakpoint: the SIGTRAP is not dealt with before the thread goes on
        self.watched = False  # stopped at system calls for the breakpoint layer
        self.requeued: list[tuple[int, bytes]] = []  # (signal, siginfo) that was sent once more: see inject
        self.frame_of = 0  # a system call that a signal has interrupted: the thread stops when its handler's frame has been made
        self.stepping: Callable[[Thread], None] | None = None  # the thread runs a single instruction: how it goes on
        self.rounds = 0  # stops in which that instruction has not come to its end
        self.held: list[tuple[int, bytes]] = []  # (signal, siginfo) that wait for that end
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
            if self.at:
                self._regs.rip = self.at
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

    # ---- why it has stopped, and how it goes on: the rest of what a breakpoint engine asks of a thread

    def cause(self) -> tuple[int, int, int]:
        """(si_signo, si_code, si_addr) of the signal that it has stopped for."""
        return ptrace.getsiginfo(self.tid)

    def cause_whole(self) -> bytes:
        return ptrace.siginfo(self.tid)

    def set_cause(self, raw: bytes) -> None:
        ptrace.setsiginfo(self.tid, raw)

    def move_cause(self, low: int, high: int, to: int) -> None:
        """If that signal names an address in [low, high), it is to name another one."""
        ptrace.move_siginfo(self.tid, low, high, to)

    def step(self) -> None:
        """Go on for one instruction, without a signal."""
        ptrace.step(self.tid)

    def go(self) -> None:
        """Go on, without a signal."""
        ptrace.cont(self.tid)

    def send(self, signo: int) -> None:
        ptrace.tgkill(self.pid, self.tid, signo)
