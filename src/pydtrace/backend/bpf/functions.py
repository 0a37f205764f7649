"""The families of functions: by kprobe, and by fentry."""

from __future__ import annotations

from .families import BodyEntry, BodyReturn, Entry, Return
from .fentry import FentryBodyEntry, FentryBodyReturn, FentryEntry, FentryReturn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .families import Family


def returning(body: bool) -> Family:
    """How a function is probed whose return value is a clause's."""
    from .modify import ModifyBody, ModifyEntry

    return ModifyBody() if body else ModifyEntry()


def families(body: bool, returns: bool) -> tuple[Family, Family]:
    """How a function is probed by kprobe and by fentry. `body`: it is that of a system call."""
    if body:
        return (BodyReturn(), FentryBodyReturn()) if returns else (BodyEntry(), FentryBodyEntry())
    return (Return(), FentryReturn()) if returns else (Entry(), FentryEntry())
