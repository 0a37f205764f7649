"""DIF instructions to eBPF.

Every virtual register has a stack slot for the time it lives (blocks come in order and jumps go forward, so a life is a span of
instruction numbers); what does not fit goes to scratch. r6 is the context, r7 the open record, r8 is free for a routine here, r9 is scratch
(when the program uses it). Nothing is kept in r0-r5 from one DIF instruction to the next.

Stack, from r10 down: fixed words (below), a small key, the registers' slots.
"""

from __future__ import annotations

from ...d.symbols import PROBE_STRINGS
from ...d.types import StackType, SymbolType, is_string, resolve
from ...dif import ir
from ...errors import InternalError, UserError
from .insns import JMP, R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10, Asm, Label, fits32
from .layout import DRAINING, DROP_SHIFT, HEADER, Layout, key_kind, kind_size, up8

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Function, Insn, Reg, Slot
    from ...dif.program import Aggregation, CompiledClause, Variable

    Operand = Reg | Slot | int

# FAULT (offset << 32 | code) and VALUE are the fault that is happening; the ERROR words those that ERROR clauses are told of.
PROBE, TMP, TMP2, POINTER, FAULT, VALUE, ERROR_PROBE, ERROR_CLAUSE, ERROR_FAULT, ERROR_VALUE, THREAD, NUMBER = (
    -8 * i for i in range(1, 13)
)
# Words in scratch, for loops: what the verifier sees as a constant on the stack would make each round a state of its own.
W0, W1, W2 = 8, 16, 24
SPECULATION = 12  # where the header of a record has its speculation's mark
KEY_SIZE = 128
KEY = NUMBER - KEY_SIZE
FIRST = KEY - 8
FRAME = 416  # of 512 bytes of stack; routines have the rest
NSLOTS = (FRAME + FIRST) // 8 + 1

# pt_regs of x86-64: the arguments of a function, of a system call, and others
_FUNC = (112, 104, 96, 88, 72, 64)
_CALL = (112, 104, 96, 56, 72, 64)
AX, IP, CS, DI = 80, 128, 136, 112

# helpers
LOOKUP, UPDATE, DELETE, KTIME, CPU, PIDTGID, UIDGID, COMM, TASK, GETSTACK = 1, 2, 3, 5, 8, 14, 15, 16, 35, 67
READ_USER, READ_KERNEL, READ_USER_STR, READ_KERNEL_STR, RESERVE, SUBMIT, DISCARD, RANDOM = 112, 113, 114, 115, 131, 132, 133, 7


class ClauseCore:
    """Emits clauses into `asm`. `family` says how arguments are found; `probe` is the constant probe index or None (then at PROBE)."""

    def __init__(
        self, asm: Asm, layout: Layout, family: str, probe: int | None, clause: CompiledClause, leave: Label, error: bool = False
    ) -> None:
        self.asm = asm
        self.layout = layout
        self.family = family
        self.probe = probe
        self.clause = clause
        self.leave = leave
        self.error = error
        self.end = Label()
        self.faulted = Label()
        self.faulted_open = Label()
        self.stubs: list[tuple[Label, int, int, bool]] = []
        self.any_fault = [False, False]
        self.slots: dict[int, int] = {}
        self.tmps: dict[int, int] = {}
        self.open = False
        self.offset = 0
        self.scratch_top = layout.this_size

    # ---- storage

    def assign(self, fn: Function) -> None:
        spans: dict[int, list[int]] = {}
        at = 0
        keys = 0
        for block in fn.blocks:
            for insn in block:
                for x in (insn.dst, *insn.args):
                    if isinstance(x, ir.Reg):
                        spans.setdefault(x.n, [at, at])[1] = at
                nkeys: tuple[Operand, ...] = ()
                if insn.op in ("dynget", "dynput", "dynpoke"):
                    nkeys = insn.args[{"dynget": 0, "dynput": 1, "dynpoke": 2}[insn.op] :]
                    keys = max(keys, 8 + sum(kind_size(key_kind(k)) for k in nkeys))
                elif insn.op == "aggregate":
                    lead = 8 * self.layout.aggs[insn.imm[0].index].lead
                    keys = max(keys, lead + sum(kind_size(key_kind(k)) for k in insn.args[: insn.imm[1]]))
                at += 1
        self.scratch_top = self.layout.this_size
        if keys > KEY_SIZE:
            self.scratch_top += keys
        busy: list[int] = []  # end of life by slot number
        for n, (start, stop) in sorted(spans.items(), key=lambda s: s[1][0]):
            for i, until in enumerate(busy):
                if until < start:
                    busy[i] = stop
                    break
            else:
                i = len(busy)
                busy.append(stop)
            self.slots[n] = i
        if len(busy) > NSLOTS:
            self.scratch_top += 8 * (len(busy) - NSLOTS)
        self.spill_at = self.layout.this_size + (keys if keys > KEY_SIZE else 0)
        self.place_temporaries(fn)
        if self.scratch_top > self.layout.this_size:
            self.layout.scratch(self.scratch_top)

    def place_temporaries(self, fn: Function) -> None:
        """Room in scratch for each temporary while it lives."""
        lives: dict[int, list[int]] = {}
        sizes: dict[int, int] = {}
        for at, insn in enumerate(insn for block in fn.blocks for insn in block):
            for x in (insn.dst, *insn.args):
                if isinstance(x, ir.Slot) and x.space == "tmp":
                    # Whoever has its address may keep it as long as the clause runs.
                    life = lives.setdefault(x.n, [at, at])
                    life[1] = max(life[1], at) if insn.op != "addr" else 1 << 30
                    sizes[x.n] = up8(x.size)
        base = self.scratch_top
        living: list[tuple[int, int, int]] = []  # (offset, end, last use), by offset
        for n, (start, stop) in sorted(lives.items(), key=lambda life: life[1][0]):
            living = [held for held in living if held[2] >= start]
            at = base
            for offset, end, _ in living:
                if offset - at >= sizes[n]:
                    break
                at = max(at, end)
            self.tmps[n] = at
            living.append((at, at + sizes[n], stop))
            living.sort()
            self.scratch_top = max(self.scratch_top, at + sizes[n])

    def home(self, reg: Reg) -> tuple[int, int]:
        i = self.slots[reg.n]
        return (R10, FIRST - 8 * i) if i < NSLOTS else (R9, self.spill_at + 8 * (i - NSLOTS))

    def value(self, arg: Operand, to: int) -> None:
        if isinstance(arg, ir.Reg):
            base, off = self.home(arg)
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
        assert isinstance(dst, ir.Reg)
        base, off = self.home(dst)
        self.asm.stx(8, base, off, reg)

    def probe_index(self, to: int) -> None:
        if self.probe is None:
            self.asm.ldx(8, to, R10, PROBE)
        else:
            self.asm.imm(to, self.probe)

    def stack(self, to: int, off: int) -> None:
        self.asm.mov(to, R10)
        self.asm.alui("add", to, off)

    def address(self, slot: Slot, to: int) -> None:
        """Address of a string or bytes slot in `to`. May call a helper."""
        a = self.asm
        if slot.space == "tmp":
            a.mov(to, R9)
            a.alui("add", to, self.tmps[slot.n])
        elif slot.space == "const":
            a.map_value(to, "rodata", self.layout.const(slot.value, slot.size))
        elif slot.space == "probe":
            self.layout.maps.setdefault("pstr", _probe_strings(self.layout))
            self.probe_index(R1)
            a.alui("mul", R1, 4)
            a.alui("add", R1, list(PROBE_STRINGS).index(slot.name))
            self.lookup_u32("pstr", R1)
            self._or_zero(up8(self.layout.program.strsize), to)
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
                a.map_fd(R1, self.layout.self_map(v))
                self.stack(R2, THREAD)
                a.call(LOOKUP)
                self._or_zero(self.layout.value_size(v), to, is_string(v.type))

    def _or_zero(self, size: int, to: int, string: bool = False) -> None:
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
        else:
            self.address(slot, R0)
            a.ldx(8, to, R0, 0)

    def drop(self, kind: int) -> None:
        """Count a drop for this CPU. Uses r0-r2."""
        a = self.asm
        a.call(CPU)
        a.alui("and", R0, self.layout.cpu_mask)
        a.alui("shl", R0, DROP_SHIFT)
        a.map_value(R1, "state", self.layout.drops_at)
        a.alu("add", R1, R0)
        a.imm(R2, 1)
        a.atomic_add(R1, 8 * kind, R2)

    # ---- faults

    def fault_label(self, code: int) -> Label:
        label = Label()
        self.stubs.append((label, code, self.offset, self.open))
        return label

    def emit_stubs(self) -> None:
        """Behind the clause: the place every faulting instruction jumps to; VALUE has been stored."""
        for label, code, offset, opened in self.stubs:
            self.asm.place(label)
            self.asm.imm(R1, code | offset << 32)
            self.asm.stx(8, R10, FAULT, R1)
            self.any_fault[opened] = True
            self.asm.jump(self.faulted_open if opened else self.faulted)

    # ---- the clause

    def emit(self, error_clauses: list[CompiledClause], error_probe: int, stops: bool = False) -> None:
        """The clause. `stops`: when it has called exit(), those behind it do not run."""
        from .threadkey import thread_key, uses_thread

        fn = self.clause.function
        a = self.asm
        self.assign(fn)
        if uses_thread(fn):
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
                    self.one(insn)
                self.offset += 1
        self.emit_stubs()
        if any(self.any_fault):
            self.fault_handler(error_clauses, error_probe)
        a.place(self.end)
        if stops:
            a.map_value(R1, "state")
            a.ldx(8, R1, R1, 0)
            a.bri("eq", R1, DRAINING, self.leave)

    def fault_handler(self, error_clauses: list[CompiledClause], error_probe: int) -> None:
        a = self.asm
        if self.any_fault[True]:
            a.place(self.faulted_open)
            a.mov(R1, R7)
            a.imm(R2, 1)
            a.call(DISCARD)
        a.place(self.faulted)
        if self.error:
            self.drop(3)
            return
        lost = Label()
        self.reserve(32, lost)
        self.header(-1)
        a.st(8, R7, HEADER, self.clause.index)
        a.ldx(8, R1, R10, FAULT)
        a.mov(R2, R1)
        a.alui("shl", R1, 32)
        a.alui("shr", R1, 32)
        a.alui("shr", R2, 32)
        a.stx(8, R7, HEADER + 8, R1)
        a.ldx(8, R1, R10, VALUE)
        a.stx(8, R7, HEADER + 16, R1)
        a.stx(8, R7, HEADER + 24, R2)
        self.submit()
        a.place(lost)
        if any(insn.op == "arg" for clause in error_clauses for block in clause.function.blocks for insn in block):
            self.error_arguments()
        for clause in error_clauses:
            type(self)(a, self.layout, "error", error_probe, clause, self.leave, True).emit([], -1)

    def error_arguments(self) -> None:
        """Kept apart: an ERROR clause may itself do what stores FAULT and VALUE."""
        a = self.asm
        a.st(8, R10, ERROR_CLAUSE, self.clause.index)
        for at, to in ((FAULT, ERROR_FAULT), (VALUE, ERROR_VALUE)):
            a.ldx(8, R1, R10, at)
            a.stx(8, R10, to, R1)
        self.probe_id()
        a.stx(8, R10, ERROR_PROBE, R0)

    def probe_id(self) -> None:
        """The id of the firing probe, in r0."""
        self.layout.maps.setdefault("pid", _probe_ids(self.layout))
        self.probe_index(R1)
        self.lookup_u32("pid", R1)
        self._or_zero(8, R0)
        self.asm.ldx(8, R0, R0, 0)

    def reserve(self, size: int, lost: Label) -> None:
        a, got = self.asm, Label()
        a.map_fd(R1, "ring")
        a.imm(R2, HEADER + size)
        a.imm(R3, 0)
        a.call(RESERVE)
        a.mov(R7, R0)
        a.bri("ne", R7, 0, got)
        if self.layout.config.fill:
            a.map_value(R1, "state")
            a.st(8, R1, 0, DRAINING)
        else:
            self.drop(0)
        a.jump(lost)
        a.place(got)

    def header(self, clause: int) -> None:
        a = self.asm
        a.st(4, R7, 0, clause)
        self.probe_index(R1)
        a.stx(4, R7, 4, R1)
        a.call(CPU)
        a.stx(4, R7, 8, R0)
        a.st(4, R7, SPECULATION, 0)

    def submit(self) -> None:
        self.asm.mov(R1, R7)
        self.asm.imm(R2, 1)
        self.asm.call(SUBMIT)

    def compare(self, cond: str, x: Operand, y: Operand, label: Label) -> None:
        if isinstance(y, int) and fits32(y):
            self.value(x, R1)
            self.asm.bri(cond, R1, y, label)
        else:
            self.value(y, R2) if isinstance(y, (ir.Reg, int)) else None
            self.value(x, R1)
            self.asm.br(cond, R1, R2, label)

    def one(self, insn: Insn) -> None:
        op = insn.op
        method = getattr(self, "op_" + op, None)
        if op in _ALU2:
            self.value(insn.args[0], R1)
            b = insn.args[1]
            if isinstance(b, int) and fits32(b):
                if op in ("shl", "shr", "sar"):
                    b &= 63
                self.asm.alui(op, R1, b)
            else:
                self.value(b, R2)
                self.asm.alu(op, R1, R2)
            self.store(insn.dst, R1)
        elif method is not None:
            method(insn)
        else:
            raise InternalError(f"BPF back end: no operation {op}")

    # ---- arithmetic

    def op_mov(self, insn: Insn) -> None:
        self.value(insn.args[0], R1)
        self.store(insn.dst, R1)

    def op_neg(self, insn: Insn) -> None:
        self.value(insn.args[0], R1)
        self.asm.alui("neg", R1, 0)
        self.store(insn.dst, R1)

    def op_not(self, insn: Insn) -> None:
        self.value(insn.args[0], R1)
        self.asm.alui("xor", R1, -1)
        self.store(insn.dst, R1)

    def _div(self, insn: Insn) -> None:
        a = self.asm
        self.value(insn.args[0], R1)
        self.value(insn.args[1], R2)
        if not (isinstance(insn.args[1], int) and insn.args[1]):
            a.st(8, R10, VALUE, 0)
            a.bri("eq", R2, 0, self.fault_label(ir.DIVZERO))
        if insn.op in ("udiv", "umod"):
            a.alu(insn.op, R1, R2)
            self.store(insn.dst, R1)
            return
        plus1, plus2, done = Label(), Label(), Label()
        a.mov(R3, R1)
        if insn.op == "sdiv":
            a.alu("xor", R3, R2)  # the sign of the quotient; a remainder has the dividend's
        a.bri("sge", R1, 0, plus1)
        a.alui("neg", R1, 0)
        a.place(plus1)
        a.bri("sge", R2, 0, plus2)
        a.alui("neg", R2, 0)
        a.place(plus2)
        a.alu("u" + insn.op[1:], R1, R2)
        a.bri("sge", R3, 0, done)
        a.alui("neg", R1, 0)
        a.place(done)
        self.store(insn.dst, R1)

    op_udiv = op_umod = op_sdiv = op_smod = _div

    def extend(self, reg: int, size: int, signed: bool) -> None:
        if size < 8:
            self.asm.alui("shl", reg, 64 - 8 * size)
            self.asm.alui("sar" if signed else "shr", reg, 64 - 8 * size)

    def op_ext(self, insn: Insn) -> None:
        self.value(insn.args[0], R1)
        self.extend(R1, *insn.imm[:2])
        self.store(insn.dst, R1)

    def op_set(self, insn: Insn) -> None:
        a, yes = self.asm, Label()
        cond = insn.imm if isinstance(insn.imm, str) else insn.imm[0]
        y = insn.args[1]
        self.value(insn.args[0], R1)
        a.imm(R3, 1)
        if isinstance(y, int) and fits32(y):
            a.bri(cond, R1, y, yes)
        else:
            self.value(y, R2)
            a.br(cond, R1, R2, yes)
        a.imm(R3, 0)
        a.place(yes)
        self.store(insn.dst, R3)

    def op_strcmp(self, insn: Insn) -> None:
        """One of the strings is a short constant: it is compared byte by byte in place."""
        a = self.asm
        s, t = insn.args
        assert isinstance(s, ir.Slot) and isinstance(t, ir.Slot)
        less, more, store = Label(), Label(), Label()
        const, variable, low, high = (s, t, more, less) if s.space == "const" else (t, s, less, more)
        self.address(variable, R1)
        for i, c in enumerate((const.value.split(b"\0")[0] + b"\0")[: min(s.size, t.size)]):
            a.ldx(1, R4, R1, i)
            a.bri("gt", R4, c, high)
            a.bri("lt", R4, c, low)
        a.imm(R1, 0)
        a.jump(store)
        a.place(less)
        a.imm(R1, -1)
        a.jump(store)
        a.place(more)
        a.imm(R1, 1)
        a.place(store)
        self.store(insn.dst, R1)

    # ---- memory

    def op_load(self, insn: Insn) -> None:
        size, signed, space = insn.imm
        a = self.asm
        self.value(insn.args[0], R3)
        a.stx(8, R10, VALUE, R3)
        self.stack(R1, TMP)
        a.imm(R2, size)
        a.call(READ_USER if space == "user" else READ_KERNEL)
        a.bri("ne", R0, 0, self.fault_label(ir.BADADDR))
        a.ldx(size, R1, R10, TMP)
        if signed:
            self.extend(R1, size, True)
        self.store(insn.dst, R1)

    def op_loadstr(self, insn: Insn) -> None:
        a, slot = self.asm, insn.dst
        assert isinstance(slot, ir.Slot)
        self.address(slot, R1)
        a.st(1, R1, 1, 0)  # "" is not NULL
        self.string_limit(insn, min(slot.size, insn.imm[0] + 1))
        self.value(insn.args[0], R3)
        a.stx(8, R10, VALUE, R3)
        space = insn.imm[1]
        a.call(READ_USER_STR if space == "user" else READ_KERNEL_STR)
        a.bri("slt", R0, 0, self.fault_label(ir.BADADDR))

    def string_limit(self, insn: Insn, size: int) -> None:
        """Bytes to read in r2, at least the NUL."""
        a, big, small = self.asm, Label(), Label()
        most = insn.args[1] if len(insn.args) > 1 else size
        if isinstance(most, int):
            a.imm(R2, min(size, max(1, most % (1 << 64))))
            return
        self.value(most, R2)
        a.bri("le", R2, size, big)
        a.imm(R2, size)
        a.place(big)
        a.bri("ge", R2, 1, small)
        a.imm(R2, 1)
        a.place(small)

    def op_loadmem(self, insn: Insn) -> None:
        a, slot = self.asm, insn.dst
        assert isinstance(slot, ir.Slot)
        size, space = insn.imm
        self.address(slot, R1)
        self.value(insn.args[0], R3)
        a.stx(8, R10, VALUE, R3)
        a.imm(R2, min(size, slot.size))
        a.call(READ_USER if space == "user" else READ_KERNEL)
        a.bri("ne", R0, 0, self.fault_label(ir.BADADDR))

    def copy_to(self, slot: Slot, base: int, off: int, size: int) -> None:
        """Copy a slot's string or bytes to base+off (base r7, r9 or r10; already zeroed where that matters)."""
        a = self.asm
        self.address(slot, R3)
        a.mov(R1, base)
        a.alui("add", R1, off)
        a.imm(R2, min(size, up8(slot.size)) if slot.string else min(size, slot.size))
        a.call(READ_KERNEL_STR if slot.string else READ_KERNEL)

    def op_copy(self, insn: Insn) -> None:
        dst, src = insn.dst, insn.args[0]
        if dst is None:
            dst, src = insn.args[0], insn.args[1]  # type: ignore[assignment]
        assert isinstance(dst, ir.Slot) and isinstance(src, ir.Slot)
        a = self.asm
        if dst.space == "var" and dst.variable is not None and dst.variable.scope == "self":
            self.address(src, R8)
            a.map_fd(R1, self.layout.self_map(dst.variable))
            self.stack(R2, THREAD)
            self.update_or_delete(dst.variable)
            return
        self.address(src, R8)
        self.address(dst, R1)
        if dst.string and src.string:
            self.copy_string(dst.size)
            return
        a.mov(R3, R8)
        a.imm(R2, min(dst.size, src.size))
        a.call(READ_KERNEL_STR if dst.string else READ_KERNEL)

    def copy_string(self, size: int) -> None:
        """The string at r8 to r1, NULL as NULL: the second byte is copied first, which is the mark when the first is the text's end."""
        a = self.asm
        a.ldx(1, R3, R8, 1)
        a.stx(1, R1, 1, R3)
        a.mov(R3, R8)
        a.imm(R2, size)
        a.call(READ_KERNEL_STR)

    def if_null(self, text: int, scratch: int, yes: Label) -> None:
        """Go to `yes` when the string at `text` is NULL."""
        a, no = self.asm, Label()
        a.ldx(1, scratch, text, 0)
        a.bri("ne", scratch, 0, no)
        a.ldx(1, scratch, text, 1)
        a.bri("eq", scratch, 255, yes)
        a.place(no)

    def op_null(self, insn: Insn) -> None:
        a, done = self.asm, Label()
        slot = insn.args[0]
        assert isinstance(slot, ir.Slot)
        self.address(slot, R1)
        a.imm(R3, 1)
        self.if_null(R1, R2, done)
        a.imm(R3, 0)
        a.place(done)
        self.store(insn.dst, R3)

    def op_present(self, insn: Insn) -> None:
        slot = insn.args[0]
        assert isinstance(slot, ir.Slot)
        self.address(slot, R1)
        self.asm.st(8, R10, VALUE, 0)
        self.if_null(R1, R2, self.fault_label(ir.BADADDR))

    def update_or_delete(self, v: Variable) -> None:
        """r1 map, r2 key, r8 the new value's address (wide). A NULL string deletes, and a stack or user address of zeroes."""
        a, done, delete = self.asm, Label(), Label()
        deletes = is_string(v.type)
        if deletes:
            self.if_null(R8, R3, delete)
        elif isinstance(resolve(v.type), (StackType, SymbolType)):
            deletes = True
            a.ldx(8, R3, R8, 0)
            a.ldx(8, R4, R8, 8)
            a.alu("or", R3, R4)
            a.bri("eq", R3, 0, delete)
        a.mov(R3, R8)
        a.imm(R4, 0)
        a.call(UPDATE)
        a.bri("eq", R0, 0, done)
        self.drop(2)
        a.jump(done)
        if deletes:
            a.place(delete)
            a.call(DELETE)
        a.place(done)

    # ---- variables

    def op_get(self, insn: Insn) -> None:
        self.value(insn.args[0], R1)
        self.store(insn.dst, R1)

    def op_put_var(self, insn: Insn) -> None:
        slot, arg = insn.args if insn.dst is None else (insn.dst, insn.args[0])
        assert isinstance(slot, ir.Slot) and slot.variable is not None
        a, v = self.asm, slot.variable
        if self.layout.is_wide(v):
            self.zero_variable(slot, v)
        elif v.scope == "global":
            self.value(arg, R1)
            a.map_value(R2, "state", self.layout.variable_at[v.index])
            a.stx(8, R2, 0, R1)
        elif v.scope == "this":
            self.layout.scratch(self.layout.this_size)
            self.value(arg, R1)
            a.stx(8, R9, self.layout.variable_at[v.index], R1)
        else:
            self.value(arg, R1)
            a.stx(8, R10, TMP, R1)
            a.map_fd(R1, self.layout.self_map(v))
            self.stack(R2, THREAD)
            self.put_word()

    def zero_variable(self, slot: Slot, v: Variable) -> None:
        """A struct becomes all zeroes; a thread's goes."""
        a = self.asm
        if v.scope == "self":
            a.map_fd(R1, self.layout.self_map(v))
            self.stack(R2, THREAD)
            a.call(DELETE)
            return
        self.layout.zero(slot.size)
        self.address(slot, R1)
        a.imm(R2, slot.size)
        a.map_value(R3, "zero")
        a.call(READ_KERNEL)

    def put_word(self) -> None:
        """r1 map, r2 key; the word is at TMP. Zero deletes."""
        a, done, delete = self.asm, Label(), Label()
        a.ldx(8, R3, R10, TMP)
        a.bri("eq", R3, 0, delete)
        self.stack(R3, TMP)
        a.imm(R4, 0)
        a.call(UPDATE)
        a.bri("eq", R0, 0, done)
        self.drop(2)
        a.jump(done)
        a.place(delete)
        a.call(DELETE)
        a.place(done)

    def pack_key(
        self, args: tuple[Operand, ...], thread: bool, lead: int = 0, numbers: bool = False
    ) -> tuple[int, int, tuple[str, ...], int]:
        """Write the packed key; its base register and offset, the kinds and the size. `lead` words in front are the caller's to fill.

        A user stack's number (ustack.py) is part of the key only with `numbers`.
        """
        a = self.asm
        kinds = tuple(key_kind(k) for k in args)
        size = sum(kind_size(k) for k in kinds) + (8 if thread else 0) + 8 * lead
        base, at = (R10, KEY) if size <= KEY_SIZE else (R9, self.layout.this_size)
        off = at + 8 * lead
        if thread:
            a.ldx(8, R0, R10, THREAD)
            a.stx(8, base, off, R0)
            off += 8
        for arg, kind in zip(args, kinds):
            n = kind_size(kind)
            if kind == "int" or kind.startswith("probe"):
                self.value(arg, R1)
                a.stx(8, base, off, R1)
            else:
                assert isinstance(arg, ir.Slot)
                self.clear(base, off, n)
                self.copy_to(arg, base, off, n)
                if not numbers and _is_stack(arg):
                    a.ldx(8, R1, base, off)
                    a.alui("and", R1, (1 << 22) - 1)
                    a.stx(8, base, off, R1)
            off += n
        return base, at, kinds, size

    def clear(self, base: int, off: int, size: int) -> None:
        a = self.asm
        if size <= 128:
            for i in range(0, size, 8):
                a.st(8, base, off + i, 0)
        else:
            self.layout.zero(size)
            a.mov(R1, base)
            a.alui("add", R1, off)
            a.imm(R2, size)
            a.map_value(R3, "zero")
            a.call(READ_KERNEL)

    def op_dynget(self, insn: Insn) -> None:
        v: Variable = insn.imm if not isinstance(insn.imm, tuple) else insn.imm[0]
        a = self.asm
        base, at, _, size = self.pack_key(insn.args, v.scope == "self")
        a.map_fd(R1, self.layout.dyn_map(v, size))
        a.mov(R2, base)
        a.alui("add", R2, at)
        a.call(LOOKUP)
        self._or_zero(self.layout.value_size(v), R8, is_string(v.type))
        if isinstance(insn.dst, ir.Slot):
            self.address(insn.dst, R1)
            if insn.dst.string:
                self.copy_string(insn.dst.size)
                return
            a.imm(R2, min(insn.dst.size, self.layout.value_size(v)))
            a.mov(R3, R8)
            a.call(READ_KERNEL)
        else:
            a.ldx(8, R1, R8, 0)
            self.store(insn.dst, R1)

    def op_dynput(self, insn: Insn) -> None:
        v: Variable = insn.imm if not isinstance(insn.imm, tuple) else insn.imm[0]
        a, new = self.asm, insn.args[0]
        base, at, _, size = self.pack_key(insn.args[1:], v.scope == "self")
        wide = self.layout.is_wide(v)
        if isinstance(new, ir.Slot) and wide:
            self.address(new, R8)
        elif not wide:
            self.value(new, R1)
            a.stx(8, R10, TMP, R1)
        a.map_fd(R1, self.layout.dyn_map(v, size))
        a.mov(R2, base)
        a.alui("add", R2, at)
        if isinstance(new, ir.Slot) and wide:
            self.update_or_delete(v)
        elif wide:  # a struct is assigned 0
            a.call(DELETE)
        else:
            self.put_word()

    # ---- the probe's context

    def op_arg(self, insn: Insn) -> None:
        n = insn.imm if isinstance(insn.imm, int) else insn.imm[0]
        self.argument(n)
        self.store(insn.dst, R1)

    def argument(self, n: int) -> None:
        """Raw argument n in r1."""
        a, f = self.asm, self.family
        a.imm(R1, 0)
        if f == "error":
            if n in (1, 2, 5):
                a.ldx(8, R1, R10, {1: ERROR_PROBE, 2: ERROR_CLAUSE, 5: ERROR_VALUE}[n])
            elif n in (3, 4):
                a.ldx(8, R1, R10, ERROR_FAULT)
                if n == 4:
                    a.alui("shl", R1, 32)
                a.alui("shr", R1, 32)
        elif f in ("sys_enter", "fbt_syscall_entry") and n < 6:
            if f == "sys_enter":
                a.ldx(8, R3, R6, 0)
            else:
                a.ldx(8, R3, R6, DI)
            self.read_word(_CALL[n])
        elif f == "sys_exit" and n < 2:
            a.ldx(8, R1, R6, 8)
        elif f in ("fbt_return", "fbt_syscall_return") and n == 1:
            a.ldx(8, R1, R6, AX)
        elif f == "fbt_entry":
            if n < 6:
                a.ldx(8, R1, R6, _FUNC[n])
            else:
                a.ldx(8, R3, R6, 152)
                self.read_word(8 * (n - 5))
        elif f == "perf" and n < 2:
            user, done = Label(), Label()
            a.ldx(8, R2, R6, CS)
            a.alui("and", R2, 3)
            a.bri("eq" if n else "ne", R2, 0, done)
            a.ldx(8, R1, R6, IP)
            a.place(user)
            a.place(done)

    def read_word(self, offset: int) -> None:
        """The word at r3 + offset, in r1; 0 where it cannot be read (the helper clears)."""
        a = self.asm
        self.stack(R1, TMP)
        a.imm(R2, 8)
        a.alui("add", R3, offset)
        a.call(READ_KERNEL)
        a.ldx(8, R1, R10, TMP)

    def op_builtin(self, insn: Insn) -> None:
        a = self.asm
        name = insn.imm if isinstance(insn.imm, str) else insn.imm[0]
        if isinstance(insn.dst, ir.Slot):
            if name != "execname":
                raise InternalError(f"BPF back end: no string {name}")
            small = insn.dst.size < 16  # the helper fills 16 bytes
            if small:
                self.stack(R1, KEY)
            else:
                self.address(insn.dst, R1)
            a.imm(R2, 16)
            a.call(COMM)
            if small:
                self.stack(R3, KEY)
                self.address(insn.dst, R1)
                a.st(1, R1, 1, 0)
                a.imm(R2, insn.dst.size)
                a.call(READ_KERNEL_STR)
            return
        if name in ("pid", "tid", "uid", "gid"):
            a.call(PIDTGID if name in ("pid", "tid") else UIDGID)
            if name in ("tid", "uid"):
                a.alui("shl", R0, 32)
            a.alui("shr", R0, 32)
        elif name == "cpu":
            a.call(CPU)
        elif name == "curthread":
            a.call(TASK)
        elif name == "timestamp":
            a.call(KTIME)
        elif name == "vtimestamp":
            self.vtimestamp()
        elif name == "walltimestamp":
            a.call(KTIME)
            a.map_value(R1, "state")
            a.ldx(8, R1, R1, 8)
            a.alu("add", R0, R1)
        elif name == "epid":
            a.imm(R0, self.clause.index + 1)
        elif name == "id":
            self.probe_id()
        elif name == "errno":
            a.imm(R0, 0)
            if self.family in ("sys_exit", "fbt_syscall_return"):
                done = Label()
                a.ldx(8, R1, R6, 8 if self.family == "sys_exit" else AX)
                a.bri("sge", R1, 0, done)
                a.bri("slt", R1, -4095, done)
                a.mov(R0, R1)
                a.alui("neg", R0, 0)
                a.place(done)
        elif name == "ppid":
            task = self.layout.config.task
            if "real_parent" not in task or "tgid" not in task:
                raise UserError("ppid is not available: the kernel has no BTF")
            a.call(TASK)
            a.mov(R3, R0)
            self.read_word(task["real_parent"])
            a.mov(R3, R1)
            self.read_word(task["tgid"])
            a.mov(R0, R1)
            a.alui("shl", R0, 32)
            a.alui("shr", R0, 32)
        elif name in ("stackdepth", "ustackdepth", "caller", "ucaller"):
            self._depth(name)
        elif name == "ipl":  # Linux has no such levels
            a.imm(R0, 0)
            a.st(8, R10, VALUE, 0)
            a.bri("eq", R0, 0, self.fault_label(ir.ILLOP))
        else:
            raise UserError(f"{name} is not available in the kernel engine")
        self.store(insn.dst, R0)

    def _depth(self, name: str) -> None:
        raise NotImplementedError

    def vtimestamp(self) -> None:
        raise NotImplementedError

    # ---- subroutines

    def op_call(self, insn: Insn) -> None:
        name = insn.imm if isinstance(insn.imm, str) else insn.imm[0]
        method = getattr(self, "sub_" + name, None)
        if method is None:
            from . import destructive, locks

            written = destructive.TABLE.get(name) or locks.TABLE.get(name)
            if written is not None:
                written(self, insn)
                return
            raise UserError(f"{name}() is not available in the kernel engine")
        method(insn)

    def _swap(self, insn: Insn, bits: int) -> None:
        """Network byte order is the other one here; what lies above the bits becomes 0."""
        self.value(insn.args[0], R1)
        self.asm.big_endian(R1, bits)
        self.store(insn.dst, R1)

    def sub_htons(self, insn: Insn) -> None:
        self._swap(insn, 16)

    def sub_htonl(self, insn: Insn) -> None:
        self._swap(insn, 32)

    def sub_htonll(self, insn: Insn) -> None:
        self._swap(insn, 64)

    sub_ntohs, sub_ntohl, sub_ntohll = sub_htons, sub_htonl, sub_htonll

    def sub_getmajor(self, insn: Insn) -> None:
        """Of the kernel's own dev_t: twelve bits above twenty."""
        self.value(insn.args[0], R1)
        self.asm.alui("shr", R1, 20)
        self.asm.alui("and", R1, 0xFFF)
        self.store(insn.dst, R1)

    def sub_getminor(self, insn: Insn) -> None:
        self.value(insn.args[0], R1)
        self.asm.alui("and", R1, 0xFFFFF)
        self.store(insn.dst, R1)

    def sub_rand(self, insn: Insn) -> None:
        self.asm.call(RANDOM)
        self.store(insn.dst, R0)

    # ---- records

    def op_begin(self, insn: Insn) -> None:
        self.reserve(self.clause.schema.size, self.end)
        self.header(self.clause.index)
        if insn.args:
            self.value(insn.args[0], R1)
            self.asm.stx(4, R7, SPECULATION, R1)
        self.open = True

    def op_put(self, insn: Insn) -> None:
        i = insn.imm if isinstance(insn.imm, int) else insn.imm[0]
        field = self.clause.schema.fields[i]
        if field.kind == "probe":
            return
        at = HEADER + field.offset
        arg = insn.args[0]
        if field.kind in ("str", "bytes") or isinstance(arg, ir.Slot):
            assert isinstance(arg, ir.Slot)
            self.copy_to(arg, R7, at, field.size)
        elif field.kind == "usym":
            self.asm.call(PIDTGID)
            self.asm.alui("shr", R0, 32)
            self.asm.stx(8, R7, at, R0)
            self.value(arg, R1)
            self.asm.stx(8, R7, at + 8, R1)
        else:
            self.value(arg, R1)
            self.asm.stx(field.size if field.size in (1, 2, 4, 8) else 8, R7, at, R1)

    def op_putmem(self, insn: Insn) -> None:
        i, size, space = insn.imm
        a = self.asm
        at = HEADER + self.clause.schema.fields[i].offset
        self.value(insn.args[0], R3)
        a.stx(8, R10, VALUE, R3)
        a.imm(R2, size)
        none = Label()
        if len(insn.args) > 1:
            less = Label()
            self.value(insn.args[1], R2)
            a.bri("eq", R2, 0, none)
            a.bri("le", R2, size, less)
            a.imm(R2, size)
            a.place(less)
        a.mov(R1, R7)
        a.alui("add", R1, at)
        a.call(READ_USER if space == "user" else READ_KERNEL)
        a.bri("ne", R0, 0, self.fault_label(ir.BADADDR))
        a.place(none)

    def op_commit(self, insn: Insn) -> None:
        self.submit()
        self.open = False

    def op_exit(self, insn: Insn) -> None:
        a = self.asm
        a.map_value(R1, "state")
        a.st(8, R1, 0, DRAINING)

    def op_ret(self, insn: Insn) -> None:
        self.asm.jump(self.end)

    def op_fault(self, insn: Insn) -> None:
        code = insn.imm if isinstance(insn.imm, int) else insn.imm[0]
        if insn.args:
            self.value(insn.args[0], R1)
            self.asm.stx(8, R10, VALUE, R1)
        else:
            self.asm.st(8, R10, VALUE, 0)
        self.asm.jump(self.fault_label(code))

    # ---- speculations

    def op_speculate(self, insn: Insn) -> None:
        from .speculation import again, speculate

        (speculate if insn.imm is None else again)(self, insn)

    def op_specend(self, insn: Insn) -> None:
        from .speculation import end

        end(self, insn)

    def sub_speculation(self, insn: Insn) -> None:
        from .speculation import claim

        claim(self, insn)

    # ---- aggregations

    def op_aggregate(self, insn: Insn) -> None:
        agg: Aggregation
        agg, nkeys = insn.imm
        a = self.asm
        found, lost = Label(), Label()
        known = self.layout.aggs[agg.index]
        if nkeys or known.lead:
            base, at, kinds, size = self.pack_key(insn.args[:nkeys], False, known.lead)
            name = self.layout.agg_map(agg, kinds, size)
            if known.by_cpu:
                a.call(CPU)
                a.stx(8, base, at + 8 * known.lead - 8, R0)
            if known.generation >= 0:
                a.map_value(R1, "state", known.generation)
                a.ldx(8, R1, R1, 0)
                a.stx(8, base, at, R1)
            a.map_fd(R1, name)
            a.mov(R2, base)
            a.alui("add", R2, at)
            a.call(LOOKUP)
            a.bri("ne", R0, 0, found)
            a.map_fd(R1, name)
            a.mov(R2, base)
            a.alui("add", R2, at)
            a.map_value(R3, "zero")
            a.imm(R4, 1)
            a.call(UPDATE)
            a.map_fd(R1, name)
            a.mov(R2, base)
            a.alui("add", R2, at)
            a.call(LOOKUP)
            a.bri("ne", R0, 0, found)
            self.drop(1)
            a.jump(lost)
        else:
            a.st(8, R10, POINTER, 0)
            a.map_fd(R1, self.layout.agg_map(agg, (), 0))
            self.stack(R2, POINTER)
            a.call(LOOKUP)
            a.bri("eq", R0, 0, lost)
        a.place(found)
        a.mov(R8, R0)
        from .aggregate import update

        rest = insn.args[nkeys:]
        if rest:
            self.value(rest[0], R1)
        if len(rest) > 1:
            a.stx(8, R10, TMP2, R1)
            self.value(rest[1], R2)
            a.mov(R5, R2)
            a.ldx(8, R1, R10, TMP2)
        else:
            a.imm(R5, 1)
        update(a, agg, self.layout.config.atomic, lost, lambda: self.drop(1))
        a.place(lost)


def _is_stack(slot: Slot) -> bool:
    return slot.name == "stack" or (slot.variable is not None and isinstance(resolve(slot.variable.type), StackType))


_ALU2 = ("add", "sub", "mul", "and", "or", "xor", "shl", "shr", "sar")
assert all(c in JMP for c in ("eq", "ne", "sle"))


def _probe_strings(layout: Layout):  # type: ignore[no-untyped-def]
    from .layout import ARRAY, MapSpec

    return MapSpec("pstr", ARRAY, 4, up8(layout.program.strsize), 0)


def _probe_ids(layout: Layout):  # type: ignore[no-untyped-def]
    from .layout import ARRAY, MapSpec

    return MapSpec("pid", ARRAY, 4, 8, 0)
