"""What an action's arguments must be, beyond their number and plain types (d/rules.py). One function a name."""

from __future__ import annotations

from ..errors import UserError
from . import tree as t
from . import types as ty
from .values import constant_value

LARGEST_RECORD = 1 << 28  # bytes; the option bufsize says what it may really be

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .calls import Calls

AGGREGATION = ty.Type("aggregation", 0)
"""The type messages give an aggregation that stands where a value is wanted."""


def check(c: Calls, e: t.Call) -> None:
    own = _CHECKS.get(e.name)
    if own is not None:
        own(c, e)


def _trace(c: Calls, e: t.Call) -> None:
    of = e.args[0].type
    if of is AGGREGATION:
        c.fail("D_TRACE_DYN", "trace( ) may not be applied to a dynamic expression", e)
    if isinstance(ty.resolve(of), ty.VoidType):
        c.fail("D_TRACE_VOID", "trace( ) may not be applied to a void expression", e)


def _tracemem(c: Calls, e: t.Call) -> None:
    if len(e.args) > 3:
        c.fail("D_PROTO_LEN", f"tracemem( ) prototype mismatch: {len(e.args)} args passed, at most 3 expected", e)
    of = ty.resolve(e.args[0].type)
    if not ty.is_scalar(of) and not isinstance(of, ty.ArrayType):
        told = "tracemem( ) argument #1 is incompatible with prototype:\n\tprototype: pointer or integer\n"
        c.fail("D_TRACEMEM_ADDR", f"{told}\t argument: {e.args[0].type.name}", e)
    size = constant_value(e.args[1])
    if size is None or size <= 0:
        c.fail("D_TRACEMEM_SIZE", "tracemem( ) argument #2 must be a non-zero positive integral constant expression", e)
    if size > LARGEST_RECORD:
        c.fail("D_TRACEMEM_SIZE", f"tracemem( ) argument #2 is more than a record can hold: {size}", e)
    if len(e.args) > 2 and not ty.is_scalar(e.args[2].type):
        c.fail("D_TRACEMEM_DYNSIZE", "tracemem( ) dynamic size (argument #3) must be of scalar type", e)


def _format(c: Calls, e: t.Call) -> None:
    """printf and those that print like it: the format is a constant and fits the arguments."""
    from .printf import check_format, parse_format

    text = e.args[0]
    if not isinstance(text, t.StrLit):
        told = f"{e.name}( ) argument #1 is incompatible with prototype:\n\tprototype: string constant\n"
        c.fail("D_PRINTF_ARG_FMT", f"{told}\t argument: {text.type.name}", e)
    if e.name == "freopen" and text.value == b".":
        c.fail("D_FREOPEN_INVALID", 'freopen( ) argument #1 cannot be "."', e)
    try:
        e.ref = parse_format(text.value)
        check_format(e.ref, e.name, [a.type for a in e.args[1:]], target=c.scope.target)
    except UserError as error:
        raise UserError(error.text, tag=error.tag, line=e.line, hint=error.hint) from None


def _print(c: Calls, e: t.Call) -> None:
    of = ty.resolve(e.args[0].type)
    if isinstance(of, ty.StructType) and of.size:
        return  # its bytes are recorded
    if not isinstance(of, ty.PointerType):  # an array: in a variable it has no address
        told = "print( ) argument #1 is incompatible with prototype:\n\tprototype: void *\n"
        c.fail("D_PROTO_ARG", f"{told}\t argument: {e.args[0].type.name}", e)
    if not of.target.size:
        c.fail("D_PRINT_SIZE", f"print( ) argument #1 reference has type '{of.target.name}' with size 0; cannot print( ) it.", e)


def _pcap(c: Calls, e: t.Call) -> None:
    packet = c.scope.kernel.tagged("struct", "sk_buff")
    if not isinstance(packet, ty.StructType) or any(packet.find(name) is None for name in ("len", "data_len", "data")):
        c.fail("D_UNKNOWN", "pcap( ) is not available: the kernel's type data have no struct sk_buff", e)
    e.ref = packet


_KERNEL = {
    "breakpoint": "a BPF program cannot enter the kernel's debugger",
    "chill": "a BPF program may not wait",
    "panic": "a BPF program cannot stop the kernel",
}


def _refused(c: Calls, e: t.Call) -> None:
    c.fail("D_UNKNOWN", f"{e.name}( ) is not available: {_KERNEL[e.name]}", e)


_CHECKS: dict[str, Callable[[Calls, t.Call], None]] = {
    "breakpoint": _refused,
    "chill": _refused,
    "freopen": _format,
    "panic": _refused,
    "pcap": _pcap,
    "print": _print,
    "printf": _format,
    "system": _format,
    "trace": _trace,
    "tracemem": _tracemem,
}
