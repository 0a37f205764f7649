"""Subroutines that are a few instructions: byte order, device numbers, rand."""

from __future__ import annotations

from .helpers import RANDOM
from .insns import R0, R1

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn, Reg, Slot
    from .clause import Clause

    Operand = Reg | Slot | int


def swap(c: Clause, insn: Insn, bits: int) -> None:
    """Network byte order is the other one here; what lies above the bits becomes 0."""
    c.value(insn.args[0], R1)
    c.asm.big_endian(R1, bits)
    c.store(insn.dst, R1)


def sub_htons(c: Clause, insn: Insn) -> None:
    swap(c, insn, 16)


def sub_htonl(c: Clause, insn: Insn) -> None:
    swap(c, insn, 32)


def sub_htonll(c: Clause, insn: Insn) -> None:
    swap(c, insn, 64)


sub_ntohs, sub_ntohl, sub_ntohll = sub_htons, sub_htonl, sub_htonll


def sub_getmajor(c: Clause, insn: Insn) -> None:
    """Of the kernel's own dev_t: twelve bits above twenty."""
    c.value(insn.args[0], R1)
    c.asm.alui("shr", R1, 20)
    c.asm.alui("and", R1, 0xFFF)
    c.store(insn.dst, R1)


def sub_getminor(c: Clause, insn: Insn) -> None:
    c.value(insn.args[0], R1)
    c.asm.alui("and", R1, 0xFFFFF)
    c.store(insn.dst, R1)


def sub_rand(c: Clause, insn: Insn) -> None:
    c.asm.call(RANDOM)
    c.store(insn.dst, R0)
