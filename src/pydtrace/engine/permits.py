"""Destructive actions that need more than -w: the kernel must allow them, and they must make sense for the probe.

Asked before anything is loaded, so that the answer is one clear line.
"""

from __future__ import annotations

import os

from ..dif.attach import Function, SystemCall
from ..errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..dif.program import CompiledClause, Program
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
                _may_return(clause, probe, kernel)


def returns_by(probe: Probe) -> str:
    """The mechanism by which return() can act here: "kprobe", "fmod_ret", or "" when there is none.

    A kprobe's helper can set any value, for functions marked for error injection, where the kernel was built with it (few are). A
    trampoline's program (fmod_ret) needs no such thing for the security hooks, which exist to refuse; it cannot say 0.
    """
    if probe.provider != "fbt" or probe.name != "entry":
        return ""
    from ..linux.features import MODIFY_RETURN, OVERRIDE
    from ..providers.fbt import body_of, function_words, returns_integer

    body, known = body_of(probe), _injectable()
    if OVERRIDE and (known is None or body in known):
        return "kprobe"
    if probe.module == "vmlinux" and (body.startswith("security_") or (known and body in known)) and MODIFY_RETURN:
        id, words = function_words(body)
        if id and words <= 6 and returns_integer(id):
            return "fmod_ret"
    return ""


def returning(probe: Probe) -> None:
    """Have the probe attached so that return() can act, if that is possible."""
    means = returns_by(probe)
    if means:
        from ..providers.fbt import body_of

        probe.mechanism = means
        if isinstance(probe.attach, SystemCall):  # one of many aliases
            probe.attach = Function(body_of(probe), False, probe.attach.number)


def _may_return(clause: CompiledClause, probe: Probe, kernel: bool) -> None:
    """return() is for the entry of kernel functions that may fail on demand."""
    if not kernel or probe.provider != "fbt" or probe.name != "entry":
        raise UserError(f"return() not allowed for {probe}", hint="only for entry probes of fbt, of functions that allow error injection")
    from ..linux.features import MODIFY_RETURN, OVERRIDE

    means = returns_by(probe)
    if not means and not OVERRIDE and not MODIFY_RETURN:
        raise UserError(f"return() is not available on this kernel: {OVERRIDE.reason}; {MODIFY_RETURN.reason}")
    if not means:
        hint = "this kernel allows it for functions marked for error injection" if OVERRIDE else "this kernel allows it for security_* only"
        raise UserError(f"return() not allowed for {probe}", hint=f"{hint}, and where an integer is returned")
    if means == "fmod_ret":
        for insn in (insn for block in clause.function.blocks for insn in block if insn.op == "call" and insn.imm == "return"):
            if insn.args[0] == 0:
                raise UserError(f"return(0) not allowed for {probe}", line=insn.line, hint="here 0 lets the function run")


_list: list[set[str] | None] = []


def _injectable() -> set[str] | None:
    """Functions marked for error injection, none where the kernel has no such thing; None when that cannot be known. Read once."""
    if not _list:
        try:
            with open("/sys/kernel/debug/error_injection/list", encoding="ascii", errors="replace") as file:
                _list.append({line.split()[0] for line in file if line.strip()})
        except FileNotFoundError:
            _list.append(set() if os.path.isdir("/sys/kernel/debug/tracing") else None)
        except OSError:
            _list.append(None)
    return _list[0]
