"""What the libraries ask of the kernel that has to be added up.

`__cputime(task)`: the time on a CPU of all threads of a process, also of those that have gone: the scheduler's sums, as in /proc.
`__percpu(counter)`: what a struct percpu_counter counts, with what the CPUs hold back of it.
"""

from __future__ import annotations

from ...errors import UserError
from .insns import R1, R2, R3, R7, R9, Label
from .invoke import invoke
from .routine import W0, W1, W2, W3, Routine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn
    from .clause import Clause

MOST_THREADS, FEW_THREADS = 4096, 64  # with bpf_loop, and without


def sub___cputime(c: Clause, insn: Insn) -> None:
    _needs(c, "pr_time", "signal", "thread_node", "signal.sum_sched_runtime", "signal.thread_head", "se.sum_exec_runtime")
    invoke(c, cputime, insn.dst, *insn.args)


def sub___percpu(c: Clause, insn: Insn) -> None:
    _needs(c, "pr_rssize", "percpu_counter.count", "percpu_counter.counters")
    invoke(c, percpu, insn.dst, *insn.args)


def _needs(c: Clause, what: str, *names: str) -> None:
    if any(name not in c.layout.config.task for name in names):
        raise UserError(f"{what} is not available: the kernel has no BTF")


def cputime(r: Routine) -> None:
    """W0: the sum. W1: the thread's place in the list; W2: what was read; W3: the list's head."""
    a, task = r.asm, r.layout.config.task
    r.enter("task:int")
    a.st(8, R9, W0, 0)
    r.get(R3, "task")
    r.fetch(R3, task["signal"], W1, r.out)
    a.ldx(8, R3, R9, W1)
    a.mov(R1, R3)
    a.alui("add", R1, task["signal.thread_head"])
    a.stx(8, R9, W3, R1)
    r.fetch(R3, task["signal.sum_sched_runtime"], W0, r.out)
    a.ldx(8, R3, R9, W3)
    r.fetch(R3, 0, W1, r.out)

    def step(stop: Label) -> None:
        a.ldx(8, R3, R9, W1)
        a.ldx(8, R1, R9, W3)
        a.br("eq", R1, R3, stop)
        r.fetch(R3, task["se.sum_exec_runtime"] - task["thread_node"], W2, stop)
        a.ldx(8, R1, R9, W0)
        a.ldx(8, R2, R9, W2)
        a.alu("add", R1, R2)
        a.stx(8, R9, W0, R1)
        a.ldx(8, R3, R9, W1)
        r.fetch(R3, 0, W1, stop)

    r.loop(step, MOST_THREADS if r.layout.config.loops else FEW_THREADS)
    r.leave(W0)


def percpu(r: Routine) -> None:
    """W0: the sum. W1: where the CPUs have theirs; W2, W3: what was read."""
    a, config = r.asm, r.layout.config
    r.enter("counter:int")
    a.st(8, R9, W0, 0)
    r.get(R3, "counter")
    r.fetch(R3, config.task["percpu_counter.count"], W0, r.out)
    r.get(R3, "counter")
    r.fetch(R3, config.task["percpu_counter.counters"], W1, r.out)

    def step(stop: Label) -> None:
        a.imm(R3, config.task["__per_cpu_offset"])
        a.mov(R1, R7)
        a.alui("mul", R1, 8)
        a.alu("add", R3, R1)
        r.fetch(R3, 0, W2, stop)
        a.ldx(8, R3, R9, W2)
        a.ldx(8, R1, R9, W1)
        a.alu("add", R3, R1)
        r.fetch(R3, 0, W3, stop, 4)
        a.ldx(4, R1, R9, W3)
        a.alui("shl", R1, 32)
        a.alui("sar", R1, 32)
        a.ldx(8, R2, R9, W0)
        a.alu("add", R2, R1)
        a.stx(8, R9, W0, R2)

    if "__per_cpu_offset" in config.task:
        r.loop(step, config.cpus)
    r.leave(W0)
