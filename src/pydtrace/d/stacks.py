"""Stacks, addresses shown as names, and the registers of the process: their calls and their types.

stack(), ustack() and jstack() are actions when they stand alone; elsewhere they are values of type `dt_stack_t`, which can be
assigned, recorded, printed with %k, and used as keys. So are sym() and its kin, of types `_symaddr` and `_usymaddr`: an address (for
a user's also the process) that prints as a name. How many frames a stack has is known at compile time: the argument, or else an option.
"""

from __future__ import annotations

from . import tree as t
from . import types as ty
from .values import constant_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .declare import Declarations
    from .specifiers import TypeNames

STACKS = ("stack", "ustack", "jstack")
SYMBOLS = ("sym", "func", "mod", "usym", "ufunc", "umod", "uaddr")


def is_valued(name: str) -> bool:
    """Whether the action `name` may also be called for its value."""
    return name in STACKS or name in SYMBOLS


def is_value(of: ty.Type) -> bool:
    """Whether `of` is the type of such a value."""
    return isinstance(ty.resolve(of), (ty.StackType, ty.SymbolType))


def is_wide(of: ty.Type) -> bool:
    """Whether such a value is more than one word."""
    return isinstance(ty.resolve(of), ty.StackType) or (isinstance(ty.resolve(of), ty.SymbolType) and of.size > 8)


def compatible(a: ty.Type, b: ty.Type) -> bool:
    """Whether a value of type `b` may be stored where `a` is: both stacks, or both symbols of one kind."""
    a, b = ty.resolve(a), ty.resolve(b)
    if isinstance(a, ty.SymbolType) and isinstance(b, ty.SymbolType):
        return a.kind == b.kind
    return isinstance(a, ty.StackType) and isinstance(b, ty.StackType)


def check(checker: Declarations, e: t.Call) -> None:
    """Check the arguments of a call of STACKS or SYMBOLS and give it its type."""
    for arg in e.args:
        checker.expr(arg)
    if e.name in STACKS:
        e.type = _stack(checker, e)
        return
    if len(e.args) != 1:
        checker.fail("D_PROTO_LEN", f"{e.name}( ) prototype mismatch: {len(e.args)} arguments passed, 1 expected", e)
    if not ty.is_scalar(e.args[0].type):
        checker.fail(
            "D_PROTO_ARG",
            f"{e.name}( ) argument #1 is incompatible with prototype:\n\tprototype: integer or pointer\n\t argument: {e.args[0].type.name}",
            e,
        )
    e.type = ty.SymbolType(e.name)


def _stack(checker: Declarations, e: t.Call) -> ty.StackType:
    user = e.name != "stack"
    if len(e.args) > (2 if user else 1):
        checker.fail("D_USTACK_PROTO" if user else "D_STACK_PROTO", f"{_group(e)}( ) prototype mismatch: too many arguments", e)
    frames = constant_value(e.args[0]) if e.args else checker.scope.options.integer(f"{e.name}frames")
    if frames is None or frames <= 0:
        text = f"{_group(e)}( ) argument #1 must be a non-zero positive integer constant"
        checker.fail("D_USTACK_FRAMES" if user else "D_STACK_SIZE", text, e)
    if len(e.args) > 1:
        size = constant_value(e.args[1])
        if size is None or size < 0:
            checker.fail("D_USTACK_STRSIZE", "ustack( ) argument #2 must be a positive integer constant", e)
    return ty.StackType(min(frames, most_frames(checker)), user)


def _group(e: t.Call) -> str:
    return "stack" if e.name == "stack" else "ustack"


def most_frames(checker: TypeNames) -> int:
    """The longest stack the kernel takes."""
    return max(1, checker.scope.options.integer("maxframes"))


def declared(checker: TypeNames) -> ty.StackType:
    """`dt_stack_t` as the type of a declared variable: room for what stack(), ustack() or jstack() give without an argument."""
    frames = max(checker.scope.options.integer(f"{name}frames") for name in STACKS)
    return ty.StackType(min(frames, most_frames(checker)), True)
