"""From a compiled D program to eBPF images and map specifications. Pure: no kernel, no root.

One image for each (family of attachment, list of clauses); all system calls share one image a direction, which looks its shape up by call
number. An image's code is: activity test, probe index, claim of scratch (where used), the clauses one behind the other, leave.

What is too long for one program (jumps reach 32,767 instructions, a program may name 64 maps, the verifier walks a million instructions) is
cut between clauses into *chunks*: the image proper then only finds the shape, and a tail call leads from chunk to chunk. Between them
the firing lives in scratch: `this` variables, and the probe's index in a word of its own. Where to cut is known from the
code's length and maps; what the verifier finds too complex is known by trying (`Config.chunk`, see engine/kernel.py).

Scratch belongs to one firing at a time: an interrupt that finds it busy counts a PRINCIPAL drop and leaves.
"""

from __future__ import annotations

from struct import pack

from ...d.types import is_string
from ...dif import attach
from ...errors import UserError
from .clause import Clause, count_drop
from .families import CallEntry, CallReturn, Family, Own, Timer
from .frame import POINTER, PROBE, TIME, TMP
from .helpers import CPU, LOOKUP, READ_KERNEL, TAIL_CALL
from .insns import R0, R1, R2, R3, R6, R9, R10, Asm, Function, Label
from .layout import ACTIVE, ARRAY, BIGGEST_PERCPU, STRTOK, Config, Layout, MapSpec, up8

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.program import CompiledClause, Program, Variable
    from ...providers.base import Probe

PROG_KPROBE, PROG_PERF_EVENT, PROG_RAW_TP, PROG_TRACING = 2, 7, 17, 26
SAVED_PROBE = 32  # in scratch
CHUNKS = "chunks"
MOST_CODE, MOST_MAPS, MOST_CHUNKS = 24_000, 60, 32


class Test:
    """A program that is run by bpf(2), when `name` is to fire."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Tracepoint:
    """A raw tracepoint."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Sides:
    """Functions of the kernel: the entries, or (`leaving`) the returns, of those that the image's probes name."""

    __slots__ = ("leaving",)

    def __init__(self, leaving: bool) -> None:
        self.leaving = leaving


On = Test | Tracepoint | Sides | attach.Timer


class Image:
    """One program to load. `on` is what it is attached to; `probes` are those it serves, in the order of their indices. A relocation is
    (instruction, map, offset into its value), or a name with `=` for an immediate (see fentry). `other` is the kprobe program for
    functions that fentry cannot take. `chunks` are the programs that tail calls of the code lead to, by index in the map CHUNKS, which
    each loaded image has for itself; `clause` is the first clause of a chunk. `functions` are the code's functions when it has more
    than one."""

    __slots__ = ("name", "prog_type", "on", "probes", "code", "relocs", "other", "chunks", "clause", "functions")

    def __init__(self, name: str, prog_type: int, on: On, probes: list[Probe]) -> None:
        self.name = name
        self.prog_type = prog_type
        self.on = on
        self.probes = probes
        self.code = b""
        self.relocs: list[tuple[int, str, int | None]] = []
        self.other: Image | None = None
        self.chunks: list[Image] = []
        self.clause = 0
        self.functions: list[Function] = []

    def take(self, asm: Asm) -> None:
        """This code."""
        self.code = asm.assemble()
        self.relocs = asm.relocs
        self.functions = asm.functions if len(asm.functions) > 1 else []


class Built:
    __slots__ = ("images", "layout")

    def __init__(self, images: list[Image], layout: Layout) -> None:
        self.images = images
        self.layout = layout


Shape = tuple["CompiledClause", ...]
Row = tuple[int, "Probe", Shape]  # of a system call's number


def enabled(program: Program) -> dict[Probe, list[CompiledClause]]:
    """The clauses of each probe, in order of the program. Probes of one index are one probe."""
    first: dict[int, Probe] = {}
    found: dict[Probe, list[CompiledClause]] = {}
    for clause in program.clauses:
        for probe in clause.probes:
            clauses = found.setdefault(first.setdefault(probe.index, probe), [])
            if clause not in clauses:
                clauses.append(clause)
    return found


def build(program: Program, config: Config) -> Built:
    """Images and layout. Every probe must have its index."""
    built = _build(program, config)
    if built.layout.scratch_size > BIGGEST_PERCPU and not config.big_scratch:
        config.big_scratch = True
        built = _build(program, config)
    return built


def _build(program: Program, config: Config) -> Built:
    by_probe = enabled(program)
    layout = Layout(program, config)
    error: list[CompiledClause] = []
    error_probe = -1
    calls: dict[bool, list[Row]] = {}
    functions: dict[tuple[str, bool, bool, Shape], list[Probe]] = {}
    images: list[Image] = []
    single: list[tuple[Image, Family, Probe, Shape]] = []
    for probe, clauses in by_probe.items():
        on, shape = probe.attach, tuple(clauses)
        if isinstance(on, attach.Own):
            if on.name == "error":
                error, error_probe = clauses, probe.index
            else:
                single.append((Image(f"dt_{on.name}", PROG_RAW_TP, Test(on.name), [probe]), Own(), probe, shape))
        elif isinstance(on, attach.Timer):
            name = "dt_profile" if on.everywhere else "dt_tick"
            single.append((Image(name, PROG_PERF_EVENT, on, [probe]), Timer(), probe, shape))
        elif isinstance(on, attach.SystemCall):
            calls.setdefault(on.leaving, []).append((on.number, probe, shape))
        elif isinstance(on, attach.Function):
            functions.setdefault((probe.mechanism, on.call is not None, on.leaving, shape), []).append(probe)
        elif isinstance(on, (attach.UserFunction, attach.GuestFunction)):
            raise UserError(f"probe {probe} cannot fire in the kernel engine")
        else:
            attach.never(on)
    for image, family, probe, shape in single:
        _fill(image, layout, family, probe.index, [shape], error, error_probe)
        images.append(image)
    for leaving, all_rows in calls.items():
        family = CallReturn() if leaving else CallEntry()
        for rows in _layers(all_rows):
            shapes = list(dict.fromkeys(shape for _, _, shape in rows))
            table = f"calls_{family.point[4:]}{len(layout.maps)}"
            layout.maps[table] = _call_table(table, rows, shapes)
            image = Image(f"dt_{family.point}", PROG_RAW_TP, Tracepoint(family.point), [probe for _, probe, _ in rows])
            _fill(image, layout, family, None, shapes, error, error_probe, table)
            images.append(image)
    for (means, alias, is_return, shape), probes in functions.items():
        from .functions import families, returning

        if means == "fmod_ret":
            image = Image("dt_fmod_ret", PROG_TRACING, Sides(is_return), probes)
            _fill(image, layout, returning(alias), None, [shape], error, error_probe)
            images.append(image)
            continue
        by_kprobe, by_fentry = families(alias, is_return)
        name = "dt_fbt_" + ("syscall" if alias else "return" if is_return else "entry")
        image = Image(name, PROG_KPROBE, Sides(is_return), probes)
        _fill(image, layout, by_kprobe, None, [shape], error, error_probe)
        if means == "fentry":
            kprobe = image
            image = Image("dt_" + ("fexit" if is_return else "fentry"), PROG_TRACING, kprobe.on, probes)
            image.other = kprobe
            _fill(image, layout, by_fentry, None, [shape], error, error_probe)
        images.append(image)
    if "clock" in layout.maps:
        image = Image("dt_clock", PROG_RAW_TP, Tracepoint("sched_stat_runtime"), [])
        from .thread import clock_program

        asm = clock_program(layout)
        image.code, image.relocs = asm.assemble(), asm.relocs
        images.append(image)
    if "root" in layout.maps:
        from .dentries import root_program

        image = Image("dt_root", PROG_RAW_TP, Test("root"), [])
        asm = root_program(layout)
        image.code, image.relocs = asm.assemble(), asm.relocs
        images.append(image)
    left = layout.thread_maps()
    if left and config.thread:
        from .threadkey import forget

        image = Image("dt_forget", PROG_RAW_TP, Tracepoint("sched_process_free"), [])
        asm = forget(left, config.thread)
        image.code, image.relocs = asm.assemble(), asm.relocs
        images.append(image)
    if config.unwind:
        from . import unwind

        unwind.maps(layout)
        for point, asm in unwind.followers(config.task):
            image = Image(f"dt_{point[6:13]}", PROG_RAW_TP, Tracepoint(point), [])
            image.code, image.relocs = asm.assemble(), asm.relocs
            images.append(image)
    _tables(layout, by_probe)
    layout.finish()
    return Built(images, layout)


def _layers(rows: list[Row]) -> list[list[Row]]:
    """A call number has one place in a table: a second probe on it (syscall and fbt's alias) goes to a second program."""
    layers: list[dict[int, Row]] = []
    for row in rows:
        number = row[0]
        for layer in layers:
            if number not in layer:
                layer[number] = row
                break
        else:
            layers.append({number: row})
    return [list(layer.values()) for layer in layers]


def _call_table(name: str, rows: list[Row], shapes: list[Shape]) -> MapSpec:
    top = max(number for number, _, _ in rows)
    words = [0] * (top + 1)
    for number, probe, shape in rows:
        words[number] = probe.index + 1 | shapes.index(shape) << 32
    return MapSpec(name, ARRAY, 4, 8, top + 1, 0, pack(f"{top + 1}Q", *words))


def _tables(layout: Layout, by_probe: dict[Probe, list[CompiledClause]]) -> None:
    count = max((p.index for p in by_probe), default=0) + 1
    strings, ids = layout.maps.get("pstr"), layout.maps.get("pid")
    if strings is not None:
        size = strings.value_size
        rows = [b"\0" * size] * (4 * count)
        for p in by_probe:
            for i, text in enumerate((p.provider, p.module, p.function, p.name)):
                rows[4 * p.index + i] = text.encode()[: size - 1].ljust(size, b"\0")
        strings.entries, strings.data = 4 * count, b"".join(rows)
        assert size == up8(size)
    if ids is not None:
        numbers = [0] * count
        for p in by_probe:
            numbers[p.index] = p.id
        ids.entries, ids.data = count, pack(f"{count}Q", *numbers)


def _fill(
    image: Image,
    layout: Layout,
    family: Family,
    probe: int | None,
    shapes: list[Shape],
    error: list[CompiledClause],
    error_probe: int,
    table: str = "",
) -> None:
    """Emit twice where scratch turns out to be used: the claim comes before the code that needs it."""
    maker = _Maker(layout, family, probe, error, error_probe, isinstance(image.on, Test) and image.on.name == "end")
    before = layout.uses_scratch
    layout.uses_scratch = False
    asm = maker.whole(shapes, table, False)
    if layout.uses_scratch:
        asm = maker.whole(shapes, table, True)
    most = layout.config.chunk
    if asm is None or len(asm.code) > MOST_CODE or _maps(asm) > MOST_MAPS or (most and any(len(shape) > most for shape in shapes)):
        chunks: list[tuple[Asm, int]] = []
        firsts: list[int] = []
        for shape in shapes:
            firsts.append(len(chunks))
            maker.cut(shape, most or len(shape), chunks)
        if len(chunks) > MOST_CHUNKS:
            raise UserError("too many clauses for one probe", hint="use fewer or smaller clauses")
        asm = maker.dispatch(firsts, table)
        for code, clause in chunks:
            chunk = Image(image.name, image.prog_type, image.on, [])
            chunk.clause = clause
            chunk.take(code)
            image.chunks.append(chunk)
        layout.scratch(layout.this_size)
    else:
        image.clause = shapes[0][0].index
    layout.uses_scratch |= before
    image.take(asm)


def _maps(asm: Asm) -> int:
    return len({name for _, name, _ in asm.relocs})


class _Maker:
    """Emits programs for one image's family."""

    def __init__(
        self, layout: Layout, family: Family, probe: int | None, error: list[CompiledClause], error_probe: int, ending: bool = False
    ) -> None:
        self.layout = layout
        self.family = family
        self.probe = probe
        self.error = error
        self.error_probe = error_probe
        self.ending = ending
        self.timed = False

    def whole(self, shapes: list[Shape], table: str, scratch: bool) -> Asm | None:
        """All in one program; None when it is longer than any program may be."""
        a = Asm()
        out, leave = Label(), Label()
        self.prologue(a, table, scratch, out)
        self.time(a, [clause for shape in shapes for clause in shape])
        starts = [Label() for _ in shapes]
        for i in range(1, len(shapes)):
            a.bri("eq", R7_SHAPE, i, starts[i])
        for i, shape in enumerate(shapes):
            a.place(starts[i])
            for clause in shape:
                self.clause(a, clause, leave)
                if len(a.code) > MOST_CODE:
                    return None
            if i + 1 < len(shapes):
                a.jump(leave)
        self.epilogue(a, leave, out, scratch)
        return a

    def clause(self, a: Asm, clause: CompiledClause, leave: Label) -> None:
        writer = Clause(a, self.layout, self.family, self.probe, clause, leave)
        writer.timed = self.timed
        # exit() ends the firing behind its clause, not behind a piece of it; END and ERROR are always run to their end.
        stops = clause.ends and not self.ending and (clause.exits or any(other.exits for other in self.error))
        writer.emit(self.error, self.error_probe, stops)

    def time(self, a: Asm, clauses: list[CompiledClause]) -> None:
        """Where several ask for the timestamp, it is kept: nobody has asked yet."""
        functions = [clause.function for clause in (*clauses, *self.error)]
        asked = sum(insn.op == "builtin" and insn.imm == "timestamp" for fn in functions for block in fn.blocks for insn in block)
        self.timed = asked > 1
        if self.timed:
            a.st(8, R10, TIME, 0)

    def prologue(self, a: Asm, table: str, scratch: bool, out: Label) -> None:
        """The context in r6, the activity test, the shape in R7_SHAPE, the probe's index at PROBE, scratch in r9."""
        a.mov(R6, R1)
        if not self.family.alone:
            a.map_value(R1, "state")
            a.ldx(8, R1, R1, 0)
            a.bri("ne", R1, ACTIVE, out)
            if self.layout.config.cpu >= 0:
                a.call(CPU)
                a.bri("ne", R0, self.layout.config.cpu, out)
        if table:
            self.family.call_number(a)
            a.map_fd(R1, table)
            a.mov(R2, R10)
            a.alui("add", R2, TMP)
            a.call(LOOKUP)
            a.bri("eq", R0, 0, out)
            a.ldx(8, R7_SHAPE, R0, 0)
            a.bri("eq", R7_SHAPE, 0, out)
            self.family.ours(a, out)
            a.mov(R1, R7_SHAPE)
            a.alui("shl", R1, 32)
            a.alui("shr", R1, 32)
            a.alui("sub", R1, 1)
            a.stx(8, R10, PROBE, R1)
        elif self.probe is None:
            self.family.find(a, out)
        if scratch:
            _claim(a, self.layout, out)
            self.family.begin(a)
        if table:
            a.alui("shr", R7_SHAPE, 32)

    def epilogue(self, a: Asm, leave: Label, out: Label, scratch: bool) -> None:
        a.place(leave)
        if scratch:
            self.family.end(a)
        a.place(out)
        a.imm(R0, 0)
        a.exit()
        a.finish()

    def dispatch(self, firsts: list[int], table: str) -> Asm:
        """The program that is attached when the clauses are in chunks."""
        a = Asm()
        out, leave = Label(), Label()
        self.prologue(a, table, True, out)
        if self.probe is None:
            a.ldx(8, R1, R10, PROBE)
            a.stx(8, R9, SAVED_PROBE, R1)
        for i, first in enumerate(firsts[1:], 1):
            other = Label()
            a.bri("ne", R7_SHAPE, i, other)
            self.tail(a, first, leave)
            a.place(other)
        self.tail(a, firsts[0], leave)
        self.epilogue(a, leave, out, True)
        return a

    def tail(self, a: Asm, index: int, leave: Label) -> None:
        """Go on in a chunk. That a tail call fails is not expected; what it loses is counted."""
        a.mov(R1, R6)
        a.map_fd(R2, CHUNKS)
        a.imm(R3, index)
        a.call(TAIL_CALL)
        count_drop(a, self.layout, 0)
        a.jump(leave)

    def cut(self, shape: Shape, most: int, chunks: list[tuple[Asm, int]]) -> None:
        """Append the chunks of a shape, each of as many clauses as fit, at most `most`."""
        clauses = list(shape)
        while clauses:
            count = min(most, len(clauses))
            while True:
                last = count == len(clauses)
                code = self.chunk(clauses[:count], None if last else len(chunks) + 1)
                if len(code.code) <= MOST_CODE and _maps(code) <= MOST_MAPS:
                    break
                if count == 1:
                    raise too_large(clauses[0])
                count = (count + 1) // 2
            chunks.append((code, clauses[0].index))
            clauses = clauses[count:]

    def chunk(self, clauses: list[CompiledClause], following: int | None) -> Asm:
        a = Asm()
        out, leave = Label(), Label()
        a.mov(R6, R1)
        _scratch(a, self.layout, out)
        if self.family.fixed:
            self.family.find(a, out)
        elif self.probe is None:
            a.ldx(8, R1, R9, SAVED_PROBE)
            a.stx(8, R10, PROBE, R1)
        self.time(a, clauses)
        for clause in clauses:
            self.clause(a, clause, leave)
        if following is not None:
            self.tail(a, following, leave)
        self.epilogue(a, leave, out, True)
        return a


def too_large(clause: CompiledClause) -> UserError:
    """A clause that no cut between clauses can help."""
    line = next((insn.line for block in clause.function.blocks for insn in block), None)
    return UserError(
        "clause is too large for the kernel" + (f" (line {line})" if line else ""), line=line, hint="make several clauses of it"
    )


R7_SHAPE = 7  # the shape waits in r7, which no clause needs before its record


def _scratch(a: Asm, layout: Layout, out: Label) -> None:
    """This CPU's scratch in r9."""
    there = Label()
    if layout.config.big_scratch:
        a.call(CPU)
        a.stx(8, R10, POINTER, R0)
    else:
        a.st(8, R10, POINTER, 0)
    a.map_fd(R1, "scratch")
    a.mov(R2, R10)
    a.alui("add", R2, POINTER)
    a.call(LOOKUP)
    a.bri("ne", R0, 0, there)
    a.jump(out)
    a.place(there)
    a.mov(R9, R0)


def _claim(a: Asm, layout: Layout, out: Label) -> None:
    """Scratch for this firing alone: an interrupt that finds it busy counts a drop and leaves."""
    free = Label()
    _scratch(a, layout, out)
    a.ldx(8, R1, R9, 0)
    a.bri("eq", R1, 0, free)
    count_drop(a, layout, 0)
    a.jump(out)
    a.place(free)
    a.st(8, R9, 0, 1)
    if layout.this_size > layout.strtok_at:
        a.st(8, R9, STRTOK, 0)
    for v in layout.program.variables:
        if v.scope == "this" and v.keys is None:
            _clear(a, layout, v)


def _clear(a: Asm, layout: Layout, v: Variable) -> None:
    """A clause-local variable begins as zero: an integer, an empty string, all of a struct or array."""
    at, size = layout.variable_at[v.index], 8 if is_string(v.type) else layout.value_size(v)
    if size <= 64:
        for i in range(0, size, 8):
            a.st(8, R9, at + i, 0)
        return
    layout.zero(size)
    a.mov(R1, R9)
    a.alui("add", R1, at)
    a.imm(R2, size)
    a.map_value(R3, "zero")
    a.call(READ_KERNEL)
