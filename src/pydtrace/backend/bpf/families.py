"""How a clause finds what it is told of its firing: one family for each kind of program that clauses run in.

A family knows where the context (r6) has the raw arguments and the result, how the probe's index is found, and what of the kernel's stack
is not what was probed. Functions by fentry and fexit are in fentry.py.
"""

from __future__ import annotations

from .frame import ERROR_CLAUSE, ERROR_FAULT, ERROR_PROBE, ERROR_VALUE, PROBE, TMP
from .helpers import COOKIE, OVERRIDE, READ_KERNEL
from .insns import R0, R1, R2, R3, R6, R9, R10, Asm, Label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .clause import Clause, Operand

# pt_regs of x86-64: the arguments of a function, of a system call, and others
_FUNC = (112, 104, 96, 88, 72, 64)
CALL = (112, 104, 96, 56, 72, 64)
_AX, _DI, _ORIG_AX, _IP, _CS, _SP = 80, 112, 120, 128, 136, 152
_CS32 = 0x23  # the code segment of 32-bit programs
IGNORED = -1  # the cookie of functions that are attached but not probed (engine.functions)


class Family:
    """`point` is the raw tracepoint: the kernel's functions that call it are on the stack (Config.ours). `frames`: how many frames lie
    above what was probed. `returns`: the stack begins with the caller of what was probed. `probed`: there is a user's stack to send;
    `alone`: the program is run by bpf(2), by ourselves. `fixed`: the probe's index is in the code."""

    point = ""
    frames = 0
    returns = False
    probed = True
    alone = False
    fixed = False

    def argument(self, c: Clause, n: int) -> None:
        """Raw argument n in r1."""
        c.asm.imm(R1, 0)

    def errno(self, a: Asm) -> None:
        """In r0."""
        a.imm(R0, 0)

    def override(self, c: Clause, value: Operand) -> None:
        """return(): the probed function returns this. A helper of kprobes does it."""
        c.value(value, R2)
        c.asm.mov(R1, R6)
        c.asm.call(OVERRIDE)

    def begin(self, a: Asm) -> None:
        """Scratch has been claimed."""

    def end(self, a: Asm) -> None:
        """Scratch is given back; what is behind it lets the program return 0."""
        a.st(8, R9, 0, 0)

    def find(self, a: Asm, out: Label) -> None:
        """The probe's index at PROBE; to `out` when it is nobody's."""
        a.mov(R1, R6)
        a.call(COOKIE)
        a.bri("eq", R0, IGNORED, out)
        a.stx(8, R10, PROBE, R0)

    def call_number(self, a: Asm) -> None:
        """Of a system call, at TMP."""
        raise NotImplementedError


    def ours(self, a: Asm, out: Label) -> None:
        """To `out` when a 32-bit program calls: its numbers mean other calls."""
        a.ldx(8, R3, R6, 0)
        read_word(a, _CS)
        a.bri("eq", R1, _CS32, out)


class Own(Family):
    """BEGIN and END."""

    probed = False
    alone = True


class Error(Family):
    """ERROR: its arguments were put into the frame."""

    probed = False

    def argument(self, c: Clause, n: int) -> None:
        a = c.asm
        a.imm(R1, 0)
        if n in (1, 2, 5):
            a.ldx(8, R1, R10, {1: ERROR_PROBE, 2: ERROR_CLAUSE, 5: ERROR_VALUE}[n])
        elif n in (3, 4):
            a.ldx(8, R1, R10, ERROR_FAULT)
            if n == 4:
                a.alui("shl", R1, 32)
            a.alui("shr", R1, 32)


class Timer(Family):
    """tick and profile, by perf events: the context begins with the interrupted registers; arg0 is a kernel address, arg1 a user's."""

    def argument(self, c: Clause, n: int) -> None:
        a, other = c.asm, Label()
        a.imm(R1, 0)
        if n < 2:
            a.ldx(8, R2, R6, _CS)
            a.alui("and", R2, 3)
            a.bri("eq" if n else "ne", R2, 0, other)
            a.ldx(8, R1, R6, _IP)
            a.place(other)


class CallEntry(Family):
    """The raw tracepoint sys_enter: pointer to pt_regs, call number."""

    point = "sys_enter"

    def argument(self, c: Clause, n: int) -> None:
        c.asm.imm(R1, 0)
        if n < 6:
            c.asm.ldx(8, R3, R6, 0)
            read_word(c.asm, CALL[n])

    def call_number(self, a: Asm) -> None:
        a.ldx(8, R1, R6, 8)
        a.stx(8, R10, TMP, R1)


class CallReturn(Family):
    """The raw tracepoint sys_exit: pointer to pt_regs, result."""

    point = "sys_exit"

    def argument(self, c: Clause, n: int) -> None:
        c.asm.imm(R1, 0)
        if n < 2:
            c.asm.ldx(8, R1, R6, 8)

    def errno(self, a: Asm) -> None:
        a.imm(R0, 0)
        a.ldx(8, R1, R6, 8)
        negated(a)

    def call_number(self, a: Asm) -> None:
        a.mov(R1, R10)
        a.alui("add", R1, TMP)
        a.imm(R2, 8)
        a.ldx(8, R3, R6, 0)
        a.alui("add", R3, _ORIG_AX)
        a.call(READ_KERNEL)


class Entry(Family):
    """A function's entry, by kprobe: its registers, then words of its stack."""

    def argument(self, c: Clause, n: int) -> None:
        c.asm.imm(R1, 0)
        if n < 6:
            c.asm.ldx(8, R1, R6, _FUNC[n])
        else:
            c.asm.ldx(8, R3, R6, _SP)
            read_word(c.asm, 8 * (n - 5))


class Return(Family):
    """A function's return, by kretprobe; arg0 is not known."""

    returns = True

    def argument(self, c: Clause, n: int) -> None:
        c.asm.imm(R1, 0)
        if n == 1:
            c.asm.ldx(8, R1, R6, _AX)


class BodyEntry(Family):
    """The function that is a system call's body: its one argument is the pt_regs of the call."""

    def argument(self, c: Clause, n: int) -> None:
        c.asm.imm(R1, 0)
        if n < 6:
            c.asm.ldx(8, R3, R6, _DI)
            read_word(c.asm, CALL[n])


class BodyReturn(Return):
    """Its return."""

    def errno(self, a: Asm) -> None:
        a.imm(R0, 0)
        a.ldx(8, R1, R6, _AX)
        negated(a)


def negated(a: Asm) -> None:
    """r0, which is 0, becomes -r1 where that is an error number."""
    done = Label()
    a.bri("sge", R1, 0, done)
    a.bri("slt", R1, -4095, done)
    a.mov(R0, R1)
    a.alui("neg", R0, 0)
    a.place(done)


def read_word(a: Asm, offset: int) -> None:
    """The word at r3 + offset, in r1; 0 where it cannot be read (the helper clears)."""
    a.mov(R1, R10)
    a.alui("add", R1, TMP)
    a.imm(R2, 8)
    a.alui("add", R3, offset)
    a.call(READ_KERNEL)
    a.ldx(8, R1, R10, TMP)
