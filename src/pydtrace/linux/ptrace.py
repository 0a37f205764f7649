"""The kernel's process-tracing interface, as thin as it can be.

Every tracee is taken with PTRACE_SEIZE, never PTRACE_ATTACH: only a seized thread can be interrupted without a signal
and left in a job-control stop (PTRACE_LISTEN). A launched command is seized too: it waits on a pipe before its exec.

All requests for one tracee must come from the thread that seized it; this module holds no state, so that is the
caller's duty. Failures are `OSError`s as the kernel gave them; ESRCH (`ProcessLookupError`) means that the tracee is
dead or not stopped, which any caller must expect at any moment, because SIGKILL waits for nobody.

Memory is read and written through /proc/PID/mem, which works for whole ranges, ignores page protection for a tracer
and copies a private page before it writes. The file belongs to one address space: reopen it after an exec.
"""

from __future__ import annotations

import ctypes
import os
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_libc = ctypes.CDLL(None, use_errno=True)
_ptrace = _libc.ptrace
_ptrace.restype = ctypes.c_long
_ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)

WALL: Final = 0x40000000  # __WALL: also wait for threads and clone children

_TRACEME, _CONT, _SINGLESTEP, _GETREGS, _SETREGS, _DETACH, _SYSCALL = 0, 7, 9, 12, 13, 17, 24
_POKEUSER = 6
_SETOPTIONS, _GETEVENTMSG, _GETSIGINFO, _SETSIGINFO = 0x4200, 0x4201, 0x4202, 0x4203
_SEIZE, _INTERRUPT, _LISTEN, _GET_SYSCALL_INFO = 0x4206, 0x4207, 0x4208, 0x420E

O_TRACESYSGOOD: Final = 0x01
O_TRACEFORK: Final = 0x02
O_TRACEVFORK: Final = 0x04
O_TRACECLONE: Final = 0x08
O_TRACEEXEC: Final = 0x10
O_TRACEVFORKDONE: Final = 0x20
O_TRACEEXIT: Final = 0x40
O_EXITKILL: Final = 0x100000
O_SUSPEND_SECCOMP: Final = 0x200000

EVENT_FORK: Final = 1
EVENT_VFORK: Final = 2
EVENT_CLONE: Final = 3
EVENT_EXEC: Final = 4
EVENT_VFORK_DONE: Final = 5
EVENT_EXIT: Final = 6
EVENT_STOP: Final = 128

SYSCALL_STOP_SIGNAL: Final = 5 | 0x80  # SIGTRAP as O_TRACESYSGOOD marks it

NOT_OURS: Final = -2
_ARCH = b"\x3e\0\0\xc0"  # AUDIT_ARCH_X86_64

_RIP_OFFSET = 16 * 8


_REGISTERS = (
    "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi", "orig_rax",
    "rip", "cs", "eflags", "rsp", "ss", "fs_base", "gs_base", "ds", "es", "fs", "gs",
)  # fmt: skip


class Regs(ctypes.Structure):
    """`struct user_regs_struct` of x86-64."""

    r15: int
    r14: int
    r13: int
    r12: int
    rbp: int
    rbx: int
    r11: int
    r10: int
    r9: int
    r8: int
    rax: int
    rcx: int
    rdx: int
    rsi: int
    rdi: int
    orig_rax: int
    rip: int
    cs: int
    eflags: int
    rsp: int
    ss: int
    fs_base: int
    gs_base: int

    _fields_ = [(name, ctypes.c_ulonglong) for name in _REGISTERS]


def _call(request: int, tid: int, addr: int | None, data: object) -> int:
    result: int = _ptrace(request, tid, addr, data)
    if result == -1:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def traceme() -> None:
    """Let the parent trace the calling process."""
    _call(_TRACEME, 0, None, None)


def seize(tid: int, options: int = 0) -> None:
    _call(_SEIZE, tid, None, options)


def interrupt(tid: int) -> None:
    """Ask a running tracee to stop: it reports EVENT_STOP with SIGTRAP."""
    _call(_INTERRUPT, tid, None, None)


def listen(tid: int) -> None:
    """Leave a tracee in its job-control stop, but let SIGCONT reach it."""
    _call(_LISTEN, tid, None, None)


def cont(tid: int, signo: int = 0) -> None:
    _call(_CONT, tid, None, signo)


def syscall(tid: int, signo: int = 0) -> None:
    """Go on up to the next entry to or exit from a system call."""
    _call(_SYSCALL, tid, None, signo)


def step(tid: int, signo: int = 0) -> None:
    _call(_SINGLESTEP, tid, None, signo)


def detach(tid: int, signo: int = 0) -> None:
    _call(_DETACH, tid, None, signo)


def setoptions(tid: int, options: int) -> None:
    _call(_SETOPTIONS, tid, None, options)


def getregs(tid: int, into: Regs | None = None) -> Regs:
    regs = Regs() if into is None else into
    _call(_GETREGS, tid, None, ctypes.addressof(regs))
    return regs


def setregs(tid: int, regs: Regs) -> None:
    _call(_SETREGS, tid, None, ctypes.addressof(regs))


def setrip(tid: int, rip: int) -> None:
    """Change the instruction pointer only: the cheapest way to leave a breakpoint."""
    _call(_POKEUSER, tid, _RIP_OFFSET, rip)


def geteventmsg(tid: int) -> int:
    value = ctypes.c_ulong()
    _call(_GETEVENTMSG, tid, None, ctypes.addressof(value))
    return value.value


def getsiginfo(tid: int) -> tuple[int, int, int]:
    """(si_signo, si_code, si_addr or the word that holds it) of the signal the tracee stopped for."""
    info = ctypes.create_string_buffer(128)
    _call(_GETSIGINFO, tid, None, ctypes.addressof(info))
    signo, _, code, _, addr = struct.unpack_from("<iiiiQ", info.raw)
    return signo, code, addr


def siginfo(tid: int) -> bytes:
    """All of the siginfo of the signal the tracee stopped for."""
    info = ctypes.create_string_buffer(128)
    _call(_GETSIGINFO, tid, None, ctypes.addressof(info))
    return info.raw


def setsiginfo(tid: int, raw: bytes) -> None:
    """What the handler of that signal will be told."""
    _call(_SETSIGINFO, tid, None, ctypes.c_char_p(raw))


def tgkill(pid: int, tid: int, signo: int) -> None:
    if _libc.syscall(ctypes.c_long(234), pid, tid, signo):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def move_siginfo(tid: int, low: int, high: int, to: int) -> None:
    """If the signal the tracee stopped for names an address in [low, high), name another one."""
    info = ctypes.create_string_buffer(128)
    _call(_GETSIGINFO, tid, None, ctypes.addressof(info))
    (addr,) = struct.unpack_from("<Q", info.raw, 16)
    if low <= addr < high:
        struct.pack_into("<Q", info, 16, to)
        _call(_SETSIGINFO, tid, None, ctypes.addressof(info))


_info = ctypes.create_string_buffer(88)
_info_addr = ctypes.addressof(_info)
_entry = struct.Struct("<7Q").unpack_from
_exit = struct.Struct("<qB").unpack_from


def syscall_info(tid: int) -> tuple[int, int, tuple[int, ...], int]:
    """(op, nr, args, ret): op is 1 on entry, 2 on exit, 0 if not at a system call. ret is -errno for a failure.

    nr is -1 on exit, and NOT_OURS for a call of the 32-bit kind, whose numbers mean other calls."""
    _call(_GET_SYSCALL_INFO, tid, 88, _info_addr)
    raw = _info.raw
    op = raw[0]
    if op and raw[4:8] != _ARCH:
        return op, NOT_OURS, (0,) * 6, 0
    if op == 1:
        nr, *args = _entry(raw, 24)
        return 1, nr & 0xFFFFFFFF, tuple(args), 0
    if op == 2:
        return 2, -1, (), _exit(raw, 24)[0]
    return op, -1, (), 0


def wait(pid: int, block: bool = True) -> tuple[int, int]:
    """(tid, status) of the next report from pid (-1: any); (0, 0) when there is none and block is false."""
    return os.waitpid(pid, WALL if block else WALL | os.WNOHANG)


class Memory:
    """The memory of one address space."""

    __slots__ = ("fd", "pid")

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.fd = os.open(f"/proc/{pid}/mem", os.O_RDWR | os.O_CLOEXEC)

    def read(self, addr: int, size: int) -> bytes:
        """Up to size bytes: fewer at the end of a mapping, none (b"") where nothing is mapped."""
        try:
            return os.pread(self.fd, size, addr)
        except (OSError, OverflowError):
            return b""

    def write(self, addr: int, data: bytes) -> None:
        if os.pwrite(self.fd, data, addr) != len(data):
            raise OSError(14, f"short write at {addr:#x}")

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


# For the stop that must be quick: `quick(request, tid, address, data)` without errno, and with the interpreter's lock kept (nothing here
# blocks); -1 is a failure, and then the thread is dead or not stopped. Addresses are c_void_p, made beforehand: that saves converting them.

quick = ctypes.PyDLL(None).ptrace
quick.restype = ctypes.c_long
PEEKUSER: Final = 3
POKEUSER: Final = _POKEUSER
CONT: Final = _CONT
SYSCALL: Final = _SYSCALL
RIP: Final = ctypes.c_void_p(_RIP_OFFSET)


def address(value: int) -> ctypes.c_void_p:
    """An address, or a word, as `quick` takes it."""
    return ctypes.c_void_p(value)
