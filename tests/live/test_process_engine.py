"""The process engine on programs started here, with DIF made by hand."""

from __future__ import annotations

import os
import shutil
import subprocess
import time

import pytest

from pydtrace.d.tree import ProbeDesc
from pydtrace.d.types import INT, LONG, StringType
from pydtrace.dif.ir import Function, Insn, Reg, Slot
from pydtrace.dif.program import Aggregation, CompiledClause, Program, Schema
from pydtrace.engine.process import ProcessEngine
from pydtrace.errors import DTraceError
from pydtrace.options import Options
from pydtrace.target.process import grab, launch

STRING = StringType("string", 256)
WRITE = 1

SOURCE = r"""
#include <stdio.h>
#include <unistd.h>
__attribute__((noinline)) int twice(int x) { __asm__ volatile(""); return 2 * x; }
int main(void) {
    int sum = 0;
    for (int i = 0; i < 5; i++) { sum += twice(i); write(-1, "hello", 6); }
    return sum == 20 ? 0 : 1;
}
"""


def insn(op, dst=None, args=(), imm=None):
    return Insn(op, dst, tuple(args), imm, 1)


def probes(engine, text):
    desc = ProbeDesc(1, *text.split(":"), text)
    return [p for provider in engine.providers() for p in provider.match(desc)]


def program(*clauses):
    made = Program(256)
    for index, (on, block, fields) in enumerate(clauses):
        schema = Schema()
        schema.records = bool(fields)
        for kind, size, signed in fields:
            schema.add(kind, size, signed, LONG)
        function = Function(f"dt_clause_{index}")
        function.blocks = [block] if isinstance(block[0], Insn) else block
        made.clauses.append(CompiledClause(index, [], on, function, schema))
    return made


def record(*values):
    return [insn("begin"), *(insn("put", None, [v], i) for i, v in enumerate(values)), insn("commit"), insn("ret")]


def finish(engine, seconds=10.0):
    """All records until the target has ended, END's too."""
    records = []
    end = time.monotonic() + seconds
    while not engine.stopped() and time.monotonic() < end:
        records += engine.drain(0.2)
    engine.stop()
    return records + engine.drain(0)


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    if shutil.which("cc") is None:
        pytest.skip("no C compiler")
    path = tmp_path_factory.mktemp("c")
    (path / "twice.c").write_text(SOURCE)
    subprocess.run(["cc", "-O1", "-g", "-o", path / "twice", path / "twice.c"], check=True)
    return str(path / "twice")


@pytest.fixture
def launched():
    made = []

    def start(command):
        try:
            process = launch(command)
        except DTraceError as error:
            pytest.skip(f"ptrace does not work here: {error}")
        engine = ProcessEngine(Options(), [process])
        made.append((engine, process))
        return engine, process

    yield start
    for engine, process in made:
        engine.close()
        process.close()


def test_begin_tick_end_without_a_target():
    engine = ProcessEngine(Options())
    fields = [("int", 8, True)]
    tick = [insn("arg", Reg(0), (), 0), *record(2)]
    tick.insert(-1, insn("exit"))
    engine.enable(program(
        (probes(engine, "dtrace:::BEGIN"), record(1), fields), (probes(engine, "profile:::tick-10ms"), tick, fields),
        (probes(engine, "dtrace:::END"), record(3), fields),
    ))  # fmt: skip
    assert engine.drain(0) == []
    engine.go()
    records = finish(engine)
    engine.close()
    assert [(r[0].name, r[3]) for r in records] == [("BEGIN", (1,)), ("tick-10ms", (2,)), ("END", (3,))]


def test_syscalls_with_arguments_strings_and_errno(twice, launched):
    engine, process = launched([twice])
    s = Slot("tmp", 0, 256, True)
    entry = [
        insn("arg", Reg(0), (), 0), insn("ext", Reg(0), [Reg(0)], (4, True)),
        insn("arg", Reg(1), (), 1), insn("loadstr", s, [Reg(1)], (256, "user")),
        insn("builtin", Reg(2), (), "pid"), *record(Reg(0), s, Reg(2)),
    ]  # fmt: skip
    leave = [insn("builtin", Reg(0), (), "errno"), insn("arg", Reg(1), (), 1), *record(Reg(0), Reg(1))]
    engine.enable(program(
        (probes(engine, "syscall::write:entry"), entry, [("int", 4, True), ("str", 256, False), ("int", 4, True)]),
        (probes(engine, "syscall::write:return"), leave, [("int", 4, True), ("int", 8, True)]),
    ))  # fmt: skip
    engine.go()
    records = finish(engine)
    assert [r[3] for r in records] == [(-1, b"hello", process.pid), (9, -9)] * 5
    assert process.status == 0


def test_pid_entry_and_return_with_an_aggregation(twice, launched):
    engine, process = launched([twice])
    agg = Aggregation("a", 0)
    agg.func, agg.keys, agg.words = "sum", [INT], 2
    entry = [insn("arg", Reg(0), (), 0), insn("aggregate", None, [1, Reg(0)], (agg, 1)), insn("ret")]
    leave = [insn("arg", Reg(1), (), 1), insn("aggregate", None, [2, Reg(1)], (agg, 1)), insn("ret")]
    made = program(
        (probes(engine, f"pid{process.pid}:a.out:twice:entry"), entry, []),
        (probes(engine, f"pid{process.pid}:a.out:twice:return"), leave, []),
    )  # fmt: skip
    made.aggregations.append(agg)
    engine.enable(made)
    engine.go()
    assert finish(engine) == []
    assert engine.aggregation(agg) == {(1,): [5, 10], (2,): [5, 20]}
    assert process.status == 0
    assert engine.aggregation(agg, take=True) == {(1,): [5, 10], (2,): [5, 20]}
    assert engine.aggregation(agg) == {}


def test_ustack_names_the_callers(twice, launched):
    engine, process = launched([twice])
    block = [insn("begin"), insn("putstack", None, (), (0, 5, True)), insn("commit"), insn("ret")]
    engine.enable(program((probes(engine, f"pid{process.pid}:a.out:twice:entry"), block, [("stack", 48, False)])))
    engine.go()
    stack = finish(engine)[0][3][0]
    assert stack[0] == process.pid
    assert engine.usym(process.pid, stack[1]).startswith("twice`twice")
    assert engine.usym(process.pid, stack[2]).startswith("twice`main+0x")


def test_a_bad_address_is_a_fault_and_the_target_goes_on(twice, launched):
    engine, process = launched([twice])
    block = [insn("load", Reg(0), [8], (8, False, "user")), insn("ret")]
    engine.enable(program((probes(engine, "syscall::write:entry"), block, [])))
    engine.go()
    assert [r[1:] for r in finish(engine)] == [(-1, 0, (0, 1, 8, 0))] * 5
    assert process.status == 0


def test_a_grabbed_process_survives(twice):
    child = subprocess.Popen(["sleep", "30"])
    try:
        process = grab(child.pid)
        engine = ProcessEngine(Options(), [process])
        tick = record(1)
        tick.insert(-1, insn("exit"))
        try:
            engine.enable(
                program(
                    (probes(engine, "syscall:::entry"), record(7), [("int", 4, True)]),
                    (probes(engine, "profile:::tick-20ms"), tick, [("int", 4, True)]),
                )
            )
        except DTraceError as error:
            pytest.skip(f"grabbing is not allowed here: {error}")
        engine.go()
        assert [r[3] for r in finish(engine)][-1:] == [(1,)]
        engine.close()
        process.close()
        assert child.poll() is None
        with open(f"/proc/{child.pid}/status") as file:
            assert "TracerPid:\t0" in file.read()
    finally:
        child.kill()
        child.wait()


def test_children_are_followed(launched):
    engine, process = launched(["sh", "-c", "/bin/true; exit 3"])
    s = Slot("tmp", 0, 256, True)
    block = [insn("builtin", Reg(0), (), "pid"), insn("builtin", s, (), "execname"), *record(Reg(0), s)]
    engine.enable(program((probes(engine, "syscall::exit_group:entry"), block, [("int", 4, True), ("str", 256, False)])))
    engine.go()
    got = {r[3] for r in finish(engine)}
    assert (process.pid, b"sh") in got and any(name == b"true" for _, name in got)
    assert os.WEXITSTATUS(process.status) == 3
