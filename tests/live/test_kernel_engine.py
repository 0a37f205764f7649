"""The kernel engine on the live kernel, with hand-made DIF. Each trace is of what the test itself does."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest
from held import held_by, loaded

from pydtrace.d.types import IntType
from pydtrace.dif.attach import Own, SystemCall, Timer
from pydtrace.dif.ir import Function, Insn, Reg, Slot
from pydtrace.dif.program import Aggregation, CompiledClause, Program, Variable
from pydtrace.engine.kernel import KernelEngine
from pydtrace.options import Options
from pydtrace.providers.base import Probe

I64 = IntType("int64_t", 8, True)
STR = IntType("string", 256, False)
_OWN = (Own("begin"), Own("end"), Own("error"))
BEGIN, END, ERROR = (Probe(i, "dtrace", "", "", of.name.upper(), of, "x") for i, of in enumerate(_OWN, 1))
NR = os.uname().machine == "x86_64" and 110  # getppid


def _can() -> bool:
    try:
        from pydtrace.linux import bpf

        os.close(bpf.map_create(2, 4, 8, 1))
        return True
    except OSError:
        return False


pytestmark = pytest.mark.skipif(not _can() or not NR, reason="needs bpf(2) as root, on x86-64")


def getppid() -> Probe:
    return Probe(100 + 2 * 110, "syscall", "vmlinux", "getppid", "entry", SystemCall(110, False), "raw_tp")


def fn(*blocks: list[Insn]) -> Function:
    f = Function("f")
    f.blocks = list(blocks)
    return f


def I(op: str, dst: Any = None, args: tuple[Any, ...] = (), imm: Any = None) -> Insn:
    return Insn(op, dst, args, imm, 1)


class Run:
    """A program of clauses; `clause` adds one."""

    def __init__(self) -> None:
        self.program = Program(256)
        self.engine = KernelEngine(Options())
        self.engine.options.set("bpflog")

    def clause(self, probes: list[Probe], *blocks: list[Insn], fields: tuple[tuple[str, int], ...] = ()) -> None:
        c = CompiledClause(len(self.program.clauses), [], probes, fn(*blocks), _schema(fields))
        self.program.clauses.append(c)

    def __enter__(self) -> Any:
        self.engine.enable(self.program)
        return self.engine

    def __exit__(self, *_: object) -> None:
        self.engine.close()


def _schema(fields: tuple[tuple[str, int], ...]) -> Any:
    from pydtrace.dif.program import Schema

    schema = Schema()
    for kind, size in fields:
        schema.add(kind, size, True, I64)
    schema.records = bool(fields)
    return schema


def only(records: list[Any]) -> list[Any]:
    return [r[3] for r in records]


def test_begin_arithmetic_and_end() -> None:
    r = Run()
    a, b, c = Reg(0), Reg(1), Reg(2)
    r.clause(
        [BEGIN],
        [
            I("mov", a, (-7,)), I("mov", b, (2,)), I("sdiv", c, (a, b)), I("begin", imm=()), I("put", args=(c,), imm=0),
            I("smod", c, (a, b)), I("put", args=(c,), imm=1), I("mul", c, (a, 1 << 40)), I("put", args=(c,), imm=2),
            I("commit"), I("exit"), I("ret"),
        ],
        fields=(("int", 4), ("int", 8), ("int", 8)),
    )  # fmt: skip
    r.clause([END], [I("begin", imm=()), I("put", args=(42,), imm=0), I("commit"), I("ret")], fields=(("int", 8),))
    with r as e:
        assert e.drain(0) == []
        e.go()
        assert e.stopped()
        assert only(e.drain(1)) == [(-3, -1, -7 << 40)]
        e.stop()
        assert only(e.drain(0)) == [(42,)]


def test_syscall_predicate_count_and_strings() -> None:
    r = Run()
    pid, comm = Reg(0), Slot("tmp", 0, 256, True)
    agg, by = Aggregation("", 0), Aggregation("by", 1)
    agg.func = by.func = "count"
    r.program.aggregations += [agg, by]
    r.clause([getppid()], [I("aggregate", args=(), imm=(agg, 0)), I("ret")])
    r.clause(
        [getppid()],
        [I("builtin", pid, (), "pid"), I("br", args=(pid, os.getpid()), imm=("eq", 2, 1))],
        [I("ret")],
        [
            I("builtin", comm, (), "execname"), I("aggregate", args=(comm, Slot("probe", 0, 256, True, name="probefunc")), imm=(by, 2)),
            I("begin", imm=()), I("put", args=(comm,), imm=0), I("commit"), I("ret"),
        ],
        fields=(("str", 256),),
    )  # fmt: skip
    with r as e:
        os.getppid()
        assert e.drain(0) == []
        e.go()
        for _ in range(5):
            os.getppid()
        name = open("/proc/self/comm", "rb").read().strip()
        assert only(e.drain(1)) == [(name,)] * 5
        assert e.aggregation(agg)[()][0] >= 5
        assert e.aggregation(by) == {(name, b"getppid"): [5]}
        assert e.aggregation(by, take=True) == {(name, b"getppid"): [5]}
        assert e.aggregation(by) == {}
        e.stop()


def test_fault_fires_error_and_the_next_clause() -> None:
    r = Run()
    a, p = Reg(0), Reg(1)
    r.clause(
        [BEGIN],
        [I("begin", imm=()), I("load", a, (16,), (8, True, "kernel")), I("put", args=(a,), imm=0), I("commit"), I("ret")],
        fields=(("int", 8),),
    )
    r.clause([BEGIN], [I("begin", imm=()), I("put", args=(1,), imm=0), I("commit"), I("ret")], fields=(("int", 8),))
    r.clause(
        [ERROR],
        [
            I("arg", a, (), 4),
            I("arg", p, (), 5),
            I("begin", imm=()),
            I("put", args=(a,), imm=0),
            I("put", args=(p,), imm=1),
            I("commit"),
            I("ret"),
        ],
        fields=(("int", 8), ("int", 8)),
    )
    with r as e:
        e.go()
        rows = e.drain(1)
        assert [(x[0].name, x[1], x[3]) for x in rows] == [("ERROR", 2, (1, 16)), ("BEGIN", -1, (0, 1, 16, 1)), ("BEGIN", 1, (1,))]


def test_variables() -> None:
    r = Run()
    types = {"g": ("global", None), "s": ("self", None), "t": ("this", None), "d": ("global", [I64])}
    v = {n: Variable(n, scope, I64, keys, i) for i, (n, (scope, keys)) in enumerate(types.items())}
    r.program.variables += v.values()
    s = {n: Slot("var", 0, 8, False, x) for n, x in v.items()}
    a, b, c, d = (Reg(i) for i in range(4))
    r.clause(
        [BEGIN],
        [
            I("put_var", args=(s["g"], 5)), I("put_var", args=(s["s"], 6)),
            I("put_var", args=(s["t"], 7)), I("dynput", args=(8, 77), imm=v["d"]),
            I("get", a, (s["g"],)), I("get", b, (s["s"],)), I("get", c, (s["t"],)), I("dynget", d, (77,), v["d"]),
            I("begin", imm=()), *[I("put", args=(x,), imm=i) for i, x in enumerate((a, b, c, d))], I("commit"),
            I("put_var", args=(s["s"], 0)), I("ret"),
        ],
        fields=(("int", 8),) * 4,
    )  # fmt: skip
    r.clause([BEGIN], [I("get", b, (s["s"],)), I("dynget", d, (78,), v["d"]), I("begin", imm=()),
        I("put", args=(b,), imm=0), I("put", args=(d,), imm=1), I("commit"), I("ret")], fields=(("int", 8),) * 2)  # fmt: skip
    with r as e:
        e.go()
        assert only(e.drain(1)) == [(5, 6, 7, 8), (0, 0)]


def test_quantizers() -> None:
    r = Run()
    q, lq, sd, mn = (Aggregation(n, i) for i, n in enumerate("abcd"))
    q.func, q.words = "quantize", 128
    lq.func, lq.params, lq.words = "lquantize", (0, 10, 2), 8
    sd.func, sd.words = "stddev", 4
    mn.func, mn.words = "min", 2
    values = (0, 1, -1, 5, 9, 10, -(1 << 63), 1 << 62)
    body = [I("aggregate", args=(x,), imm=(agg, 0)) for x in values for agg in (q, lq, sd, mn)]
    r.program.aggregations += [q, lq, sd, mn]
    r.clause([BEGIN], [*body, I("ret")])
    with r as e:
        e.go()
        words = e.aggregation(q)[()]
        assert words[0] == len(values)
        assert {i - 64: n for i, n in enumerate(words) if n and i} == {0: 1, 1: 1, -1: 1, 3: 1, 4: 2, -63: 1, 63: 1}
        assert e.aggregation(lq)[()] == [8, 2, 2, 0, 1, 0, 1, 2]
        assert e.aggregation(mn)[()] == [8, -(1 << 63)]
        lo, hi = e.aggregation(sd)[()][2:]
        assert lo | hi << 64 == sum(x * x for x in values)


def test_tick_and_strings() -> None:
    r = Run()
    tick = Probe(4000, "profile", "", "", "tick-5ms", Timer(5_000_000, False), "perf")
    a, n = Reg(0), Reg(1)
    word = Slot("const", 0, 256, True, value=b"hello")
    out = Slot("tmp", 0, 256, True)
    r.clause(
        [tick],
        [
            I("call", out, (word, Slot("probe", 0, 256, True, name="probename")), "strjoin"),
            I("strcmp", a, (out, Slot("const", 1, 256, True, value=b"hellotick-5ms"))),
            I("call", n, (out,), "strlen"), I("begin", imm=()),
            I("put", args=(out,), imm=0), I("put", args=(a,), imm=1), I("put", args=(n,), imm=2),
            I("commit"), I("ret"),
        ],
        fields=(("str", 256), ("int", 8), ("int", 8)),
    )  # fmt: skip
    with r as e:
        e.go()
        rows: list[Any] = []
        until = time.monotonic() + 20  # an emulated machine has not the time for every tick
        while len(rows) < 5 and time.monotonic() < until:
            rows += only(e.drain(0.1))
        assert len(rows) >= 5 and set(rows) == {(b"hellotick-5ms", 0, 13)}


def test_nothing_stays() -> None:
    before = held_by(os.getpid())
    r = Run()
    r.clause([getppid()], [I("ret")])
    with r as e:
        e.go()
        ours = held_by(os.getpid()) - before
        assert ours and ours <= loaded()
    until = time.monotonic() + 5  # the kernel frees after a grace period
    while ours & loaded():
        assert time.monotonic() < until
        time.sleep(0.05)
