"""What changes the process that fires, or the kernel's function: signals, writes to user memory, a return value of our own.

The helper that writes user memory takes its data from memory the verifier knows, so it is read into scratch first. A signal helper that
cannot deliver from where it is called (EPERM, EBUSY, ESRCH) is not told of, as in the reference; a number that is no signal is an
illegal operation.
"""

from __future__ import annotations

from ...dif import ir
from .clause import READ_KERNEL, READ_KERNEL_STR, VALUE
from .insns import R0, R1, R2, R3, R6, R8, R9, R10, Label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ...dif.ir import Insn
    from .clause import ClauseCore

SEND_SIGNAL, WRITE_USER, OVERRIDE = 109, 36, 58
_EINVAL, _SIGSTOP, _MOST = -22, 19, 64
MOST = 4096  # bytes of one copyout


def _raise(g: ClauseCore, insn: Insn) -> None:
    a = g.asm
    a.st(8, R10, VALUE, 0)
    g.value(insn.args[0], R1)
    a.bri("gt", R1, _MOST, g.fault_label(ir.ILLOP))
    a.call(SEND_SIGNAL)
    a.bri("eq", R0, _EINVAL, g.fault_label(ir.ILLOP))


def _stop(g: ClauseCore, insn: Insn) -> None:
    g.asm.imm(R1, _SIGSTOP)
    g.asm.call(SEND_SIGNAL)


def _room(g: ClauseCore, to: int) -> None:
    """The address of MOST bytes of scratch that are nobody's now."""
    g.layout.scratch(g.scratch_top + MOST)
    g.asm.mov(to, R9)
    g.asm.alui("add", to, g.scratch_top)


def _write(g: ClauseCore, insn: Insn) -> None:
    """r8 bytes of the room to the second operand's address."""
    a = g.asm
    g.value(insn.args[1], R1)
    a.stx(8, R10, VALUE, R1)
    _room(g, R2)
    a.mov(R3, R8)
    a.call(WRITE_USER)
    a.bri("ne", R0, 0, g.fault_label(ir.BADADDR))


def _copyout(g: ClauseCore, insn: Insn) -> None:
    a, done = g.asm, Label()
    g.value(insn.args[2], R8)
    a.stx(8, R10, VALUE, R8)
    a.bri("gt", R8, MOST, g.fault_label(ir.BADSIZE))
    a.bri("eq", R8, 0, done)
    g.value(insn.args[0], R3)
    a.stx(8, R10, VALUE, R3)
    _room(g, R1)
    a.mov(R2, R8)
    a.call(READ_KERNEL)
    a.bri("ne", R0, 0, g.fault_label(ir.BADADDR))
    _write(g, insn)
    a.place(done)


def _copyoutstr(g: ClauseCore, insn: Insn) -> None:
    """The string with its NUL, or as much of it as the third operand allows."""
    a, done, whole = g.asm, Label(), Label()
    text = insn.args[0]
    assert isinstance(text, ir.Slot)
    size = min(text.size, MOST)
    g.address(text, R8)
    _room(g, R1)
    a.imm(R2, size)
    a.mov(R3, R8)
    a.call(READ_KERNEL_STR)
    a.mov(R8, R0)
    a.bri("sle", R8, 0, done)
    g.value(insn.args[2], R1)
    a.br("le", R8, R1, whole)
    a.mov(R8, R1)
    a.place(whole)
    a.bri("gt", R8, size, done)  # cannot be: for the verifier
    a.bri("eq", R8, 0, done)
    _write(g, insn)
    a.place(done)


def _return(g: ClauseCore, insn: Insn) -> None:
    g.value(insn.args[0], R2)
    g.asm.mov(R1, R6)
    g.asm.call(OVERRIDE)


TABLE: dict[str, Callable[[ClauseCore, Insn], None]] = {
    "copyout": _copyout, "copyoutstr": _copyoutstr, "raise": _raise, "return": _return, "stop": _stop,
}  # fmt: skip
