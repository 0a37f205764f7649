"""The process engine: DTrace for a few processes and their children, with no privilege at all.

A Tracer (target/tracer.py) stops the threads of the targets at system calls and at breakpoints; at each stop the clauses of the probe,
compiled to Python functions, run here, in the tracer, on a Machine that reads the stopped thread. Nothing is in flight: a record is in
our list when the thread goes on, so nothing is ever dropped, and order is the order of the stops.

BEGIN, END, ERROR and tick probes fire in the tracer itself: their pid is the tracer's. profile-N stops the target's threads that are
on a CPU and fires in each. Timers are served between events; one that was missed
because the target kept us busy is left out, not made up for.

Everything that ptrace touches must be called from the one thread that made or grabbed the process.
"""

from __future__ import annotations

import os
import time
from struct import Struct

from ..backend.python.compile import Compiled, compile_clause
from ..backend.python.machine import Fault, Machine
from ..dif.attach import Function, GuestFunction, Own, SystemCall, Timer, UserFunction, never
from ..elf.unwind import PT_REGS_ORDER, Stack
from ..elf.unwind import frames as unwind
from ..errors import TargetError, UserError
from .base import wanted_cpu
from .merge import named
from .permits import permit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..breakpoint.engine import Breakpoints
    from ..dif.program import Aggregation, Program
    from ..elf.symbols import Symbolizer
    from ..options import Options
    from ..providers.base import Probe, Provider
    from ..providers.pid import PidProvider
    from ..target.process import Process
    from ..target.tracer import Thread, Tracer
    from .base import Record

    Firing = tuple[Probe, list[Compiled]]

_M = (1 << 64) - 1
_BADADDR, _ILLOP, _UPRIV = 1, 3, 7
_TASK = 0xFFFF_FFFE_0000_0000  # an address of the kernel's half: to read there is invalid kernel access
_ZERO4 = (0,) * 4
_PTRACE_REGS = 27
_IN_REGISTERS = ("rdi", "rsi", "rdx", "rcx", "r8", "r9")
_STACK_ARGS = Struct("4Q").unpack
_REGS = Struct("27Q").unpack_from  # ptrace.Regs, in the order of uregs[]
_WINDOW = 2048  # bytes of the stack that are read at once


class ProcessMachine(Machine):
    """A Machine over the stopped thread `current` (None: the tracer itself is what fires)."""

    __slots__ = ("at_entry", "current", "facts", "symbols")

    def __init__(self, strsize: int) -> None:
        super().__init__(strsize)
        self.current: Thread | None = None
        self.at_entry = False
        self.facts: dict[int, tuple[int, int, int]] = {}  # pid -> ppid, uid, gid
        self.symbols: dict[int, Symbolizer] = {}

    def read_user(self, addr: int, size: int) -> bytes:
        if self.current is None:
            raise Fault(_BADADDR, addr)
        data = self.current.read(addr, size)
        if len(data) != size:
            raise Fault(_BADADDR, addr)
        return data

    def read_user_str(self, addr: int, most: int) -> bytes:
        if self.current is None:
            raise Fault(_BADADDR, addr)
        data = self.current.read(addr, most)
        end = data.find(0)
        if end >= 0:
            return data[:end]
        if len(data) < most:
            raise Fault(_BADADDR, addr)  # the string runs into memory that is not there
        return data

    def write_user(self, addr: int, data: bytes) -> None:
        if self.current is None:
            raise Fault(_UPRIV, addr)
        try:
            self.current.space.memory.write(addr, data)
        except (OSError, OverflowError):
            raise Fault(_BADADDR, addr) from None

    def send_signal(self, signo: int) -> None:
        """BEGIN and its like fire in this process, which is then the one that gets the signal."""
        if signo > 64:
            raise Fault(_ILLOP, 0)
        try:
            os.kill(self.pid, signo)
        except OSError:
            pass  # it is gone, or may not be signalled

    # ---- who it is: read when asked for, uid and parent once per process

    def get_execname(self) -> bytes:
        if self.current is None:
            return b"dtrace"
        try:
            with open(f"/proc/{self.pid}/task/{self.tid}/comm", "rb") as file:
                return file.read().rstrip(b"\n")
        except OSError:
            return b""

    def get_vtimestamp(self) -> int:
        """The thread's time on a CPU. It is stopped while we work, so our own time is not in it."""
        if self.current is None:
            return time.thread_time_ns()
        try:
            with open(f"/proc/{self.pid}/task/{self.tid}/schedstat", "rb") as file:
                return int(file.read().split(None, 1)[0])
        except (OSError, ValueError, IndexError):
            raise Fault(_ILLOP, 0) from None

    def _facts(self) -> tuple[int, int, int]:
        if self.current is None:
            return os.getppid(), os.getuid(), os.getgid()
        known = self.facts.get(self.pid)
        if known is None:
            fields = {b"PPid": 0, b"Uid": 0, b"Gid": 0}
            try:
                with open(f"/proc/{self.pid}/status", "rb") as file:
                    for line in file:
                        name, _, rest = line.partition(b":")
                        if name in fields:
                            fields[name] = int(rest.split(None, 1)[0])
            except OSError:
                pass
            known = self.facts[self.pid] = (fields[b"PPid"], fields[b"Uid"], fields[b"Gid"])
        return known

    def get_ppid(self) -> int:
        return self._facts()[0]

    def get_uid(self) -> int:
        return self._facts()[1]

    def get_gid(self) -> int:
        return self._facts()[2]

    # ---- what the libraries ask: there is no task_struct here, but a number that stands for the current one, as `curthread` gives it

    def get_curthread(self) -> int:
        return _TASK | self.tid

    def fact(self, task: int, name: str) -> int:
        from .facts import number

        return number(self.pid, self.tid, name)

    def fact_text(self, task: int, name: str) -> bytes:
        from .facts import text

        return text(self.pid, self.tid, name)

    def fd_fact(self, fd: int, name: str) -> int:
        from .facts import fd_number

        return fd_number(self.pid, self.tid, _signed(fd), name)

    def fd_text(self, fd: int, name: str) -> bytes:
        from .facts import fd_text

        return fd_text(self.pid, self.tid, _signed(fd), name)

    def descends(self, pid: int) -> bool:
        one, seen = self.pid, 0
        while seen < 64:
            if one == pid:
                return True
            if not one:
                break
            try:
                with open(f"/proc/{one}/stat", "rb") as file:
                    text = file.read()
            except OSError:
                return False
            one, seen = int(text[text.rfind(b")") + 2 :].split()[1]), seen + 1
        return False

    # ---- stacks

    def symbolizer(self, pid: int) -> Symbolizer:
        found = self.symbols.get(pid)
        if found is None:
            from ..elf.symbols import Symbolizer

            found = self.symbols[pid] = Symbolizer(pid)
        return found

    def ustack(self, frames: int) -> tuple[int, ...]:
        """(pid, addresses…) of the stopped thread, by its code's call frame information (elf/unwind.py)."""
        thread = self.current
        if thread is None:
            return (self.pid,)
        symbols = self.symbolizer(self.pid)
        memory = thread.space.memory.read
        symbols.reader = memory
        words = _REGS(bytes(thread.regs))
        regs = [words[i] for i in PT_REGS_ORDER]
        return (self.pid, *unwind(symbols, regs, Stack(regs[7], memory(regs[7], _WINDOW), memory), frames))

    def ureg(self, n: int) -> int:
        """The tracer's view of the registers ends before the trap number and the error code, and it cannot stop itself to see its own."""
        if self.current is None or n >= _PTRACE_REGS:
            raise Fault(_ILLOP, n)
        return int(_REGS(bytes(self.current.regs))[n])


def _signed(fd: int) -> int:
    return fd - (1 << 64) if fd >> 63 else fd


class _Args:
    """arg0 to arg9 of the current thread at the entry of a function, read when a clause asks."""

    __slots__ = ("_machine",)

    def __init__(self, machine: ProcessMachine) -> None:
        self._machine = machine

    def __getitem__(self, n: int) -> int:
        thread = self._machine.current
        if thread is None:
            return 0
        regs = thread.regs
        if n < 6:
            return int(getattr(regs, _IN_REGISTERS[n]))
        raw = thread.read(int(regs.rsp) + 8, 32)
        return int(_STACK_ARGS(raw)[n - 6]) if len(raw) == 32 else 0


class _Timer:
    __slots__ = ("clauses", "due", "period", "probe", "sample")

    def __init__(self, on: Timer, probe: Probe, clauses: list[Compiled]) -> None:
        self.period = on.period
        self.probe = probe
        self.clauses = clauses
        self.sample = on.everywhere
        self.due = 0


class ProcessEngine:
    """See engine/base.py. Without `processes` only dtrace and profile probes can fire."""

    name = "process"

    __slots__ = (
        "_breakpoints", "_cpu",
        "_alive", "_enter", "_hits", "_leave", "_machine", "_options", "_own", "_pid_providers", "_processes", "_providers",
        "_returns", "_running", "_stopped", "_timers", "_tracer", "lowered", "notes",
    )  # fmt: skip

    def __init__(self, options: Options, processes: Sequence[Process] = ()) -> None:
        self._options = options
        self._processes = tuple(processes)
        self._alive = {process.pid for process in processes}
        self._machine = ProcessMachine(options.integer("strsize"))
        self._providers: list[Provider] | None = None
        self._pid_providers: dict[int, PidProvider] = {}
        self._tracer: Tracer | None = None
        self._breakpoints: Breakpoints | None = None
        self._own: dict[str, Firing] = {}  # begin, end, error
        self._enter: dict[int, list[Firing]] = {}
        self._leave: dict[int, list[Firing]] = {}
        self._hits: dict[tuple[int, int], list[Firing]] = {}  # by process and address
        self._returns: dict[tuple[int, int], tuple[int, list[Firing]]] = {}  # the same, of the ret: offset in its function
        self._timers: list[_Timer] = []
        self._cpu = options.integer("cpu")
        self._running = False
        self._stopped = False
        self.lowered: dict[str, int] = {}
        self.notes: list[str] = []

    # ---- probes

    def providers(self) -> list[Provider]:
        if self._providers is None:
            from ..providers.all import process_providers

            self._providers = process_providers(self._options)
            for process in self._processes:
                from ..providers.pid import PidProvider

                pid = process.pid
                self._pid_providers[pid] = PidProvider(pid, self._machine.symbolizer(pid), first=len(self._pid_providers))
            self._providers += self._pid_providers.values()
        return self._providers

    def code(self, program: Program) -> str:
        """Clauses run as Python here; their DIF says it all."""
        return ""

    def enable(self, program: Program) -> None:
        permit(program, False)
        machine = self._machine
        self._cpu = self._options.integer("cpu")
        if self._cpu >= 0:
            wanted_cpu(self._cpu)
            machine.cpu = self._cpu
        machine.strsize = program.strsize
        machine.scratchsize = program.scratchsize
        machine.nspec, machine.specsize = self._options.integer("nspec"), self._options.integer("specsize")
        machine.aggsize = self._options.integer("aggsize")
        machine.maxdyn = max(self._options.integer("dynvarsize") // 64, 1)
        for agg in program.aggregations:
            machine.aggregations.setdefault(agg.index, {})
        firings: dict[int, Firing] = {}
        for clause in program.clauses:
            compiled = compile_clause(clause, machine)
            for probe in clause.probes:
                firing = firings.get(probe.id)
                if firing is None:
                    probe.index = len(firings)
                    firing = firings[probe.id] = (probe, [])
                firing[1].append(compiled)
        addresses: dict[int, list[int]] = {}  # by process
        returns: list[tuple[UserFunction, Firing]] = []
        for firing in firings.values():
            probe = firing[0]
            on = probe.attach
            if isinstance(on, Own):
                self._own[on.name] = firing
            elif isinstance(on, SystemCall):
                (self._leave if on.leaving else self._enter).setdefault(on.number, []).append(firing)
            elif isinstance(on, Timer):
                self._timers.append(_Timer(on, probe, firing[1]))
            elif isinstance(on, UserFunction):
                if on.leaving:
                    returns.append((on, firing))
                else:
                    self._hits.setdefault((on.pid, on.address), []).append(firing)
                    addresses.setdefault(on.pid, []).append(on.address)
            elif isinstance(on, (Function, GuestFunction)):
                raise UserError(f"probe {probe} cannot fire in the process engine")
            else:
                never(on)
        error = self._own.get("error")
        if error is not None:
            machine.error_probe, machine.error_clauses = error
        if self._processes:
            self._attach(addresses, returns)

    def _attach(self, addresses: dict[int, list[int]], returns: list[tuple[UserFunction, Firing]]) -> None:
        from ..target.tracer import Tracer

        first, *others = self._processes
        tracer = self._tracer = Tracer(first, syscalls=bool(self._enter or self._leave), follow=True, also=others)
        tracer.on_syscall = self._on_syscall
        tracer.on_exec = self._on_exec
        tracer.on_thread_exit = self._on_thread_exit
        tracer.on_exit = self._on_exit
        if addresses or returns:
            from ..breakpoint.engine import Breakpoints

            self._breakpoints = Breakpoints(tracer, symbolizer=self._machine.symbolizer)
            tracer.on_breakpoint = self._on_breakpoint
            tracer.on_hits = self._on_hits
        tracer.attach()
        if self._breakpoints is not None:
            found: set[int] = set()
            for on, firing in returns:
                rets = self._rets(on, firing)
                found.update(rets)
                addresses.setdefault(on.pid, []).extend(rets)
            for pid, wanted in addresses.items():
                armed, refused = self._breakpoints.arm(wanted, self._thread_of(pid).space, begins=found)
                self._refused(pid, refused)
                if not armed:
                    reason = refused[0][1] if refused else "nothing there to probe"
                    raise UserError(f"failed to create probes in process {pid}: {reason}")

    def _refused(self, pid: int, refused: list[tuple[int, str]]) -> None:
        """Probes that will not fire are not passed over in silence."""
        shown: dict[str, list[int]] = {}
        for address, reason in refused:
            shown.setdefault(reason, []).append(address)
        for reason, places in shown.items():
            more = f" and {len(places) - 1} more" if len(places) > 1 else ""
            self.notes.append(f"failed to create probe at {self.usym(pid, places[0])}{more} in process {pid}: {reason}")

    def _thread_of(self, pid: int) -> Thread:
        assert self._tracer is not None
        thread = next((thread for thread in self._tracer.threads.values() if thread.pid == pid), None)
        if thread is None:
            raise TargetError(f"process {pid} is gone")
        return thread

    def _rets(self, on: UserFunction, firing: Firing) -> list[int]:
        """Addresses of the ret instructions of a function."""
        from ..x86.decide import rets

        pid, start = on.pid, on.address
        code = self._thread_of(pid).read(start, self._pid_providers[pid].size(start))
        found = rets(code, start)
        for address in found:
            self._returns.setdefault((pid, address), (address - start, []))[1].append(firing)
        return found

    # ---- running

    def go(self) -> None:
        import gc

        gc.freeze()  # records come in numbers: collections must not walk the compiler's objects each time
        self._running = True
        self._fire_own("begin")
        now = time.monotonic_ns()
        for timer in self._timers:
            timer.due = now + timer.period
        if self._tracer is not None:
            self._tracer.start()

    def drain(self, timeout: float) -> list[Record]:
        machine = self._machine
        end = time.monotonic() + timeout
        while self._running and not machine.exiting and not machine.records:
            wait = end - time.monotonic()
            if self._timers:
                wait = min(wait, self._tick() / 1e9)
                if machine.exiting or machine.records:
                    break
            if self._tracer is not None and self._alive:
                if not self._tracer.poll(max(wait, 0)):
                    self._alive.clear()
                    break
            elif wait > 0:
                time.sleep(wait)
            if time.monotonic() >= end:
                break
        return machine.take()

    def _tick(self) -> int:
        """Fire what is due; nanoseconds until the next."""
        now = time.monotonic_ns()
        soonest = 1 << 62
        for timer in self._timers:
            if timer.due <= now and not self._machine.exiting:
                if timer.sample and self._tracer is not None:
                    self._sample(self._tracer, timer)
                else:
                    self._as_tracer()
                    self._machine.fire(timer.probe, timer.clauses)
                timer.due += timer.period
                if timer.due <= now:
                    timer.due = now + timer.period
            soonest = min(soonest, timer.due - now)
        return max(soonest, 0)

    def _sample(self, tracer: Tracer, timer: _Timer) -> None:
        """profile-N: fire for every thread that is on a CPU. When none is, nobody is disturbed."""
        machine = self._machine
        busy = [t for t in tracer.threads.values() if not t.stopped and not t.silent and _on_cpu(t.tid)]
        if not busy:
            return
        tracer.stop_all()
        try:
            for thread in busy:
                if thread.stopped and tracer.threads.get(thread.tid) is thread and not machine.exiting and not self._elsewhere(thread.tid):
                    try:
                        rip = int(thread.regs.rip)
                    except ProcessLookupError:
                        continue  # killed while stopped
                    machine.become(thread.pid, thread.tid)
                    machine.current = thread
                    machine.at_entry = False
                    machine.errno = 0
                    machine.fire(timer.probe, timer.clauses, (0, rip, 0, 0, 0, 0, 0, 0, 0, 0))
        finally:
            tracer.resume_all()

    def _elsewhere(self, tid: int) -> bool:
        """Whether the stopped thread was on another CPU than the one that option `cpu` wants."""
        if self._cpu < 0:
            return False
        try:
            with open(f"/proc/{tid}/stat", "rb") as file:
                text = file.read()
        except OSError:
            return True
        return int(text[text.rfind(b")") + 2 :].split()[36]) != self._cpu

    def _as_tracer(self) -> None:
        pid = os.getpid()
        self._machine.become(pid, pid)
        self._machine.current = None
        self._machine.errno = 0

    def _fire_own(self, kind: str) -> None:
        firing = self._own.get(kind)
        if firing is not None:
            self._as_tracer()
            self._machine.fire(*firing)

    def _on_syscall(self, thread: Thread, entry: bool, nr: int, args: tuple[int, ...], ret: int) -> None:
        machine = self._machine
        firings = (self._enter if entry else self._leave).get(nr)
        if firings is None or machine.exiting or self._elsewhere(thread.tid):
            return
        machine.become(thread.pid, thread.tid)
        machine.current = thread
        machine.at_entry = False
        if entry:
            machine.errno = 0
            values = args + _ZERO4
        else:
            machine.errno = -ret if -4096 < ret < 0 else 0
            ret &= _M
            values = (ret, ret, 0, 0, 0, 0, 0, 0, 0, 0)
        for probe, clauses in firings:
            machine.fire(probe, clauses, values)

    def _on_breakpoint(self, thread: Thread, addr: int) -> None:
        self._on_hits(thread, (addr,))(thread)

    def _on_hits(self, thread: Thread, addrs: tuple[int, ...]) -> Callable[[Thread], bool]:
        """What a hit of these addresses does in the thread's process; true once the program has asked for the end.

        A child inherits the bytes, but is not the process that was named: there nothing is done."""
        machine, elsewhere = self._machine, self._elsewhere
        args = _Args(machine)
        become, fire = machine.become, machine.fire
        everywhere = self._cpu < 0
        entries: list[Firing] = []
        leaving: list[tuple[int, list[Firing]]] = []
        for addr in addrs:
            key = (thread.pid, addr)
            entries += self._hits.get(key, ())
            if key in self._returns:
                leaving.append(self._returns[key])

        def hit(thread: Thread) -> bool:
            if machine.exiting or not (everywhere or not elsewhere(thread.tid)):
                return machine.exiting
            if machine.current is not thread:
                become(thread.pid, thread.tid)
                machine.current = thread
            machine.errno = 0
            machine.at_entry = True  # at a ret too: the return address is at the top of the stack again
            for probe, clauses in entries:
                fire(probe, clauses, args)
            for offset, firings in leaving:
                values = (offset, thread.regs.rax, 0, 0, 0, 0, 0, 0, 0, 0)
                for probe, clauses in firings:
                    fire(probe, clauses, values)
            return machine.exiting

        return hit

    def _on_exec(self, thread: Thread) -> None:
        self._machine.facts.pop(thread.pid, None)
        if thread.pid not in self._pid_providers:
            self._machine.symbols.pop(thread.pid, None)
        else:
            self._machine.symbolizer(thread.pid).refresh()

    def _on_thread_exit(self, thread: Thread) -> None:
        self._machine.forget_thread(thread.tid)
        self._machine.current = None

    def _on_exit(self, pid: int, status: int) -> None:
        self._machine.facts.pop(pid, None)
        self._alive.discard(pid)

    def stopped(self) -> bool:
        return self._machine.exiting or bool(self._processes and not self._alive)

    # ---- results

    def aggregation(self, agg: Aggregation, *, take: bool = False, cpus: bool = False) -> dict[tuple[Any, ...], list[int]]:
        """Clauses run one at a time, in this thread: they are of one CPU, and nothing is added while this reads."""
        store = self._machine.aggregations.get(agg.index, {})
        cpu = self._machine.cpu
        found = {(*key, cpu) if cpus else key: list(words) for key, words in store.items()}
        if take:
            store.clear()
        return named(agg, found, self)

    def cpus(self) -> list[int]:
        return [self._machine.cpu]

    def drops(self) -> dict[str, dict[int, int]]:
        return self._machine.take_drops()

    @property
    def pid(self) -> int:
        """The process that addresses without one are of."""
        return self._processes[0].pid if self._processes else 0

    def ksym(self, address: int) -> str:
        return f"0x{address:x}"

    def usym(self, pid: int, address: int) -> str:
        return self._machine.symbolizer(pid).text(address)

    def kstart(self, address: int, module: bool) -> int:
        return address

    def ustart(self, pid: int, address: int, module: bool) -> int:
        return self._machine.symbolizer(pid).start(address, module)

    def uplace(self, pid: int, address: int) -> str:
        return self._machine.symbolizer(pid).place(address)

    # ---- the end

    def stop(self) -> None:
        if self._stopped:
            return
        self._let_go()
        self._stopped = True
        if self._running:
            self._running = False
            self._fire_own("end")

    def close(self) -> None:
        self._running = False
        self._let_go()
        self._stopped = True

    def _let_go(self) -> None:
        """The tracer is forgotten, and the journal ended, when all is as it was: after a failure this can be done again."""
        if self._tracer is not None:
            self._tracer.detach()
            self._tracer = None
        if self._breakpoints is not None:
            self._breakpoints.close()
            self._breakpoints = None


def _on_cpu(tid: int) -> bool:
    try:
        with open(f"/proc/{tid}/stat", "rb") as file:
            text = file.read()
    except OSError:
        return False
    at = text.rfind(b")")
    return text[at + 2 : at + 3] == b"R"
