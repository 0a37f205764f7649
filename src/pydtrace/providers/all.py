"""Which providers an engine has. One that cannot work on this machine leaves itself out; it never stops the others."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..options import Options
    from .base import Provider


def kernel_providers(options: Options) -> list[Provider]:
    """For eBPF, in the order in which descriptions are matched."""
    return _common("kernel", options)


def process_providers(options: Options) -> list[Provider]:
    """For ptrace; the engine adds `pid` when it has a target."""
    return _common("process", options)


def _common(engine: str, options: Options) -> list[Provider]:
    from .dtrace import Dtrace
    from .fbt import Fbt
    from .profile import Profile
    from .syscall import Syscall

    return [Dtrace(engine, options), Profile(engine, options), Syscall(engine, options), Fbt(engine, options)]
