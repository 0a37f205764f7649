"""Which module writes which operation of DIF, and which subroutine of D.

A room has a function `op_NAME(clause, insn)` for each of its operations and `sub_NAME(clause, insn)` for each of its subroutines. It is
imported when the first clause has need of it: a plain program does not load the rooms for strings or stacks.
"""

from __future__ import annotations

from ...errors import InternalError, UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ...dif.ir import Insn
    from .clause import Clause

    Write = Callable[[Clause, Insn], None]

OPERATIONS = {
    "arithmetic": "mov neg not add sub mul and or xor shl shr sar udiv umod sdiv smod ext set",
    "loads": "load loadstr loadmem copy null present",
    "variables": "get put_var",
    "arrays": "dynget dynput",
    "slots": "peek poke dynpoke cut cutstr bound addr",
    "memory": "store",
    "compare": "strcmp",
    "builtins": "arg builtin",
    "thread": "ureg",
    "stacks": "stack putstack usym",
    "aggregations": "aggregate",
    "records": "begin put putmem commit exit ret",
    "speculation": "speculate specend",
    "faults": "fault",
}
SUBROUTINES = {
    "bits": "htons htonl htonll ntohs ntohl ntohll getmajor getminor rand",
    "memory": "alloca copyin copyinto bcopy",
    "strings": "strlen strjoin substr strchr strrchr strstr index rindex strtok basename dirname cleanpath lltostr strtoll toupper"
    " tolower json",
    "memtext": "memstr",
    "network": "inet_ntoa inet_ntoa6 inet_ntop link_ntop",
    "process": "__args",
    "kernelsums": "__cputime __percpu",
    "descent": "progenyof",
    "dentries": "d_path __mount",
    "locks": "mutex_owned mutex_owner mutex_type_adaptive mutex_type_spin rw_iswriter rw_read_held rw_write_held",
    "speculation": "speculation",
    "destructive": "copyout copyoutstr raise return stop",
}
_ROOM = {"op_" + name: room for room, names in OPERATIONS.items() for name in names.split()}
_ROOM.update(("sub_" + name, room) for room, names in SUBROUTINES.items() for name in names.split())


def operation(insn: Insn) -> Write:
    """The function that writes this instruction."""
    if insn.op == "call":
        name = insn.imm if isinstance(insn.imm, str) else insn.imm[0]
        function = "sub_" + name
        if function not in _ROOM:
            raise UserError(f"{name}() is not available in the kernel engine")
    else:
        function = "op_" + insn.op
        if function not in _ROOM:
            raise InternalError(f"BPF back end: no operation {insn.op}")
    room = __import__(f"{__package__}.{_ROOM[function]}", fromlist=(function,))
    write: Write = getattr(room, function)
    return write
