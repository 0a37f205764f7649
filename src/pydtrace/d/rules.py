"""Which actions may stand together in a clause, and what types their arguments must have.

A clause either records into the principal buffer, or (behind `speculate`) into a speculation, or commits: one record, one destination.
The order of statements decides, as in the reference; an aggregation counts as data of the principal buffer. Of `if` and `else` each way
through them is judged: what may have come before counts, what stands in the other branch does not.
"""

from __future__ import annotations

from . import types as ty
from .symbols import DESTRUCTIVE
from .values import stringish

# They record nothing: a clause of them alone prints no line, and they may stand behind commit.
SILENT = ("commit", "discard", "copyout", "copyoutstr")
# name: the types of the arguments, as messages word them
PROTOTYPES = {
    "chill": ("int",),
    "commit": ("int",),
    "copyout": ("void *", "uintptr_t", "size_t"),
    "copyoutstr": ("char *", "uintptr_t", "size_t"),
    "discard": ("int",),
    "exit": ("int",),
    "freopen": ("string",),
    "pcap": ("void *", "int"),
    "printf": ("string",),
    "raise": ("int",),
    "return": ("int",),
    "setopt": ("char *", "char *"),
    "speculate": ("int",),
    "system": ("string",),
    "tracemem": ("@", "size_t"),
}


class ClauseRules:
    """What has been seen of one clause. Each method gives None, or (tag, text) of the rule that is broken."""

    __slots__ = ("commit", "record", "speculate")

    def __init__(self) -> None:
        self.commit = self.record = self.speculate = False

    @classmethod
    def behind(cls, ways: list[ClauseRules]) -> ClauseRules:
        """What may have been seen where several ways meet."""
        rules = cls()
        for way in ways:
            rules.commit |= way.commit
            rules.record |= way.record
            rules.speculate |= way.speculate
        return rules

    def aggregate(self) -> tuple[str, str] | None:
        if self.commit:
            return "D_AGG_COMM", "aggregating actions may not follow commit( )"
        if self.speculate:
            return "D_AGG_SPEC", "aggregating actions may not follow speculate( )"
        self.record = True
        return None

    def action(self, name: str) -> tuple[str, str] | None:
        if name == "discard" or (name in ("copyout", "copyoutstr") and not self.speculate):
            return None
        if name in ("commit", "speculate"):
            if self.record:
                return ("D_COMM_DREC" if name == "commit" else "D_SPEC_DREC"), f"{name}( ) may not follow data-recording action(s)"
            if name == "commit":
                self.commit = True
                return None
            if self.speculate:
                return "D_SPEC_SPEC", "speculate( ) may not follow speculate( )"
            if self.commit:
                return "D_SPEC_COMM", "speculate( ) may not follow commit( )"
            self.speculate = True
            return None
        if self.speculate and name in DESTRUCTIVE:
            return "D_ACT_SPEC", "destructive actions may not follow speculate( )"
        if self.speculate and name == "exit":
            return "D_EXIT_SPEC", "exit( ) may not follow speculate( )"
        if self.commit:
            return "D_DREC_COMM", "data-recording actions may not follow commit( )"
        self.record = self.record or not self.speculate
        return None


def fits(prototype: str, of: ty.Type) -> bool:
    """Whether an argument of type `of` may be passed for `prototype`."""
    if prototype == "@":
        return True
    if prototype in ("string", "char *"):
        return stringish(of)
    if prototype.endswith("*"):
        return ty.is_pointer(of) or isinstance(ty.resolve(of), ty.ArrayType)
    return ty.is_int(of) or (prototype == "uintptr_t" and ty.is_pointer(of))
