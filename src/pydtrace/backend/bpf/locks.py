"""The kernel's locks in eBPF: mutex_owned() and its kin.

A mutex has its owner's task_struct in its word `owner`, with flags in the three low bits (Linux 4.10). A read-write spinlock is a
`struct qrwlock`: the low byte of its count is not 0 while a writer has the lock, the bit above it says that one waits, and the readers
are counted from bit 9 on. All mutexes of Linux spin while the owner runs and then sleep: adaptive is what D calls that.
"""

from __future__ import annotations

from ...dif import ir
from ...errors import UserError
from .clause import READ_KERNEL, TASK, TMP, VALUE
from .insns import R0, R1, R2, R3, R10, Label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ...dif.ir import Insn
    from .clause import ClauseCore

_FLAGS, _LOCKED, _WRITER, _READER = 7, 0xFF, 0x1FF, 9


def _word(g: ClauseCore, insn: Insn, member: str, size: int) -> None:
    """The word of the lock, in r1. Fault when the lock cannot be read."""
    a, at = g.asm, g.layout.config.task.get(member)
    if at is None:
        raise UserError(f"{insn.imm}() is not available: this kernel has no {member}")
    g.value(insn.args[0], R3)
    a.stx(8, R10, VALUE, R3)
    a.alui("add", R3, at)
    g.stack(R1, TMP)
    a.imm(R2, size)
    a.call(READ_KERNEL)
    a.bri("ne", R0, 0, g.fault_label(ir.BADADDR))
    a.ldx(size, R1, R10, TMP)


def _owner(g: ClauseCore, insn: Insn) -> None:
    _word(g, insn, "mutex.owner", 8)
    g.asm.alui("and", R1, ~_FLAGS)


def mutex_owner(g: ClauseCore, insn: Insn) -> None:
    _owner(g, insn)
    g.store(insn.dst, R1)


def mutex_owned(g: ClauseCore, insn: Insn) -> None:
    a, other = g.asm, Label()
    _owner(g, insn)
    a.stx(8, R10, TMP, R1)
    a.call(TASK)
    a.ldx(8, R2, R10, TMP)
    a.imm(R1, 0)
    a.br("ne", R0, R2, other)
    a.imm(R1, 1)
    a.place(other)
    g.store(insn.dst, R1)


def _truth(g: ClauseCore, insn: Insn) -> None:
    """Whether r1 is not 0."""
    a, zero = g.asm, Label()
    a.bri("eq", R1, 0, zero)
    a.imm(R1, 1)
    a.place(zero)
    g.store(insn.dst, R1)


def _masked(mask: int) -> Callable[[ClauseCore, Insn], None]:
    def truth(g: ClauseCore, insn: Insn) -> None:
        _word(g, insn, "qrwlock.cnts", 4)
        g.asm.alui("and", R1, mask)
        _truth(g, insn)

    return truth


def rw_read_held(g: ClauseCore, insn: Insn) -> None:
    _word(g, insn, "qrwlock.cnts", 4)
    g.asm.alui("shr", R1, _READER)
    _truth(g, insn)


def _constant(value: int) -> Callable[[ClauseCore, Insn], None]:
    def constant(g: ClauseCore, insn: Insn) -> None:
        _word(g, insn, "mutex.owner", 8)
        g.asm.imm(R1, value)
        g.store(insn.dst, R1)

    return constant


TABLE: dict[str, Callable[[ClauseCore, Insn], None]] = {
    "mutex_owned": mutex_owned, "mutex_owner": mutex_owner, "mutex_type_adaptive": _constant(1), "mutex_type_spin": _constant(0),
    "rw_iswriter": _masked(_WRITER), "rw_read_held": rw_read_held, "rw_write_held": _masked(_LOCKED),
}  # fmt: skip
