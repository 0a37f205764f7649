"""Where output goes: stdout, the file of `-o`, or that of freopen() (files are appended to); and stderr. Buffered, flushed once a drain.

A closed pipe surfaces as BrokenPipeError from `flush`; any other failure (a full disk) as one UserError that names the file. What cannot be
written to stderr is dropped: there is nobody left to tell.

A reader that does not read (`| less`, a stopped terminal) must not make ^C useless. A signal handler does not end a write that blocks, so
we wait with poll, and write no more than then fits, for as long as `patient` says so; after that what is left is kept.
"""

from __future__ import annotations

import os
import stat

from ..errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_FITS = 4096  # PIPE_BUF: when poll says that a pipe can be written, that much fits
_ERROR = 2


class Sink:
    """`fd` is used when there is no path, or the path has been opened already (`open_file`)."""

    __slots__ = ("_chunks", "_fd", "_own", "_poll", "name", "patient")

    def __init__(self, path: str | bytes | None = None, fd: int = -1) -> None:
        self._chunks: list[bytes] = []
        self._own = path is not None
        self.name = "standard output" if path is None else os.fsdecode(path)
        self._fd = 1 if path is None and fd < 0 else fd
        self.patient: Callable[[], bool] = lambda: True
        if path is not None and fd < 0:
            try:
                self._fd = open_file(path)
            except OSError as error:
                raise UserError(f"failed to open output file '{self.name}': {error.strerror}") from None
        try:
            self._poll = not stat.S_ISREG(os.fstat(self._fd).st_mode)
        except OSError:
            self._poll = False

    def write(self, data: str | bytes) -> None:
        self._chunks.append(data if isinstance(data, bytes) else data.encode("utf-8", "surrogateescape"))

    def flush(self) -> None:
        data = b"".join(self._chunks)
        self._chunks.clear()
        view = memoryview(data)
        try:
            while view:
                if self._poll and not self._writable():
                    self._chunks.append(bytes(view))
                    return
                try:
                    view = view[os.write(self._fd, view[:_FITS] if self._poll else view) :]
                except BlockingIOError:
                    self._poll = True
        except OSError as error:
            if self._fd == _ERROR:
                return
            if isinstance(error, BrokenPipeError):
                raise
            raise UserError(f"failed to write to {self.name}: {error.strerror}") from None

    def _writable(self) -> bool:
        """Wait until something can be written; false when patience has ended."""
        import select

        poller = select.poll()
        poller.register(self._fd, select.POLLOUT)
        wait = 0
        while not poller.poll(wait):
            if not self.patient():
                return False
            wait = 100
        return True

    def fileno(self) -> int:
        return self._fd

    def truncate(self) -> None:
        """Empty the file, where it is one that can be."""
        self.flush()
        try:
            os.ftruncate(self._fd, 0)
            os.lseek(self._fd, 0, os.SEEK_SET)
        except OSError:
            pass  # a terminal or a pipe

    def close(self) -> None:
        if self._own and self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def open_file(path: str | bytes) -> int:
    """A file to append to; OSError when it cannot be opened."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
