"""The thread that fired, in eBPF: its registers in user mode (uregs[]) and its time on a CPU (vtimestamp).

The user's registers are where the kernel saved them when it was entered, at the top of the thread's kernel stack. That is so for interrupts
that came from user mode too. A kernel thread has none: what lies there is read all the same.

vtimestamp. The scheduler adds to a thread's `sum_exec_runtime` when it switches or ticks, and notes its clock in `exec_start`. Between
those the time since then is missing, in a clock that BPF cannot read. So a program on sched_stat_runtime, which fires just after the
scheduler has done that, keeps for each CPU the difference of the two clocks (`clock`); then

    vtimestamp = sum_exec_runtime + max(0, monotonic clock + difference - exec_start)

which runs on smoothly over ticks and leaves out what the scheduler's clock leaves out (interrupts, time stolen by a hypervisor), but for
what came since the last tick. The difference varies by the microseconds between the scheduler's reading of its clock and ours, so the last
value given for a thread is kept, and a smaller one is not given. Until a CPU has had its first tick the value is that of the last tick.
"""

from __future__ import annotations

from ...d.registers import COUNT, FIRST_OTHER, OTHERS
from ...dif import ir
from ...errors import UserError
from .arithmetic import extend
from .families import read_word
from .frame import KEY, THREAD, TMP, VALUE
from .helpers import CPU, KTIME, LOOKUP, READ_KERNEL, TASK, TASK_BTF, TASK_PT_REGS, UPDATE
from .insns import R0, R1, R2, R3, R4, R6, R10, Asm, Label
from .layout import ARRAY, LRU_HASH, Layout, MapSpec, power2

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn
    from .clause import Clause

PT_REGS = 168
_SEEN = 16384  # threads whose last vtimestamp is kept


def clock_map(layout: Layout) -> None:
    """The map of the differences, by CPU."""
    layout.maps.setdefault("clock", MapSpec("clock", ARRAY, 4, 8 * power2(layout.config.cpus), 1))


def clock_program(layout: Layout) -> Asm:
    """On sched_stat_runtime(task, …): the difference of the scheduler's clock and the monotonic clock, for this CPU."""
    a = Asm()
    out = Label()
    a.mov(R6, R1)
    a.mov(R1, R10)
    a.alui("add", R1, TMP)
    a.imm(R2, 8)
    a.ldx(8, R3, R6, 0)
    a.alui("add", R3, layout.config.task["exec_start"])
    a.call(READ_KERNEL)
    a.bri("ne", R0, 0, out)
    a.call(KTIME)
    a.ldx(8, R6, R10, TMP)
    a.alu("sub", R6, R0)
    a.call(CPU)
    a.alui("and", R0, layout.cpu_mask)
    a.alui("shl", R0, 3)
    a.map_value(R1, "clock")
    a.alu("add", R1, R0)
    a.stx(8, R1, 0, R6)
    a.place(out)
    a.imm(R0, 0)
    a.exit()
    return a

def user_regs(c: Clause) -> None:
    """Address of the thread's user registers (pt_regs) in r0."""
    a, config = c.asm, c.layout.config
    if c.family.point:
        a.ldx(8, R0, R6, 0)
    elif config.pt_regs_helper:
        a.call(TASK_BTF)
        a.mov(R1, R0)
        a.call(TASK_PT_REGS)
    elif "stack" in config.task:
        a.call(TASK)
        a.mov(R3, R0)
        read_word(c.asm, config.task["stack"])
        a.mov(R0, R1)
        a.alui("add", R0, config.stack_size - PT_REGS)
    else:
        raise UserError("the user's registers are not available: the kernel has no BTF")


def op_ureg(c: Clause, insn: Insn) -> None:
    a = c.asm
    index = insn.args[0]
    if isinstance(index, int):
        register(c, index)
        c.store(insn.dst, R1)
        return
    done = Label()
    c.value(index, R1)
    a.stx(8, R10, VALUE, R1)
    a.bri("ge", R1, COUNT, c.fault_label(ir.ILLOP))
    saved = Label()
    a.bri("lt", R1, FIRST_OTHER, saved)
    for i in range(FIRST_OTHER, COUNT):
        following = Label()
        a.ldx(8, R1, R10, VALUE)
        a.bri("ne", R1, i, following)
        register(c, i)
        a.jump(done)
        a.place(following)
    a.place(saved)
    user_regs(c)
    a.mov(R3, R0)
    a.ldx(8, R1, R10, VALUE)
    a.alui("shl", R1, 3)
    a.alu("add", R3, R1)
    read_word(c.asm, 0)
    a.place(done)
    c.store(insn.dst, R1)


def register(c: Clause, index: int) -> None:
    """Register `index` in r1."""
    a = c.asm
    if index < FIRST_OTHER:
        user_regs(c)
        a.mov(R3, R0)
        read_word(c.asm, 8 * index)
        return
    name, size = OTHERS[index - FIRST_OTHER]
    at = c.layout.config.task.get(f"thread.{name}")
    if at is None:
        raise UserError(f"uregs[{index}] is not available: the kernel's thread_struct has no {name}")
    a.call(TASK)
    a.mov(R3, R0)
    read_word(c.asm, at)
    extend(c, R1, size, False)


def vtimestamp(c: Clause) -> None:
    """In r0."""
    a, layout = c.asm, c.layout
    task = layout.config.task
    if "exec_start" not in task or "sum_exec_runtime" not in task:
        raise UserError("vtimestamp is not available: the kernel has no BTF")
    clock_map(layout)
    layout.maps.setdefault("seen", MapSpec("seen", LRU_HASH, 8, 8, _SEEN))
    first = min(task["exec_start"], task["sum_exec_runtime"])
    size = abs(task["exec_start"] - task["sum_exec_runtime"]) + 8
    if size > 64:
        raise UserError("vtimestamp is not available: the kernel's sched_entity is not as it was")
    start, total = KEY + task["exec_start"] - first, KEY + task["sum_exec_runtime"] - first
    ticked, known, keep, done = Label(), Label(), Label(), Label()
    a.call(TASK)
    a.mov(R3, R0)
    a.alui("add", R3, first)
    c.stack(R1, KEY)
    a.imm(R2, size)  # both words in one reading: a tick changes them together
    a.call(READ_KERNEL)
    a.call(KTIME)
    a.stx(8, R10, TMP, R0)
    a.call(CPU)
    a.alui("and", R0, layout.cpu_mask)
    a.alui("shl", R0, 3)
    a.map_value(R1, "clock")
    a.alu("add", R1, R0)
    a.ldx(8, R2, R1, 0)
    a.ldx(8, R4, R10, total)
    a.bri("eq", R2, 0, ticked)
    a.ldx(8, R1, R10, TMP)
    a.alu("add", R1, R2)
    a.ldx(8, R2, R10, start)
    a.alu("sub", R1, R2)
    a.bri("sle", R1, 0, ticked)
    a.alu("add", R4, R1)
    a.place(ticked)
    a.stx(8, R10, TMP, R4)
    a.map_fd(R1, "seen")
    c.stack(R2, THREAD)
    a.call(LOOKUP)
    a.ldx(8, R1, R10, TMP)
    a.bri("ne", R0, 0, known)
    a.map_fd(R1, "seen")
    c.stack(R2, THREAD)
    c.stack(R3, TMP)
    a.imm(R4, 0)
    a.call(UPDATE)
    a.jump(done)
    a.place(known)
    a.ldx(8, R2, R0, 0)
    a.br("ge", R1, R2, keep)
    a.stx(8, R10, TMP, R2)
    a.jump(done)
    a.place(keep)
    a.stx(8, R0, 0, R1)
    a.place(done)
    a.ldx(8, R0, R10, TMP)
