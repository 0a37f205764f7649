"""Wait for a report of any traced thread, with a limit of time, at the price of one system call.

The usual way to a limit is a look without blocking, a sleep in sigtimedwait and another look: three system calls and a queued signal a
report. Here the thread blocks in waitid itself. A POSIX timer, whose signal goes to this very thread, breaks it off: the call is made by
ctypes, so EINTR comes back to us (Python's own wait would go on waiting). A signal that comes just before the thread blocks is lost, so the
timer repeats until it is disarmed.

The signal has a handler that does nothing, in C (abs): no code of Python runs, and the user's signals and interval timers are not touched.

The report is left where it is (WNOWAIT): whoever answers it by letting the thread go on has no need to collect it, and if we are killed
before that the kernel still has it to deliver (target/tracer.py, "Being killed").
"""

from __future__ import annotations

import ctypes
import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

TRAPPED: Final = 4  # si_code: stopped by ptrace; CLD_EXITED to CLD_DUMPED are smaller
_FLAGS = os.WEXITED | os.WSTOPPED | os.WNOWAIT | 0x40000000
_SIGNAL = signal.SIGRTMAX - 3
_MONOTONIC, _THREAD = 1, 4
_REPEAT = 10_000_000

_libc = ctypes.CDLL(None)
_waitid = _libc.waitid
_prepared = False


class _Event(ctypes.Structure):
    _fields_ = [
        ("value", ctypes.c_void_p),
        ("signo", ctypes.c_int),
        ("notify", ctypes.c_int),
        ("tid", ctypes.c_int),
        ("pad", ctypes.c_int * 11),
    ]


def _prepare() -> bool:
    """The signal is ours, if nobody else has it; done once."""
    global _prepared
    if not _prepared and signal.getsignal(_SIGNAL) is signal.SIG_DFL:
        _libc.signal.argtypes = (ctypes.c_int, ctypes.c_void_p)
        _libc.signal(int(_SIGNAL), ctypes.cast(_libc.abs, ctypes.c_void_p))
        _libc.siginterrupt(int(_SIGNAL), 1)
        _prepared = True
    return _prepared


class Waiter:
    """For one thread, which must be the one that made it. `info` is a siginfo: see `wait`."""

    __slots__ = ("_any", "_flags", "_ref", "_timer", "_times", "info", "usable")

    def __init__(self) -> None:
        self.info = (ctypes.c_int * 32)()
        self._ref = ctypes.byref(self.info)
        self._any = ctypes.c_int(0)
        self._flags = ctypes.c_int(_FLAGS)
        self._timer = ctypes.c_void_p()
        self._times = (ctypes.c_long * 4)()
        event = _Event(None, int(_SIGNAL), _THREAD, _libc.gettid())
        self.usable = _prepare() and _libc.timer_create(_MONOTONIC, ctypes.byref(event), ctypes.byref(self._timer)) == 0
        if self.usable:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {_SIGNAL})

    def limit(self, seconds: float) -> None:
        """From now on `wait` is broken off after so many seconds; 0: never."""
        if not self.usable:
            return
        whole = int(seconds)
        self._times[0] = 0
        self._times[1] = _REPEAT if seconds > 0 else 0
        self._times[2] = whole
        self._times[3] = max(int((seconds - whole) * 1e9), 1) if seconds > 0 else 0
        _libc.timer_settime(self._timer, 0, ctypes.byref(self._times), None)

    def wait(self) -> bool:
        """Block until there is a report: info[2] is its si_code, info[4] the thread, info[6] the signal (with the event in its second
        byte) or the exit status. False when broken off, or when there is nobody to wait for."""
        return not _waitid(self._any, self._any, self._ref, self._flags)

    def close(self) -> None:
        if self.usable:
            self.usable = False
            _libc.timer_delete(self._timer)
