"""Where things live: the maps of a run and the offsets in them. Pure.

`state`    one value, shared with the consumer by mmap: activity word, difference of wall clock and monotonic clock, global scalars,
           the generation of each aggregation that has one, then per CPU the drop counters (DROPS in order)
`scratch`  per CPU: busy flag, three words, the probe between chunks, words of routines (TOP to VARIABLES), `this` variables, arena
           (alloca, copyin), work area of routines, strtok's text, key, then what a clause needs (spilled registers, string temporaries)
`ring`     the principal buffer          `zero` zeroes, the first value of new elements
`rodata`   constants; nothing writes them, but for the verifier routines may
`self<n>`  thread variables by thread key (threadkey.py)  `dyn<n>` associative arrays by packed key  `agg<n>` aggregations by packed key
`pstr`, `pid` strings and ids of probes by probe index       `calls`  system call number -> probe index + 1, shape

An aggregation's key begins with its generation where the program may take keys away, and with the CPU where a value is too large for a
per-CPU map (`AggMap`).

A packed key is a sequence of fields, integers as 8 bytes, strings padded with zeroes to a multiple of 8; a `probe` slot is the probe's
index as an integer. An array of self-> begins with the thread key.
"""

from __future__ import annotations

from ...d.types import is_memory, is_string
from .arena import Arena

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Slot
    from ...dif.program import Aggregation, Program, Variable

HASH, ARRAY, PROG_ARRAY, PERCPU_HASH, PERCPU_ARRAY, LRU_HASH, STACK, RINGBUF = 1, 2, 3, 5, 6, 9, 23, 27
F_MMAPABLE = 1 << 10
DROPS = ("PRINCIPAL", "AGGREGATION", "DYNAMIC", "DBLERROR", "SPEC", "SPECBUSY", "SPECUNAVAIL")
DROP_SHIFT = 6  # a CPU's counters: eight words
HEADER = 16
CONTEXT, TUPLE, TABLES = -3, -4, -5  # in a record's header, in place of the clause (ustack.py, unwind.py)
BIGGEST_PERCPU = 32768
INACTIVE, ACTIVE, DRAINING = 0, 1, 2
# In scratch: bytes that alloca has given out in this clause; words of routines; where strtok goes on; what return() has said.
TOP, WORDS, STRTOK, RETURNED, VARIABLES = 40, 48, 112, 120, 128
_MOST = 1 << 22  # entries of a map
_WORK = 512  # in the work area, besides room for three strings


class MapSpec:
    __slots__ = ("name", "kind", "key_size", "value_size", "entries", "flags", "data")

    def __init__(self, name: str, kind: int, key_size: int, value_size: int, entries: int, flags: int = 0, data: bytes = b"") -> None:
        self.name = name
        self.kind = kind
        self.key_size = key_size
        self.value_size = value_size
        self.entries = entries
        self.flags = flags
        self.data = data


class AggMap:
    """One aggregation in the kernel. `kinds` are those of its keys as used ('int', 'probe<name>', 'str<size>', 'bytes<size>'); `generation`
    is the offset in `state` of the word its keys begin with, or -1; `by_cpu`: the CPU's number is next in the key, and values are
    one CPU's, not a row of them. `shared`: before all that stands the aggregation's index, as others are in the map (crowded.py). `lead`:
    how many words these are. `map` is its name, empty before the first use; `place` that in a map without keys."""

    __slots__ = ("kinds", "generation", "by_cpu", "shared", "lead", "map", "place")

    def __init__(self, generation: int, by_cpu: bool, shared: bool) -> None:
        self.kinds: tuple[str, ...] = ()
        self.generation = generation
        self.by_cpu = by_cpu
        self.shared = shared
        self.lead = shared + (generation >= 0) + by_cpu
        self.map = ""
        self.place = 0


class Config:
    """What the layout must know of the machine and the options. `cpus` is the number of possible CPUs; `task` are offsets into
    task_struct by name (real_parent, tgid), empty when unknown. `nspec` and `specsize` bound the speculations.
    `chunk` is the number of clauses one program may have (0: all that fit).
    `big_scratch`: scratch is an array indexed by CPU, because a per-CPU value may not be larger than BIGGEST_PERCPU.
    `pt_regs_helper`: the kernel tells where a thread's user registers are (5.15); else they are at the end of its stack of `stack_size`.
    `text`: first and last address of the core kernel's code; `ours`: by raw tracepoint, the spans of the functions that call programs.
    `unwind`: user stacks that are compared are unwound in the kernel (unwind.py).
    `ustackcopy`: bytes of a user stack to send for unwinding (ustack.py), 0 for none.
    `atomic`: the kernel has fetching and comparing atomic instructions (5.12). `loops`: it has the helper bpf_loop (5.17).
    `fill`: a full buffer ends tracing. `cpu`: the only one to trace, or -1. `thread`: offsets into task_struct of what makes the key of
    self-> (threadkey.FIELDS), where a program may load from there, or empty. `paths`: offsets of what d_path() reads (dentries.py), as
    `struct.member`, or empty."""

    __slots__ = (
        "cpus", "bufsize", "aggsize", "dynvarsize", "task", "nspec", "specsize", "chunk", "big_scratch", "atomic", "loops", "fill", "cpu",
        "pt_regs_helper", "stack_size", "text", "ours", "paths", "thread", "ustackcopy", "unwind",
    )  # fmt: skip

    def __init__(
        self,
        cpus: int,
        bufsize: int = 4 << 20,
        aggsize: int = 4 << 20,
        dynvarsize: int = 1 << 20,
        task: dict[str, int] | None = None,
        nspec: int = 1,
        specsize: int = 4 << 20,
    ) -> None:
        self.cpus = cpus
        self.bufsize = bufsize
        self.aggsize = aggsize
        self.dynvarsize = dynvarsize
        self.task = task or {}
        self.nspec = nspec
        self.specsize = specsize
        self.chunk = 0
        self.big_scratch = False
        self.loops = True
        self.atomic = True
        self.fill = False
        self.cpu = -1
        self.pt_regs_helper = False
        self.stack_size = 16384
        self.text = (0, 0)
        self.ustackcopy = 0
        self.unwind = False
        self.ours: dict[str, list[tuple[int, int]]] = {}
        self.thread: dict[str, int] = {}
        self.paths: dict[str, int] = {}


def up8(n: int) -> int:
    return (n + 7) & ~7


def power2(n: int) -> int:
    return 1 << max(0, n - 1).bit_length()


def _calls(program: Program) -> set[str]:
    """The subroutines that the program calls; `strcmp` may be one."""
    return {
        insn.imm if insn.op == "call" else insn.op
        for clause in program.clauses
        for block in clause.function.blocks
        for insn in block
        if insn.op in ("call", "strcmp")
    }


class Layout:
    __slots__ = (
        "config",
        "program",
        "maps",
        "variable_at",
        "this_size",
        "drops_at",
        "cpu_mask",
        "consts",
        "const_size",
        "scratch_size",
        "zero_size",
        "aggs",
        "const_data",
        "uses_scratch",
        "arena",
        "_pointed",
        "crowded",
        "work_at",
        "strtok_at",
        "tuples",
    )

    def __init__(self, program: Program, config: Config) -> None:
        self.program = program
        self.config = config
        self._pointed: list[Variable] | None = None
        self.maps: dict[str, MapSpec] = {}
        self.variable_at: dict[int, int] = {}
        self.consts: dict[bytes, int] = {}
        self.const_data = bytearray()
        self.tuples: dict[int, tuple[str, ...]] = {}  # aggregations that the consumer adds up: kinds of their keys
        self.aggs: dict[int, AggMap] = {}
        self.zero_size = 64
        self.uses_scratch = False
        self.crowded = False
        if len(program.variables) + len(program.aggregations) > 40:
            from .crowded import crowded

            self.crowded = crowded(program)
        state, this = 16, VARIABLES
        for v in program.variables:
            if v.keys is not None:
                continue
            size = self.value_size(v)
            if v.scope == "global":
                self.variable_at[v.index] = state
                state += size
            elif v.scope == "this":
                self.variable_at[v.index] = this
                this += size
        self.arena = Arena(program, up8(this))
        calls = _calls(program)
        self.work_at = self.arena.end
        self.strtok_at = self.work_at + (up8(3 * program.strsize) + _WORK if calls else 0)
        self.this_size = self.scratch_size = self.strtok_at + (up8(program.strsize) if "strtok" in calls else 0)
        for agg in program.aggregations:
            by_cpu = agg.words * 8 > BIGGEST_PERCPU
            ages = agg.truncated or agg.cleared and agg.func in ("min", "max")
            self.aggs[agg.index] = AggMap(state if ages else -1, by_cpu, self.crowded and bool(agg.keys or ages or by_cpu))
            state += 8 * ages
        self.drops_at = state
        ncpu = power2(config.cpus)
        self.cpu_mask = ncpu - 1
        self.maps["state"] = MapSpec("state", ARRAY, 4, up8(state + (ncpu << DROP_SHIFT)), 1, F_MMAPABLE)
        self.maps["ring"] = MapSpec("ring", RINGBUF, 0, 0, max(4096, power2(config.bufsize)))

    def value_size(self, v: Variable) -> int:
        if is_string(v.type):
            return up8(self.program.strsize)
        return up8(v.type.size) if is_memory(v.type) or v.type.size > 8 else 8

    def pointed(self) -> list[Variable]:
        """The structs and arrays, global and clause-local, whose address the program takes: pointers may write to them."""
        if self._pointed is None:
            found: dict[int, Variable] = {}
            for clause in self.program.clauses:
                for block in clause.function.blocks:
                    for insn in block:
                        slot = insn.args[0] if insn.op == "addr" else None
                        v = getattr(slot, "variable", None)
                        if v is not None and v.scope != "self" and is_memory(v.type):
                            found[v.index] = v
            self._pointed = list(found.values())
        return self._pointed

    def is_wide(self, v: Variable) -> bool:
        """Held as bytes, not as one integer."""
        return is_string(v.type) or is_memory(v.type) or v.type.size > 8

    def const(self, value: bytes, size: int) -> int:
        data = value.ljust(up8(max(size, len(value) + 1)), b"\0")
        if data not in self.consts:
            self.consts[data] = len(self.const_data)
            self.const_data += data
        return self.consts[data]

    def scratch(self, size: int) -> None:
        self.uses_scratch = True
        self.scratch_size = max(self.scratch_size, size)

    def zero(self, size: int) -> None:
        self.zero_size = max(self.zero_size, size)

    def self_map(self, v: Variable) -> str:
        size = self.value_size(v)
        name, key_size = (f"self_{size}", 16) if self.crowded else (f"self{v.index}", 8)
        if name not in self.maps:
            self.maps[name] = MapSpec(name, HASH, key_size, size, self._entries(self.config.dynvarsize, key_size + size))
            self.zero(size)
        return name

    def thread_maps(self) -> list[tuple[str, int | None]]:
        """Where a thread's variables are: the map, and in a map that variables share the index of one."""
        found: list[tuple[str, int | None]] = []
        for v in self.program.variables:
            if v.scope == "self" and v.keys is None:
                name = f"self_{self.value_size(v)}" if self.crowded else f"self{v.index}"
                if name in self.maps:
                    found.append((name, v.index if self.crowded else None))
        return found

    def dyn_map(self, v: Variable, key_size: int) -> str:
        size = self.value_size(v)
        name = f"dyn_{key_size}_{size}" if self.crowded else f"dyn{v.index}"
        if name not in self.maps:
            self.maps[name] = MapSpec(name, HASH, key_size, size, self._entries(self.config.dynvarsize, key_size + size))
            self.zero(size)
        return name

    def agg_map(self, agg: Aggregation, kinds: tuple[str, ...], key_size: int) -> str:
        """The map of `agg`; `key_size` counts the leading words as well."""
        known = self.aggs[agg.index]
        if known.map:
            return known.map
        size = agg.words * 8
        shape = f"{key_size}_{size}{'_g' * (known.generation >= 0)}"
        name = known.map = f"agg_{shape}" if self.crowded else f"agg{agg.index}"
        known.kinds = kinds
        if name in self.maps:
            if not key_size:
                known.place = self.maps[name].entries
                self.maps[name].entries += 1
        else:
            if key_size:
                from ...d.aggdata import most_keys

                entries = min(_MOST, most_keys(self.config.aggsize, key_size, agg.words))
                if known.by_cpu:
                    entries *= self.config.cpus
                if known.generation >= 0:
                    entries *= 2  # the old generation and the new one
                self.maps[name] = MapSpec(name, HASH if known.by_cpu else PERCPU_HASH, key_size, size, entries)
                self.zero(size)
            else:
                self.maps[name] = MapSpec(name, PERCPU_ARRAY, 4, size, 1)
        return name

    @staticmethod
    def _entries(room: int, size: int) -> int:
        return min(_MOST, max(1, room // (size + 56)))

    def finish(self) -> None:
        if self.uses_scratch:
            size = up8(self.scratch_size)
            shared = self.config.big_scratch
            self.maps["scratch"] = MapSpec("scratch", ARRAY if shared else PERCPU_ARRAY, 4, size, self.config.cpus if shared else 1)
        if self.const_data:
            self.maps["rodata"] = MapSpec("rodata", ARRAY, 4, len(self.const_data), 1, 0, bytes(self.const_data))
        self.maps["zero"] = MapSpec("zero", ARRAY, 4, up8(self.zero_size), 1)


def key_kind(arg: object) -> str:
    """How a key operand is packed."""
    space = getattr(arg, "space", None)
    if space is None:
        return "int"
    slot: Slot = arg  # type: ignore[assignment]
    if space == "probe":
        return f"probe{slot.name}"
    return f"{'str' if slot.string else 'bytes'}{slot.size}"


def kind_size(kind: str) -> int:
    return up8(int(kind.lstrip("strbye"))) if kind.startswith(("str", "bytes")) else 8
