"""The fbt provider of the guest engine: entry and return of the functions of a kernel that is looked at from outside.

The functions are those of its symbol table. Left out are parts the compiler has cut off (names with a dot), and the text that runs where
the kernel itself does not stand a stop: what enters and leaves it, and what must not be instrumented. `sys_NAME` stands for the call's
body, as on a live kernel.
"""

from __future__ import annotations

from bisect import bisect_right

from ..d import types as ty
from ..dif.attach import GuestFunction
from .base import Probe, glob_match
from .ctypes import CTypes
from .fbt import ALIAS_ID, FUNCTION_ID
from .syscall import Call, calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..d.declare import KernelTypes
    from ..d.tree import ProbeDesc
    from ..linux.kallsyms import Kallsyms

_SIDES = ("entry", "return")
_PREFIX, _BODY = "sys_", "__x64_sys_"
_SHUNNED = ("entry_text", "noinstr_text", "kprobes_text", "irqentry_text", "softirqentry_text", "cpuidle_text")


class GuestFbt:
    """Probes of the kernel whose symbols are given."""

    __slots__ = ("_functions", "_probes", "_symbols")
    name = "fbt"

    def __init__(self, symbols: Kallsyms) -> None:
        self._symbols = symbols
        self._functions: list[tuple[str, int]] | None = None
        self._probes: dict[int, Probe] = {}

    def functions(self) -> list[tuple[str, int]]:
        """(name, address), by address; of several symbols at an address the one that kallsyms prefers."""
        if self._functions is None:
            spans = [(self._symbols.address(f"__{name}_start") or 0, self._symbols.address(f"__{name}_end") or 0) for name in _SHUNNED]
            spans = sorted(span for span in spans if span[0])
            starts = [start for start, _ in spans]
            low, high = self._symbols.address("_stext") or 0, self._symbols.address("_etext") or 0
            found: dict[str, int] = {}
            for module, name, address in self._symbols.functions():
                if module != "vmlinux" or "." in name or not low <= address < high or name in found or name.startswith("__pfx_"):
                    continue
                at = bisect_right(starts, address) - 1
                if at < 0 or address >= spans[at][1]:
                    found[name] = address
            self._functions = list(found.items())
        return self._functions

    def functions_named(self, like: str) -> list[str]:
        """The functions that a misspelt one may be, for hints."""
        return [name for name, _ in self.functions() if name.startswith(like[:2])] + [_PREFIX + name for name in calls()]

    def match(self, desc: ProbeDesc) -> list[Probe]:
        if desc.id >= 0:
            return self._by_id(desc.id)
        if not glob_match(desc.provider, "fbt") or not glob_match(desc.module, "vmlinux"):
            return []
        sides = [i for i, side in enumerate(_SIDES) if glob_match(desc.name, side)]
        found = [self._alias(call, side) for call in calls().values() if glob_match(desc.function, _PREFIX + call.name) for side in sides]
        whole = desc.function in ("", "*")
        for index, (name, _) in enumerate(self.functions()):
            if whole or glob_match(desc.function, name):
                found += [self._function(index, side) for side in sides]
        return [probe for probe in found if probe is not None]

    def _by_id(self, number: int) -> list[Probe]:
        if number >= FUNCTION_ID:
            index, side = divmod(number - FUNCTION_ID, 2)
            return [self._function(index, side)] if index < len(self.functions()) else []
        nr, side = divmod(number - ALIAS_ID, 2)
        found = [self._alias(call, side) for call in calls().values() if number >= ALIAS_ID and call.number == nr]
        return [probe for probe in found if probe is not None]

    def _alias(self, call: Call, side: int) -> Probe | None:
        number = ALIAS_ID + 2 * call.number + side
        if number not in self._probes:
            address = self._symbols.address(_BODY + call.name)
            if not address:
                return None
            self._probes[number] = self._probe(number, _PREFIX + call.name, side, address, True)
        return self._probes[number]

    def _function(self, index: int, side: int) -> Probe:
        number = FUNCTION_ID + 2 * index + side
        if number not in self._probes:
            name, address = self.functions()[index]
            self._probes[number] = self._probe(number, name, side, address, False)
        return self._probes[number]

    @staticmethod
    def _probe(number: int, name: str, side: int, address: int, call: bool) -> Probe:
        return Probe(number, "fbt", "vmlinux", name, _SIDES[side], GuestFunction(address, bool(side), call), "breakpoint of the stub")

    def arguments(self, probe: Probe, kernel: KernelTypes) -> list[ty.Type] | None:
        """args[] from the prototype of the call or function, of the guest's types; at a return (offset, value)."""
        if probe.id < FUNCTION_ID:
            return [ty.LONG, ty.LONG] if probe.name == "return" else calls()[probe.function[len(_PREFIX) :]].arguments(CTypes(kernel))
        proto = kernel.function(probe.function)
        if proto is None:
            return None
        return [ty.LONG, proto.result] if probe.name == "return" else proto.params
