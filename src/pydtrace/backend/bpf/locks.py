"""The kernel's locks in eBPF: mutex_owned() and its kin.

A mutex has its owner's task_struct in its word `owner`, with flags in the three low bits (Linux 4.10). A read-write spinlock is a
`struct qrwlock`: the low byte of its count is not 0 while a writer has the lock, the bit above it says that one waits, and the readers
are counted from bit 9 on. All mutexes of Linux spin while the owner runs and then sleep: adaptive is what D calls that.
"""

from __future__ import annotations

from ...dif import ir
from ...errors import UserError
from .frame import TMP, VALUE
from .helpers import READ_KERNEL, TASK
from .insns import R0, R1, R2, R3, R10, Label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ...dif.ir import Insn
    from .clause import Clause

_FLAGS, _LOCKED, _WRITER, _READER = 7, 0xFF, 0x1FF, 9


def _word(c: Clause, insn: Insn, member: str, size: int) -> None:
    """The word of the lock, in r1. Fault when the lock cannot be read."""
    a, at = c.asm, c.layout.config.task.get(member)
    if at is None:
        raise UserError(f"{insn.imm}() is not available: this kernel has no {member}")
    c.value(insn.args[0], R3)
    a.stx(8, R10, VALUE, R3)
    a.alui("add", R3, at)
    c.stack(R1, TMP)
    a.imm(R2, size)
    a.call(READ_KERNEL)
    a.bri("ne", R0, 0, c.fault_label(ir.BADADDR))
    a.ldx(size, R1, R10, TMP)


def _owner(c: Clause, insn: Insn) -> None:
    _word(c, insn, "mutex.owner", 8)
    c.asm.alui("and", R1, ~_FLAGS)


def sub_mutex_owner(c: Clause, insn: Insn) -> None:
    _owner(c, insn)
    c.store(insn.dst, R1)


def sub_mutex_owned(c: Clause, insn: Insn) -> None:
    a, other = c.asm, Label()
    _owner(c, insn)
    a.stx(8, R10, TMP, R1)
    a.call(TASK)
    a.ldx(8, R2, R10, TMP)
    a.imm(R1, 0)
    a.br("ne", R0, R2, other)
    a.imm(R1, 1)
    a.place(other)
    c.store(insn.dst, R1)


def _truth(c: Clause, insn: Insn) -> None:
    """Whether r1 is not 0."""
    a, zero = c.asm, Label()
    a.bri("eq", R1, 0, zero)
    a.imm(R1, 1)
    a.place(zero)
    c.store(insn.dst, R1)


def _masked(mask: int) -> Callable[[Clause, Insn], None]:
    def truth(c: Clause, insn: Insn) -> None:
        _word(c, insn, "qrwlock.cnts", 4)
        c.asm.alui("and", R1, mask)
        _truth(c, insn)

    return truth


def sub_rw_read_held(c: Clause, insn: Insn) -> None:
    _word(c, insn, "qrwlock.cnts", 4)
    c.asm.alui("shr", R1, _READER)
    _truth(c, insn)


def _constant(value: int) -> Callable[[Clause, Insn], None]:
    def constant(c: Clause, insn: Insn) -> None:
        _word(c, insn, "mutex.owner", 8)
        c.asm.imm(R1, value)
        c.store(insn.dst, R1)

    return constant


sub_mutex_type_adaptive, sub_mutex_type_spin = _constant(1), _constant(0)
sub_rw_iswriter, sub_rw_write_held = _masked(_WRITER), _masked(_LOCKED)
