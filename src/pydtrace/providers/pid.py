"""The pid provider: entry and return of every function of a process, `pid1234:libc:malloc:entry`.

The probes are the function symbols of the ELF files the process has mapped. Objects go by the name that was asked for where it is an
abbreviation (`a.out`, `libc`), since scripts print probemod and expect to see what they wrote; with globs, by the
file's name. Thousands of symbols are common, so a Probe is made only when a description means it, and once.

Return probes carry the function's address too: the kernel engine attaches a uretprobe there, the process engine finds the `ret`s.
"""

from __future__ import annotations

from ..d.types import LONG
from ..dif.attach import UserFunction
from .base import Probe, glob_match

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..d.tree import ProbeDesc
    from ..d.types import Type
    from ..elf.symbols import LoadedObject, Symbolizer

FIRST_ID = 10_000_000
_EACH = 10_000_000  # numbers for one process


def _globs(field: str) -> bool:
    return any(c in field for c in "*?[\\")


class PidProvider:
    """Probes of one process."""

    __slots__ = ("name", "pid", "mechanism", "_first", "_symbols", "_probes", "_sizes")

    def __init__(self, pid: int, symbols: Symbolizer, mechanism: str = "int3", first: int = 0) -> None:
        """`first`: which of several processes it is. No two probes of a run have one number."""
        self.name = f"pid{pid}"
        self.pid = pid
        self.mechanism = mechanism
        self._first = FIRST_ID + first * _EACH
        self._symbols = symbols
        self._probes: dict[tuple[str, str, int, str], Probe] = {}
        self._sizes: dict[int, int] = {}

    def match(self, desc: ProbeDesc) -> list[Probe]:
        if desc.id >= 0:
            return [probe for probe in self._probes.values() if probe.id == desc.id]
        if not desc.provider or not glob_match(desc.provider, self.name):
            return []  # an empty provider does not mean every function of the process
        names = [name for name in ("entry", "return") if glob_match(desc.name, name)]
        if not names:
            return []
        found: list[Probe] = []
        wanted = desc.function
        exact = bool(wanted) and not any(c in wanted for c in "*?[\\")
        for one, module in self._objects(desc.module):
            seen: set[int] = set()
            for function, address, size in one.functions():
                if (function != wanted) if exact else not glob_match(wanted, function):
                    continue
                if address in seen:
                    continue  # aliases of one function: the first name stands for all
                seen.add(address)
                self._sizes[address] = size
                found += [self._probe(module, function, address, name) for name in names]
        return sorted(found, key=lambda probe: probe.id)

    def explain(self, desc: ProbeDesc) -> tuple[str, str, str] | None:
        """Why a description of this process's probes matches none: tag, text, hint. None where the usual words will do."""
        module, function, name = desc.module, desc.function, desc.name
        if function == "-" and module not in ("", "a.out"):
            return "D_PROC_LIB", "only the a.out module is valid with the '-' function", f"write {self.name}:a.out:-:{name}"
        if function == "-" and any(c in name for c in "*?[\\"):
            return "D_PROC_NAME", "only individual addresses may be specified with the '-' function", "name one, in hexadecimal digits"
        if _globs(module) or not module or _globs(function) or not function or function == "-":
            return None
        one = self._symbols.object(module)
        if one is None:
            return None
        if not one.elf.wide:
            return "D_PROC_FUNC", f"failed to lookup '{function}' in module '{module}': not a program of 64 bits (x86-64)", ""
        size = next((size for known, _, size in one.functions() if known == function), None)
        if size is None:
            from difflib import get_close_matches

            near = get_close_matches(function, [known for known, _, _ in one.functions()], 1, 0.7)
            hint = f"did you mean '{near[0]}'?" if near else f"dtrace -l -n '{self.name}:{module}::entry' lists them"
            return "D_PROC_FUNC", f"failed to lookup '{function}' in module '{module}'", hint
        if not name or _globs(name):
            return None
        try:
            offset = int(name, 16)
        except ValueError:
            return "D_PROC_NAME", f"'{name}' is an invalid probe name", "entry or return"
        if offset >= size:
            return "D_PROC_OFF", f"offset 0x{offset:x} outside of function '{function}'", f"it has 0x{size:x} bytes"
        return "D_PROC_CREATEFAIL", f"failed to create offset probe in '{function}' at 0x{offset:x}", "only entry and return can be probed"

    def size(self, address: int) -> int:
        """Size in bytes of a function that was matched; 0 when unknown."""
        return self._sizes.get(address, 0)

    def _objects(self, module: str) -> list[tuple[LoadedObject, str]]:
        if module and not any(c in module for c in "*?[\\"):
            one = self._symbols.object(module)
            return [(one, module)] if one is not None else []
        return [(one, one.name) for one in self._symbols.objects if glob_match(module, one.name)]

    def _probe(self, module: str, function: str, address: int, name: str) -> Probe:
        key = (module, function, address, name)
        probe = self._probes.get(key)
        if probe is None:
            types: list[Type] | None = [LONG, LONG] if name == "return" else None
            attach = UserFunction(self.pid, address, name == "return")
            probe = Probe(self._first + len(self._probes), self.name, module, function, name, attach, self.mechanism, types)
            self._probes[key] = probe
        return probe
