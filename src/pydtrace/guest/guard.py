"""A process that lets the machine go when we no longer can.

A debug stub serves whoever is connected. When a debugger dies, QEMU's neither removes its breakpoints nor resumes the machine: it would
stand at the next hit, for good. So before anything is done a child is forked that waits for the end of a pipe whose other end only we
hold. When the pipe breaks without a word from us (SIGKILL, a crash), it connects to the stub, which stops the machine for that, and
detaches, upon which the stub removes all breakpoints and lets it run.
"""

from __future__ import annotations

import os
import signal
import time

from ..errors import TargetError
from .remote import Remote

_ATTEMPTS = 40  # the stub may need a moment to see that the old connection is gone


class Guard:
    """The child; `end` dismisses it when the machine has been let go in order."""

    def __init__(self, host: str, port: int) -> None:
        ours = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(ours[1])
            _wait(ours[0], host, port)
        os.close(ours[0])
        self._pipe = ours[1]

    def end(self) -> None:
        """All is as it was: the child goes."""
        try:
            os.write(self._pipe, b".")
        except OSError:
            pass
        os.close(self._pipe)
        os.waitpid(self._pid, 0)


def _wait(pipe: int, host: str, port: int) -> None:
    """The child's life. It leaves no other way than by _exit: what its copy of our objects would do at their end is ours to do."""
    try:
        os.setsid()  # the terminal's signals are for the one who is watched
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if os.read(pipe, 1) != b".":
            for _ in range(_ATTEMPTS):
                try:
                    Remote(host, port).detach()
                    break
                except TargetError:
                    time.sleep(0.25)
    finally:
        os._exit(0)
