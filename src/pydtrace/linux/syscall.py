"""System calls by number, through the one variadic function libc has for them.

ctypes costs milliseconds to import, so it is loaded at the first call and not before. Every argument goes as a 64-bit
word: the kernel takes registers, and a pointer must not be cut to an int.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# by machine: bpf, perf_event_open
_NUMBERS = {"x86_64": (321, 298), "aarch64": (280, 241), "riscv64": (280, 241), "s390x": (351, 331), "ppc64le": (361, 319)}

_call: Callable[..., int] | None = None


def numbers() -> tuple[int, int]:
    """The numbers of bpf(2) and perf_event_open(2) on this machine."""
    machine = os.uname().machine
    try:
        return _NUMBERS[machine]
    except KeyError:
        raise OSError(38, f"system call numbers of {machine} are not known") from None


def _bind() -> Callable[..., int]:
    global _call
    import ctypes

    function = ctypes.CDLL(None, use_errno=True).syscall
    function.restype = ctypes.c_long
    word = ctypes.c_uint64

    def call(number: int, *args: int) -> int:
        result: int = function(word(number), *[word(a & 0xFFFFFFFFFFFFFFFF) for a in args])
        return -ctypes.get_errno() if result == -1 else result

    _call = call
    return call


def syscall(number: int, *args: int) -> int:
    """Make the call; the result, or minus errno."""
    return (_call or _bind())(number, *args)


def check(result: int, what: str) -> int:
    """The result of `syscall`, or OSError with `what` was tried."""
    if result < 0:
        raise OSError(-result, f"{what}: {os.strerror(-result)}")
    return result


def address(buffer: Any) -> int:
    """Address of a bytes object or a ctypes array. The caller keeps the object alive over the call."""
    import ctypes

    return ctypes.cast(buffer, ctypes.c_void_p).value or 0


def buffer(size_or_data: int | bytes) -> Any:
    """A writable block of that many zero bytes, or holding that data (with no zero added)."""
    import ctypes

    if isinstance(size_or_data, int):
        return (ctypes.c_char * size_or_data)()
    return (ctypes.c_char * len(size_or_data)).from_buffer_copy(size_or_data)


def mount(source: str, target: str, kind: str, flags: int) -> int:
    """mount(2); 0 or minus errno."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), None)
    return -ctypes.get_errno() if result else 0
