"""Aggregations on both engines against plain Python, and that nothing is lost while they are read, cleared and truncated."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path

import pytest

from pydtrace.api import Session
from pydtrace.d.aggdata import llquantize_bounds

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="the kernel engine needs root")
CALLS = 150_000
LOOP = [sys.executable, "-c", f"import os\nfor _ in range({CALLS}): os.getppid()"]


def expected(func: str, params: tuple[int, ...], seen: list[tuple[int, int]]) -> list[int]:
    """Words after `seen`, pairs of value and increment."""
    values = [v for v, _ in seen]
    n = len(values)
    if func == "count":
        return [n]
    if func in ("min", "max"):
        return [n, (min if func == "min" else max)(values)]
    total = (sum(values) + (1 << 63)) % (1 << 64) - (1 << 63)
    if func in ("sum", "avg"):
        return [n, total]
    if func == "stddev":
        squares = sum(v * v for v in values) % (1 << 128)
        return [n, total, squares % (1 << 64), squares >> 64]
    bounds: list[int]
    if func == "quantize":
        bounds = sorted([-(1 << i) for i in range(62)] + [0] + [1 << i for i in range(63)])
        # a negative number belongs to the power of two towards zero
        place = [63 + v.bit_length() if v > 0 else max(0, 63 - v.bit_length()) for v in values]
        size = 127
        assert len(bounds) == size - 1
    elif func == "lquantize":
        base, limit, step = params
        bounds = list(range(base, limit + 1, step))
        place = [bisect_right(bounds, v) for v in values]
        size = len(bounds) + 1
    else:
        bounds = llquantize_bounds(params)
        place = [len(bounds) + (bisect_right(bounds, abs(v)) if v >= 0 else -bisect_right(bounds, -v)) for v in values]
        size = 2 * len(bounds) + 1
    counts = [0] * size
    for at, (_, increment) in zip(place, seen, strict=True):
        counts[at] += increment
    return [n, *counts]


def literal(value: int) -> str:
    return f"{value % (1 << 64):#x}UL"


@pytest.mark.parametrize("engine", [pytest.param("kernel", marks=root_only), "process"])
@pytest.mark.parametrize("seed", range(4))
def test_functions_against_plain_python(engine: str, seed: int) -> None:
    chance = random.Random(seed)
    edges = [0, 1, -1, 2, -2, (1 << 63) - 1, -(1 << 63), 1 << 62, -(1 << 62), (1 << 62) - 1, 10, 9, 100, -100, 99, 1000]

    def value() -> int:
        if chance.random() < 0.5:
            return chance.choice(edges)
        return chance.randrange(-(1 << (bits := chance.randrange(1, 63))), 1 << bits)

    functions: list[tuple[str, tuple[int, ...]]] = [(f, ()) for f in ("count", "sum", "avg", "min", "max", "stddev", "quantize")]
    for base, limit, step in ((0, 10, 3), (-50, 50, 10), (-(1 << 31), (1 << 31) - 1, 65535), (99, 1001, 1)):
        levels = min(65535, (limit - base) // step)
        functions.append(("lquantize", (base, base + levels * step, step)))
    few = [(10, 0, 3, 5), (10, 1, 4, 5), (12, 0, 3, 4), (6, 2, 4, 1), (10, 2, 5, 5)]
    many = [(10, 0, 3, 10), (2, 0, 62, 2), (3, 3, 5, 27), (16, 0, 14, 256), (10, 0, 18, 100)]
    functions += [("llquantize", p) for p in few + many]
    wanted: dict[str, list[int]] = {}
    lines = []
    for number, (func, params) in enumerate(functions):
        seen = [(value(), chance.choice([1, 1, 5, -3])) for _ in range(8)]
        wanted[f"a{number}"] = expected(func, params, seen)
        for v, increment in seen:
            arguments = [literal(v)] if func != "count" else []
            arguments += [str(p) for p in params]
            if func in ("quantize", "lquantize", "llquantize"):
                arguments.append(str(increment))
            lines.append(f"@a{number} = {func}({', '.join(arguments)});")
    # one clause for each few: what one program may be long is not the question here
    clauses = [f"BEGIN {{ {' '.join(lines[i : i + 12])} }}" for i in range(0, len(lines), 12)]
    with Session() as session:
        session.option("engine", engine)
        if engine == "process":
            session.launch("true")
        session.compile("\n".join([*clauses, "BEGIN { exit(0); }"]))
        session.go()
        list(session.records())
        assert session.program is not None and session.engine is not None
        got = {agg.name: session.engine.aggregation(agg).get((), []) for agg in session.program.aggregations}
    for name, words in wanted.items():
        assert got[name] == words, (functions[int(name[1:])], name)


@pytest.fixture
def looping() -> Iterator[Session]:
    """A session that is about to trace a process which calls getppid CALLS times."""
    with Session() as session:
        session.option("engine", "kernel")
        session.launch(LOOP)
        yield session


def rounds(session: Session) -> Iterator[None]:
    """While the target runs, and once more after the end."""
    end = time.monotonic() + 30
    while not session.over() and time.monotonic() < end:
        session.drain(0)
        yield
    session.stop()
    session.drain(0)
    yield


@root_only
def test_taking_gives_every_update_once(looping: Session) -> None:
    """The clause numbers the calls, so after n of them max has seen n - 1, and what comes then begins with n."""
    looping.compile(
        "long i; syscall::getppid:entry /pid == $target/ { @low = min(i); @high = max(i); @sum = sum(i); @by[i & 7] = count(); i++; }"
        "tick-1h { clear(@low); clear(@high); clear(@sum); trunc(@by); }"
    )
    looping.go()
    engine, program = looping.engine, looping.program
    assert engine is not None and program is not None
    aggs = {agg.name: agg for agg in program.aggregations}
    given = {"low": 0, "high": 0, "sum": 0}
    total, by, takes = 0, 0, 0
    for _ in rounds(looping):
        for name in ("low", "high", "sum"):
            for n, value in engine.aggregation(aggs[name], take=True).values():
                first, last = given[name], given[name] + n - 1
                expected = {"low": first, "high": last, "sum": (first + last) * n // 2}[name]
                assert value == expected, (name, value, expected, engine.drops())
                given[name] += n
                total += value if name == "sum" else 0
                takes += 1
        by += sum(words[0] for words in engine.aggregation(aggs["by"], take=True).values())
    assert given == {"low": CALLS, "high": CALLS, "sum": CALLS} and total == CALLS * (CALLS - 1) // 2
    assert by == CALLS and takes > 3


@root_only
def test_printa_and_clear_lose_nothing() -> None:
    text = (
        "syscall::getppid:entry /pid == $target/ { @n = count(); @k[pid] = max(1); @t[1] = sum(2); } "
        'tick-2ms { printa("n %@d\\n", @n); clear(@n); printa("t %@d\\n", @t); trunc(@t); clear(@k); } '
        'END { printa("n %@d\\n", @n); printa("t %@d\\n", @t); }'
    )
    command = [os.path.join(ROOT, "dtrace"), "-x", "engine=kernel", "-x", "switchrate=1ms", "-q", "-n", text]
    with open("/tmp/pydtrace-loop.py", "w") as file:
        file.write(LOOP[2])
    try:
        done = subprocess.run([*command, "-c", f"{sys.executable} /tmp/pydtrace-loop.py"], capture_output=True, timeout=60, text=True)
    finally:
        os.unlink("/tmp/pydtrace-loop.py")
    assert done.stderr == ""
    shares = [line.split() for line in done.stdout.splitlines() if line.startswith(("n ", "t "))]
    assert sum(int(n) for what, n in shares if what == "n") == CALLS
    assert sum(int(n) for what, n in shares if what == "t") == 2 * CALLS
    assert len(shares) > 6


@root_only
def test_interrupts_between_updates_change_nothing(looping: Session) -> None:
    """Samples interrupt the clause of the system call, on the same words: every update must be in the sums."""
    big = 0xFFFFFFFF  # its square carries into the high word nearly every time
    update = "@sd = stddev(V); @low = min(V); @high = max(V); @q = quantize(V); @sum = sum(V);".replace
    looping.compile(
        f"syscall::getppid:entry /pid == $target/ {{ {update('V', str(big))} @calls = count(); }}"
        f"profile-4000 /pid == $target/ {{ {update('V', str(-big))} @samples = count(); }}"
    )
    looping.go()
    for _ in rounds(looping):
        pass
    engine, program = looping.engine, looping.program
    assert engine is not None and program is not None
    got = {agg.name: engine.aggregation(agg).get((), [0]) for agg in program.aggregations}
    calls, samples = got["calls"][0], got["samples"][0]
    n = calls + samples
    assert calls == CALLS and samples > 10
    squares = n * big * big
    assert got["sd"] == [n, (calls - samples) * big, squares % (1 << 64), squares >> 64]
    assert got["low"] == [n, -big] and got["high"] == [n, big] and got["sum"] == [n, (calls - samples) * big]
    assert got["q"][0] == n and sum(got["q"][1:]) == n and got["q"][64 + 32] == calls
    assert engine.drops() == {}


@root_only
def test_too_many_keys_are_counted_as_drops() -> None:
    with Session() as session:
        session.option("engine", "kernel")
        session.option("aggsize", "1k")
        session.launch(LOOP)
        session.compile("syscall::getppid:entry /pid == $target/ { @[i++] = count(); }")
        session.go()
        for _ in rounds(session):
            pass
        assert session.engine is not None and session.program is not None
        kept = len(session.engine.aggregation(session.program.aggregations[0]))
        drops = sum(session.engine.drops()["AGGREGATION"].values())
        assert kept + drops == CALLS and 4 < kept < 100


@pytest.mark.parametrize("engine", [pytest.param("kernel", marks=root_only), "process"])
def test_shares_of_cpus_add_up(engine: str) -> None:
    with Session() as session:
        session.option("engine", engine)
        session.launch([sys.executable, "-c", "import os\nfor _ in range(50): os.getppid()"])
        session.compile("syscall::getppid:entry /pid == $target/ { @[1] = sum(2); @q = quantize(5); @w = lquantize(5, 0, 5000); }")
        session.go()
        list(session.records())
        assert session.engine is not None and session.program is not None
        for agg in session.program.aggregations:
            whole = session.engine.aggregation(agg)
            shares = session.engine.aggregation(agg, cpus=True)
            assert {key[:-1] for key in shares} == set(whole) and {key[-1] for key in shares} <= set(session.engine.cpus())
            for key, words in whole.items():
                parts = [part for k, part in shares.items() if k[:-1] == key]
                assert [sum(column) for column in zip(*parts, strict=True)] == words


@root_only
def test_many_keys_are_read_in_few_calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """50,000 keys one by one would be 100,000 system calls."""
    from pydtrace.linux import bpf
    from pydtrace.output.sink import Sink
    from pydtrace.output.text import TextOutput

    monkeypatch.setenv("_DTRACE_TESTING", "1")
    calls: list[int] = []
    real = bpf.bpf
    with Session() as session:
        session.option("engine", "kernel")
        session.option("aggsize", "16m")
        session.launch([sys.executable, "-c", "import os\nfor _ in range(50_000): os.getppid()"])
        session.compile("syscall::getppid:entry /pid == $target/ { @[i++ % 3 ? execname : probefunc, i] = count(); }")
        session.go()
        list(session.records())
        assert session.engine is not None and session.program is not None
        monkeypatch.setattr(bpf, "bpf", lambda *args: calls.append(args[0]) or real(*args))
        output = TextOutput(Sink(str(tmp_path / "out")), Sink(fd=2), session.options, session.engine, testing=True)
        output.aggregations(session.program.aggregations)
        output.flush()
        assert session.engine.drops() == {}
    lines = (tmp_path / "out").read_text().splitlines()
    name = os.path.basename(sys.executable)[:15]
    rows = sorted((name if i % 3 else "getppid", i + 1) for i in range(50_000))
    assert lines[1:] == [f"  {text:<50} {i:16} {1:16}" for text, i in rows]
    assert len(calls) < 100


@pytest.mark.parametrize("engine", [pytest.param("kernel", marks=root_only), "process"])
def test_one_cpu_only(engine: str) -> None:
    """With cpu=N what happens elsewhere does not fire; BEGIN and END do, there."""
    cpus = sorted(os.sched_getaffinity(0))
    loop = "import os, sys\nfor cpu in map(int, sys.argv[1:]):\n os.sched_setaffinity(0, [cpu])\n for _ in range(20): os.getppid()"
    for cpu in cpus:
        with Session() as session:
            session.option("engine", engine)
            session.option("cpu", str(cpu))
            session.launch([sys.executable, "-c", loop, *map(str, cpus)])
            session.compile("BEGIN, END { trace(1); } syscall::getppid:entry /pid == $target/ { trace(cpu); @ = count(); }")
            session.go()
            found = [(record.probe.name, record.cpu, record.values) for record in session.records()]
            assert found == [("BEGIN", cpu, (1,)), *[("entry", cpu, (cpu,))] * 20, ("END", cpu, (1,))]
            assert session.aggregations["_"] == {(): 20}


@pytest.mark.parametrize("engine", [pytest.param("kernel", marks=root_only), "process"])
def test_shares_are_printed_below_the_total(engine: str, capfd: pytest.CaptureFixture[str]) -> None:
    loop = "import os, sys\nfor cpu in map(int, sys.argv[1:]):\n os.sched_setaffinity(0, [cpu])\n for _ in range(20 + cpu): os.getppid()"
    cpus = sorted(os.sched_getaffinity(0))
    with Session() as session:
        session.option("engine", engine)
        session.option("aggpercpu")
        session.option("quiet")
        session.launch([sys.executable, "-c", loop, *map(str, cpus)])
        session.compile("syscall::getppid:entry /pid == $target/ { @[7] = sum(2); @max = max(cpu); }")
        assert session.run() == 0
        assert session.engine is not None
        listed = session.engine.cpus()
    total = 2 * sum(20 + cpu for cpu in cpus)
    out = capfd.readouterr().out
    if engine == "kernel":
        rows = [f"\n    [CPU {cpu}] {2 * (20 + cpu) if cpu in cpus else 0:16}" for cpu in listed]
        assert f"\n {7:8} {total:16}{''.join(rows)}\n" in out
        assert f"\n {cpus[-1]:16}" + "".join(f"\n    [CPU {cpu}] {cpu if cpu in cpus else 0:16}" for cpu in listed) in out
    else:
        assert f"\n {7:8} {total:16}\n    [CPU {listed[0]}] {total:16}\n" in out
