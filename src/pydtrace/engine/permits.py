"""Destructive actions that need more than -w: the kernel must allow them, and they must make sense for the probe.

Asked before anything is loaded, so that the answer is one clear line.
"""

from __future__ import annotations

from ..errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..dif.program import Program
    from ..providers.base import Probe


def permit(program: Program, kernel: bool) -> None:
    """UserError when a clause of `program` may not do here what it does."""
    for clause in program.clauses:
        if "copyout" in clause.uses and kernel:
            from ..linux.features import WRITE_USER

            if not WRITE_USER:
                why = f"copyout( ) and copyoutstr( ) are not available on this kernel: {WRITE_USER.reason}"
                raise UserError(why, hint="-x engine=process can write to the process of -c or -p")
        if "return" in clause.uses:
            for probe in clause.probes:
                _may_return(probe, kernel)


def _may_return(probe: Probe, kernel: bool) -> None:
    """return() is for the entry of kernel functions that the kernel says may fail on demand; only a plain kprobe can do it."""
    if not kernel or probe.provider != "fbt" or probe.name != "entry":
        raise UserError(f"return() not allowed for {probe}", hint="only for entry probes of fbt, of functions that allow error injection")
    from ..linux.features import OVERRIDE

    if not OVERRIDE:
        raise UserError(f"return() is not available on this kernel: {OVERRIDE.reason}")
    body = str(probe.attach[1]) if probe.attach[0] in ("fbt", "fbt_syscall") else ""
    known = _injectable()
    if not body or (known is not None and body not in known):
        raise UserError(f"return() not allowed for {probe}", hint="the kernel does not allow error injection into this function")


def _injectable() -> set[str] | None:
    """Functions marked for error injection; None when the list cannot be read."""
    try:
        with open("/sys/kernel/debug/error_injection/list", encoding="ascii", errors="replace") as file:
            return {line.split()[0] for line in file if line.strip()}
    except OSError:
        return None
