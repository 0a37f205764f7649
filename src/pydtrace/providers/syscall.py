"""The syscall provider: entry and return of every system call the kernel knows.

The table of calls is one text (syscalls_table.py), taken apart at the first question. Which of its calls this kernel has is asked of
tracefs, else of /proc/kallsyms, and only when it matters: for a pattern, or for a call that not every kernel has. Argument types are
C text until a probe is matched; a struct is loaded from the kernel's types when a member of it is used.
"""

from __future__ import annotations

from ..d import types as ty
from ..dif.attach import SystemCall
from .base import Probe, glob_match
from .ctypes import CTypes
from .syscalls_table import ALIASES, TABLE

TYPE_CHECKING = False
if TYPE_CHECKING:

    from ..d.declare import KernelTypes
    from ..d.tree import ProbeDesc
    from ..options import Options

FIRST_ID = 100
_LATER = 424  # calls from here on are younger than the oldest kernel we run on
_OPTIONAL = frozenset("uselib sysfs ustat lookup_dcookie modify_ldt iopl ioperm kexec_load kexec_file_load remap_file_pages".split())


class Call:
    """A system call: its number, name, and argument types as text (None: unknown)."""

    __slots__ = ("number", "name", "types")

    def __init__(self, number: int, name: str, types: str | None) -> None:
        self.number = number
        self.name = name
        self.types = types

    def arguments(self, spelled: CTypes) -> list[ty.Type] | None:
        if self.types is None:
            return None
        return [spelled.type(text) for text in self.types.split(", ")] if self.types else []


_table: dict[str, Call] = {}
_known: set[str] | None = None
# Functions the kernel has for 32-bit callers only; the 64-bit table names them without an entry point.
_NOT_64 = {"get_thread_area", "set_thread_area"}


def calls() -> dict[str, Call]:
    """All calls of the table by name, in order of number."""
    if not _table:
        for line in TABLE.splitlines():
            head, bar, types = line.partition("|")
            number, _, name = head.partition(" ")
            _table[name] = Call(int(number), name, types if bar else None)
    return _table


def _kernel_calls() -> set[str]:
    """Names of the calls this kernel has; empty when it does not tell."""
    from ..linux import tracefs

    names = {e[len("sys_enter_") :] for e in tracefs.events("syscalls") if e.startswith("sys_enter_")}
    if names:
        return names
    # A call that is configured out has a weak symbol ('W'), an alias of sys_ni_syscall.
    mark = " T __x64_sys_"
    try:
        with open("/proc/kallsyms") as f:
            return {line.rpartition(mark)[2].rstrip("\n") for line in f if mark in line} - _NOT_64
    except OSError:
        return set()


def present(call: Call) -> bool:
    """Whether this kernel has the call."""
    global _known
    if _known is None:
        _known = _kernel_calls()
    return not _known or call.name in _known


def select(pattern: str) -> list[Call]:
    """The calls of this kernel whose name matches; a name of the C library's header means the kernel's."""
    table = calls()
    one = table.get(pattern) or table.get(ALIASES.get(pattern, ""))
    if one is not None:
        usual = one.number < _LATER and one.name not in _OPTIONAL
        return [one] if usual or present(one) else []
    if pattern and not any(c in pattern for c in "*?[\\"):
        return []
    return [c for c in table.values() if glob_match(pattern, c.name) and present(c)]


class Syscall:
    __slots__ = ("_mechanism", "_probes")
    name = "syscall"

    def __init__(self, engine: str = "kernel", options: Options | None = None) -> None:
        self._mechanism = "raw_syscalls" if engine == "kernel" else "ptrace"
        self._probes: dict[int, Probe] = {}

    def match(self, desc: ProbeDesc) -> list[Probe]:
        if desc.id >= 0:
            number, leaving = divmod(desc.id - FIRST_ID, 2)
            return [self._probe(c, leaving) for c in calls().values() if c.number == number and present(c)]
        if not (glob_match(desc.provider, "syscall") and glob_match(desc.module, "vmlinux")):
            return []
        sides = [i for i, side in enumerate(("entry", "return")) if glob_match(desc.name, side)]
        if not sides:
            return []
        return [self._probe(call, side) for call in select(desc.function) for side in sides]

    def functions_named(self, like: str) -> list[str]:
        """The calls that a misspelt one may be, for hints: all."""
        return list(calls())

    def _probe(self, call: Call, leaving: int) -> Probe:
        number = FIRST_ID + 2 * call.number + leaving
        probe = self._probes.get(number)
        if probe is None:
            side = "return" if leaving else "entry"
            on = SystemCall(call.number, bool(leaving))
            probe = self._probes[number] = Probe(number, "syscall", "vmlinux", call.name, side, on, self._mechanism)
        return probe

    def arguments(self, probe: Probe, kernel: KernelTypes) -> list[ty.Type] | None:
        """args[]: the call's own at its entry; at its return the value, twice, as in any DTrace."""
        return [ty.LONG, ty.LONG] if probe.name == "return" else calls()[probe.function].arguments(CTypes(kernel))
