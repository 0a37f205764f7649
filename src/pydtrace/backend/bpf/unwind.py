"""User stacks without frame pointers, unwound by the program itself from tables that the consumer puts in maps.

What is compared in the kernel must be known there: `ucaller`, `ustackdepth`, and stacks as keys of associative arrays. And a copy of the
stack's top (ustack.py) is dear, may be too short, and has no room in a burst. So for the processes traced each object's call frame
information lies in the kernel as rows to search (elf/rows.py), and the routine `unwind` follows a stack by them: one search for the
object, one for the row, two words read from the stack, for each frame.

    uwprocs  process -> (first span, number of spans)        uwspans  first address, last + 1, what to take off, (first row, number of rows)
    uwrows   the rows of all objects, one behind the other   uwasked  process -> when the consumer was last asked to look at it

The consumer fills them before a target runs (engine/tables.py). A process, or an address in it, that they do not know sends the
consumer a word of 24 bytes (TABLES, at most one in a tenth of a second for a process), and goes by frame pointers until it has come. A
process without spans is one that has none to give (a kernel thread, a 32-bit program): nothing is asked then.
At a fork the child's entry is made by a program of ours, at an exec and an exit the entry is taken out.

Without a row (code made at run time, assembly) the frame pointer is followed, if what it leads to was called. All that changes
from frame to frame lies in an area of scratch memory, whose content the verifier does not follow (routine.py): each step of a search and
each frame is alike to it. The area: the words below, then the frames. MISSED: an address was in no object that is known, or the process
is not known; GUESSED: some frame had no row, and the consumer might know better; VALID: the clause has had it filled.
"""

from __future__ import annotations

from ...dif.frames import MOST, frames_wanted
from ...elf.rows import BP, DEREF, END, PLT, ROW, SAME, SIGNAL, SP
from .frame import TMP, TMP2
from .helpers import DELETE, KTIME, LOOKUP, LOOP, PIDTGID, READ_KERNEL, READ_USER, RESERVE, SUBMIT, UPDATE
from .insns import R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10, Asm, Label
from .keys import clear
from .layout import ARRAY, F_MMAPABLE, HASH, HEADER, LRU_HASH, TABLES, Layout, MapSpec
from .routine import Routine
from .thread import user_regs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .clause import Clause

PROCESSES, SPANS, ROWS = 16384, 1 << 14, 1 << 19
SPAN = 32
_SPAN_STEPS, _ROW_STEPS = 10, 19  # of the searches: powers of two, from the greatest on
MOST_SPANS = (1 << _SPAN_STEPS) - 1
_AGAIN = 100_000_000
PC, RSP, RBP, EXACT, COUNT, FIRST_SPAN, NSPANS, LOW, PLACE, FIRST_ROW, NROWS, MISSED, GUESSED, VALID, READ = (
    8 * i for i in range(15)
)
FRAMES = READ + 16
AREA = FRAMES + 8 * (MOST + 1)
_REGS = ((128, PC), (152, RSP), (32, RBP))  # in pt_regs, and where they go
_UC_RBP, _UC_RSP, _UC_RIP = 120, 160, 168  # in struct ucontext


def maps(layout: Layout) -> None:
    """The maps of the tables."""
    known = layout.maps
    known.setdefault("uwprocs", MapSpec("uwprocs", HASH, 8, 8, PROCESSES))
    known.setdefault("uwasked", MapSpec("uwasked", LRU_HASH, 8, 8, 1024))
    known.setdefault("uwspans", MapSpec("uwspans", ARRAY, 4, SPAN * SPANS, 1, F_MMAPABLE))
    known.setdefault("uwrows", MapSpec("uwrows", ARRAY, 4, ROW * ROWS, 1, F_MMAPABLE))


def prepare(c: Clause) -> None:
    """Where a clause begins: its area, if it asks for the user's stack and there is one."""
    most = frames_wanted(c.clause.function) if c.family.probed else 0
    if most:
        c.frames_wanted, c.area = most, c.frame.top
        c.frame.top += AREA
        c.layout.scratch(c.frame.top)
        c.asm.st(8, R9, c.area + VALID, 0)


def unwound(c: Clause) -> None:
    """The user's stack in the clause's area, taken once a clause; in r0 how many frames there are."""
    a, have, area = c.asm, Label(), c.area
    a.ldx(8, R1, R9, area + VALID)
    a.bri("ne", R1, 0, have)
    clear(c, R9, area + FRAMES, 8 * c.frames_wanted)
    user_regs(c)
    a.stx(8, R10, TMP2, R0)
    for member, to in _REGS:
        a.mov(R1, R9)
        a.alui("add", R1, area + to)
        a.imm(R2, 8)
        a.ldx(8, R3, R10, TMP2)
        a.alui("add", R3, member)
        a.call(READ_KERNEL)
    a.mov(R1, R9)
    a.mov(R2, R9)
    a.alui("add", R2, area)
    a.imm(R3, c.frames_wanted)
    a.call_function("unwind", lambda: unwind(Routine(a, c.layout, "unwind")))
    a.st(8, R9, area + VALID, 1)
    a.place(have)
    a.ldx(8, R0, R9, area + COUNT)


def unwind(r: Routine) -> None:
    """The frames of the thread whose registers are at PC, RSP and RBP; how many. 0: the process has no tables."""
    a = r.asm
    r.enter(f"area:{AREA}", "wanted:int", r6="area")
    none, known, complete, asked, out = (Label() for _ in range(5))
    key, then = -64, -72
    for word in (MISSED, GUESSED, COUNT):
        a.st(8, R6, word, 0)
    a.call(PIDTGID)
    a.alui("shr", R0, 32)
    a.stx(8, R10, key, R0)
    a.map_fd(R1, "uwprocs")
    a.mov(R2, R10)
    a.alui("add", R2, key)
    a.call(LOOKUP)
    a.bri("ne", R0, 0, known)
    a.st(8, R6, MISSED, 1)
    a.jump(none)
    a.place(known)
    a.ldx(4, R1, R0, 0)
    a.stx(8, R6, FIRST_SPAN, R1)
    a.ldx(4, R1, R0, 4)
    a.stx(8, R6, NSPANS, R1)
    a.bri("eq", R1, 0, none)
    a.st(8, R6, EXACT, 1)
    a.st(8, R6, COUNT, 1)
    a.ldx(8, R1, R6, PC)
    a.stx(8, R6, FRAMES, R1)
    r.get(R1, "wanted")
    a.bri("lt", R1, 2, complete)
    a.bri("gt", R1, MOST, none)
    a.alui("sub", R1, 1)
    a.function_address(R2, "unwind_frame", lambda: _frame(a))
    a.mov(R3, R10)
    a.alui("add", R3, r.frame["area"])
    a.imm(R4, 0)
    a.call(LOOP)
    a.place(complete)
    a.place(none)
    a.ldx(8, R1, R6, MISSED)
    a.bri("eq", R1, 0, out)
    a.call(KTIME)
    a.mov(R8, R0)
    a.stx(8, R10, then, R0)
    a.map_fd(R1, "uwasked")
    a.mov(R2, R10)
    a.alui("add", R2, key)
    a.call(LOOKUP)
    a.bri("eq", R0, 0, asked)
    a.ldx(8, R1, R0, 0)
    a.alui("add", R1, _AGAIN)
    a.br("gt", R1, R8, out)
    a.place(asked)
    a.map_fd(R1, "uwasked")
    a.mov(R2, R10)
    a.alui("add", R2, key)
    a.mov(R3, R10)
    a.alui("add", R3, then)
    a.imm(R4, 0)
    a.call(UPDATE)
    a.map_fd(R1, "ring")
    a.imm(R2, HEADER + 8)
    a.imm(R3, 0)
    a.call(RESERVE)
    a.bri("eq", R0, 0, out)
    a.st(4, R0, 0, TABLES)
    a.ldx(8, R1, R10, key)
    a.stx(8, R0, HEADER, R1)
    a.mov(R1, R0)
    a.imm(R2, 1)
    a.call(SUBMIT)
    a.place(out)
    a.ldx(8, R0, R6, COUNT)
    a.exit()
    a.place(r.refused)
    a.imm(R0, 0)
    a.exit()


def _search(a: Asm, steps: int, count: int, first: int, limit: int, size: int, table: str, width: int) -> None:
    """LOW = how many of the `count` entries from `first` on begin at or below PLACE. An entry begins with an address of `width` bytes."""
    a.st(8, R9, LOW, 0)
    for i in reversed(range(steps)):
        above = Label()
        a.ldx(8, R1, R9, LOW)
        a.alui("add", R1, 1 << i)
        a.ldx(8, R2, R9, count)
        a.br("gt", R1, R2, above)
        a.ldx(8, R3, R9, first)
        a.alu("add", R3, R1)
        a.alui("sub", R3, 1)
        a.bri("ge", R3, limit, above)
        a.alui("mul", R3, size)
        a.map_value(R4, table)
        a.alu("add", R4, R3)
        a.ldx(width, R5, R4, 0)
        a.ldx(8, R2, R9, PLACE)
        a.br("gt", R5, R2, above)
        a.stx(8, R9, LOW, R1)
        a.place(above)


def _entry(a: Asm, first: int, limit: int, size: int, table: str, missing: Label) -> None:
    """r4 = the entry that the search has found."""
    a.ldx(8, R1, R9, LOW)
    a.bri("eq", R1, 0, missing)
    a.ldx(8, R3, R9, first)
    a.alu("add", R3, R1)
    a.alui("sub", R3, 1)
    a.bri("ge", R3, limit, missing)
    a.alui("mul", R3, size)
    a.map_value(R4, table)
    a.alu("add", R4, R3)


def _read(a: Asm, stop: Label, size: int = 8) -> None:
    """READ = the user's bytes at r3, else stop."""
    a.mov(R1, R9)
    a.alui("add", R1, READ)
    a.imm(R2, size)
    a.call(READ_USER)
    a.bri("ne", R0, 0, stop)


def _frame(a: Asm) -> None:
    """One round: the caller of the frame in the area. r2 points to the area's address. Within: r9 area, r6 CFA, r7 the row's rbp, r8 n."""
    stop, unknown, pointer, found, push, unchanged, signal = (Label() for _ in range(7))
    a.ldx(8, R9, R2, 0)
    a.ldx(8, R1, R9, PC)
    a.ldx(8, R2, R9, EXACT)
    a.alui("xor", R2, 1)
    a.alu("sub", R1, R2)
    a.stx(8, R9, PLACE, R1)
    _search(a, _SPAN_STEPS, NSPANS, FIRST_SPAN, SPANS, SPAN, "uwspans", 8)
    _entry(a, FIRST_SPAN, SPANS, SPAN, "uwspans", unknown)
    a.ldx(8, R1, R9, PLACE)
    a.ldx(8, R2, R4, 8)
    a.br("ge", R1, R2, unknown)
    a.ldx(8, R2, R4, 16)
    a.alu("sub", R1, R2)
    a.stx(8, R9, PLACE, R1)
    a.ldx(4, R1, R4, 24)
    a.stx(8, R9, FIRST_ROW, R1)
    a.ldx(4, R1, R4, 28)
    a.stx(8, R9, NROWS, R1)
    _search(a, _ROW_STEPS, NROWS, FIRST_ROW, ROWS, ROW, "uwrows", 4)
    _entry(a, FIRST_ROW, ROWS, ROW, "uwrows", pointer)
    a.ldx(2, R8, R4, 4)
    a.ldx(1, R1, R4, 6)
    a.ldx(1, R7, R4, 7)
    kinds = {kind: Label() for kind in (SP, BP, PLT, DEREF)}
    for kind, label in kinds.items():
        a.bri("eq", R1, kind, label)
    a.bri("eq", R1, SIGNAL, signal)
    a.bri("eq", R1, END, stop)
    a.jump(pointer)
    for kind, base in ((SP, RSP), (BP, RBP)):
        a.place(kinds[kind])
        a.ldx(8, R6, R9, base)
        a.alui("shl", R8, 3)
        a.alu("add", R6, R8)
        a.jump(found)
    a.place(kinds[PLT])
    a.ldx(8, R6, R9, RSP)
    a.alui("add", R6, 8)
    a.ldx(8, R1, R9, PC)
    a.alui("and", R1, 15)
    a.br("lt", R1, R8, found)
    a.alui("add", R6, 8)
    a.jump(found)
    a.place(kinds[DEREF])
    a.alui("shl", R8, 48)
    a.alui("sar", R8, 48)
    a.ldx(8, R3, R9, RBP)
    a.alu("add", R3, R8)
    _read(a, stop)
    a.ldx(8, R6, R9, READ)
    a.place(found)
    a.ldx(8, R1, R9, RSP)
    a.br("le", R6, R1, stop)
    a.bri("eq", R7, 0, unchanged)
    other = Label()
    a.ldx(8, R3, R9, RBP)
    a.bri("eq", R7, SAME, other)
    a.mov(R3, R6)
    a.alui("shl", R7, 3)
    a.alu("sub", R3, R7)
    a.place(other)
    _read(a, stop)
    a.ldx(8, R1, R9, READ)
    a.stx(8, R9, RBP, R1)
    a.place(unchanged)
    a.mov(R3, R6)
    a.alui("sub", R3, 8)
    _read(a, stop)
    a.ldx(8, R7, R9, READ)
    a.st(8, R9, EXACT, 0)
    a.jump(push)
    a.place(signal)
    for where, to in ((_UC_RBP, RBP), (_UC_RIP, PC), (_UC_RSP, RSP)):
        a.ldx(8, R3, R9, RSP)
        a.alui("add", R3, where)
        _read(a, stop)
        a.ldx(8, R7, R9, READ)
        a.stx(8, R9, to, R7)
    a.mov(R6, R7)
    a.ldx(8, R7, R9, PC)
    a.st(8, R9, EXACT, 1)
    a.jump(push)
    a.place(unknown)
    a.st(8, R9, MISSED, 1)
    a.place(pointer)
    a.st(8, R9, GUESSED, 1)
    _by_pointer(a, stop)
    a.place(push)  # r7: the caller's address, r6: its stack pointer
    a.bri("eq", R7, 0, stop)
    a.stx(8, R9, PC, R7)
    a.stx(8, R9, RSP, R6)
    a.ldx(8, R1, R9, COUNT)
    a.bri("gt", R1, MOST, stop)
    a.mov(R2, R1)
    a.alui("shl", R2, 3)
    a.mov(R3, R9)
    a.alu("add", R3, R2)
    a.stx(8, R3, FRAMES, R7)
    a.alui("add", R1, 1)
    a.stx(8, R9, COUNT, R1)
    a.imm(R0, 0)
    a.exit()
    a.place(stop)
    a.imm(R0, 1)
    a.exit()


def _by_pointer(a: Asm, stop: Label) -> None:
    """The caller by the frame pointer: r7 its address, r6 its stack pointer. What it leads to must be behind a call."""
    called = Label()
    a.ldx(8, R3, R9, RBP)
    a.ldx(8, R1, R9, RSP)
    a.br("lt", R3, R1, stop)
    a.mov(R1, R3)
    a.alui("and", R1, 7)
    a.bri("ne", R1, 0, stop)
    a.mov(R6, R3)
    _read(a, stop, 16)
    a.ldx(8, R8, R9, READ)
    a.ldx(8, R7, R9, READ + 8)
    a.mov(R3, R7)
    a.alui("sub", R3, 7)
    _read(a, stop, 7)
    a.ldx(1, R1, R9, READ + 2)
    a.bri("eq", R1, 0xE8, called)
    for size in (2, 3, 4, 6, 7):  # call through a register or memory: ff /2
        other = Label()
        a.ldx(1, R1, R9, READ + 7 - size)
        a.bri("ne", R1, 0xFF, other)
        a.ldx(1, R1, R9, READ + 8 - size)
        a.alui("and", R1, 0x38)
        a.bri("eq", R1, 0x10, called)
        a.place(other)
    a.jump(stop)
    a.place(called)
    a.alui("add", R6, 16)
    a.stx(8, R9, RBP, R8)
    a.st(8, R9, EXACT, 0)


def followers(task: dict[str, int]) -> list[tuple[str, Asm]]:
    """Raw tracepoints and their programs that keep `uwprocs` right; none where the kernel has no BTF."""
    if "tgid" not in task or "pid" not in task:
        return []
    ended = "sched_process_exec", "sched_process_exit"
    return [("sched_process_fork", _born(task["tgid"])), *((point, _gone(task["pid"], task["tgid"])) for point in ended)]


def _born(tgid: int) -> Asm:
    """On sched_process_fork(parent, child): the child's mappings are its parent's. `tgid` is its place in task_struct."""
    a, out, unknown = Asm(), Label(), Label()
    a.mov(R6, R1)
    for i, at in enumerate((TMP, TMP2)):
        a.st(8, R10, at, 0)
        a.mov(R1, R10)
        a.alui("add", R1, at)
        a.imm(R2, 4)
        a.ldx(8, R3, R6, 8 * i)
        a.alui("add", R3, tgid)
        a.call(READ_KERNEL)
    a.ldx(8, R1, R10, TMP)
    a.ldx(8, R2, R10, TMP2)
    a.br("eq", R1, R2, out)  # a thread
    a.map_fd(R1, "uwprocs")
    a.mov(R2, R10)
    a.alui("add", R2, TMP)
    a.call(LOOKUP)
    a.bri("eq", R0, 0, unknown)
    a.ldx(8, R1, R0, 0)
    a.stx(8, R10, TMP, R1)
    a.map_fd(R1, "uwprocs")
    a.mov(R2, R10)
    a.alui("add", R2, TMP2)
    a.mov(R3, R10)
    a.alui("add", R3, TMP)
    a.imm(R4, 0)
    a.call(UPDATE)
    a.jump(out)
    a.place(unknown)  # nor is what an earlier process of that number has left
    a.map_fd(R1, "uwprocs")
    a.mov(R2, R10)
    a.alui("add", R2, TMP2)
    a.call(DELETE)
    a.place(out)
    a.imm(R0, 0)
    a.exit()
    return a


def _gone(pid: int, tgid: int) -> Asm:
    """On sched_process_exec(task, …) and sched_process_exit(task): what was mapped is no longer, unless only a thread has ended."""
    a, out = Asm(), Label()
    a.ldx(8, R6, R1, 0)
    for at, member in ((TMP, pid), (TMP2, tgid)):
        a.st(8, R10, at, 0)
        a.mov(R1, R10)
        a.alui("add", R1, at)
        a.imm(R2, 4)
        a.mov(R3, R6)
        a.alui("add", R3, member)
        a.call(READ_KERNEL)
    a.ldx(8, R1, R10, TMP)
    a.ldx(8, R2, R10, TMP2)
    a.br("ne", R1, R2, out)
    a.map_fd(R1, "uwprocs")
    a.mov(R2, R10)
    a.alui("add", R2, TMP2)
    a.call(DELETE)
    a.place(out)
    a.imm(R0, 0)
    a.exit()
    return a
