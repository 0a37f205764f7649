"""What is kept on disk from one run to the next, in a folder of the user's cache.

We run as root, so a file must be one that nobody else could have written, and it is data only. Whatever is wrong (no home, a foreign
owner, a full disk) means that nothing is kept, silently: it is then made anew. A file appears whole or not at all.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def load(path: str) -> bytes:
    """A file of ours; b"" for one that is not there, or that others could write."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with open(fd, "rb") as file:
            status = os.fstat(fd)
            return file.read() if status.st_uid == os.geteuid() and status.st_mode & 0o170022 == 0o100000 else b""
    except OSError:
        return b""


def store(path: str, parts: Iterable[bytes | memoryview]) -> None:
    """Write the parts, one behind the other."""
    draft = f"{path}.{os.getpid()}"
    try:
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with open(fd, "wb") as file:
                for part in parts:
                    file.write(part)
            os.rename(draft, path)
        except BaseException:
            os.unlink(draft)
            raise
    except OSError:
        pass
