"""The machine that clauses compiled to Python run on: what they may ask about the firing, and the stores they change.

`fire(probe, clauses)` runs the clauses of one probe. Per firing: `probe`, `args` (at least ten), the identity of the thread, one timestamp
(taken when first asked for, the same for the whole firing) and `this`. A fault ends its clause, runs the ERROR clauses and
leaves a fault record behind theirs; a fault in an ERROR clause is only counted.

What depends on the traced process is left to the engine, which derives from Machine: read_user, read_user_str, write_user, ustack,
and the facts of the current thread (`refresh`). There is no kernel memory here: a kernel address is KPRIV, an address below the
kernel's half BADADDR, as it would be in the kernel, and addresses of this clause's scratch (alloca, copyin) work.

Invariant: `globals`, `associative` and the stores of aggregations stay the same objects for the machine's life: clauses hold them.
"""

from __future__ import annotations

import time

from ...d.aggdata import most_keys
from ...d.symbols import PROBE_STRINGS
from . import aggregate
from .subroutines import Fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Protocol

    from ...dif.program import Aggregation
    from ...providers.base import Probe
    from .compile import Compiled

    class Arguments(Protocol):
        """At least ten numbers, which may be found when they are asked for."""

        def __getitem__(self, n: int, /) -> int: ...

__all__ = ["Fault", "Machine"]

_BADADDR, _ILLOP, _NOSCRATCH, _KPRIV, _UPRIV, _BADSIZE = 1, 3, 5, 6, 7, 10
# Addresses of ours are no addresses of any kernel (not canonical): a machine may read a real one besides.
_SCRATCH = 0xFFFF_5000_0000_0000
# Structs and arrays that are variables have addresses: this, a bit for clause-local ones, the variable's index, and 24 bits of offset.
VARIABLES, _LOCAL = 0xFFFF_4000_0000_0000, 1 << 43
_NO_ARGS = (0,) * 10


def _whole(probe: Probe) -> bool:
    """Whether exit() leaves the clauses behind it alone."""
    return probe.provider == "dtrace" and probe.name in ("END", "ERROR")


class ProbeNames(dict["Probe | None", bytes]):
    """probeprov, probemod, probefunc or probename of a probe, encoded once."""

    __slots__ = ("attribute", "most")

    def __init__(self, name: str, strsize: int) -> None:
        super().__init__()
        self.attribute = PROBE_STRINGS[name]
        self.most = strsize - 1

    def __missing__(self, probe: Probe | None) -> bytes:
        name = str(getattr(probe, self.attribute)).encode()[: self.most] if probe is not None else b""
        self[probe] = name
        return name


class Machine:
    __slots__ = (
        "aggdrops", "aggregations", "aggsize",
        "args", "associative", "cpu", "dblerrors", "drops", "errno", "error_clauses", "error_probe", "execname", "exiting", "generation",
        "gid", "globals", "in_error", "maxdyn", "nspec", "out", "pid", "ppid", "probe", "records", "scratch", "scratchsize", "seed",
        "specbytes", "specdrops", "specsize", "speculating", "speculations", "specunavail",
        "strsize", "this", "thread", "threads", "tid", "time", "uid",
    )  # fmt: skip

    def __init__(self, strsize: int = 256) -> None:
        self.strsize = strsize
        self.scratchsize = 256
        self.probe: Probe | None = None
        self.args: Arguments = _NO_ARGS
        self.pid = self.tid = self.ppid = self.uid = self.gid = self.cpu = self.errno = 0
        self.execname = b""
        self.time = 0
        self.globals: dict[int, Any] = {}
        self.associative: dict[int, dict[tuple[Any, ...], Any]] = {}
        self.maxdyn = 1 << 20
        self.this: dict[Any, Any] = {}
        self.thread: dict[int, Any] = {}  # the self-> variables of the current thread
        self.threads: dict[int, dict[int, Any]] = {}
        self.aggsize = 4 << 20
        self.aggdrops = 0  # new keys of aggregations that had no room
        self.aggregations: dict[int, dict[tuple[Any, ...], list[int]]] = {}
        self.records: list[Any] = []
        self.out: Callable[[Any], None] = self.records.append
        self.exiting = False
        self.drops = 0  # dynamic variables that had no room
        self.dblerrors = 0
        self.error_probe: Probe | None = None
        self.error_clauses: Sequence[Compiled] = ()
        self.in_error = False
        self.scratch: list[tuple[int, bytearray | bytes]] = []
        self.seed = time.monotonic_ns() | 1
        self.speculating = 0
        self.generation = 0
        self.speculations: dict[int, tuple[int, list[Any]]] = {}  # by id: the mark (id and generation), the records
        self.specbytes: dict[int, int] = {}
        self.nspec, self.specsize = 1, 4 << 20
        self.specdrops = self.specunavail = 0

    # ---- firing

    def fire(self, probe: Probe, clauses: Sequence[Compiled], args: Arguments = _NO_ARGS) -> None:
        """Run the clauses of one probe for the current thread, up to one that calls exit()."""
        self.probe = probe
        self.args = args
        if not self.in_error:  # a fault's ERROR is the same moment
            self.time = 0
        if self.this:
            self.this.clear()
        for clause in clauses:
            if self.exiting and not clause.continues and not _whole(probe):
                break
            if self.scratch and not clause.continues:
                self.scratch.clear()
            try:
                clause.run(self)
            except Fault as fault:
                self._fault(clause, fault)

    def _fault(self, clause: Compiled, fault: Fault) -> None:
        probe = self.probe
        offset = clause.offset(fault)
        if self.in_error:
            self.dblerrors += 1
            return
        if self.error_clauses and self.error_probe is not None:
            kept = self.args, self.this
            ident = probe.id if probe is not None else 0
            self.in_error = True
            self.this = {}
            try:
                self.fire(self.error_probe, self.error_clauses, (0, ident, clause.index, offset, fault.code, fault.value, 0, 0, 0, 0))
            finally:
                self.in_error = False
                self.args, self.this = kept
                self.probe = probe
        self.out((probe, -1, self.cpu, (clause.index, fault.code, fault.value, offset)))

    def take(self) -> list[Any]:
        """The records since the last call."""
        records = self.records
        self.records = []
        self.out = self.records.append
        return records

    def take_drops(self) -> dict[str, dict[int, int]]:
        """What was lost since the last call, by kind, by CPU (0: clauses run one at a time)."""
        counts = {  # in the kernel engine's order
            "AGGREGATION": self.aggdrops, "DYNAMIC": self.drops, "DBLERROR": self.dblerrors,
            "SPEC": self.specdrops, "SPECUNAVAIL": self.specunavail,
        }  # fmt: skip
        self.drops = self.dblerrors = self.specdrops = self.specunavail = self.aggdrops = 0
        return {kind: {0: count} for kind, count in counts.items() if count}

    def become(self, pid: int, tid: int) -> None:
        """The thread that the next firing is about."""
        self.pid = pid
        self.tid = tid
        thread = self.threads.get(tid)
        if thread is None:
            thread = self.threads[tid] = {}
        self.thread = thread

    def forget_thread(self, tid: int) -> None:
        """It has ended: its self-> variables go."""
        self.threads.pop(tid, None)

    # ---- stores

    def aggregator(self, agg: Aggregation) -> Callable[..., None]:
        """The function that updates `agg`."""
        key_size = sum(kind.size + 7 & -8 for kind in agg.keys)
        most = most_keys(self.aggsize, key_size, agg.words) if agg.keys else 1
        return aggregate.make(agg, self.aggregations.setdefault(agg.index, {}), most, self._aggdrop)

    def _aggdrop(self) -> None:
        self.aggdrops += 1

    def dynput(self, index: int, key: tuple[Any, ...], value: Any) -> None:
        store = self.associative[index]
        if not value and value != b"":
            store.pop(key, None)
        elif key in store or len(store) < self.maxdyn:
            store[key] = value
        else:
            self.drops += 1

    # ---- facts; each get_NAME is the builtin NAME

    def now(self) -> int:
        if not self.time:
            self.time = time.monotonic_ns()
        return self.time

    get_timestamp = now

    def get_walltimestamp(self) -> int:
        return time.time_ns()

    def get_execname(self) -> bytes:
        return self.execname

    def get_ppid(self) -> int:
        return self.ppid

    def get_uid(self) -> int:
        return self.uid

    def get_gid(self) -> int:
        return self.gid

    def get_curcpu(self) -> int:
        return self.cpu

    def get_id(self) -> int:
        return self.probe.id if self.probe is not None else 0

    def get_stackdepth(self) -> int:
        return len(self.stack(128))

    def get_ustackdepth(self) -> int:
        return len(self.ustack(100)) - 1

    def get_ucaller(self) -> int:
        frames = self.ustack(2)
        return frames[2] if len(frames) > 2 else 0

    def get_caller(self) -> int:
        return 0

    # ---- memory

    def read_user(self, addr: int, size: int) -> bytes:
        raise Fault(_BADADDR, addr)

    def read_user_str(self, addr: int, most: int) -> bytes:
        raise Fault(_BADADDR, addr)

    def write_user(self, addr: int, data: bytes) -> None:
        raise Fault(_UPRIV, addr)

    def read_kernel(self, addr: int, size: int) -> bytes:
        if addr >> 44 == VARIABLES >> 44:
            return self._variable(addr, size)
        base, held = self._piece(addr)
        if addr - base + size > len(held):
            raise Fault(_BADADDR, addr)
        return bytes(held[addr - base : addr - base + size])

    def read_kernel_str(self, addr: int, most: int) -> bytes:
        if addr >> 44 == VARIABLES >> 44:
            return self._variable(addr, 0, most).split(b"\0", 1)[0]
        base, held = self._piece(addr)
        return bytes(held[addr - base :]).split(b"\0", 1)[0][:most]

    def _variable(self, addr: int, size: int, most: int = 0) -> bytes:
        """`size` bytes of a global variable, or up to `most`, by an address in it."""
        held = (self.this if addr & _LOCAL else self.globals).get(addr >> 24 & 0x7FFFF)
        at = addr & 0xFFFFFF
        if not isinstance(held, bytes) or at + size > len(held) or at >= len(held):
            raise Fault(_BADADDR, addr)
        return held[at : at + (size or most)]

    def local(self, index: int, default: bytes) -> int:
        """The address of a clause-local variable."""
        self.this.setdefault(index, default)
        return VARIABLES | _LOCAL | index << 24

    # ---- scratch memory: what alloca has given out, a piece for each copyin, and copies of values whose address is taken

    def _piece(self, addr: int) -> tuple[int, bytearray | bytes]:
        """The block of scratch that `addr` is in."""
        for base, held in self.scratch:
            if base <= addr < base + len(held):
                return base, held
        raise Fault(_KPRIV if addr >> 63 and addr >> 44 != _SCRATCH >> 44 else _BADADDR, addr)

    def alloca(self, size: int) -> int:
        if not self.scratch or self.scratch[0][0] != _SCRATCH:
            self.scratch.insert(0, (_SCRATCH, bytearray()))
        held = self.scratch[0][1]
        assert isinstance(held, bytearray)
        top = len(held)
        size = size + 7 & -8
        if top + size > self._room():
            raise Fault(_NOSCRATCH, 0)
        held.extend(bytes(size))
        return _SCRATCH + top

    def _room(self) -> int:
        return max(8, self.scratchsize + 7 & -8)

    def keep(self, data: bytes, writable: bool = False) -> int:
        """Bytes into scratch, with a NUL behind, until the end of the clause; gives their address."""
        data = data.ljust(len(data) + 8 & -8, b"\0")
        last, held = self.scratch[-1] if self.scratch else (_SCRATCH, b"")
        base = max(last + len(held), _SCRATCH + self._room())
        self.scratch.append((base, bytearray(data) if writable else data))
        return base

    def room_for(self, addr: int, size: int, short: int = _BADSIZE) -> tuple[bytearray, int]:
        """The block and the place in it where the clause may write `size` bytes; fault `short` when it ends before."""
        try:
            base, held = self._piece(addr)
        except Fault:
            raise Fault(_BADADDR, addr) from None
        if isinstance(held, bytes):
            raise Fault(_BADADDR, addr)
        if addr - base + size > len(held):
            raise Fault(short, size if short == _BADSIZE else addr)
        return held, addr - base

    def store(self, addr: int, data: bytes) -> None:
        if addr >> 44 == VARIABLES >> 44:
            whole, at = self._variable(addr & ~0xFFFFFF, 0, 1 << 24), addr & 0xFFFFFF
            self._variable(addr, len(data))
            (self.this if addr & _LOCAL else self.globals)[addr >> 24 & 0x7FFFF] = whole[:at] + data + whole[at + len(data) :]
            return
        held, at = self.room_for(addr, len(data), _BADADDR)
        held[at : at + len(data)] = data

    # ---- stacks and the process

    def stack(self, frames: int) -> tuple[int, ...]:
        """The kernel's stack: nothing of it is seen from outside."""
        return ()

    def ustack(self, frames: int) -> tuple[int, ...]:
        return (self.pid,)

    def ureg(self, n: int) -> int:
        """Register n of the thread, numbered as in d/registers.py."""
        raise Fault(_ILLOP, n)

    def descends(self, pid: int) -> bool:
        return pid in (self.pid, self.ppid)

    def send_signal(self, signo: int) -> None:
        raise Fault(_UPRIV, 0)

    # ---- facts of the current thread that the libraries ask for by name: the engine's

    def fact(self, task: int, name: str) -> int:
        raise Fault(_ILLOP, 0)

    def fact_text(self, task: int, name: str) -> bytes:
        raise Fault(_ILLOP, 0)

    def fd_fact(self, fd: int, name: str) -> int:
        raise Fault(_ILLOP, 0)

    def fd_text(self, fd: int, name: str) -> bytes:
        raise Fault(_ILLOP, 0)

    # ---- speculations

    def speculation(self) -> int:
        """The lowest free id, or 0."""
        for number in range(1, self.nspec + 1):
            if number not in self.speculations:
                self.generation = self.generation + 1 & 0xFFFF
                self.speculations[number] = (number | self.generation << 16, [])
                self.specbytes[number] = 0
                return number
        self.specunavail += 1
        return 0

    def _known(self, number: int) -> bool:
        if number > self.nspec:
            raise Fault(_ILLOP, 0)
        return number in self.speculations

    def speculate(self, number: int, size: int) -> int:
        """The mark when a record of `size` bytes may go into this speculation, else 0."""
        return self.speculates(self.speculations[number][0], size) if self._known(number) else 0

    def speculates(self, mark: int, size: int) -> int:
        """The same for a mark. One that is not valid any more has room: what goes there is lost."""
        number = mark & 0xFFFF
        if number in self.speculations and self.speculations[number][0] == mark:
            if self.specbytes[number] + size > self.specsize:
                self.specdrops += 1
                return 0
            self.specbytes[number] += size
        return mark

    def speculated(self, record: Any) -> None:
        """What a clause recorded that may have called speculate()."""
        if not self.speculating:
            self.out(record)
            return
        mark, records = self.speculations.get(self.speculating & 0xFFFF, (0, []))
        if mark == self.speculating:
            records.append(record)

    def commit(self, number: int) -> None:
        if self._known(number):
            for record in self.speculations.pop(number)[1]:
                self.out(record)

    def discard(self, number: int) -> None:
        if self._known(number):
            del self.speculations[number]
