"""uregs[]: the registers of the current thread in user mode. The names of the indices are d/library/regs.d.

An index that is not constant is checked when the probe fires.
"""

from __future__ import annotations

from . import tree as t
from . import types as ty
from .values import constant_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .declare import Declarations

NAME = "uregs"
COUNT = 29
# What lies behind the 21 words that the kernel saves at every entry (pt_regs): where struct thread_struct of a task has it, and its size.
FIRST_OTHER = 21
OTHERS = (
    ("fsbase", 8), ("gsbase", 8), ("ds", 2), ("es", 2), ("fsindex", 2), ("gsindex", 2), ("trap_nr", 8), ("error_code", 8),
)  # fmt: skip


def check(checker: Declarations, e: t.Index) -> None:
    """Check `uregs[i]`, whose index has its type already."""
    if len(e.args) != 1:
        checker.fail("D_PROTO_LEN", f"{NAME}[ ] prototype mismatch: {len(e.args)} args passed, 1 expected", e)
    if not ty.is_int(e.args[0].type):
        checker.fail(
            "D_PROTO_ARG",
            f"{NAME}[ ] argument #1 is incompatible with prototype:\n\tprototype: integer\n\t argument: {e.args[0].type.name}",
            e,
        )
    index = constant_value(e.args[0])
    if index is not None and not 0 <= index < COUNT:
        checker.fail("D_REGS_IDX", f"index {index} is out of range for array {NAME}", e, hint="indices have names: R_RIP, R_RSP, R_RAX…")
    e.type = ty.AliasType("uint64_t", ty.ULONG)
