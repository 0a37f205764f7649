"""Macro variables: `$target`, `$pid` and the rest of what a D program may ask of the process that runs it.

Arguments (`$1`, `$$1`) are the compiler's; these are names with decimal values.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..target.process import Process


def macros(process: Process | None) -> dict[str, str]:
    """By name, without the `$`. `target` is there only when there is one."""
    values = {
        "pid": os.getpid(),
        "ppid": os.getppid(),
        "uid": os.getuid(),
        "euid": os.geteuid(),
        "gid": os.getgid(),
        "egid": os.getegid(),
        "pgid": os.getpgrp(),
        "sid": os.getsid(0),
        "projid": 0,
        "taskid": 0,
    }
    if process is not None:
        values["target"] = process.pid
    return {name: str(value) for name, value in values.items()}
