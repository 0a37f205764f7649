"""The text of records, faults, drops and aggregations, against lines the reference printed."""

from __future__ import annotations

import io
from typing import Any

import pytest

from pydtrace.d import types as t
from pydtrace.d.aggdata import llquantize_bounds
from pydtrace.d.printf import parse_format
from pydtrace.dif.attach import Own
from pydtrace.dif.program import Action, Aggregation, Schema
from pydtrace.options import Options
from pydtrace.output.text import TextOutput
from pydtrace.providers.base import Probe

STRING = t.StringType("string", 256)
HEADER = "CPU     ID                    FUNCTION:NAME\n"
BEGIN_LINE = "  0      1                           :BEGIN "
BEGIN = Probe(1, "dtrace", "", "", "BEGIN", Own("begin"), "begin")
QUANT = "           value  ------------- Distribution ------------- count    \n"


class Resolver:
    def __init__(self) -> None:
        self.data: dict[str, dict[Any, list[int]]] = {}

    def ksym(self, address: int) -> str:
        return f"vmlinux`f+0x{address:x}"

    def usym(self, pid: int, address: int) -> str:
        return f"libc.so.6`write+0x{address:x}" if address < 256 else f"0x{address:x}"

    def aggregation(self, agg: Aggregation, *, take: bool = False, cpus: bool = False) -> dict[Any, list[int]]:
        data = self.data[agg.name]
        if take:
            self.data[agg.name] = {}
        return data


class Run:
    def __init__(self, **options: str) -> None:
        self.options = Options()
        for name, value in options.items():
            self.options.set(name, value)
        self.resolver = Resolver()
        self.stream, self.err = io.BytesIO(), io.BytesIO()
        self.out = TextOutput(self.stream, self.err, self.options, self.resolver, testing=False)

    def agg(self, name: str, func: str, keys: list[t.Type], data: dict[Any, list[int]], params: tuple[int, ...] = ()) -> Aggregation:
        agg = Aggregation(name, len(self.resolver.data))
        agg.func, agg.keys, agg.params = func, keys, params
        self.resolver.data[name] = data
        agg.words = len(next(iter(data.values()))) if data else 2
        return agg

    def text(self) -> str:
        self.out.flush()
        return self.stream.getvalue().decode()

    def end(self, *aggs: Aggregation) -> str:
        self.out.flush()
        self.stream.truncate(0)
        self.stream.seek(0)
        self.out.aggregations(list(aggs))
        return self.stream.getvalue().decode()


def schema_of(*traced: tuple[str, int, bool, t.Type]) -> Schema:
    schema = Schema()
    schema.records = True
    for kind, size, signed, type in traced:
        n = schema.add(kind, size, signed, type, "probefunc" if kind == "probe" else "")
        schema.actions.append(Action("stack" if kind == "stack" else "trace", n, 1))
    return schema


def show(schema: Schema, values: tuple[Any, ...], probe: Probe = BEGIN, cpu: int = 0, **options: str) -> str:
    run = Run(**options)
    run.out.record(probe, cpu, schema, values)
    return run.text()


S = ("str", 256, False, STRING)
I4 = ("int", 4, True, t.INT)


@pytest.mark.parametrize(
    "fields, values, text",
    [
        ([("int", n, True, t.INT) for n in (1, 2, 4, 8)], (-1,) * 4, "  -1    -1         -1                  -1\n"),
        ([("int", n, False, t.INT) for n in (1, 2, 4, 8)], (1,) * 4, "   1     1          1                    1\n"),
        ([S, I4, S], (b"abc", 1, b"def"), "  abc                                        1  def                              \n"),
        ([("stack", 160, False, t.StackType(20, False))], ((0, 0),), "\n\n"),
        ([], (), "\n"),
        (
            [("bytes", 20, False, t.ArrayType(t.CHAR, 20))],
            (b"dtrace" + bytes(14),),
            "\n             0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f  0123456789abcdef\n"
            "         0: 64 74 72 61 63 65 00 00 00 00 00 00 00 00 00 00  dtrace..........\n"
            "        10: 00 00 00 00                                      ....\n\n",
        ),
    ],
)
def test_trace(fields: list[Any], values: tuple[Any, ...], text: str) -> None:
    assert show(schema_of(*fields), values) == HEADER + BEGIN_LINE + text


def test_quiet() -> None:
    assert show(schema_of(S, I4, S, ("int", 1, True, t.CHAR)), (b"abc", 1, b"def", 65), quiet="true") == "abc1def65"


def test_testing_form() -> None:
    run = Run()
    out = TextOutput(run.stream, run.err, run.options, run.resolver, testing=True)
    out.record(BEGIN, 0, schema_of(I4), (6,))
    out.flush()
    assert run.stream.getvalue().decode() == "                   FUNCTION:NAME\n                          :BEGIN           6\n"


def test_probe_field() -> None:
    values = (b"bpftrace", b"write")
    probe = Probe(3624, "syscall", "vmlinux", "write", "entry", (), "")
    text = "  0   3624                      write:entry   bpftrace                           write                            \n"
    assert show(schema_of(S, ("probe", 0, False, STRING)), values, probe) == HEADER + text


def test_stacks() -> None:
    probe = Probe(3624, "syscall", "vmlinux", "write", "entry", (), "")
    schema = schema_of(("stack", 32, False, t.StackType(3, False)), ("stack", 32, False, t.StackType(3, True)))
    indent = " " * 14
    expected = (
        f"{HEADER}  1   3624                      write:entry \n{indent}vmlinux`f+0x18d\n{indent}vmlinux`f+0x180\n\n"
        f"{indent}libc.so.6`write+0x4f\n{indent}0x63617274645f3135\n\n"
    )
    assert show(schema, ((0, 0x18D, 0x180, 0), (5, 0x4F, 0x63617274645F3135, 0)), probe, 1) == expected


def test_printf() -> None:
    schema = Schema()
    schema.records = True
    schema.add("int", 4, True, t.INT)
    schema.add("str", 256, False, STRING)
    schema.add("str", 256, False, STRING)
    schema.actions = [Action("printf", 0, 2, parse_format("%d %s")), Action("printf", 2, 1, parse_format("%s\n"))]
    assert show(schema, (1, b"x", b"y")) == HEADER + BEGIN_LINE + "1 xy\n\n"


def test_exit_status() -> None:
    schema = Schema()
    schema.records = True
    schema.actions = [Action("exit", schema.add("int", 4, True, t.INT), 1)]
    run = Run()
    run.out.record(BEGIN, 0, schema, (3,))
    assert run.out.exit_status == 3 and run.text() == HEADER + BEGIN_LINE + "\n"


def test_flow() -> None:
    run = Run(flowindent="true")
    schema = schema_of(("int", 8, True, t.LONG))
    entry = Probe(1, "syscall", "vmlinux", "write", "entry", (), "")
    leave = Probe(2, "syscall", "vmlinux", "write", "return", (), "")
    run.out.record(entry, 1, schema, (94897204632528,))
    run.out.record(leave, 1, schema, (2,))
    assert run.text() == (
        "CPU FUNCTION                                 \n"
        "  1  => write                                       94897204632528\n"
        "  1  <= write                                                    2\n"
    )


def test_flow_of_many() -> None:
    """Recursion, several clauses of one firing, two CPUs, other probes in between, a return without a call."""
    run = Run(flowindent="true")
    one, two = (schema_of() for _ in range(2))
    one.clause, two.clause = 1, 2
    f, g = (Probe(n, "pid1", "a.out", name, "entry", (), "") for n, name in ((1, "f"), (2, "g")))
    fr, gr = (Probe(n, "pid1", "a.out", name, "return", (), "") for n, name in ((3, "f"), (4, "g")))
    tick = Probe(5, "profile", "", "", "tick-1s", (), "")
    method = Probe(6, "hotspot1", "", "", "method-entry", (), "")
    carpentry = Probe(7, "x1", "", "", "carpentry", (), "")
    for probe, cpu, schema in (
        (fr, 0, one), (f, 0, one), (f, 0, two), (f, 0, one), (g, 1, one), (tick, 0, one), (g, 0, one), (gr, 0, one), (gr, 0, two),
        (fr, 0, one), (method, 0, one), (carpentry, 0, one), (gr, 1, one),
    ):  # fmt: skip
        run.out.record(probe, cpu, schema, ())
    assert [line.rstrip() for line in run.text().splitlines()[1:]] == [
        "  0  <- f", "  0  -> f", "  0   | f:entry", "  0    -> f", "  1  -> g", "  0     | :tick-1s", "  0      -> g",
        "  0      <- g", "  0      <- g", "  0    <- f", "  0    ->", "  0     | :carpentry", "  1  <- g",
    ]  # fmt: skip


def test_fault_and_drop() -> None:
    run = Run()
    run.out.fault(BEGIN, 0, 4, 0, 17)
    run.out.fault(BEGIN, 0, 1, 0x10, 3)
    run.out.fault(BEGIN, 0, 1, -1, 3)
    run.out.drop("PRINCIPAL", 1, 1)
    run.options.set("droptags")
    run.out.drop("DYNAMIC", 1, 2)
    assert run.err.getvalue().decode().splitlines() == [
        "dtrace: error in dt_clause_0 for probe ID 1 (dtrace:::BEGIN): divide-by-zero at DIF offset 17",
        "dtrace: error in dt_clause_0 for probe ID 1 (dtrace:::BEGIN): invalid address (0x10) at DIF offset 3",
        "dtrace: error in dt_clause_0 for probe ID 1 (dtrace:::BEGIN): invalid address at DIF offset 3",
        "dtrace: 1 drop on CPU 1",
        "dtrace: [DTRACEDROP_DYNAMIC] 2 dynamic variable drops",
    ]


def test_all_faults() -> None:
    """Those that show a value and those that do not; an address of all bits set is none."""
    run = Run()
    for code in (*range(12), 1000, 77):
        run.out.fault(BEGIN, 0, code, 0x40, 2)
        run.out.fault(BEGIN, 0, code, -1, 2)
    head = "dtrace: error in dt_clause_0 for probe ID 1 (dtrace:::BEGIN): "
    texts = [line.removeprefix(head) for line in run.err.getvalue().decode().splitlines()]
    wanted = [
        "unknown fault", "invalid address (0x40)", "invalid alignment (0x40)", "illegal operation", "divide-by-zero",
        "out of scratch space", "invalid kernel access", "invalid user access", "tuple stack overflow", "bad stack (0x40)",
        "invalid size (0x40)", "index out of bounds (64)", "library-level fault", "unknown fault",
    ]  # fmt: skip
    assert texts[::2] == [f"{text} at DIF offset 2" for text in wanted]
    signed = {"invalid address (0x40)": "invalid address", "index out of bounds (64)": "index out of bounds (-1)"}
    assert texts[1::2] == [f"{signed.get(text, text.replace('0x40', '0x' + 'f' * 16))} at DIF offset 2" for text in wanted]


def test_all_drops() -> None:
    """One and several of each kind, with the tag and without."""
    run = Run()
    kinds = {
        "PRINCIPAL": "drop{} on CPU 3", "AGGREGATION": "aggregation drop{} on CPU 3", "DYNAMIC": "dynamic variable drop{}",
        "DYNRINSE": "dynamic variable drop{} with non-empty rinsing list", "DYNDIRTY": "dynamic variable drop{} with non-empty dirty list",
        "SPEC": "speculative drop{}", "SPECBUSY": "failed speculation{} (available buffer(s) still busy)",
        "SPECUNAVAIL": "failed speculation{} (no speculative buffer available)",
        "STKSTROVERFLOW": "jstack()/ustack() string table overflow{}", "DBLERROR": "error{} in ERROR probe enabling",
    }  # fmt: skip
    for kind in kinds:
        run.out.drop(kind, 3, 1)
    run.options.set("droptags")
    for kind in kinds:
        run.out.drop(kind, 3, 2)
    assert run.err.getvalue().decode().splitlines() == [
        *(f"dtrace: 1 {text.format('')}" for text in kinds.values()),
        *(f"dtrace: [DTRACEDROP_{kind}] 2 {text.format('s')}" for kind, text in kinds.items()),
    ]


# --- aggregations ------------------------------------------------------------------------------------------------------------------


def test_values_at_exit() -> None:
    run = Run()
    aggs = [
        run.agg("", "count", [], {(): [1]}), run.agg("a", "count", [t.INT], {(1,): [1]}),
        run.agg("b", "sum", [STRING], {(b"x",): [1, 5]}), run.agg("c", "avg", [STRING, t.INT], {(b"x", 2): [1, 7]}),
        run.agg("d", "min", [], {(): [1, 3]}), run.agg("e", "max", [], {(): [1, 9]}),
        run.agg("f", "stddev", [t.INT], {(1,): [1, 4, 16, 0]}),
    ]  # fmt: skip
    assert run.end(*aggs) == (
        "\n                1\n        1                1\n"
        "  x                                                                 5\n"
        "  x                                                         2                7\n"
        "                3\n                9\n        1                0\n"
    )


def quantized(**counts: int) -> list[int]:
    words = [sum(abs(c) for c in counts.values())] + [0] * 127
    for name, count in counts.items():
        words[1 + int(name[1:])] = count
    return words


def rows(text: str) -> list[str]:
    return text.splitlines()


def test_quantize() -> None:
    run = Run()
    got = run.end(run.agg("", "quantize", [], {(): quantized(b63=1, b64=1, b66=1, b73=1)}))
    labels = [-1, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
    full = (0, 1, 4, 512)
    body = "".join(f"{v:16} |{'@' * 10 if v in full else '':40} {1 if v in full else 0:<9}\n" for v in labels)
    assert got == "\n\n" + QUANT + body + "\n"


def test_quantize_mixed() -> None:
    run = Run()
    got = rows(run.end(run.agg("", "quantize", [], {(): quantized(b61=1, b66=-2)})))
    assert got[3] == "              -4                     |                     0        "
    assert got[4] == "              -2                     |@@@@@@@              1        "
    assert got[9] == "               4        @@@@@@@@@@@@@|                     -2       "
    assert got[10] == "               8                     |                     0        " and len(got) == 12


def test_lquantize() -> None:
    run = Run()
    agg = run.agg("", "lquantize", [STRING], {(b"k",): [3, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1]}, (0, 100, 10))
    got = rows(run.end(agg))
    assert got[1] == "  k                                                 "
    assert got[2] == QUANT[:-1]
    assert got[3] == "             < 0 |@@@@@@@@@@@@@                            1        "
    assert got[5] == "              10 |@@@@@@@@@@@@@                            1        "
    assert got[14] == "          >= 100 |@@@@@@@@@@@@@                            1        " and len(got) == 16


def test_llquantize() -> None:
    bounds = llquantize_bounds((10, 0, 3, 10))
    assert bounds[:11] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20] and bounds[-2:] == [9000, 10000]
    words = [3] + [0] * (2 * len(bounds) + 1)
    for bound in (5, 100, 10000):
        words[1 + len(bounds) + 1 + bounds.index(bound)] = 1
    run = Run()
    got = rows(run.end(run.agg("", "llquantize", [], {(): words}, (10, 0, 3, 10))))
    assert got[3] == "               4 |                                         0        "
    assert got[4] == "               5 |@@@@@@@@@@@@@                            1        "
    assert got[-2] == "        >= 10000 |@@@@@@@@@@@@@                            1        " and len(got) == 38


def actions(*acts: Action) -> Schema:
    schema = Schema()
    schema.records = True
    schema.actions = list(acts)
    return schema


def line(key: str, *values: int) -> str:
    return f"  {key:50}" + "".join(f" {v:16}" for v in values) + "\n"


def test_printa() -> None:
    run = Run()
    a = run.agg("a", "count", [STRING], {(b"y",): [1], (b"x",): [1]})
    b = run.agg("b", "sum", [STRING], {(b"x",): [1, 2]})
    schema = actions(
        Action("printa", aggs=(a,)), Action("printa", format=parse_format("%s %@d\n"), aggs=(a,)),
        Action("printa", format=parse_format("%s a=%@d b=%@d\n"), aggs=(a, b)), Action("printa", aggs=(a, b)),
    )  # fmt: skip
    run.out.record(BEGIN, 0, schema, ())
    assert run.text() == (
        HEADER + BEGIN_LINE + "\n" + line("x", 1) + line("y", 1)
        + "x 1\ny 1\ny a=1 b=0\nx a=1 b=2\n\n" + line("y", 1, 0) + line("x", 1, 2) + "\n"
    )  # fmt: skip
    assert run.end(a, b) == "\n"


def test_normalize_and_trunc() -> None:
    run = Run()
    a = run.agg("a", "sum", [STRING], {(b"x",): [1, 10]})
    a.truncated = True
    show_it = Action("printa", aggs=(a,))
    normalize, denormalize = Action("normalize", aggs=(a,), args=(3,)), Action("denormalize", aggs=(a,))
    schema = actions(normalize, show_it, denormalize, show_it, Action("trunc", aggs=(a,)), show_it)
    run.out.record(BEGIN, 0, schema, ())
    assert run.text() == HEADER + BEGIN_LINE + "\n" + line("x", 3) + "\n" + line("x", 10) + "\n" + "\n"


def test_clear() -> None:
    run = Run()
    a = run.agg("a", "sum", [STRING], {(b"x",): [1, 10]})
    a.cleared = True
    run.out.record(BEGIN, 0, actions(Action("clear", aggs=(a,)), Action("printa", aggs=(a,))), ())
    assert run.text() == HEADER + BEGIN_LINE + "\n" + line("x", 0) + "\n"


def test_what_comes_between_printa_and_clear_is_in_the_next_batch() -> None:
    run = Run()
    a = run.agg("a", "min", [], {(): [1, 10]})
    a.cleared = True
    schema = actions(Action("printa", format=parse_format("%@d,"), aggs=(a,)), Action("clear", aggs=(a,)))
    run.out.quiet = True
    run.out.record(BEGIN, 0, schema, ())
    run.resolver.data["a"] = {(): [2, 20]}  # after the snapshot, before the batch has ended
    run.out.record(BEGIN, 0, schema, ())
    run.out.snapshots.begin()
    run.out.record(BEGIN, 0, schema, ())
    assert run.text() == "10,0,20,"


def test_trunc_some() -> None:
    run = Run()
    data = {(b"b",): [1, 2], (b"a",): [1, 2], (b"c",): [1, 1], (b"d",): [1, 9]}
    a = run.agg("a", "sum", [STRING], data)
    a.truncated = True
    run.out.record(BEGIN, 0, actions(Action("trunc", aggs=(a,), args=(2,))), ())
    assert run.end(a) == "\n" + line("b", 2) + line("d", 9)
    run.resolver.data["a"] = {(b"c",): [1, 4]}  # updated after trunc: counted anew
    assert run.end(a) == "\n" + line("b", 2) + line("c", 4) + line("d", 9)
    run.out.record(BEGIN, 0, actions(Action("trunc", aggs=(a,), args=(-1,))), ())
    assert run.end(a) == "\n" + line("b", 2)


@pytest.mark.parametrize("option, order", [("aggsortkey", "abc"), ("aggsortrev", "bac"), ("aggrate", "cab")])
def test_sort(option: str, order: str) -> None:
    run = Run(**{option: "0" if option == "aggrate" else "true"})
    values = {"b": 2, "a": 2, "c": 1}
    a = run.agg("a", "sum", [STRING], {(k.encode(),): [1, v] for k, v in values.items()})
    assert run.end(a) == "\n" + "".join(line(k, values[k]) for k in order)


def test_negative_keys_last_and_shown_signed() -> None:
    run = Run()
    a = run.agg("a", "count", [t.INT], {(-1,): [1], (5,): [1]})
    assert run.end(a) == "\n        5                1\n       -1                1\n"


def test_stack_key_and_sym_key() -> None:
    run = Run()
    a = run.agg("a", "count", [t.StackType(4, False)], {((0, 1, 2, 0),): [1]})
    b = run.agg("b", "count", [t.SymbolType("func")], {(16,): [3]})
    indent = " " * 14
    assert run.end(a, b) == f"\n\n{indent}vmlinux`f+0x1\n{indent}vmlinux`f+0x2\n                1\n" + line("vmlinux`f", 3)
