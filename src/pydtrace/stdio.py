"""Standard input, output and error of the command, in whatever state they were given to us.

Closed ones: a file opened later would land on 0, 1 or 2 and be written to by `print`, or closed by a child. So `fill` puts /dev/null there
before anything else is opened. Full or broken ones: `show` turns the failure into the one line every error is; `tell` (stderr) gives up
silently, since there is nobody left to tell.

What a message quotes may be anything, a binary file for instance: bytes that are not UTF-8 (Python carries them as surrogates) and control
characters are shown in octal, as D writes them in a string.
"""

from __future__ import annotations

import os
import sys

from .errors import UserError

_MODES = ("r", "w", "w")


def fill() -> None:
    """/dev/null on each of the descriptors 0, 1, 2 that is closed."""
    for fd, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(fd)
        except OSError:
            try:
                opened = os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is fd: those below are open
            except OSError:
                continue
            os.set_inheritable(opened, True)  # the command of -c is to have it too
            setattr(sys, name, open(opened, _MODES[fd], closefd=False))


def show(text: str) -> None:
    """Write to standard output, now. BrokenPipeError passes through; UserError when it cannot be written."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UserError(f"failed to write to standard output: {error.strerror}") from None


def tell(text: str) -> None:
    """Write to standard error if that is possible."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError):
        pass


def drop_stdout() -> None:
    """Nobody reads us any more: keep the interpreter from complaining about it when it flushes at exit."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.close(null)
    except OSError:
        pass


def printable(text: str) -> str:
    r"""Text for a message: `\363` for a byte that is not UTF-8, `\001` for a control character."""
    if text.isprintable():
        return text
    return "".join(map(_octal, text))


def _octal(c: str) -> str:
    code = ord(c)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\{code - 0xDC00:03o}"
    return f"\\{code:03o}" if code < 32 and c not in "\n\t" or 127 <= code < 160 else c
