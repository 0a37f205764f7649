"""pydtrace: DTrace for Linux in pure Python.

`Session` is the public API (pydtrace.api); the `dtrace` command is pydtrace.cli. Names are looked up on first use, so that importing
the package costs nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .api import Session as Session

__version__ = "0.1.0"
__all__ = ["Session", "__version__"]


def __getattr__(name: str) -> object:
    if name == "Session":
        from .api import Session

        return Session
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
