"""The fbt provider: entry and return of kernel functions.

What the kernel allows decides. Where functions can be probed (available_filter_functions is readable, and one of the mechanisms works),
every function has its probes, and `sys_NAME` stands for the call's body `__x64_sys_NAME` with the call's own arguments. Where not, and
under the process engine, the `sys_NAME` aliases remain, served by the system call stops of the engine: same names, same arguments.

Which mechanism is best depends on how many probes are wanted together (`plan`). Measured on stock kernels: to detach one fentry
program takes 140 ms and one kprobe 90 (grace periods, one after the other), while 550 functions of one kprobe.multi link take 110 in
all. But fexit alone sees every return (engine/functions.py says why). So a few functions get trampolines and many one kprobe.multi link;
where the kernel has none (before 5.18, or without FPROBE), many aliases are served by the raw tracepoints of system calls.
"""

from __future__ import annotations

from ..d import types as ty
from ..dif.attach import Function, SystemCall
from ..errors import UserError
from .base import Probe, glob_match
from .ctypes import CTypes
from .syscall import Call, calls, present, select

TYPE_CHECKING = False
if TYPE_CHECKING:

    from ..d.declare import KernelTypes
    from ..d.tree import ProbeDesc
    from ..dif.attach import Attach
    from ..options import Options

_FEW = 4  # probes that are worth a trampoline each where there is kprobe.multi
_SOME = 16  # and where there is not, when the raw tracepoints could do it
_MOST = 1024  # more than these would not be held back from firing inside each other: kprobes are
ALIAS_ID = 10000
FUNCTION_ID = 20000
_PREFIX = "sys_"
_BODY, _BODY_WITHOUT = "__x64_sys_", "__do_sys_"
_SIDES = ("entry", "return")
_TWICE = {_BODY + name for name in ("fork", "vfork", "clone", "clone3")}  # the child's sys_exit is no return of the function


def _mechanism(wish: str) -> str:
    """The best way to probe functions here, '' when there is none; `wish` is the option fbtmech."""
    from ..linux import features

    choices = {"kprobe.multi": features.KPROBE_MULTI, "fentry": features.FENTRY, "kprobe": features.KPROBE_PERF}
    if wish in ("", "auto"):
        return next((name for name, feature in choices.items() if feature.available), "")
    if not choices[wish].available:
        feature = choices[wish]
        text = f"fbtmech={wish} is not available on this kernel: {feature.reason}"
        raise UserError(text, hint=f"since Linux {feature.since}, if configured; -x fbtmech=auto takes the best there is")
    return wish


def function_words(name: str) -> tuple[int, int]:
    """The kernel function's BTF id and its number of argument words; id 0 where BTF does not know it (modules' BTF is not asked).

    The body of a call without arguments has several names, of which BTF has another one.
    """
    from ..btf.kernel import kernel_btf

    btf = kernel_btf()
    id = 0
    if btf is not None:
        id = btf.find(name, 12)
        if not id and name.startswith(_BODY):
            id = btf.find(_BODY_WITHOUT + name[len(_BODY) :], 12)
    if btf is None or not id:
        return 0, 0
    words = 0
    for _, param in btf.type(btf.type(id).type).params:
        if not param:
            return 0, 0  # an ellipsis: fentry does not take it
        kind = btf.skip(param)
        words += (kind.size + 7) // 8 if kind.kind in (4, 5) else 1
    return id, words


def returns_integer(id: int) -> bool:
    """Of the function of that BTF id."""
    from ..btf.kernel import kernel_btf

    btf = kernel_btf()
    result = btf.type(btf.type(id).type).type if btf is not None else 0
    return btf is not None and result != 0 and btf.skip(result).kind == 1


def body_of(probe: Probe) -> str:
    """The kernel function that a probe of fbt is about."""
    return _BODY + probe.function[len(_PREFIX) :] if probe.id < FUNCTION_ID else probe.function


def _named(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """One row for each name: a function is attached to by name, and of several of one name the kernel takes the first. Names with a dot
    are the compiler's parts of functions."""
    first: dict[str, str] = {}
    for module, function in rows:
        if "." not in function:
            first.setdefault(function, module)
    return [(module, function) for function, module in first.items()]


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
                    self._functions = _named(rows)
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
            if (any_function or glob_match(desc.function, function)) and glob_match(desc.module, module):
                found += [self._function(index, side) for side in sides]
        return found

    def functions_named(self, like: str) -> list[str]:
        """The functions that a misspelt one may be, for hints: those with the same first letters."""
        start = like[:2]
        return [name for _, name in self.functions() if name.startswith(start)] + [_PREFIX + name for name in calls()]

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
            return [self._function(index, side)] if index < len(functions) else []
        if number < ALIAS_ID:
            return []
        nr, side = divmod(number - ALIAS_ID, 2)
        self.functions()
        return [self._alias(c, side) for c in calls().values() if c.number == nr and present(c)]

    def plan(self, probes: list[Probe]) -> None:
        """Settle `mechanism` and `attach` of these probes, which are wanted together."""
        if self._engine != "kernel" or not probes or not self.functions():
            return
        count = len({p.id for p in probes})
        for probe in probes:
            side = _SIDES.index(probe.name)
            number = (probe.id - ALIAS_ID) // 2 if probe.id < FUNCTION_ID else -1
            body = _BODY + probe.function[len(_PREFIX) :] if number >= 0 else probe.function
            probe.mechanism = self._means(probe.module, body, side, number >= 0, count)
            if probe.mechanism == "raw_syscalls":
                probe.attach = SystemCall(number, bool(side))
            elif number >= 0:
                probe.attach = Function(body, bool(side), number)

    def _means(self, module: str, body: str, side: int, alias: bool, count: int) -> str:
        """The mechanism for this function, one of `count`: fentry needs its BTF, and its arguments in registers."""
        from ..linux import features

        best = self._mechanism
        if self._wish in ("", "auto"):
            if count <= _FEW and features.FENTRY:
                best = "fentry"
            elif best != "kprobe.multi" and alias and count > _SOME and not (side and body in _TWICE):
                return "raw_syscalls"
            elif best == "fentry" and count > _MOST:
                best = "kprobe"
        if best != "fentry":
            return best
        id, words = function_words(body) if module == "vmlinux" else (0, 0)
        if id and words <= 6:
            return "fentry"
        return "kprobe.multi" if self._mechanism == "kprobe.multi" else "kprobe"

    def _alias(self, call: Call, side: int) -> Probe:
        number = ALIAS_ID + 2 * call.number + side
        probe = self._probes.get(number)
        if probe is None:
            attach: Attach = SystemCall(call.number, bool(side))
            if self._functions:
                attach = Function(_BODY + call.name, bool(side), call.number)
            probe = Probe(number, "fbt", "vmlinux", _PREFIX + call.name, _SIDES[side], attach, self._mechanism)
            self._probes[number] = probe
        return probe

    def _function(self, index: int, side: int) -> Probe:
        number = FUNCTION_ID + 2 * index + side
        probe = self._probes.get(number)
        if probe is None:
            module, function = self.functions()[index]
            probe = Probe(number, "fbt", module, function, _SIDES[side], Function(function, bool(side)), self._mechanism)
            self._probes[number] = probe
        return probe

    def arguments(self, probe: Probe, kernel: KernelTypes) -> list[ty.Type] | None:
        """args[] from the prototype of the call or function: its parameters, or at its return (offset, value)."""
        if probe.id < FUNCTION_ID:
            call = calls()[probe.function[len(_PREFIX) :]]
            return [ty.LONG, ty.LONG] if probe.name == "return" else call.arguments(CTypes(kernel))
        proto = kernel.function(probe.function)
        if proto is None:
            return None
        return proto.params if probe.name == "entry" else [ty.LONG, proto.result]
