"""The fbt provider: entry and return of kernel functions.

What the kernel allows decides. Where functions can be probed (available_filter_functions is readable, and one of the mechanisms works),
every function has its probes, and `sys_NAME` stands for the call's body `__x64_sys_NAME` with the call's own arguments. Where not, and
under the process engine, the `sys_NAME` aliases remain, served by the system call stops of the engine: same names, same arguments.
"""

from __future__ import annotations

from ..d import types as ty
from ..errors import UserError
from .base import Probe, glob_match
from .syscall import Call, calls, present, select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..d.tree import ProbeDesc
    from ..options import Options

ALIAS_ID = 10000
FUNCTION_ID = 20000
_PREFIX = "sys_"
_BODY = "__x64_sys_"
_SIDES = ("entry", "return")


def _mechanism(wish: str) -> str:
    """The best way to probe functions here, '' when there is none; `wish` is the option fbtmech."""
    from ..linux import features

    choices = {"kprobe.multi": features.KPROBE_MULTI, "fentry": features.FENTRY, "kprobe": features.KPROBE_PERF}
    if wish in ("", "auto"):
        return next((name for name, feature in choices.items() if feature.available), "")
    if wish not in choices:
        raise UserError(f"fbtmech={wish} is not a mechanism of fbt", hint=f"one of: auto, {', '.join(choices)}")
    if not choices[wish].available:
        reason = choices[wish].reason
        raise UserError(f"fbtmech={wish} is not available on this kernel: {reason}", hint="-x fbtmech=auto takes the best there is")
    return wish


def function_words(name: str) -> tuple[int, int]:
    """The kernel function's BTF id and its number of argument words; id 0 where BTF does not know it (modules' BTF is not asked)."""
    from ..btf.kernel import kernel_btf

    btf = kernel_btf()
    id = btf.find(name, 12) if btf is not None else 0
    if btf is None or not id:
        return 0, 0
    words = 0
    for _, param in btf.type(btf.type(id).type).params:
        if not param:
            return 0, 0  # an ellipsis: fentry does not take it
        kind = btf.skip(param)
        words += (kind.size + 7) // 8 if kind.kind in (4, 5) else 1
    return id, words


class Fbt:
    __slots__ = ("_engine", "_wish", "_mechanism", "_functions", "_probes")
    name = "fbt"

    def __init__(self, engine: str = "kernel", options: Options | None = None) -> None:
        self._engine = engine
        self._wish = options.text("fbtmech") if options is not None else "auto"
        self._mechanism = "raw_syscalls" if engine == "kernel" else "ptrace"
        self._functions: list[tuple[str, str]] | None = None
        self._probes: dict[int, Probe] = {}

    def functions(self) -> list[tuple[str, str]]:
        """(module, function) of what can be probed; sets the mechanism. Empty where only the aliases are."""
        if self._functions is None:
            self._functions = []
            if self._engine == "kernel" and self._wish != "raw_syscalls":
                from ..linux import tracefs

                rows = tracefs.filter_functions()
                mechanism = _mechanism(self._wish) if isinstance(rows, list) and rows else ""
                if mechanism and isinstance(rows, list):
                    self._functions = rows
                    self._mechanism = mechanism
        return self._functions

    def match(self, desc: ProbeDesc) -> list[Probe]:
        if desc.id >= 0:
            return self._by_id(desc.id)
        if not glob_match(desc.provider, "fbt"):
            return []
        sides = [i for i, side in enumerate(_SIDES) if glob_match(desc.name, side)]
        if not sides:
            return []
        functions = self.functions()
        found = []
        if glob_match(desc.module, "vmlinux"):
            found = [self._alias(call, side) for call in self._calls(desc.function) for side in sides]
        any_function = desc.function in ("", "*")
        for index, (module, function) in enumerate(functions):
            # names with a dot are the compiler's parts of functions
            if (any_function or glob_match(desc.function, function)) and glob_match(desc.module, module) and "." not in function:
                found += [self._function(index, side) for side in sides]
        return found

    def _calls(self, pattern: str) -> list[Call]:
        if pattern.startswith(_PREFIX):
            return select(pattern[len(_PREFIX) :] or "sys_")
        if pattern and not any(c in pattern for c in "*?[\\"):
            return []
        return [c for c in calls().values() if glob_match(pattern, _PREFIX + c.name) and present(c)]

    def _by_id(self, number: int) -> list[Probe]:
        if number >= FUNCTION_ID:
            index, side = divmod(number - FUNCTION_ID, 2)
            functions = self.functions()
            return [self._function(index, side)] if index < len(functions) and "." not in functions[index][1] else []
        if number < ALIAS_ID:
            return []
        nr, side = divmod(number - ALIAS_ID, 2)
        self.functions()
        return [self._alias(c, side) for c in calls().values() if c.number == nr and present(c)]

    def _means(self, module: str, function: str) -> str:
        """The mechanism for this function: fentry needs its BTF, and its arguments in registers."""
        if self._mechanism != "fentry":
            return self._mechanism
        id, words = function_words(function) if module == "vmlinux" else (0, 0)
        return "fentry" if id and words <= 6 else "kprobe"

    def _alias(self, call: Call, side: int) -> Probe:
        number = ALIAS_ID + 2 * call.number + side
        probe = self._probes.get(number)
        if probe is None:
            attach: tuple[Any, ...] = ("sys_exit" if side else "sys_enter", call.number)
            if self._functions:
                attach = ("fbt_syscall", _BODY + call.name, bool(side), call.number)
            means = self._means("vmlinux", _BODY + call.name) if self._functions else self._mechanism
            args: list[ty.Type] | None = [ty.LONG, ty.LONG] if side else call.args()
            probe = Probe(number, "fbt", "vmlinux", _PREFIX + call.name, _SIDES[side], attach, means, args)
            self._probes[number] = probe
        return probe

    def _function(self, index: int, side: int) -> Probe:
        number = FUNCTION_ID + 2 * index + side
        probe = self._probes.get(number)
        if probe is None:
            module, function = self.functions()[index]
            probe = Probe(number, "fbt", module, function, _SIDES[side], ("fbt", function, bool(side)), self._means(module, function))
            self._probes[number] = probe
        return probe
