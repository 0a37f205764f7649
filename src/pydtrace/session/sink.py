"""Where a run's output goes: stdout, or the file of `-o` (appended to). Buffered here, flushed once per drain.

A closed pipe surfaces as BrokenPipeError from `flush`; any other failure (a full disk) as one UserError that names the file.
"""

from __future__ import annotations

import os

from ..errors import UserError


class Sink:
    __slots__ = ("_chunks", "_fd", "_name", "_own")

    def __init__(self, path: str | None = None) -> None:
        self._chunks: list[bytes] = []
        self._own = path is not None
        self._name = path or "standard output"
        self._fd = 1
        if path is not None:
            try:
                self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
            except OSError as error:
                raise UserError(f"failed to open output file '{path}': {error.strerror}") from None

    def write(self, data: str | bytes) -> None:
        self._chunks.append(data if isinstance(data, bytes) else data.encode("utf-8", "surrogateescape"))

    def flush(self) -> None:
        data = b"".join(self._chunks)
        self._chunks.clear()
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._fd, view) :]
            except BrokenPipeError:
                raise
            except BlockingIOError:
                _until_writable(self._fd)
            except OSError as error:
                raise UserError(f"failed to write to {self._name}: {error.strerror}") from None

    def close(self) -> None:
        if self._own and self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _until_writable(fd: int) -> None:
    import select

    poller = select.poll()
    poller.register(fd, select.POLLOUT)
    poller.poll()
