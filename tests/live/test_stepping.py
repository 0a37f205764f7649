"""Single-step mode and its faults: a step trap late, lost or repeated changes nothing and is counted (invariants 1, 2, 3, 14, 19)."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import targets_c
import test_instructions

from pydtrace.breakpoint.engine import Breakpoints
from pydtrace.breakpoint.stepping import Faults, Stepper
from pydtrace.breakpoint.table import Table
from pydtrace.elf.symbols import Symbolizer
from pydtrace.target.process import Process, launch
from pydtrace.target.space import Thread
from pydtrace.target.tracer import Tracer

pytestmark = pytest.mark.timeout(60)


def _armed(argv: list[str], faults: Faults | None, prefix: str = "f", refused: int = 0) -> tuple[Process, Tracer, Breakpoints, Stepper]:
    process = launch(argv)
    tracer = Tracer(process, follow=True)
    stepper = Stepper(faults)
    points = Breakpoints(tracer, stepper=stepper)
    tracer.attach()
    one = Symbolizer(process.pid).executable
    assert one is not None
    addrs = [addr for name, addr, _ in one.functions() if name == prefix or (prefix.endswith("_") and name.startswith(prefix))]
    _, no = points.arm(addrs)
    assert len(no) == refused
    return process, tracer, points, stepper


def _run(tracer: Tracer) -> None:
    end = time.monotonic() + 50
    while tracer.poll(1):
        assert time.monotonic() < end


def test_every_instruction_single_stepped(capfd: pytest.CaptureFixture[str]) -> None:
    """rcx is right after the system call, pushf pushes no trap flag, and rep traps in each iteration."""
    program = targets_c.build(test_instructions._source())
    bare = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    process, tracer, points, stepper = _armed([program], None, "p_", len(test_instructions.REFUSED))
    tracer.start()
    _run(tracer)
    assert capfd.readouterr().out.split("\n") == bare.split("\n")
    assert process.status == 0
    assert stepper.late_steps == 0  # the kernel reports the step of a system call itself, on time
    assert stepper.repeats == 6  # rep stosb, seven bytes
    assert (stepper.lost_steps, points.strange) == (0, 0)
    assert points.hits == len(test_instructions.CASES)
    process.close()


@pytest.mark.parametrize("kind", ["drop", "delay", "repeat"])
def test_invariants_2_3_and_14_every_fault_is_recovered_and_counted(kind: str) -> None:
    faults = Faults(**{kind: 0.2}, seed=7)  # type: ignore[arg-type]
    process, tracer, points, stepper = _armed([targets_c.build(targets_c.LOOP), "3000"], faults)
    tracer.start()
    _run(tracer)
    assert process.status == 7 << 8
    made = faults.made[kind]
    assert 400 < made < 800
    assert (stepper.repeats if kind == "repeat" else stepper.late_steps) == made
    assert (points.hits, stepper.steps, stepper.lost_steps, points.strange) == (3000, 3000, 0, 0)
    process.close()


def test_invariant_19_signals_are_held_during_a_step() -> None:
    """With faults in every tenth step: no signal is lost, none sees the slot. More would leave it no time: steps are slow."""
    source = targets_c.STORM.replace("while (!stop)", "while (n < 8000)").replace("{0, 100}", "{0, 3000}")
    process, tracer, points, stepper = _armed([targets_c.build(source)], Faults(drop=0.05, delay=0.05))
    alarms: list[int] = []
    tracer.on_signal = lambda thread, signo: alarms.append(signo)
    tracer.start()
    _run(tracer)
    assert process.status == 0  # else a handler has seen an address outside of the program
    assert points.hits == 8000 + alarms.count(signal.SIGALRM)
    assert stepper.late_steps > 0 and points.strange == 0
    process.close()


@pytest.mark.parametrize("source", [targets_c.THREADS, targets_c.FORKS])
def test_threads_and_children(source: str) -> None:
    process, tracer, points, stepper = _armed([targets_c.build(source), "300"], Faults(drop=0.05, delay=0.05, repeat=0.05))
    tracer.start()
    _run(tracer)
    assert process.status == 0
    assert points.hits == (2400 if source is targets_c.THREADS else 11)
    assert (stepper.lost_steps, points.strange) == (0, 0)
    process.close()


def test_invariant_2_a_trap_elsewhere_in_a_slot_is_never_guessed_at() -> None:
    process, tracer, points, stepper = _armed([targets_c.build(targets_c.LOOP), "-1"], None)
    tracer.start()
    tracer.poll(0.05)
    tracer.stop_all()
    thread = next(iter(tracer.threads.values()))
    table = thread.space.breakpoints
    assert isinstance(table, Table)
    slot = next(iter(table.slots.values()))
    thread.jump(slot + 40)
    tracer.resume_all()
    _run(tracer)
    assert points.strange == 1
    assert process.status == signal.SIGTRAP
    process.close()


@pytest.mark.parametrize("stepping", [False, True])
def test_invariant_1_everything_else_in_a_slot_is_int3(stepping: bool) -> None:
    process = launch(["/bin/true"])
    tracer = Tracer(process)
    points = Breakpoints(tracer, stepper=Stepper() if stepping else None)
    tracer.attach()
    symbols = Symbolizer(process.pid)
    libc = symbols.object("libc")
    assert libc is not None
    text = [m for m in symbols.maps if m.path == libc.path and m.executable]
    armed, _ = points.arm({addr for _, addr, _ in libc.functions() if any(m.start <= addr < m.end for m in text)})
    thread: Thread = next(iter(tracer.threads.values()))
    table = thread.space.breakpoints
    assert isinstance(table, Table) and len(table.built) > 1000
    used = set()
    for at, built in table.built.items():
        code = thread.space.memory.read(at, 64)
        assert code == built.code
        end = 64 - len(built.data)
        assert set(code[built.length : end]) <= {0xCC}
        used.update(range(at, at + 64))
        if stepping and built.length + 1 in built.places:
            assert len(built.data) == 0 and built.length <= 15
    for area in table.areas:  # and the pages: not writable for the target (invariant 5), INT3 where no slot is
        assert all(not {"w"} & set(m.perms) for m in Symbolizer(process.pid).maps if m.start <= area.start < m.end)
        data = thread.space.memory.read(area.start, area.size)
        assert all(data[n] == 0xCC for n in range(0, area.size) if area.start + n not in used)
        assert any(abs(area.start - m.start) < 1 << 31 for m in text)
    process.close()
