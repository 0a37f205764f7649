"""The guest engine: the kernel of a virtual machine, traced from outside through a debug stub.

    dtrace -x engine=guest:127.0.0.1:1234 -n 'fbt::sys_*:entry { @[probefunc] = count(); }'

The stub (QEMU's, Xen's gdbsx, kgdb, gdbserver) keeps the breakpoints; nothing of ours is in the guest. At a hit all its vCPUs stand; the
clauses run here, as Python, on a Machine that reads the guest's memory; then the first instruction is done (guest/sites.py) and the
machine runs on. One exchange brings registers, the bytes at the breakpoint and the current task (which is guessed to be the one seen last
on that vCPU, so that it costs no second exchange), one lets it go: some thousand hits a second. That is for rare events, and it is said:
a probe that leaves the guest no time is disabled.

*Returns.* At the entry the return address is read and gets a breakpoint, for as long as a call is awaited there. It is this call's return
when the stack pointer is again above it and the task is the same: others pass through.

*Ends.* A stub does not notice that its debugger is gone: the machine would stand still at the next hit. So a child process holds the
other end of a pipe, and when that breaks, whatever the reason, it connects, detaches, and the machine runs (guest/guard.py).

`-c` and `-p` have no meaning here. profile-N stops the machine and looks at every vCPU; tick is ours alone.
"""

from __future__ import annotations

import os
import sys
import time

from ..backend.python.compile import Compiled, compile_clause
from ..dif.attach import GuestFunction, Own, Timer
from ..errors import TargetError, UserError
from ..guest.guard import Guard
from ..guest.kernel import Kernel
from ..guest.remote import Remote, Stop, memory
from ..guest.sites import LONGEST, emulate
from .guestmachine import Arguments, GuestMachine
from .merge import named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..btf.reader import Btf
    from ..dif.program import Aggregation, Program
    from ..options import Options
    from ..providers.base import Probe, Provider
    from .base import Record

    Firing = tuple[Probe, list[Compiled]]

_M = (1 << 64) - 1
_CHANGES = {"raise", "stop", "copyout", "copyoutstr", "return"}
_WINDOW = 2.0  # seconds over which it is judged whether the guest still gets on
_LEAST = 0.02  # the part of that time it must have had


class Site:
    """An address with a breakpoint: what fires there, what is awaited there."""

    __slots__ = ("address", "dead", "firings", "hits", "waiting")

    def __init__(self, address: int) -> None:
        self.address = address
        self.firings: list[tuple[Firing, bool, bool]] = []  # with: is it the return's, is it a system call's body
        self.waiting: dict[tuple[int, int], list[Firing]] = {}  # by task and stack pointer: the calls that return here
        self.hits = 0
        self.dead = False  # given up: it left the guest no time


class GuestEngine:
    """See engine/base.py. `where` is HOST:PORT."""

    name = "guest"

    def __init__(self, options: Options, where: str) -> None:
        host, _, port = where.rpartition(":")
        if not port.isdigit() or not 0 < int(port) < 1 << 16:
            raise UserError(f"'{where}' is no place of a stub", hint="-x engine=guest:HOST:PORT")
        self._options = options
        self._address = (host or "127.0.0.1", int(port))
        self._remote: Remote | None = None
        self._kernel: Kernel | None = None
        self._guard: Guard | None = None
        self._machine: GuestMachine | None = None
        self._providers: list[Provider] | None = None
        self._own: dict[str, Firing] = {}
        self._sites: dict[int, Site] = {}
        self._timers: list[tuple[int, Probe, list[Compiled], bool]] = []  # period; whether vCPUs are sampled
        self._due: list[int] = []
        self._gs: dict[str, int] = {}  # per-CPU base by vCPU, as last seen
        self._tasks: dict[str, int] = {}  # current task by vCPU, as last seen
        self._hints: dict[str, int] = {}  # instruction pointer of its last hit
        self._top: dict[str, int] = {}  # stack pointer of its last hit
        self._extra: list[bytes] = []
        self._running = False
        self._stopped = False
        self._window = (0.0, 0.0)  # when it began, how long the guest has run in it
        self._resumed = 0.0
        self._kind = b"Z0"
        self.lowered: dict[str, int] = {}
        self.notes: list[str] = []

    # ---- the guest

    def _open(self) -> Kernel:
        if self._kernel is None:
            self._guard = Guard(*self._address)
            self._remote = Remote(*self._address)
            try:
                self._kernel = Kernel(self._remote, self._tell if sys.stderr.isatty() else None)
            except BaseException:
                self.close()
                raise
            if sys.stderr.isatty():
                self._tell("")
            self._machine = GuestMachine(self._options.integer("strsize"), self._remote, self._kernel)
            self._remote.go()
        return self._kernel

    @staticmethod
    def _tell(text: str) -> None:
        """Progress, on one line that goes away."""
        sys.stderr.write(f"\r\033[K{text}")
        sys.stderr.flush()

    def kernel(self) -> tuple[Any, Any]:
        """What programs mean by the kernel: how to open the types of a module, and the address of a symbol."""
        kernel = self._open()

        def types(module: str | None) -> Btf | None:
            remote = kernel.remote
            held = not remote.running
            if not held:
                remote.interrupt()
            try:
                return kernel.btf(module)
            finally:
                if not held:
                    remote.go()

        return types, lambda module, name: kernel.symbols.address(name, module or None) or 0

    def providers(self) -> list[Provider]:
        if self._providers is None:
            from ..providers.dtrace import Dtrace
            from ..providers.guest import GuestFbt
            from ..providers.profile import Profile

            kernel = self._open()
            self._providers = [Dtrace("guest", self._options), Profile("guest", self._options), GuestFbt(kernel.symbols)]
        return self._providers

    def code(self, program: Program) -> str:
        """Clauses run as Python here; their DIF says it all."""
        return ""

    # ---- enabling

    def enable(self, program: Program) -> None:
        machine, remote, kernel = self._parts()
        machine.strsize = program.strsize
        machine.scratchsize = program.scratchsize
        machine.nspec, machine.specsize = self._options.integer("nspec"), self._options.integer("specsize")
        machine.aggsize = self._options.integer("aggsize")
        machine.maxdyn = max(self._options.integer("dynvarsize") // 64, 1)
        for agg in program.aggregations:
            machine.aggregations.setdefault(agg.index, {})
        firings: dict[int, Firing] = {}
        for clause in program.clauses:
            if any(insn.op == "call" and insn.imm in _CHANGES for block in clause.function.blocks for insn in block):
                raise UserError(
                    "the guest engine only looks: it changes nothing in the guest", hint="no raise(), stop(), copyout(), return()"
                )
            compiled = compile_clause(clause, machine)
            for probe in clause.probes:
                firing = firings.get(probe.id)
                if firing is None:
                    probe.index = len(firings)
                    firing = firings[probe.id] = (probe, [])
                firing[1].append(compiled)
        for firing in firings.values():
            self._place(firing)
        if "error" in self._own:
            machine.error_probe, machine.error_clauses = self._own["error"]
        remote.interrupt()
        try:
            self._know(kernel, machine)
            if self._sites:
                self._kind = self._measured(remote)
                packets = [b"%s,%x,1" % (self._kind, address) for address in self._sites]
                for address, answer in zip(self._sites, remote.exchange(packets), strict=True):
                    if answer != b"OK":
                        raise UserError(
                            f"the stub at {remote.name} refused a breakpoint at {self.ksym(address)}", hint="probe fewer functions"
                        )
        finally:
            remote.go()

    def _place(self, firing: Firing) -> None:
        probe = firing[0]
        match probe.attach:
            case Own() as own:
                self._own[own.name] = firing
            case Timer() as timer:
                self._timers.append((timer.period, probe, firing[1], timer.everywhere))
            case GuestFunction() as function:
                site = self._sites.setdefault(function.address, Site(function.address))
                site.firings.append((firing, function.leaving, function.call))
            case _:
                raise UserError(f"probe {probe} cannot fire in the guest engine")

    def _parts(self) -> tuple[GuestMachine, Remote, Kernel]:
        self._open()
        assert self._machine is not None and self._remote is not None and self._kernel is not None
        return self._machine, self._remote, self._kernel

    @staticmethod
    def _know(kernel: Kernel, machine: GuestMachine) -> None:
        """Where a task keeps what every firing asks for."""
        machine.offsets = kernel.members("task_struct", ("pid", "tgid", "comm", "real_parent", "cred"))
        machine.offsets.update(kernel.members("cred", ("uid", "gid")))

    @staticmethod
    def _measured(remote: Remote) -> bytes:
        """Which kind of breakpoint works, tried where a vCPU stands: it must stop there again at once. Stubs of machines in machines have
        been seen whose software breakpoints do not."""
        for kind in (b"Z0", b"Z1"):
            for thread in remote.threads():
                remote.select(thread)
                rip = remote.values(remote.exchange([b"g"])[0])["rip"]
                if remote.exchange([b"%s,%x,1" % (kind, rip)])[0] != b"OK":
                    break
                remote.go()
                stop = remote.wait(1.0)
                if stop is None:
                    remote.interrupt()
                else:
                    remote.select(stop.thread)
                    there = remote.values(remote.exchange([b"g"])[0])["rip"]
                remote.exchange([b"z%s,%x,1" % (kind[1:], rip)])
                if stop is not None and stop.signal == 5 and there == rip:
                    return kind
        raise TargetError(f"breakpoints of the stub at {remote.name} do not work")

    # ---- running

    def go(self) -> None:
        self._running = True
        self._fire_own("begin")
        now = time.monotonic_ns()
        self._due = [now + timer[0] for timer in self._timers]
        self._resumed = time.monotonic()
        self._window = (self._resumed, 0.0)

    def drain(self, timeout: float) -> list[Record]:
        machine, remote = self._machine, self._remote
        if machine is None:
            return []
        end = time.monotonic() + timeout
        while remote is not None and self._running and not machine.exiting and len(machine.records) < 1000:
            wait = end - time.monotonic()
            if self._timers:
                wait = min(wait, self._tick() / 1e9)
            stop = remote.wait(max(wait, 0))
            if stop is not None:
                self._hit(stop)
            elif machine.records or time.monotonic() >= end:
                break
        return machine.take()

    def _tick(self) -> int:
        """Fire what is due; nanoseconds until the next."""
        now = time.monotonic_ns()
        for i, (period, probe, clauses, sample) in enumerate(self._timers):
            if self._due[i] <= now and self._machine is not None and not self._machine.exiting:
                if sample:
                    self._sample(probe, clauses)
                else:
                    self._as_tracer()
                    self._machine.fire(probe, clauses)
                self._due[i] = max(self._due[i] + period, now)
        return max(min(self._due) - time.monotonic_ns(), 0)

    def _sample(self, probe: Probe, clauses: list[Compiled]) -> None:
        """profile-N: every vCPU, wherever it is. arg0 is the kernel's address, arg1 the user's."""
        machine, remote, _ = self._parts()
        remote.interrupt()  # a hit that this cuts short comes again
        for thread in remote.threads():
            regs = self._look(thread)
            inside = not regs["cs"] & 3 or regs["rip"] >> 63
            machine.errno = 0
            machine.fire(probe, clauses, (regs["rip"] if inside else 0, 0 if inside else regs["rip"], *(0,) * 8))
        remote.go()

    def _look(self, thread: str, extra: Sequence[bytes] = ()) -> dict[str, int]:
        """Registers of a vCPU and its current task, into the machine; answers to `extra` are left in `self._extra`."""
        machine, remote, kernel = self._parts()
        offsets = machine.offsets
        guess, base = self._tasks.get(thread, 0), self._gs.get(thread, 0)

        def about(task: int) -> list[bytes]:
            return [b"m%x,4" % (task + offsets["pid"]), b"m%x,4" % (task + offsets["tgid"]), b"m%x,10" % (task + offsets["comm"])]

        known = bool(offsets and kernel.current)
        packets = [b"Hg" + thread.encode(), b"g", *extra]
        if known:
            packets += [b"m%x,8" % (base + kernel.current), *about(guess)]
        answers = remote.exchange(packets)
        regs = machine.regs = remote.values(answers[1])
        self._extra = answers[2 : 2 + len(extra)]
        machine.cpu = int(thread.rpartition(".")[2] or "1", 16) - 1
        if known:
            # In user mode the kernel's base waits in the other register.
            mine = regs.get("gs_base", 0) if regs["cs"] & 3 == 0 or regs.get("gs_base", 0) >> 63 else regs.get("k_gs_base", 0)
            words = answers[2 + len(extra) :]
            if mine != base:
                self._gs[thread] = mine
                words = remote.exchange([b"m%x,8" % (mine + kernel.current), *about(guess)])
            task = int.from_bytes(memory(words[0]), "little")
            if task != guess:
                self._tasks[thread] = task
                words[1:] = remote.exchange(about(task))
            machine.task = task
            machine.comm = memory(words[3]).split(b"\0")[0]
            machine.become(int.from_bytes(memory(words[2]), "little"), int.from_bytes(memory(words[1]), "little"))
        return regs

    def _hit(self, stop: Stop) -> None:
        machine, remote, _ = self._parts()
        if stop.gone:
            raise TargetError(f"the machine behind {remote.name} has ended")
        now = time.monotonic()
        self._window = (self._window[0], self._window[1] + now - self._resumed)
        thread = stop.thread or "1"
        rip = self._hints.get(thread, 0)
        regs = self._look(thread, (b"m%x,%x" % (rip, LONGEST), b"m%x,8" % self._top.get(thread, 0)))
        code, top = memory(self._extra[0]), memory(self._extra[1])
        if regs["rip"] != rip or regs["rsp"] != self._top.get(thread):
            self._hints[thread], self._top[thread] = regs["rip"], regs["rsp"]
            code, top = (memory(answer) for answer in remote.exchange([b"m%x,%x" % (regs["rip"], LONGEST), b"m%x,8" % regs["rsp"]]))
        site = self._sites.get(regs["rip"])
        changes: list[bytes] = []
        if site is not None and not machine.exiting:
            site.hits += 1
            changes = self._fire(site, regs, int.from_bytes(top, "little"))
        if now - self._window[0] > _WINDOW:
            changes += self._judge(now)
        self._past(thread, site, regs, code, changes)
        self._resumed = time.monotonic()

    def _fire(self, site: Site, regs: dict[str, int], back: int) -> list[bytes]:
        """Run what is to run here; the packets that set or clear breakpoints at return addresses."""
        machine = self._machine
        assert machine is not None
        changes: list[bytes] = []
        machine.errno = 0
        awaited = site.waiting.pop((machine.task, regs["rsp"]), None)
        if awaited is not None:
            for probe, clauses in awaited:
                machine.fire(probe, clauses, (0, regs["rax"], *(0,) * 8))
            if not site.waiting and not site.firings:
                del self._sites[site.address]
                changes.append(b"z%s,%x,1" % (self._kind[1:], site.address))
        leaving: list[Firing] = []
        for firing, returns, call in site.firings if not site.dead else ():
            if returns:
                leaving.append(firing)
            else:
                machine.fire(*firing, Arguments(machine, call))
        if leaving and back >> 63:
            after = self._sites.get(back)
            if after is None:
                after = self._sites[back] = Site(back)
                changes.append(b"%s,%x,1" % (self._kind, back))
            after.waiting[machine.task, regs["rsp"] + 8 & _M] = leaving
        return changes

    def _judge(self, now: float) -> list[bytes]:
        """Whether the guest gets on; if not, its busiest probe is given up."""
        begun, ran = self._window
        self._window = (now, 0.0)
        busiest = max(self._sites.values(), key=lambda site: site.hits, default=None)
        hot = busiest is not None and busiest.firings and ran < (now - begun) * _LEAST and not busiest.dead
        rate = sum(site.hits for site in self._sites.values()) / (now - begun)
        if self._options.integer("stability"):
            sys.stderr.write(f"dtrace: guest: {rate:.0f} hits/s, the guest ran {100 * ran / (now - begun):.0f} % of the time\n")
        for site in self._sites.values():
            site.hits = 0
        if not hot or busiest is None:
            return []
        busiest.dead = True
        sys.stderr.write(
            f"dtrace: {busiest.firings[0][0][0]} fires so often that the guest gets nowhere ({rate:.0f} times a second): disabled\n"
        )
        return [] if busiest.waiting else [b"z%s,%x,1" % (self._kind[1:], busiest.address)]

    def _past(self, thread: str, site: Site | None, regs: dict[str, int], code: bytes, changes: list[bytes]) -> None:
        """Do the instruction at the breakpoint and let the machine run."""
        _, remote, _ = self._parts()
        if site is None or site.address not in self._sites or (site.dead and not site.waiting):
            remote.go(*changes)
            return
        done = emulate(code) if len(code) == LONGEST else None
        if done is not None:
            length, pushed = done
            if pushed:
                changes += [
                    b"M%x,8:%s" % (regs["rsp"] - 8, regs[pushed].to_bytes(8, "little").hex().encode()),
                    remote.set_register("rsp", regs["rsp"] - 8),
                ]
            remote.go(*changes, remote.set_register("rip", regs["rip"] + length))
            return
        where = b"%s,%x,1" % (self._kind[1:], site.address)
        remote.exchange([*changes, b"z" + where])
        stop = remote.step(thread)
        remote.exchange([b"Z" + where])
        if stop.thread and stop.thread != thread:  # another vCPU was at one of ours
            self._hit(stop)
        else:
            remote.go()

    def _as_tracer(self) -> None:
        assert self._machine is not None
        pid = os.getpid()
        self._machine.regs, self._machine.task = {}, 0
        self._machine.become(pid, pid)
        self._machine.errno = 0

    def _fire_own(self, kind: str) -> None:
        firing = self._own.get(kind)
        if firing is not None and self._machine is not None:
            self._as_tracer()
            self._machine.fire(*firing)

    def stopped(self) -> bool:
        return self._machine is not None and self._machine.exiting

    # ---- results

    def aggregation(self, agg: Aggregation, *, take: bool = False, cpus: bool = False) -> dict[tuple[Any, ...], list[int]]:
        """Clauses run one at a time, here: nothing is added while this reads."""
        assert self._machine is not None
        store = self._machine.aggregations.get(agg.index, {})
        found = {(*key, 0) if cpus else key: list(words) for key, words in store.items()}
        if take:
            store.clear()
        return named(agg, found, self)

    def cpus(self) -> list[int]:
        return [0]

    def drops(self) -> dict[str, dict[int, int]]:
        return self._machine.take_drops() if self._machine is not None else {}

    @property
    def pid(self) -> int:
        return 0

    def ksym(self, address: int) -> str:
        found = self._kernel.symbols.lookup(address & _M) if self._kernel is not None else None
        if found is None:
            return f"0x{address & _M:x}"
        module, symbol, offset = found
        return f"{module}`{symbol}+0x{offset:x}" if offset else f"{module}`{symbol}"

    def kstart(self, address: int, module: bool) -> int:
        found = self._kernel.symbols.lookup(address) if self._kernel is not None else None
        if found is None or self._kernel is None:
            return address
        return self._kernel.symbols.module_start(found[0], address) if module else address - found[2]

    def usym(self, pid: int, address: int) -> str:
        """Programs of the guest are not looked into."""
        return f"0x{address & _M:x}"

    def ustart(self, pid: int, address: int, module: bool) -> int:
        return address

    def uplace(self, pid: int, address: int) -> str:
        return f"0x{address & _M:x}"

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
        """The stub takes its breakpoints away when it is told that we leave."""
        if self._remote is not None:
            self._remote.detach()
            self._remote = None
        if self._guard is not None:
            self._guard.end()
            self._guard = None
