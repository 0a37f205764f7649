"""The thread, as the key of self-> variables and of its last vtimestamp.

A thread's number is used again by a later thread, which must not find what its predecessor has left. So the key is the number and, above
its 22 bits (the most the kernel gives out), as many bits of the time the thread was started at as fit: the nanosecond, modulo an hour. It
is read from task_struct directly, two loads and no more helper calls than for the number alone. A kernel that lets no program do so (before
5.11, or without BTF) gives the number alone. An idle task, of which each CPU has one, all numbered 0, has its CPU in place of the time.
What a thread leaves is deleted when the kernel frees the thread (not at its exit: it may still fire probes), so that it takes no
room. That goes for variables; of a self-> array the keys are not known.
"""

from __future__ import annotations

from .frame import ELEMENT, THREAD, TMP, TMP2
from .helpers import CPU, DELETE, PIDTGID, READ_KERNEL, TASK_BTF
from .insns import R0, R1, R2, R3, R6, R10, Asm, Label

_NUMBER_BITS = 22
FIELDS = ("pid", "start_time")


def thread_key(a: Asm, task: dict[str, int]) -> None:
    """The current thread's key at THREAD; `task` are offsets into task_struct, empty where they may not be used. Uses r0-r5."""
    done = Label()
    if task:
        a.call(TASK_BTF)
        a.ldx(4, R1, R0, task["pid"])
        a.ldx(8, R0, R0, task["start_time"])
        a.alui("shl", R0, _NUMBER_BITS)
        a.alu("or", R0, R1)
    else:
        a.call(PIDTGID)
        a.mov(R1, R0)
    a.bri("ne", R1, 0, done)
    a.call(CPU)
    a.alui("shl", R0, _NUMBER_BITS)
    a.place(done)
    a.stx(8, R10, THREAD, R0)


def forget(variables: list[tuple[str, int | None]], task: dict[str, int]) -> Asm:
    """The program that deletes what a freed thread has in these maps: the argument of its raw tracepoint is the task."""
    a = Asm()
    a.ldx(8, R6, R1, 0)
    for at, size, field in ((TMP, 4, "pid"), (TMP2, 8, "start_time")):
        a.mov(R1, R10)
        a.alui("add", R1, at)
        a.imm(R2, size)
        a.mov(R3, R6)
        a.alui("add", R3, task[field])
        a.call(READ_KERNEL)
    a.ldx(4, R1, R10, TMP)
    a.ldx(8, R0, R10, TMP2)
    a.alui("shl", R0, _NUMBER_BITS)
    a.alu("or", R0, R1)
    a.stx(8, R10, THREAD, R0)
    for name, index in variables:
        if index is not None:
            a.st(8, R10, ELEMENT, index)
        a.map_fd(R1, name)
        a.mov(R2, R10)
        a.alui("add", R2, THREAD)
        a.call(DELETE)
    a.imm(R0, 0)
    a.exit()
    return a
