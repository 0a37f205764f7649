"""What this system's ptrace can do, measured once on a child of our own before the first breakpoint is set in anybody else.

Emulators, sandboxes and hardened kernels differ in just the things that a breakpoint engine stands on: whether an INT3 is reported, and
where; whether read-only text can be written, and by which door; whether a step ends behind one instruction. Nothing of it is assumed.

The child runs eight bytes of a page of its own: `inc %eax; int3; inc %eax; int3; ud2`. The tracer writes the first INT3 itself.
"""

from __future__ import annotations

import os

from ..errors import TargetError
from ..linux import ptrace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ctypes import Array, c_char

_CODE = bytes.fromhex("ffc0 90 ffc0 cc 0f0b")
_HOLE = 2  # where the tracer writes an INT3
_SIGTRAP_STOP = 0x057F
_known: Capabilities | None = None


class Capabilities:
    """`breakpoints`: an INT3 stops the thread behind it, as a SIGTRAP of the kernel. `text`: read-only code can be written.
    `moves`: the instruction pointer can be set. `steps`: a single step executes one instruction."""

    __slots__ = ("breakpoints", "moves", "steps", "text")

    def __init__(self) -> None:
        self.breakpoints = self.moves = self.steps = self.text = False

    def __repr__(self) -> str:
        return f"<Capabilities {' '.join(name for name in self.__slots__ if getattr(self, name)) or 'none'}>"

    @property
    def missing(self) -> str:
        """Why no breakpoint can be set here; empty if they can."""
        for able, text in (
            (self.text, "the code of a process cannot be written here"),
            (self.breakpoints, "breakpoints are not reported here"),
            (self.moves, "the registers of a process cannot be changed here"),
        ):
            if not able:
                return text
        return ""


def capabilities() -> Capabilities:
    """Those of this system; TargetError when nothing at all can be traced."""
    global _known
    if _known is None:
        _known = _measure()
    return _known


def _page() -> tuple[int, Array[c_char]]:
    import ctypes
    import mmap

    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long)
    at = libc.mmap(None, 4096, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
    code = (ctypes.c_char * len(_CODE)).from_address(at)
    code.raw = _CODE
    libc.mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    if libc.mprotect(at, 4096, mmap.PROT_READ | mmap.PROT_EXEC):
        return 0, code
    return at, code


def _measure() -> Capabilities:
    found = Capabilities()
    read_end, write_end = os.pipe2(os.O_CLOEXEC)
    at, _ = _page()  # the child's copy lies at the same place
    pid = os.fork()
    if pid == 0:
        try:
            import ctypes

            os.close(write_end)
            if at and os.read(read_end, 1) == b"g":
                ctypes.CFUNCTYPE(None)(at)()
        finally:
            os._exit(0)
    os.close(read_end)
    try:
        try:
            ptrace.seize(pid, ptrace.O_EXITKILL)
        except OSError as error:
            raise TargetError(f"processes cannot be traced here: {error.strerror}") from None
        _ask(pid, at, found, write_end)
    except OSError:
        pass  # what has not been found by now does not work
    finally:
        os.close(write_end)
        _end(pid, at)
    return found


def _ask(pid: int, at: int, found: Capabilities, go: int) -> None:
    memory = ptrace.Memory(pid)
    try:
        memory.write(at + _HOLE, b"\xcc")
        found.text = memory.read(at, len(_CODE)) == _CODE[:_HOLE] + b"\xcc" + _CODE[_HOLE + 1 :]
        os.write(go, b"g")
        _, status = ptrace.wait(pid)
        if status != _SIGTRAP_STOP:
            return
        regs = ptrace.getregs(pid)
        found.breakpoints = regs.rip == at + _HOLE + 1 and ptrace.getsiginfo(pid)[1] == 0x80
        rax = regs.rax
        memory.write(at + _HOLE, _CODE[_HOLE : _HOLE + 1])
        ptrace.setrip(pid, at)
        found.moves = ptrace.getregs(pid).rip == at
        ptrace.step(pid)
        _, status = ptrace.wait(pid)
        regs = ptrace.getregs(pid)
        found.steps = status == _SIGTRAP_STOP and (regs.rip, regs.rax) == (at + 2, rax + 1 & 0xFFFFFFFF)
        ptrace.cont(pid)
        _, status = ptrace.wait(pid)
        found.moves &= status == _SIGTRAP_STOP and ptrace.getregs(pid).rip == at + 6
    finally:
        memory.close()


def _end(pid: int, at: int) -> None:
    import ctypes
    import signal

    try:
        os.kill(pid, signal.SIGKILL)
        while os.WIFSTOPPED(ptrace.wait(pid)[1]):
            pass
    except OSError:
        pass
    if at:
        ctypes.CDLL(None).munmap(ctypes.c_void_p(at), ctypes.c_size_t(4096))
