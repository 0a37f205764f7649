"""The capabilities that are measured, and what is refused without them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import targets_c

from pydtrace.breakpoint.engine import Breakpoints
from pydtrace.elf.symbols import Symbolizer
from pydtrace.errors import TargetError
from pydtrace.linux import ptrace
from pydtrace.target import selftest
from pydtrace.target.process import Process, launch
from pydtrace.target.tracer import Tracer

pytestmark = pytest.mark.timeout(30)


def test_everything_works_here() -> None:
    found = selftest._measure()
    assert found.text and found.breakpoints and found.moves and found.steps
    assert found.missing == ""


@pytest.mark.parametrize("lacking", ["text", "breakpoints", "moves", "steps"])
def test_what_is_lacking_is_found(lacking: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system in which one thing does not work."""
    if lacking == "text":

        def write(self: ptrace.Memory, addr: int, data: bytes) -> None:
            raise PermissionError(1, "not permitted")

        monkeypatch.setattr(ptrace.Memory, "write", write)
    elif lacking == "breakpoints":
        real = ptrace.getsiginfo
        monkeypatch.setattr(ptrace, "getsiginfo", lambda tid: (real(tid)[0], 1, 0))
    elif lacking == "moves":
        monkeypatch.setattr(ptrace, "setrip", lambda tid, rip: None)
    else:  # it comes before the instruction

        def step(tid: int, signo: int = 0) -> None:
            ptrace.interrupt(tid)
            ptrace.cont(tid)

        monkeypatch.setattr(ptrace, "step", step)
    found = selftest._measure()
    assert not getattr(found, lacking)
    assert bool(found.missing) == (lacking != "steps")


def _target() -> tuple[Process, Tracer, Breakpoints, int]:
    process = launch([targets_c.build(targets_c.LOOP), "3"])
    tracer = Tracer(process)
    points = Breakpoints(tracer)
    tracer.attach()
    one = Symbolizer(process.pid).executable
    assert one is not None
    return process, tracer, points, next(addr for name, addr, _ in one.functions() if name == "main")


def test_without_breakpoints_none_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selftest, "_known", selftest.Capabilities())
    process, _, points, addr = _target()
    with pytest.raises(TargetError, match="no breakpoints: the code of a process cannot be written here"):
        points.arm([addr])
    process.close()


def test_invariant_22_only_where_an_instruction_begins() -> None:
    from capstone import CS_ARCH_X86, CS_MODE_64, Cs

    process, tracer, points, addr = _target()
    memory = next(iter(tracer.threads.values())).space.memory
    code = memory.read(addr, 64)
    begins = {at for at, _, _, _ in Cs(CS_ARCH_X86, CS_MODE_64).disasm_lite(code, addr) if at < addr + 40}
    armed, refused = points.arm(range(addr, addr + 40))
    assert set(armed) <= begins
    assert {at for at, why in refused if why == "in the middle of an instruction"} == set(range(addr, addr + 40)) - begins
    tracer.start()
    while tracer.poll(1):
        pass
    assert process.status == 7 << 8
    process.close()
