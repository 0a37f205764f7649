"""Built-in variables: arguments, and what a helper or the context tells."""

from __future__ import annotations

from ...dif import ir
from ...errors import InternalError, UserError
from .families import read_word
from .frame import KEY, TIME, VALUE
from .helpers import COMM, CPU, KTIME, PIDTGID, READ_KERNEL_STR, TASK, UIDGID
from .insns import R0, R1, R2, R3, R10, Label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn, Reg, Slot
    from .clause import Clause

    Operand = Reg | Slot | int


def op_arg(c: Clause, insn: Insn) -> None:
    n = insn.imm if isinstance(insn.imm, int) else insn.imm[0]
    c.family.argument(c, n)
    c.store(insn.dst, R1)


def op_builtin(c: Clause, insn: Insn) -> None:
    a = c.asm
    name = insn.imm if isinstance(insn.imm, str) else insn.imm[0]
    if isinstance(insn.dst, ir.Slot):
        if name != "execname":
            raise InternalError(f"BPF back end: no string {name}")
        small = insn.dst.size < 16  # the helper fills 16 bytes
        if small:
            c.stack(R1, KEY)
        else:
            c.address(insn.dst, R1)
        a.imm(R2, 16)
        a.call(COMM)
        if small:
            c.stack(R3, KEY)
            c.address(insn.dst, R1)
            a.st(1, R1, 1, 0)
            a.imm(R2, insn.dst.size)
            a.call(READ_KERNEL_STR)
        return
    if name in ("pid", "tid", "uid", "gid"):
        a.call(PIDTGID if name in ("pid", "tid") else UIDGID)
        if name in ("tid", "uid"):
            a.alui("shl", R0, 32)
        a.alui("shr", R0, 32)
    elif name == "cpu":
        a.call(CPU)
    elif name == "curthread":
        a.call(TASK)
    elif name == "timestamp":
        known = Label()
        if c.timed:
            a.ldx(8, R0, R10, TIME)
            a.bri("ne", R0, 0, known)
        a.call(KTIME)
        if c.timed:
            a.stx(8, R10, TIME, R0)
        a.place(known)
    elif name == "vtimestamp":
        from .thread import vtimestamp

        vtimestamp(c)
    elif name == "walltimestamp":
        a.call(KTIME)
        a.map_value(R1, "state")
        a.ldx(8, R1, R1, 8)
        a.alu("add", R0, R1)
    elif name == "epid":
        a.imm(R0, c.clause.index + 1)
    elif name == "id":
        c.probe_id()
    elif name == "errno":
        c.family.errno(a)
    elif name == "ppid":
        task = c.layout.config.task
        if "real_parent" not in task or "tgid" not in task:
            raise UserError("ppid is not available: the kernel has no BTF")
        a.call(TASK)
        a.mov(R3, R0)
        read_word(c.asm, task["real_parent"])
        a.mov(R3, R1)
        read_word(c.asm, task["tgid"])
        a.mov(R0, R1)
        a.alui("shl", R0, 32)
        a.alui("shr", R0, 32)
    elif name in ("stackdepth", "ustackdepth", "caller", "ucaller"):
        from .stacks import depth

        depth(c, name)
    elif name == "ipl":  # Linux has no such levels
        a.imm(R0, 0)
        a.st(8, R10, VALUE, 0)
        a.bri("eq", R0, 0, c.fault_label(ir.ILLOP))
    else:
        raise UserError(f"{name} is not available in the kernel engine")
    c.store(insn.dst, R0)
