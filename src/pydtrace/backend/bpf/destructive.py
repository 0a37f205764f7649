"""What changes the process that fires, or the kernel's function: signals, writes to user memory, a return value of our own.

The helper that writes user memory takes its data from memory the verifier knows, so it is read into scratch first. A signal helper that
cannot deliver from where it is called (EPERM, EBUSY, ESRCH) is not told of, as in the reference; a number that is no signal is an
illegal operation.
"""

from __future__ import annotations

from ...dif import ir
from .frame import VALUE
from .helpers import READ_KERNEL, READ_KERNEL_STR, SEND_SIGNAL, WRITE_USER
from .insns import R0, R1, R2, R3, R8, R9, R10, Label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn
    from .clause import Clause

_EINVAL, _SIGSTOP, _MOST = -22, 19, 64
MOST = 4096  # bytes of one copyout


def sub_raise(c: Clause, insn: Insn) -> None:
    a = c.asm
    a.st(8, R10, VALUE, 0)
    c.value(insn.args[0], R1)
    a.bri("gt", R1, _MOST, c.fault_label(ir.ILLOP))
    a.call(SEND_SIGNAL)
    a.bri("eq", R0, _EINVAL, c.fault_label(ir.ILLOP))


def sub_stop(c: Clause, insn: Insn) -> None:
    c.asm.imm(R1, _SIGSTOP)
    c.asm.call(SEND_SIGNAL)


def _room(c: Clause, to: int) -> None:
    """The address of MOST bytes of scratch that are nobody's now."""
    c.layout.scratch(c.frame.top + MOST)
    c.asm.mov(to, R9)
    c.asm.alui("add", to, c.frame.top)


def _write(c: Clause, insn: Insn) -> None:
    """r8 bytes of the room to the second operand's address."""
    a = c.asm
    c.value(insn.args[1], R1)
    a.stx(8, R10, VALUE, R1)
    _room(c, R2)
    a.mov(R3, R8)
    a.call(WRITE_USER)
    a.bri("ne", R0, 0, c.fault_label(ir.BADADDR))


def sub_copyout(c: Clause, insn: Insn) -> None:
    a, done = c.asm, Label()
    c.value(insn.args[2], R8)
    a.stx(8, R10, VALUE, R8)
    a.bri("gt", R8, MOST, c.fault_label(ir.BADSIZE))
    a.bri("eq", R8, 0, done)
    c.value(insn.args[0], R3)
    a.stx(8, R10, VALUE, R3)
    _room(c, R1)
    a.mov(R2, R8)
    a.call(READ_KERNEL)
    a.bri("ne", R0, 0, c.fault_label(ir.BADADDR))
    _write(c, insn)
    a.place(done)


def sub_copyoutstr(c: Clause, insn: Insn) -> None:
    """The string with its NUL, or as much of it as the third operand allows."""
    a, done, whole = c.asm, Label(), Label()
    text = insn.args[0]
    assert isinstance(text, ir.Slot)
    size = min(text.size, MOST)
    c.address(text, R8)
    _room(c, R1)
    a.imm(R2, size)
    a.mov(R3, R8)
    a.call(READ_KERNEL_STR)
    a.mov(R8, R0)
    a.bri("sle", R8, 0, done)
    c.value(insn.args[2], R1)
    a.br("le", R8, R1, whole)
    a.mov(R8, R1)
    a.place(whole)
    a.bri("gt", R8, size, done)  # cannot be: for the verifier
    a.bri("eq", R8, 0, done)
    _write(c, insn)
    a.place(done)


def sub_return(c: Clause, insn: Insn) -> None:
    c.family.override(c, insn.args[0])
