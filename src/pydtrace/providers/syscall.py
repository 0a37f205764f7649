"""The syscall provider: entry and return of every system call the kernel knows.

The table of calls is one text (syscalls_table.py), taken apart at the first question. Which of its calls this kernel has is asked of
tracefs, else of /proc/kallsyms, and only when it matters: for a pattern, or for a call that not every kernel has. Argument types are
C text until a probe is matched; a struct is loaded from the kernel's types when a member of it is used.
"""

from __future__ import annotations

from ..d import types as ty
from .base import Probe, glob_match
from .syscalls_table import ALIASES, TABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..d.declare import KernelTypes
    from ..d.tree import ProbeDesc
    from ..options import Options

FIRST_ID = 100
_LATER = 424  # calls from here on are younger than the oldest kernel we run on
_OPTIONAL = frozenset("uselib sysfs ustat lookup_dcookie modify_ldt iopl ioperm kexec_load kexec_file_load remap_file_pages".split())
_BASE: dict[str, ty.Type] = {
    "char": ty.CHAR, "unsigned char": ty.UCHAR, "int": ty.INT, "unsigned int": ty.UINT, "long": ty.LONG, "unsigned long": ty.ULONG,
    "void": ty.VOID,
}  # fmt: skip
_TYPEDEFS = {
    "size_t": ty.ULONG, "loff_t": ty.LONGLONG, "pid_t": ty.INT, "uid_t": ty.UINT, "gid_t": ty.UINT, "umode_t": ty.USHORT,
    "clockid_t": ty.INT,
    "timer_t": ty.INT, "mqd_t": ty.INT, "key_serial_t": ty.INT, "rwf_t": ty.INT, "aio_context_t": ty.ULONG, "int32_t": ty.INT,
    "uint32_t": ty.UINT, "uint64_t": ty.ULONG, "__kernel_old_time_t": ty.LONG,
}  # fmt: skip
_types: dict[str, ty.Type] = {}
_kernel: Any = None


def use_types(kernel: KernelTypes | None) -> None:
    """Where the members of the kernel's structs come from; without it they are incomplete types."""
    global _kernel
    _kernel = kernel
    _types.clear()


def _struct(kind: str, tag: str) -> ty.Type:
    if _kernel is None:
        return ty.StructType(kind, tag, 0, None)

    def load() -> list[ty.Member]:
        found = ty.resolve(_kernel.tagged(kind, tag) or ty.VOID)
        return (found.members or []) if isinstance(found, ty.StructType) else []

    return ty.StructType(kind, tag, 0, None, load)


def _typedef(name: str) -> ty.Type:
    found = _kernel.typedef(name) if _kernel is not None else None
    return found if isinstance(found, ty.Type) else ty.AliasType(name, ty.StructType("struct", name, 0, None))


def c_type(text: str) -> ty.Type:
    """The type `text` spells: the C of the table, no more."""
    known = _types.get(text)
    if known is None:
        known = _types[text] = _c_type(text)
    return known


def _c_type(text: str) -> ty.Type:
    if text.endswith("*const *"):
        return ty.PointerType(c_type(text[: -len("const *")].rstrip()))
    if text.endswith("*"):
        return ty.PointerType(c_type(text[:-1].rstrip()))
    if text.startswith("const "):
        return ty.AliasType(text, c_type(text[6:]))
    if text in _BASE:
        return _BASE[text]
    kind, _, tag = text.partition(" ")
    if kind in ("struct", "union"):
        return _struct(kind, tag)
    base = _TYPEDEFS.get(text)
    return ty.AliasType(text, base) if base is not None else _typedef(text)


class Call:
    """A system call: its number, name, and argument types as text (None: unknown)."""

    __slots__ = ("number", "name", "types")

    def __init__(self, number: int, name: str, types: str | None) -> None:
        self.number = number
        self.name = name
        self.types = types

    def args(self) -> list[ty.Type] | None:
        if self.types is None:
            return None
        return [c_type(t) for t in self.types.split(", ")] if self.types else []


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

    def _probe(self, call: Call, leaving: int) -> Probe:
        number = FIRST_ID + 2 * call.number + leaving
        probe = self._probes.get(number)
        if probe is None:
            attach: tuple[Any, ...] = ("sys_exit" if leaving else "sys_enter", call.number)
            args: list[ty.Type] | None = [ty.LONG, ty.LONG] if leaving else call.args()
            side = "return" if leaving else "entry"
            probe = self._probes[number] = Probe(number, "syscall", "vmlinux", call.name, side, attach, self._mechanism, args)
        return probe
