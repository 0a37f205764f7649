"""Which engine runs a session (docs/architecture.md, "Three engines").

`auto` means: the kernel engine if the kernel lets us, else the process engine when there is a process to trace, else an error that says
what is missing. Naming an engine turns its own reason into the error.
"""

from __future__ import annotations

from ..errors import DTraceError, UsageError, UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..engine.base import Engine
    from ..options import Options
    from ..target.process import Process


def choose(options: Options, processes: Sequence[Process]) -> Engine:
    """An engine, not yet enabled. UserError when none can run."""
    wanted = options.text("engine")
    if wanted == "kernel":
        return _kernel(options, processes)
    if wanted == "process":
        return process_engine(options, processes)
    if wanted.startswith("guest:"):
        if processes:
            raise UserError("the guest engine traces a machine's kernel: -c and -p have no meaning for it")
        from ..engine.guest import GuestEngine

        return GuestEngine(options, wanted[6:])
    try:
        return _kernel(options, processes)
    except DTraceError as error:
        if processes:
            return process_engine(options, processes)
        raise UsageError(
            f"tracing the whole system is not possible here: {error.text}", hint="as root, or with -c or -p to trace processes of your own"
        ) from None


def _kernel(options: Options, processes: Sequence[Process]) -> Engine:
    import os

    # Asked here, first, so that an unprivileged start does not pay for loading what it cannot use.
    if os.geteuid() != 0 and not _capable():
        raise UsageError(
            "DTrace requires additional privileges (CAP_BPF and CAP_PERFMON)",
            hint="run it as root, or trace a process of yours with -c or -p",
        )
    from ..engine.kernel import KernelEngine

    return KernelEngine(options, processes)


def _capable() -> bool:
    """CAP_PERFMON (38) and CAP_BPF (39), or CAP_SYS_ADMIN (21), effective."""
    try:
        with open("/proc/self/status", "rb") as file:
            for line in file:
                if line.startswith(b"CapEff:"):
                    caps = int(line[7:], 16)
                    return bool(caps >> 21 & 1) or caps >> 38 & 3 == 3
    except (OSError, ValueError):
        pass
    return False


def checking_engine(options: Options) -> Engine | None:
    """An engine to compile for, where `choose` has found none that can run. None: no such engine."""
    wanted = options.text("engine")
    if wanted == "process":
        from ..engine.process import ProcessEngine

        return ProcessEngine(options)
    if wanted not in ("auto", "kernel"):
        return None
    from ..engine.kernel import KernelEngine

    return KernelEngine(options)


def process_engine(options: Options, processes: Sequence[Process]) -> Engine:
    """The engine on ptrace; it needs a target."""
    if not processes:
        raise UserError("the process engine needs a process to trace", hint="give one with -c or -p")
    from ..engine.process import ProcessEngine

    return ProcessEngine(options, processes)
