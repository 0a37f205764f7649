"""Which providers an engine has. One that cannot work on this machine leaves itself out; it never stops the others."""

from __future__ import annotations

from .base import glob_match

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..d.tree import ProbeDesc
    from ..options import Options
    from .base import Probe, Provider


def kernel_providers(options: Options) -> list[Provider]:
    """For eBPF, in the order in which descriptions are matched."""
    return _common("kernel", options)


def process_providers(options: Options) -> list[Provider]:
    """For ptrace; the engine adds `pid` when it has a target."""
    return _common("process", options)


def _common(engine: str, options: Options) -> list[Provider]:
    from .dtrace import Dtrace

    def profile() -> Provider:
        from .profile import Profile

        return Profile(engine, options)

    def syscall() -> Provider:
        from .syscall import Syscall

        return Syscall(engine, options)

    def fbt() -> Provider:
        from .fbt import Fbt

        return Fbt(engine, options)

    later = [_Later("profile", _is_rate, profile), _Later("syscall", _is_side, syscall), _Later("fbt", _is_side, fbt)]
    return [Dtrace(engine, options), *later]


def _is_rate(name: str) -> bool:
    return not name or name.startswith(("profile", "tick")) or any(c in name for c in "*?[\\")


def _is_side(name: str) -> bool:
    return glob_match(name, "entry") or glob_match(name, "return")


class _Later:
    """A provider that is loaded when a description may mean one of its probes. `may` says whether a probe's name, or pattern, can."""

    def __init__(self, name: str, may: Callable[[str], bool], load: Callable[[], Provider]) -> None:
        self.name = name
        self._may = may
        self._load = load
        self._loaded: Provider | None = None

    def match(self, desc: ProbeDesc) -> list[Probe]:
        if desc.id < 0 and not (glob_match(desc.provider, self.name) and self._may(desc.name)):
            return []
        return self._provider().match(desc)

    def _provider(self) -> Provider:
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded

    def __getattr__(self, what: str) -> Any:
        return getattr(self._provider(), what)
