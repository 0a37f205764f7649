"""The one tree of errors.

Whatever goes wrong is one of three things, and each is told to the user in one line:

* `UserError`: what was asked cannot be done as asked (a D error, an unknown option, a missing privilege).
  It carries a tag (`D_SYNTAX`, ...), a place (line, or None), the text, and a hint where we can help.
* `TargetError`: the process or machine being traced refuses or is gone.
* `InternalError`: our own mistake; the message asks for a report.

`UsageError` is a `UserError` whose exit status is 2, the status of wrong flags.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class DTraceError(Exception):
    """Base of all errors of pydtrace. `status` is the command's exit status."""

    status = 1

    def __init__(self, text: str, *, tag: str | None = None, line: int | None = None, hint: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.tag = tag
        self.line = line
        self.hint = hint


class UserError(DTraceError):
    """The request itself cannot be met. `source` is the piece of program text (dif.compile.Source) that a mistake of D is in."""

    source: Any = None


class UsageError(UserError):
    """Wrong flags or operands: exit status 2."""

    status = 2


class TargetError(DTraceError):
    """The traced process or machine refuses, or is gone."""


class InternalError(DTraceError):
    """A mistake of ours."""
