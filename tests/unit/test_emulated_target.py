"""The breakpoint engine on another kind of target, an emulated CPU: right also when step traps are dropped, late, or repeated."""

from __future__ import annotations

from typing import Any, cast

import emulated
import pytest
from unicorn import x86_const as X

from pydtrace.breakpoint import plan
from pydtrace.breakpoint.engine import Breakpoints
from pydtrace.breakpoint.stepping import Faults, Stepper

# 200 calls of a function, f.
PROGRAM = bytes.fromhex(
    "b9 c8000000"  # 00 mov $200,%ecx
    "31c0"  # 05 xor %eax,%eax
    "e8 06000000"  # 07 call 12
    "ffc9"  # 0c dec %ecx
    "75f7"  # 0e jne 07
    "eb16"  # 10 jmp 28, the end
    "55"  # 12 push %rbp
    "4889e5"  # 13 mov %rsp,%rbp
    "488d4001"  # 16 lea 1(%rax),%rax
    "480305 02000000"  # 1a add 23(%rip),%rax
    "5d"  # 21 pop %rbp
    "c3"  # 22 ret
    "0300000000"  # 23 the number 3, with what follows
)
F = [0x12, 0x13, 0x16, 0x1A, 0x21, 0x22]


def _program() -> bytes:
    return PROGRAM.ljust(0x28, b"\0") + bytes(8)


class _NoSymbols:
    def object_at(self, addr: int) -> None:
        return None


def _start(stepper: Stepper | None, monkeypatch: pytest.MonkeyPatch) -> tuple[emulated.EmulatedTracer, Breakpoints]:
    monkeypatch.setattr(plan, "gap_near", lambda pid, near: emulated.AREA)
    tracer = emulated.EmulatedTracer(_program())
    tracer.end = emulated.CODE + 0x28
    points = Breakpoints(cast(Any, tracer), symbolizer=cast(Any, lambda pid: _NoSymbols()), stepper=stepper)
    return tracer, points


def _bare() -> tuple[int, int]:
    tracer = emulated.EmulatedTracer(_program())
    tracer.end = emulated.CODE + 0x28
    assert tracer.run() == "end"
    return tracer.uc.reg_read(X.UC_X86_REG_RAX), tracer.uc.reg_read(X.UC_X86_REG_RSP)


FAULTS = [None, {}, {"drop": 0.1}, {"delay": 0.1}, {"repeat": 0.1}, {"drop": 0.03, "delay": 0.03, "repeat": 0.03}]


@pytest.mark.parametrize("faults", FAULTS)
def test_same_result_with_every_instruction_probed(faults: dict[str, float] | None, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Faults(**faults) if faults is not None else None  # type: ignore[arg-type]
    stepper = Stepper(made) if made is not None else None
    tracer, points = _start(stepper, monkeypatch)
    wanted = [emulated.CODE + at for at in (0x07, 0x0C, 0x0E, *F)]
    assert points.arm(wanted) == (wanted, [])
    assert tracer.run() == "end"
    assert (tracer.uc.reg_read(X.UC_X86_REG_RAX), tracer.uc.reg_read(X.UC_X86_REG_RSP)) == _bare()
    assert {at: tracer.fired.count(at) for at in wanted} == {at: 200 for at in wanted}
    assert points.strange == 0
    if stepper is not None and made is not None:
        assert stepper.late_steps == made.made["drop"] + made.made["delay"]
        assert stepper.repeats == made.made["repeat"]
        assert stepper.lost_steps == 0
        assert stepper.steps == 1200  # dec, push, mov, lea, add, pop; not the branches
        if faults:
            assert sum(made.made.values()) > 70
    points.disarm()
    assert tracer.thread.space.memory.read(emulated.CODE, len(_program())) == _program()


def test_without_the_int3_it_would_have_fallen_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test can fail: a NOP behind the instruction and junk behind that, as it was in 2012."""
    tracer, points = _start(Stepper(Faults(drop=0.01)), monkeypatch)
    at = emulated.CODE + 0x12
    assert points.arm([at]) == ([at], [])
    slot = next(iter(tracer.thread.space.breakpoints.slots.values()))  # type: ignore[attr-defined]
    tracer.thread.space.memory.write(slot, b"\x55\x90\x0f\x0b")
    assert tracer.run() != "end"
