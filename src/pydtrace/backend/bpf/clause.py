"""One clause: DIF instructions to eBPF.

`Clause` holds what all that is written for a clause has in common: the assembler, the layout of maps, the frame, the family (families.py),
which instruction it is at, whether its record is open. What single operations become is written by the rooms (rooms.py), which are
functions of a clause and an instruction.

r6 is the context, r7 the open record, r8 is free for whoever writes an operation, r9 is scratch (when the program uses it). Nothing is
kept in r0-r5 from one DIF instruction to the next; what the clause keeps is in its frame (frame.py).
"""

from __future__ import annotations

from ...d.symbols import PROBE_STRINGS
from ...d.types import is_string
from ...dif import ir
from ...errors import InternalError
from .families import Error
from .frame import ELEMENT, NUMBER, POINTER, PROBE, THREAD, Frame
from .helpers import CPU, LOOKUP, READ_KERNEL, READ_KERNEL_STR
from .insns import R0, R1, R2, R3, R9, R10, Asm, Label, fits32
from .layout import ARRAY, DRAINING, DROP_SHIFT, TOP, Layout, MapSpec, up8
from .rooms import operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Function, Reg, Slot
    from ...dif.program import CompiledClause, Variable
    from .families import Family

    Operand = Reg | Slot | int


class Clause:
    """Writes one clause into `asm`. `probe` is the constant probe index or None (then at PROBE); `error`: it is one of ERROR's.

    `offset` is the number of the instruction, `open` whether the record is; `end` is behind the clause, `leave` behind all clauses.
    `frames_wanted`: so many of the user's stack are unwound here (unwind.py), into `area` of scratch.
    `timed`: more than one place of the program asks for the timestamp, which is one for the whole firing.
    `sent`: no context of a user's stack needs to be sent any more (ustack.py).
    """

    def __init__(
        self, asm: Asm, layout: Layout, family: Family, probe: int | None, clause: CompiledClause, leave: Label, error: bool = False
    ) -> None:
        self.asm = asm
        self.layout = layout
        self.family = family
        self.probe = probe
        self.clause = clause
        self.leave = leave
        self.error = error
        self.end = Label()
        self.stubs: list[tuple[Label, int, int, bool]] = []  # where faults go: the place, code, offset, whether the record is open
        self.frame = Frame(clause.function, layout)
        self.open = False
        self.offset = 0
        self.sent = True
        self.timed = False
        self.frames_wanted = self.area = 0

    def emit(self, error_clauses: list[CompiledClause], error_probe: int, stops: bool = False) -> None:
        """All of it, with what its faults make of ERROR's clauses. `stops`: when it has called exit(), those behind it do not run."""
        fn = self.clause.function
        a = self.asm
        if self.layout.arena.size and not self.clause.continues:
            self.layout.scratch(self.layout.this_size)
            a.st(8, R9, TOP, 0)
        if any(insn.op in ("stack", "putstack") and insn.imm[-1] for block in fn.blocks for insn in block):
            a.st(8, R10, NUMBER, 0)
            self.sent = False
        if self.layout.config.unwind:
            from .unwind import prepare

            prepare(self)
        if _uses_thread(fn):
            from .threadkey import thread_key

            thread_key(a, self.layout.config.thread)
        labels = [Label() for _ in fn.blocks]
        opened: list[bool | None] = [None] * len(fn.blocks)
        opened[0] = False
        for i, block in enumerate(fn.blocks):
            if opened[i] is None:  # nothing jumps here
                self.offset += len(block)
                continue
            a.place(labels[i])
            self.open = bool(opened[i])
            for insn in block:
                if insn.op == "jmp":
                    target = insn.imm if isinstance(insn.imm, int) else insn.imm[0]
                    opened[target] = self.open
                    if target != i + 1:
                        a.jump(labels[target])
                elif insn.op == "br":
                    cond, yes, no = insn.imm
                    opened[yes] = opened[no] = self.open
                    self.compare(cond, insn.args[0], insn.args[1], labels[yes])
                    if no != i + 1:
                        a.jump(labels[no])
                else:
                    operation(insn)(self, insn)
                self.offset += 1
        if self.stubs:
            from .faults import handle

            handle(self, error_clauses, error_probe)
        a.place(self.end)
        if stops:
            a.map_value(R1, "state")
            a.ldx(8, R1, R1, 0)
            a.bri("eq", R1, DRAINING, self.leave)

    def part(self, clause: CompiledClause, probe: int) -> Clause:
        """A clause of ERROR, to be written into this one."""
        part = Clause(self.asm, self.layout, Error(), probe, clause, self.leave, True)
        part.timed = self.timed
        return part

    def fault_label(self, code: int) -> Label:
        """Where to go for a fault; VALUE has been stored."""
        label = Label()
        self.stubs.append((label, code, self.offset, self.open))
        return label

    def drop(self, kind: int) -> None:
        """Count a drop for this CPU. Uses r0-r5."""
        if self.layout.crowded:
            from .crowded import drop

            drop(self, kind)
        else:
            count_drop(self.asm, self.layout, kind)

    def compare(self, cond: str, x: Operand, y: Operand, label: Label) -> None:
        """Go to `label` if."""
        if isinstance(y, int) and fits32(y):
            self.value(x, R1)
            self.asm.bri(cond, R1, y, label)
        else:
            self.value(y, R2) if isinstance(y, (ir.Reg, int)) else None
            self.value(x, R1)
            self.asm.br(cond, R1, R2, label)

    # ---- values

    def value(self, arg: Operand, to: int) -> None:
        """An integer into register `to`. That of a thread's variable calls a helper."""
        if isinstance(arg, ir.Reg):
            base, off = self.frame.home(arg)
            self.asm.ldx(8, to, base, off)
        elif isinstance(arg, int):
            self.asm.imm(to, arg)
        elif arg.space == "var" and arg.variable is not None:
            self.read_variable(arg, to)
        elif arg.space == "probe":
            self.probe_index(to)
        else:
            raise InternalError(f"integer wanted, {arg} found")

    def store(self, dst: Reg | Slot | None, reg: int) -> None:
        """Register `reg` into the virtual register."""
        assert isinstance(dst, ir.Reg)
        base, off = self.frame.home(dst)
        self.asm.stx(8, base, off, reg)

    def probe_index(self, to: int) -> None:
        if self.probe is None:
            self.asm.ldx(8, to, R10, PROBE)
        else:
            self.asm.imm(to, self.probe)

    def stack(self, to: int, off: int) -> None:
        """The address of a place in the frame."""
        self.asm.mov(to, R10)
        self.asm.alui("add", to, off)

    def address(self, slot: Slot, to: int) -> None:
        """Address of a string or bytes slot in `to`. May call a helper."""
        a = self.asm
        if slot.space == "tmp":
            a.mov(to, R9)
            a.alui("add", to, self.frame.temporaries[slot.n])
        elif slot.space == "const":
            a.map_value(to, "rodata", self.layout.const(slot.value, slot.size))
        elif slot.space == "probe":
            self.layout.maps.setdefault("pstr", MapSpec("pstr", ARRAY, 4, up8(self.layout.program.strsize), 0))
            self.probe_index(R1)
            a.alui("mul", R1, 4)
            a.alui("add", R1, list(PROBE_STRINGS).index(slot.name))
            self.lookup_u32("pstr", R1)
            self.or_zero(up8(self.layout.program.strsize), to)
        else:
            v = slot.variable
            assert v is not None
            if v.scope == "global":
                a.map_value(to, "state", self.layout.variable_at[v.index])
            elif v.scope == "this":
                self.layout.scratch(self.layout.this_size)
                a.mov(to, R9)
                a.alui("add", to, self.layout.variable_at[v.index])
            else:
                self.thread_key(v)
                a.call(LOOKUP)
                self.or_zero(self.layout.value_size(v), to, is_string(v.type))

    def thread_key(self, v: Variable) -> None:
        """The map of a thread's variable in r1, the address of its key in r2."""
        self.asm.map_fd(R1, self.layout.self_map(v))
        if self.layout.crowded:
            self.asm.st(8, R10, ELEMENT, v.index)
        self.stack(R2, THREAD)

    def or_zero(self, size: int, to: int, string: bool = False) -> None:
        """What a look-up found, in `to`; zeroes where that is nothing, for a string NULL."""
        found = Label()
        self.asm.bri("ne", R0, 0, found)
        if string:
            self.asm.map_value(R0, "rodata", self.layout.const(ir.NULL, size))
        else:
            self.layout.zero(size)
            self.asm.map_value(R0, "zero")
        self.asm.place(found)
        self.asm.mov(to, R0)

    def lookup_u32(self, name: str, key: int) -> None:
        """Look up the number in register `key`."""
        self.asm.stx(8, R10, POINTER, key)
        self.asm.map_fd(R1, name)
        self.stack(R2, POINTER)
        self.asm.call(LOOKUP)

    def read_variable(self, slot: Slot, to: int) -> None:
        v = slot.variable
        assert v is not None
        a = self.asm
        if v.scope == "global":
            a.map_value(to, "state", self.layout.variable_at[v.index])
            a.ldx(8, to, to, 0)
        elif v.scope == "this":
            self.layout.scratch(self.layout.this_size)
            a.ldx(8, to, R9, self.layout.variable_at[v.index])
        elif self.layout.crowded:
            from .crowded import get_word

            get_word(self, v, to)
        else:
            self.address(slot, R0)
            a.ldx(8, to, R0, 0)

    def probe_id(self) -> None:
        """The id of the firing probe, in r0."""
        self.layout.maps.setdefault("pid", MapSpec("pid", ARRAY, 4, 8, 0))
        self.probe_index(R1)
        self.lookup_u32("pid", R1)
        self.or_zero(8, R0)
        self.asm.ldx(8, R0, R0, 0)

    def copy_to(self, slot: Slot, base: int, off: int, size: int) -> None:
        """Copy a slot's string or bytes to base+off (base r7, r9 or r10; already zeroed where that matters)."""
        a = self.asm
        self.address(slot, R3)
        a.mov(R1, base)
        a.alui("add", R1, off)
        a.imm(R2, min(size, up8(slot.size)) if slot.string else min(size, slot.size))
        a.call(READ_KERNEL_STR if slot.string else READ_KERNEL)


def count_drop(a: Asm, layout: Layout, kind: int) -> None:
    """Count a drop for this CPU."""
    a.call(CPU)
    a.alui("and", R0, layout.cpu_mask)
    a.alui("shl", R0, DROP_SHIFT)
    a.map_value(R1, "state", layout.drops_at)
    a.alu("add", R1, R0)
    a.imm(R2, 1)
    a.atomic_add(R1, 8 * kind, R2)


def _uses_thread(function: Function) -> bool:
    """Whether a clause needs the thread's key."""
    for block in function.blocks:
        for insn in block:
            imm = insn.imm if isinstance(insn.imm, tuple) else (insn.imm,)
            if insn.op == "builtin" and imm[0] == "vtimestamp":
                return True
            for operand in (insn.dst, *insn.args):
                if getattr(getattr(operand, "variable", None), "scope", "") == "self":
                    return True
            if any(getattr(word, "scope", "") == "self" for word in imm):
                return True
    return False
