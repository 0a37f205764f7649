"""The kernel engine: clauses run as eBPF in the live kernel.

`enable` builds images (backend/bpf), makes the maps, loads and attaches; until `go` writes the activity word every program
returns at once. BEGIN and END are raw tracepoint programs run by BPF_PROG_TEST_RUN.
Everything is held by file descriptors only: what is closed is gone.

A record in the ring buffer is a 16-byte header (clause, probe, cpu, speculation) and the schema's fields; one decoder a clause is made
beforehand. In place of a clause -1 says that it is a fault, -2 that the speculation is committed.
Aggregations are read from the per-CPU maps (engine/aggregations.py).
"""

from __future__ import annotations

import errno
import mmap
import os
import time
from struct import Struct, pack, pack_into, unpack, unpack_from

from ..backend.bpf.image import CHUNKS, Built, Image, Sides, Test, Tracepoint, build, too_large
from ..backend.bpf.layout import (
    ACTIVE,
    CONTEXT,
    DRAINING,
    DROP_SHIFT,
    DROPS,
    HEADER,
    INACTIVE,
    PROG_ARRAY,
    RINGBUF,
    STACK,
    TABLES,
    TUPLE,
    Config,
)
from ..d.symbols import PROBE_STRINGS
from ..dif.attach import Own, Timer, never
from ..errors import InternalError, UserError
from ..linux import bpf
from ..linux.proc import online_cpus, possible_cpus
from ..linux.ringbuf import RingBuffer
from ..linux.words import store
from ..providers.base import settle
from .offsets import gather
from .permits import permit, returning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..backend.bpf.layout import Layout, MapSpec
    from ..dif.program import Aggregation, Program, Schema
    from ..elf.symbols import Symbolizer
    from ..linux.kallsyms import Kallsyms
    from ..options import Options
    from ..providers.base import Probe, Provider
    from ..target.process import Process
    from .aggregations import KernelAggregations
    from .base import Record
    from .contexts import Contexts, Tuples
    from .functions import Functions
    from .speculations import Speculations
    from .tables import Tables
    from .users import Users

_M = (1 << 64) - 1
_USER_SYMBOLS = {"ustack", "jstack", "usym", "ufunc", "umod", "uaddr"}
# How many clauses a program may have (0: as many as fit), tried in this order until the verifier takes it; what it says when it does not.
_CHUNKS = (0, 16, 4, 1)
_COMPLEX = ("too large", "too complex", "limit of 64", "exceeds")


# Maps whose size an option gives: how their names begin, what they are called, the option.
_BUFFERS = (("ring", "buffer", "bufsize"), ("agg", "aggregation", "aggsize"), ("dyn", "dynamic variable", "dynvarsize"))


class _TooComplex(Exception):
    """The verifier gave up, by its own limits. `clause` is the first of the program's."""

    def __init__(self, clause: int) -> None:
        super().__init__(clause)
        self.clause = clause


class KernelEngine:
    name = "kernel"

    def __init__(self, options: Options, processes: Sequence[Process] = ()) -> None:
        self.options = options
        self._processes = processes
        self.lowered: dict[str, int] = {}
        self.notes: list[str] = []
        self._fds: list[int] = []  # links, events, programs, maps: closed in this order
        self._maps: dict[str, int] = {}
        self._built: Built | None = None
        self._state: Any = None
        self._ring: RingBuffer | None = None
        self._probes: list[Probe] = []
        self._decoders: list[Callable[[Any], tuple[Any, ...]]] = []
        self._tests: dict[str, int] = {}
        self._links: list[int] = []
        self._functions: Functions | None = None
        self._pending: list[Record] = []
        self._last_drops: dict[tuple[str, int], int] = {}
        self._missed = self._missed_told = 0
        self._speculations: Speculations | None = None
        self._contexts: Contexts | None = None
        self._tuples: dict[int, Tuples] = {}
        self._tables: Tables | None = None
        self._cpus = possible_cpus()
        self._kallsyms: Kallsyms | None = None
        self._aggregations: KernelAggregations | None = None
        self._users: Users | None = None
        self._providers: list[Provider] | None = None

    # ---- enabling

    def providers(self) -> list[Provider]:
        """Those that can work here; a provider whose module is missing or that refuses is left out."""
        if self._providers is None:
            from ..providers.all import kernel_providers

            self._providers = kernel_providers(self.options)
        return self._providers

    def code(self, program: Program) -> str:
        """The eBPF made of `program`, as text; nothing is loaded."""
        from ..backend.bpf.disasm import disassemble

        text = ""
        for image in self._translate(program).images:
            text += f"\neBPF of {image.name}, probes: {len(image.probes)}\n" + disassemble(image.code, image.relocs)
        return text

    def _translate(self, program: Program, most: int = 0) -> Built:
        self._probes, self._decoders = [], []
        for clause in program.clauses:
            for probe in clause.probes:
                probe.index = -1
        known: dict[int, Probe] = {}  # by id: a provider may give a new object each time it is asked
        for clause in program.clauses:
            for probe in clause.probes:
                first = known.setdefault(probe.id, probe)
                if first is probe and probe.index < 0:
                    probe.index = len(self._probes)
                    self._probes.append(probe)
                probe.index = first.index
            self._decoders.append(_decoder(clause.schema, self._probes, self._stack))
        settle(self.providers(), self._probes)
        for clause in program.clauses:
            if "return" in clause.uses:
                for probe in clause.probes:
                    returning(probe)
        o = self.options
        config = Config(
            max(self._cpus) + 1,
            o.integer("bufsize") if o.text("bufpolicy") != "ring" else max(o.integer("bufsize"), 4 << 20),
            o.integer("aggsize"),
            o.integer("dynvarsize"),
            {},
            o.integer("nspec"),
            o.integer("specsize"),
        )
        config.chunk = most
        config.atomic = _atomics(program)
        config.fill = o.text("bufpolicy") == "fill"
        config.cpu = o.integer("cpu")
        config.ustackcopy = o.integer("ustackcopy")
        config.unwind = _unwinds(program)
        gather(config, program, self._ksyms)
        config.loops = _loops(program)
        return build(program, config)

    def enable(self, program: Program) -> None:
        if self.options.integer("cpu") >= 0:
            from .base import wanted_cpu

            wanted_cpu(self.options.integer("cpu"))
        permit(program, True)
        _raise_limits(self.options.integer("lockmem"))
        try:
            for most in _CHUNKS:
                if any(clause.uses & _USER_SYMBOLS for clause in program.clauses):
                    self._people()
                try:
                    self._built = self._translate(program, most)
                    self._load(self._built)
                    return
                except _TooComplex as refused:
                    if most == 1:
                        raise too_large(program.clauses[refused.clause]) from None
                    self.close()
        except OSError as e:
            self.close()
            if e.errno in (1, 13):
                raise UserError("DTrace requires additional privileges", hint="run as root, or use -c or -p with -x engine=process") from e
            raise InternalError(f"cannot enable: {e}") from e
        except BaseException:
            self.close()
            raise

    def _load(self, built: Built) -> None:
        for spec in built.layout.maps.values():
            fd = self._make_map(spec)
            self._maps[spec.name] = fd
            self._fds.append(fd)
            if spec.data:
                if spec.kind == STACK:
                    for at in range(0, len(spec.data), spec.value_size):
                        bpf.map_update(fd, b"", spec.data[at : at + spec.value_size])
                elif spec.entries == 1:
                    bpf.map_update(fd, b"\0\0\0\0", spec.data)
                else:
                    size = spec.value_size
                    for i in range(spec.entries):
                        row = spec.data[i * size : (i + 1) * size]
                        if any(row):
                            bpf.map_update(fd, pack("I", i), row)
            if spec.kind == RINGBUF:
                self._ring = RingBuffer(fd, spec.entries)
            elif spec.name == "state":
                length = -(-spec.value_size // mmap.PAGESIZE) * mmap.PAGESIZE
                self._state = mmap.mmap(fd, length, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
        if built.layout.program.aggregations:
            from .aggregations import KernelAggregations

            self._aggregations = KernelAggregations(built.layout, self._maps, self._state, self._probes, self._cpus, self._stack)
            self._make_tuples(built.layout, self._aggregations)
        pack_into("q", self._state, 8, time.clock_gettime_ns(time.CLOCK_REALTIME) - time.clock_gettime_ns(time.CLOCK_MONOTONIC))
        if built.layout.config.unwind:
            from .tables import Tables

            self._tables = Tables(self._people(), self._maps)
            for process in self._processes:
                self._tables.load(process.pid, True)
        for image in built.images:
            self._attach(image)
        self._fire("root")

    def _make_tuples(self, layout: Layout, reader: KernelAggregations) -> None:
        """Those aggregations that are added up here."""
        room = self.options.integer("aggsize")
        for agg in layout.program.aggregations:
            kinds = layout.tuples.get(agg.index)
            if kinds is not None:
                from .contexts import Tuples

                self._tuples[agg.index] = Tuples(agg, kinds, reader.key_decoder(agg.keys, kinds, 0), room)

    def _make_map(self, spec: MapSpec) -> int:
        """With `bufresize` auto a buffer that there is no memory for is halved until it fits; `lowered` tells to what."""
        what, option = next(((w, o) for start, w, o in _BUFFERS if spec.name.startswith(start)), ("", ""))
        while True:
            try:
                if option and (spec.entries >= 1 << 32 or spec.entries * max(1, spec.key_size + spec.value_size) > _memory() // 16):
                    raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
                return bpf.map_create(spec.kind, spec.key_size, spec.value_size, max(1, spec.entries), spec.flags, "dt_" + spec.name)
            except OSError as e:
                if e.errno not in (errno.ENOMEM, errno.E2BIG) or not option or spec.entries <= mmap.PAGESIZE:
                    raise
                if self.options.text("bufresize") == "manual":
                    raise UserError(f"not enough memory for {option}", hint="a smaller one, or -x bufresize=auto") from None
            spec.entries //= 2
            self.lowered[what] = min(self.options.integer(option), self.lowered.get(what, 1 << 62)) // 2

    def _program(self, image: Image, attach_type: int = 0, btf_id: int = 0, values: dict[str, int] | None = None) -> int:
        """Load an image, its chunks before it in an array of programs of its own."""
        chunks = 0
        if image.chunks:
            chunks = bpf.map_create(PROG_ARRAY, 4, 4, len(image.chunks), 0, "dt_chunks")
            self._fds.append(chunks)
        for i, chunk in enumerate(image.chunks):
            fd = self._load_code(chunk, chunks, attach_type, btf_id, values)
            bpf.map_update(chunks, pack("I", i), pack("I", fd))
        return self._load_code(image, chunks, attach_type, btf_id, values)

    def _load_code(self, image: Image, chunks: int, attach_type: int, btf_id: int, values: dict[str, int] | None) -> int:
        code = bytearray(image.code)
        for at, name, offset in image.relocs:
            if values is not None and name in values:
                pack_into("<i", code, at * 8 + 4, values[name])
                continue
            pack_into("<i", code, at * 8 + 4, chunks if name == CHUNKS else self._maps[name])
            pack_into("<i", code, at * 8 + 12, offset or 0)
        btf_fd, func_info = 0, b""
        if image.functions:
            from ..backend.bpf.funcinfo import describe

            blob, func_info = describe(image.functions)
            btf_fd = bpf.btf_load(blob)
        try:
            fd = bpf.prog_load(
                image.prog_type, bytes(code), name=image.name, expected_attach_type=attach_type, attach_btf_id=btf_id,
                btf_fd=btf_fd, func_info=func_info, log=bool(self.options.integer("bpflog")),
            )  # fmt: skip
            if bpf.last_log:
                from ..stdio import tell

                tell("".join(f"BPF: {line}\n" for line in bpf.last_log.splitlines()))
        except bpf.ProgramRefused as e:
            if any(word in e.text for word in _COMPLEX):
                raise _TooComplex(image.clause) from e
            if self.options.integer("bpflog"):
                raise InternalError(f"{e.text}\n{e.log}") from e
            raise InternalError(f"{e.text} (-x bpflog shows why)") from e
        finally:
            if btf_fd:
                os.close(btf_fd)
        self._fds.append(fd)
        return fd

    def _attach(self, image: Image) -> None:
        on = image.on
        if isinstance(on, Sides):
            if self._functions is None:
                from .functions import Functions

                self._functions = Functions(self._program, self._links, len(self._cpus), bool(self.options.integer("bpflog")))
            self._functions.attach(image)
            return
        fd = self._program(image)
        if isinstance(on, Test):
            self._tests[on.name] = fd
        elif isinstance(on, Tracepoint):
            self._links.append(bpf.raw_tracepoint_open(on.name, fd))
        elif isinstance(on, Timer):
            from ..linux import perf

            cpus = online_cpus() if self.options.integer("cpu") < 0 else [self.options.integer("cpu")]
            for cpu in cpus if on.everywhere else cpus[:1]:
                event = perf.cpu_clock(on.period, cpu)
                self._links.append(event)
                perf.set_bpf(event, fd)
                perf.enable(event)
        else:
            never(on)

    # ---- running

    @property
    def _activity(self) -> int:
        return int(unpack_from("Q", self._state, 0)[0]) if self._state is not None else INACTIVE

    def _fire(self, name: str) -> None:
        fd = self._tests.get(name)
        if fd is None:
            return
        cpu = self.options.integer("cpu")
        if cpu < 0:
            bpf.prog_test_run(fd)
            return
        # We go there. The kernel could run it there for us, but from an interrupt, in whatever process that finds.
        kept = os.sched_getaffinity(0)
        os.sched_setaffinity(0, [cpu])
        try:
            bpf.prog_test_run(fd)
        finally:
            os.sched_setaffinity(0, kept)

    def go(self) -> None:
        self._fire("begin")
        if self._activity == INACTIVE:
            store(self._state, 0, ACTIVE)

    def drain(self, timeout: float) -> list[Record]:
        records = self._pending
        self._pending = []
        ring = self._ring
        if ring is None:
            return records
        if not records and not ring.pending() and timeout > 0 and not self.stopped():
            until = time.monotonic() + timeout
            while not ring.pending() and not self.stopped():
                left = until - time.monotonic()
                if left <= 0:
                    break
                time.sleep(min(left, 0.01))
        self._take(records)
        return records

    def _take(self, records: list[Record]) -> None:
        assert self._ring is not None
        probes, decoders = self._probes, self._decoders
        add = records.append
        tuples = self._tuples
        error = next((p.index for p in probes if p.attach == Own("error")), -1)
        faults: dict[int, Record] = {}  # by CPU: told of behind what the ERROR clauses have recorded

        if self._users is not None:
            self._users.look()

        def one(view: memoryview) -> None:
            clause, probe, cpu, mark = _HEADER(view)
            if clause == CONTEXT:
                self._unwinder().add(view)
                return
            if clause == TUPLE:
                tuples[probe].add(view, cpu)
                return
            if clause == TABLES:
                assert self._tables is not None
                self._tables.load(_PID(view, HEADER)[0])
                return
            if faults and cpu in faults and probe != error:
                add(faults.pop(cpu))
            if clause < 0:
                if clause == -1:
                    faults[cpu] = (probes[probe], -1, cpu, _FAULT(view, HEADER))
                else:
                    records.extend(self._held().commit(mark))
            elif not mark or self._held().add(mark, (probes[probe], clause, cpu, decoders[clause](view))):
                add((probes[probe], clause, cpu, decoders[clause](view)))

        self._ring.drain(one)
        records += faults.values()

    def _held(self) -> Speculations:
        if self._speculations is None:
            from .speculations import Speculations

            self._speculations = Speculations()
        return self._speculations

    def stopped(self) -> bool:
        if self._users is not None:
            self._users.look()  # here, because this is asked again and again while we wait
        return self._activity == DRAINING

    def stop(self) -> None:
        """Disarm; then END, which nothing else can follow."""
        if self._state is None:
            return
        store(self._state, 0, DRAINING)
        self._disarm()
        if self._ring is not None:
            self._take(self._pending)  # make room: END must not be dropped
        self._fire("end")
        self._tests.pop("end", None)

    def _disarm(self) -> None:
        self._count_missed()
        self._functions = None
        while self._links:
            os.close(self._links.pop())

    def close(self) -> None:
        self._disarm()
        if self._aggregations is not None:
            self._aggregations.close()
            self._aggregations = None
        if self._ring is not None:
            self._ring.close()
            self._ring = None
        if self._tables is not None:
            self._tables.close()
            self._tables = None
        if self._users is not None:
            self._users.close()
            self._users = None
        if self._state is not None:
            self._state.close()
            self._state = None
        while self._fds:
            os.close(self._fds.pop())
        self._maps.clear()
        self._tests.clear()

    # ---- aggregations, drops, names

    def aggregation(self, agg: Aggregation, *, take: bool = False, cpus: bool = False) -> dict[tuple[Any, ...], list[int]]:
        from .merge import named

        remote = self._tuples.get(agg.index)
        if remote is not None:
            if self._ring is not None:
                self._take(self._pending)
            return named(agg, remote.read(take, cpus), self)
        return named(agg, self._aggregations.read(agg, take=take, cpus=cpus), self) if self._aggregations is not None else {}

    def cpus(self) -> list[int]:
        return self._cpus

    def drops(self) -> dict[str, dict[int, int]]:
        found: dict[str, dict[int, int]] = {}
        if self._state is None or self._built is None:
            return found
        at = self._built.layout.drops_at
        for cpu in self._cpus:
            for i, count in enumerate(unpack_from(f"{len(DROPS)}Q", self._state, at + (cpu << DROP_SHIFT))):
                kind = DROPS[i]
                new = count - self._last_drops.get((kind, cpu), 0)
                if new:
                    self._last_drops[kind, cpu] = count
                    found.setdefault(kind, {})[cpu] = new
        for remote in self._tuples.values():
            for cpu, new in remote.drops.items():
                lost = found.setdefault("AGGREGATION", {})
                lost[cpu] = lost.get(cpu, 0) + new
            remote.drops.clear()
        self._count_missed()
        missed, self._missed_told = self._missed - self._missed_told, self._missed
        if missed:
            found["MISSED"] = {0: missed}
        return found

    def _count_missed(self) -> None:
        if self._functions is not None:
            self._missed = max(self._missed, self._functions.missed())

    def _ksyms(self) -> Kallsyms:
        if self._kallsyms is None:
            from ..linux.kallsyms import Kallsyms

            self._kallsyms = Kallsyms()
        return self._kallsyms

    def kstart(self, address: int, module: bool) -> int:
        """The first address of the function, or of the module, that holds this one; itself where none is known."""
        found = self._ksyms().lookup(address)
        if found is None:
            return address
        return self._ksyms().module_start(found[0], address) if module else address - found[2]

    @property
    def pid(self) -> int:
        """The process that addresses without one are of."""
        return self._processes[0].pid if self._processes else 0

    def ksym(self, address: int) -> str:
        address &= _M
        found = self._ksyms().lookup(address)
        if found is None:
            return f"0x{address:x}"
        module, symbol, offset = found
        name = f"{module or 'vmlinux'}`{symbol}"
        return f"{name}+0x{offset:x}" if offset else name

    def usym(self, pid: int, address: int) -> str:
        return self._symbolizer(pid).text(address & _M)

    def ustart(self, pid: int, address: int, module: bool) -> int:
        return self._symbolizer(pid).start(address & _M, module)

    def uplace(self, pid: int, address: int) -> str:
        return self._symbolizer(pid).place(address & _M)

    def _unwinder(self) -> Contexts:
        if self._contexts is None:
            from .contexts import Contexts

            self._contexts = Contexts(self._symbolizer)
        return self._contexts

    def _stack(self, words: tuple[int, ...]) -> tuple[int, ...]:
        """A stack as it is shown, of its words."""
        from .merge import frames

        return frames(words) if words[0] < 1 << 32 else self._unwinder().stack(words)

    def _people(self) -> Users:
        if self._users is None:
            from .users import Users

            self._users = Users([process.pid for process in self._processes])
        return self._users

    def _symbolizer(self, pid: int) -> Symbolizer:
        return self._people().at(pid)


def _atomics(program: Program) -> bool:
    """Whether the kernel has the atomic instructions that some aggregating functions want; asked only when one of them is used."""
    if not any(agg.func in ("min", "max", "stddev") for agg in program.aggregations):
        return True
    from ..linux.features import ATOMICS

    return ATOMICS.available


def _unwinds(program: Program) -> bool:
    """Whether user stacks are to be unwound in the kernel; whether it can is asked only then."""
    from ..dif.frames import wants_user_stack

    if not wants_user_stack(program):
        return False
    from ..linux.features import LOOP

    return LOOP.available


def _loops(program: Program) -> bool:
    """Whether the kernel has bpf_loop; asked only when something is called that might loop."""
    if not any(insn.op in ("call", "strcmp") for clause in program.clauses for block in clause.function.blocks for insn in block):
        return True
    from ..linux.features import LOOP

    return LOOP.available


_HEADER = Struct("<iIII").unpack_from
_PID = Struct("<Q").unpack_from
_FAULT = Struct("<4q").unpack_from
_CODES = {
    (1, True): "b",
    (1, False): "B",
    (2, True): "h",
    (2, False): "H",
    (4, True): "i",
    (4, False): "I",
    (8, True): "q",
    (8, False): "Q",
}


def _decoder(
    schema: Schema, probes: list[Probe], stack: Callable[[tuple[int, ...]], tuple[int, ...]]
) -> Callable[[Any], tuple[Any, ...]]:
    """A function from a record's bytes to the tuple of values. Only integers: one unpack."""
    if all(f.kind == "int" for f in schema.fields):
        form = "<"
        for f in schema.fields:
            form += _CODES[f.size, f.signed] + ("" if f.size == 8 else f"{8 - f.size}x")
        unpacker = Struct(form).unpack_from
        return lambda view: unpacker(view, HEADER)
    fields = [
        (f.kind, HEADER + f.offset, f.size, f.name, Struct(_CODES[f.size, f.signed]).unpack_from if f.kind == "int" else None)
        for f in schema.fields
    ]

    def decode(view: Any) -> tuple[Any, ...]:
        values: list[Any] = []
        for kind, at, size, name, number in fields:
            if number is not None:
                values.append(number(view, at)[0])
            elif kind == "str":
                values.append(bytes(view[at : at + size]).split(b"\0", 1)[0])
            elif kind == "bytes":
                values.append(bytes(view[at : at + size]))
            elif kind == "probe":
                p = probes[unpack_from("I", view, 4)[0]]
                values.append(getattr(p, PROBE_STRINGS[name]).encode())
            elif kind == "usym":
                values.append(unpack("2Q", view[at : at + 16]))
            else:
                values.append(stack(unpack_from(f"{size // 8}Q", view, at)))
        return tuple(values)

    return decode


def _memory() -> int:
    """Bytes of memory this machine has."""
    return os.sysconf("SC_PHYS_PAGES") * mmap.PAGESIZE


def _raise_limits(lockmem: int) -> None:
    """Each link is a file: fbt by perf events needs two for every function. Before 5.11 maps count as locked memory."""
    import resource

    try:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (lockmem if lockmem >= 0 else resource.RLIM_INFINITY,) * 2)
    except (ValueError, OSError):
        pass
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in ((max(hard, 1 << 18),) * 2, (hard, hard)):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, limit)
            return
        except (ValueError, OSError):
            continue
