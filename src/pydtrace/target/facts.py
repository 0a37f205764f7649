"""Small questions about a thread that /proc, or its registers, answer."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .space import Thread

_SIGTRAP = 5


def quietly(request: Callable[..., object], *args: int) -> None:
    """A request to a thread that may be dead by now; its exit will be reported."""
    try:
        request(*args)
    except ProcessLookupError:
        pass


def status_field(tid: int, field: bytes) -> int:
    """A number of /proc/TID/status by its name with the colon; 0 when it is gone."""
    try:
        with open(f"/proc/{tid}/status", "rb") as file:
            text = file.read()
    except OSError:
        return 0
    at = text.find(b"\n" + field)
    return int(text[at + 1 + len(field) :].split(None, 1)[0]) if at >= 0 else 0


def trap_pending(tid: int) -> bool:
    """Is a SIGTRAP queued for this thread?"""
    try:
        with open(f"/proc/{tid}/status", "rb") as file:
            text = file.read()
    except OSError:
        return False
    at = text.find(b"\nSigPnd:")
    return at >= 0 and bool(int(text[at + 8 :].split(None, 1)[0], 16) >> _SIGTRAP - 1 & 1)


def state(tid: int) -> str:
    """The letter that /proc has for it; X when it is gone."""
    try:
        with open(f"/proc/{tid}/stat", "rb") as file:
            text = file.read()
    except OSError:
        return "X"
    return text[text.rfind(b")") + 2 :][:1].decode() or "X"


def shares_memory(parent: Thread) -> bool:
    """Did the clone that made a new process keep CLONE_VM? The flags are in the first argument of clone(2)."""
    regs = parent.regs
    if regs.orig_rax == 56:
        return bool(regs.rdi & 0x100)
    if regs.orig_rax == 435:  # clone3: struct clone_args begins with the flags
        raw = parent.space.memory.read(regs.rdi, 8)
        return bool(int.from_bytes(raw, "little") & 0x100)
    return False
