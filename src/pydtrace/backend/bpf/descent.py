"""progenyof(pid) in eBPF: whether the current process is `pid` or descends from it.

The way up is task_struct's real_parent, who made the process or took it over; a thread's process has the number tgid. Above the first
process stands the idle task, number 0, its own parent: there the way ends. MOST steps are made at most: no verifier follows a loop
without a bound.
"""

from __future__ import annotations

from ...errors import UserError
from .helpers import READ_KERNEL, TASK
from .insns import R0, R1, R2, R3, R7, R8, R9, R10, Label
from .invoke import invoke
from .routine import W0, Routine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn
    from .clause import Clause

MOST = 64


def sub_progenyof(c: Clause, insn: Insn) -> None:
    task = c.layout.config.task
    if "real_parent" not in task or "tgid" not in task:
        raise UserError("progenyof() is not available: the kernel has no BTF")
    invoke(c, progenyof, insn.dst, *insn.args)


def progenyof(r: Routine) -> None:
    a, task = r.asm, r.layout.config.task
    again, found, end = Label(), Label(), Label()
    r.enter("pid:int")
    a.st(8, R9, W0, 0)
    a.call(TASK)
    a.mov(R8, R0)
    a.imm(R7, 0)
    r.set("read", R7)  # room for what is read
    room = r.frame["read"]

    def read(member: str, size: int) -> None:
        """Of the task in r8, into r1."""
        a.mov(R1, R10)
        a.alui("add", R1, room)
        a.imm(R2, size)
        a.mov(R3, R8)
        a.alui("add", R3, task[member])
        a.call(READ_KERNEL)
        a.ldx(size, R1, R10, room)

    a.place(again)
    read("tgid", 4)
    a.ldx(4, R2, R10, r.frame["pid"])
    a.br("eq", R1, R2, found)
    a.bri("eq", R1, 0, end)
    read("real_parent", 8)
    a.mov(R8, R1)
    a.bri("eq", R8, 0, end)
    a.alui("add", R7, 1)
    a.bri("lt", R7, MOST, again)
    a.jump(end)
    a.place(found)
    a.st(8, R9, W0, 1)
    a.place(end)
    r.leave(W0)
