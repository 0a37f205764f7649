"""DIF functions made by hand, verified, compiled to Python and run."""

from __future__ import annotations

import random

import pytest

from pydtrace.backend.python import subroutines
from pydtrace.backend.python.aggregate import lquantize_bucket, quantize_bucket
from pydtrace.backend.python.compile import compile_clause
from pydtrace.backend.python.machine import Machine
from pydtrace.d.types import INT, LONG, StringType
from pydtrace.dif.attach import Own
from pydtrace.dif.ir import BADADDR, DIVZERO, ILLOP, KPRIV, Function, Insn, Reg, Slot
from pydtrace.dif.printer import listing
from pydtrace.dif.program import Aggregation, CompiledClause, Schema, Variable
from pydtrace.dif.verify import verify
from pydtrace.errors import InternalError
from pydtrace.providers.base import Probe

M = (1 << 64) - 1
STRING = StringType("string", 256)


def insn(op, dst=None, args=(), imm=None):
    return Insn(op, dst, tuple(args), imm, 1)


def clause(blocks, schema=None, index=0):
    function = Function(f"dt_clause_{index}")
    function.blocks = blocks
    verify(function)
    return CompiledClause(index, [], [], function, schema or Schema())


def probe():
    return Probe(1, "dtrace", "", "", "BEGIN", Own("begin"), "begin")


def run(blocks, fields=(), args=(0,) * 10, machine=None):
    schema = Schema()
    for kind, size, signed in fields:
        schema.add(kind, size, signed, LONG)
    machine = machine or Machine()
    machine.fire(probe(), [compile_clause(clause(blocks, schema), machine)], args)
    return [(r[1], r[3]) for r in machine.take()]


def evaluate(op, values, imm=None, signed=False):
    """The result of one integer operation, with its operands in registers and then as immediates."""
    results = []
    regs = [insn("arg", Reg(i), (), i) for i in range(len(values))]
    for operands, before in (([Reg(i) for i in range(len(values))], regs), (list(values), [])):
        block = [*before, insn(op, Reg(9), operands, imm), insn("begin"), insn("put", None, [Reg(9)], 0), insn("commit"), insn("ret")]
        ((index, record),) = run([block], [("int", 8, signed)], [v & M for v in values] + [0] * 8)
        results.append((index, record[:3]))  # the offset of a fault differs
    assert results[0] == results[1]
    return results[0][1][0] if results[0][0] == 0 else results[0][1]


def s64(v):
    return ((v & M) ^ 1 << 63) - (1 << 63)


def cdiv(a, b):
    return (abs(a) // abs(b)) * (1 if (a < 0) == (b < 0) else -1)


REFERENCE = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "and": lambda a, b: a & b, "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b, "shl": lambda a, b: a << (b & 63), "shr": lambda a, b: (a & M) >> (b & 63),
    "sar": lambda a, b: s64(a) >> (b & 63),
    "udiv": lambda a, b: (a & M) // (b & M), "umod": lambda a, b: (a & M) % (b & M), "sdiv": cdiv, "smod": lambda a, b: a - cdiv(a, b) * b,
}  # fmt: skip
EDGES = [0, 1, 2, -1, -2, 63, 64, 65, 2**31, -(2**31), 2**32, 2**63 - 1, -(2**63), 12345678901234567]


@pytest.mark.parametrize("op", REFERENCE)
def test_arithmetic_is_that_of_64_bits(op):
    rng = random.Random(op)
    pairs = [(a, b) for a in EDGES for b in EDGES] + [
        (s64(rng.getrandbits(64)), s64(rng.getrandbits(rng.randint(1, 64)))) for _ in range(40)
    ]
    for a, b in pairs:
        if "div" in op or "mod" in op:
            if b == 0:
                assert evaluate(op, (a, b))[1] == DIVZERO
                continue
        assert evaluate(op, (a, b)) == REFERENCE[op](a, b) & M, (op, a, b)


def test_compares():
    import operator

    for name in ("eq", "ne", "lt", "le", "gt", "ge"):
        for a in EDGES:
            for b in EDGES:
                assert evaluate("set", (a, b), name) == getattr(operator, name)(a & M, b & M)
                if name not in ("eq", "ne"):
                    assert evaluate("set", (a, b), "s" + name) == getattr(operator, name)(a, b)


def test_extension_negation():
    assert evaluate("ext", (0xFF,), (1, True), True) == -1
    assert evaluate("ext", (0x1FF,), (1, False)) == 255
    assert evaluate("ext", (0x80000000,), (4, True), True) == -(2**31)
    assert evaluate("neg", (1,)) == M
    assert evaluate("not", (0,)) == M


def test_control_flow_with_joins_and_a_loop():
    # r1 = sum of 1..arg0, then odd or even by a diamond
    r = [Reg(i) for i in range(5)]
    blocks = [
        [insn("arg", r[0], (), 0), insn("mov", r[1], [0]), insn("jmp", None, (), 1)],
        [insn("br", None, [r[0], 0], ("sgt", 2, 3))],
        [insn("add", r[1], [r[1], r[0]]), insn("sub", r[0], [r[0], 1]), insn("jmp", None, (), 1)],
        [insn("and", r[2], [r[1], 1]), insn("br", None, [r[2], 0], ("eq", 4, 5))],
        [insn("mov", r[3], [100]), insn("jmp", None, (), 6)],
        [insn("mov", r[3], [200]), insn("jmp", None, (), 6)],
        [insn("begin"), insn("put", None, [r[1]], 0), insn("put", None, [r[3]], 1), insn("commit"), insn("ret")],
    ]
    fields = [("int", 8, True), ("int", 4, True)]
    for n in (0, 1, 2, 10):
        total = n * (n + 1) // 2
        assert run(blocks, fields, [n] + [0] * 9) == [(0, (total, 200 if total & 1 else 100))]


def test_deep_nesting_becomes_sections():
    blocks = []
    depth = 150
    for i in range(depth):
        blocks.append([insn("arg", Reg(i), (), 0), insn("br", None, [Reg(i), i], ("sgt", i + 1, depth))])
    blocks.append([insn("ret")])
    blocks[-1] = [insn("begin"), insn("put", None, [7], 0), insn("commit"), insn("ret")]
    assert run(blocks, [("int", 8, True)], [1000] + [0] * 9) == [(0, (7,))]
    assert run(blocks, [("int", 8, True)], [75] + [0] * 9) == [(0, (7,))]


def test_predicate_false_records_nothing():
    blocks = [
        [insn("arg", Reg(0), (), 0), insn("br", None, [Reg(0), 1], ("eq", 1, 2))],
        [insn("begin"), insn("commit"), insn("ret")],
        [insn("ret")],
    ]
    assert run(blocks, args=[0] * 10) == []
    assert run(blocks, args=[1] + [0] * 9) == [(0, ())]


def test_fault_discards_the_record_and_runs_error():
    machine = Machine()
    error = clause([[insn("arg", Reg(0), (), 4), insn("begin"), insn("put", None, [Reg(0)], 0), insn("commit"), insn("ret")]], index=1)
    error.schema.add("int", 8, False, LONG)
    machine.error_probe = Probe(3, "dtrace", "", "", "ERROR", Own("error"), "error")
    machine.error_clauses = [compile_clause(error, machine)]
    bad = clause([[insn("begin"), insn("put", None, [1], 0), insn("load", Reg(1), [16], (4, True, "kernel")), insn("commit"), insn("ret")]])
    bad.schema.add("int", 8, False, LONG)
    one = probe()
    machine.fire(one, [compile_clause(bad, machine)])
    assert machine.take() == [(machine.error_probe, 1, 0, (BADADDR,)), (one, -1, 0, (0, BADADDR, 16, 2))]
    high = 0xFFFF888000000000
    assert run([[insn("load", Reg(1), [high], (4, True, "kernel")), insn("ret")]]) == [(-1, (0, KPRIV, high, 0))]
    assert run([[insn("fault", None, (), ILLOP)]]) == [(-1, (0, ILLOP, 0, 0))]


def test_fault_in_error_is_only_counted():
    machine = Machine()
    machine.error_probe = probe()
    machine.error_clauses = [compile_clause(clause([[insn("fault", None, (), ILLOP)]], index=1), machine)]
    one = probe()
    machine.fire(one, [compile_clause(clause([[insn("fault", None, (), DIVZERO)]]), machine)])
    assert [r[1] for r in machine.take()] == [-1]
    assert machine.dblerrors == 1


def test_strings_and_calls():
    a, b, t = Slot("const", 0, 6, True, value=b"hello"), Slot("const", 1, 7, True, value=b" world"), Slot("tmp", 0, 8, True)
    block = [
        insn("call", t, [a, b], "strjoin"), insn("call", Reg(0), [t], "strlen"), insn("strcmp", Reg(1), [a, b]), insn("begin"),
        insn("put", None, [t], 0), insn("put", None, [Reg(0)], 1), insn("put", None, [Reg(1)], 2), insn("commit"), insn("ret"),
    ]  # fmt: skip
    assert run([block], [("str", 8, False), ("int", 8, True), ("int", 4, True)]) == [(0, (b"hello w", 7, 1))]


def test_variables_of_all_scopes():
    machine = Machine()
    g, s, t = (Variable(n, scope, INT, None, i) for i, (n, scope) in enumerate((("g", "global"), ("s", "self"), ("t", "this"))))
    slots = [Slot("var", 0, 4, False, v) for v in (g, s, t)]
    block = []
    for i, slot in enumerate(slots):
        block += [
            insn("get", Reg(i), [slot]),
            insn("add", Reg(i), [Reg(i), -1]),
            insn("put_var", None, [slot, Reg(i)]),
            insn("get", Reg(i + 3), [slot]),
        ]
    block += [insn("begin"), *(insn("put", None, [Reg(i + 3)], i) for i in range(3)), insn("commit"), insn("ret")]
    compiled = clause([block])
    for _ in range(3):
        compiled.schema.add("int", 4, True, INT)
    ready = compile_clause(compiled, machine)
    for tid in (10, 11, 10):
        machine.become(10, tid)
        machine.fire(probe(), [ready])
    assert [r[3] for r in machine.take()] == [(-1, -1, -1), (-2, -1, -1), (-3, -2, -1)]


def test_associative_arrays():
    machine = Machine()
    v = Variable("a", "global", LONG, [STRING, LONG], 4)
    key = Slot("const", 0, 4, True, value=b"k")
    blocks = [[
        insn("arg", Reg(0), (), 0), insn("arg", Reg(3), (), 1), insn("dynget", Reg(1), [key, Reg(0)], v),
        insn("dynput", None, [Reg(3), key, Reg(0)], v),
        insn("begin"), insn("put", None, [Reg(1)], 0), insn("commit"), insn("ret"),
    ]]  # fmt: skip
    got = []
    for args in ((1, 5), (1, 6), (2, 7), (1, 0), (1, 1)):
        got += run(blocks, [("int", 8, True)], [*args] + [0] * 8, machine)
    assert [r[1][0] for r in got] == [0, 5, 0, 6, 0]


def aggregated(func, values, params=(), words=2, keys=()):
    machine = Machine()
    agg = Aggregation("a", 0)
    agg.func, agg.params, agg.words, agg.keys = func, params, words, list(keys)
    block = [insn("arg", Reg(0), (), 0), insn("aggregate", None, [*([Reg(0)] * len(keys)), Reg(0)], (agg, len(keys))), insn("ret")]
    compiled = compile_clause(clause([block]), machine)
    for value in values:
        machine.fire(probe(), [compiled], [value & M] + [0] * 9)
    return machine.aggregations[0]


def test_aggregations():
    assert aggregated("count", [1, 2, 2], keys=[LONG], words=1) == {(1,): [1], (2,): [2]}
    assert aggregated("sum", [-5, 3]) == {(): [2, -2]}
    assert aggregated("min", [4, -7, 9])[()] == [3, -7]
    assert aggregated("max", [-4, -7])[()] == [2, -4]
    assert aggregated("stddev", [-(2**63), 3], words=4)[()] == [2, 3 - 2**63, 9, 2**62]
    assert aggregated("sum", [-1], keys=[INT])[(-1,)] == [1, -1]


def test_histograms():
    assert [quantize_bucket(v) for v in (-(2**63), -3, -2, -1, 0, 1, 2, 3, 4, 2**63 - 1)] == [0, 61, 61, 62, 63, 64, 65, 65, 66, 126]
    assert [lquantize_bucket(v, 0, 10, 2) for v in (-1, 0, 1, 2, 9, 10, 99)] == [0, 1, 1, 2, 5, 6, 6]
    words = aggregated("llquantize", [0, 5, -5, 10**9, -(10**9)], (10, 0, 2, 10), 58)[()]
    assert len(words) == 58 and words[0] == 5
    assert [i for i, w in enumerate(words) if w][1:] == [1, 24, 29, 34, 57]


class Memory(Machine):
    def read_user(self, addr, size):
        return bytes(range(0xF0, 0xF0 + size))


def test_user_memory():
    block = [
        insn("load", Reg(0), [64], (2, True, "user")), insn("load", Reg(1), [64], (2, False, "user")), insn("begin"),
        insn("put", None, [Reg(0)], 0), insn("put", None, [Reg(1)], 1), insn("commit"), insn("ret"),
    ]  # fmt: skip
    assert run([block], [("int", 8, True), ("int", 8, True)], machine=Memory()) == [(0, (0xF1F0 - 0x10000, 0xF1F0))]


@pytest.mark.parametrize(("name", "args", "result"), [
    ("basename", (b"/x/y",), b"y"), ("basename", (b"",), b"."), ("basename", (b"/",), b"/"), ("dirname", (b"/x/y",), b"/x"),
    ("dirname", (b"x",), b"."), ("dirname", (b"/x",), b"/"), ("cleanpath", (b"/a/../b",), b"/b"),
    ("cleanpath", (b"/a//./b/",), b"/a/b/"), ("strchr", (b"abcb", 98), b"bcb"), ("strrchr", (b"abcb", 98), b"b"),
    ("strstr", (b"hello", b"ll"), b"llo"), ("rindex", (b"hello", b"l"), 3), ("index", (b"hello", b"l"), 2),
    ("index", (b"foobarbaz", b"ba", 4), 6), ("index", (b"x", b"", 9), 1), ("rindex", (b"x", b"x", M), M),
    ("substr", (b"hello", 1, 2), b"el"), ("substr", (b"foobarbaz", M - 2), b"baz"), ("substr", (b"hello", 1, M), b"ell"),
    ("lltostr", (M,), b"-1"), ("lltostr", (255, 16), b"0xff"), ("htons", (1,), 256), ("ntohl", (1,), 16777216),
    ("toupper", (b"aBc",), b"ABC"),
])  # fmt: skip
def test_subroutines(name, args, result):
    assert subroutines.find(name)(Machine(), *args) == result


def test_strtok_goes_on_with_null():
    machine = Machine()
    tok = subroutines.TABLE["strtok"]
    assert [tok(machine, b",a,,b", b","), tok(machine, None, b","), tok(machine, None, b",")] == [b"a", b"b", None]


@pytest.mark.parametrize(("blocks", "rule"), [
    ([[insn("mov", Reg(0), [1])]], 1), ([[insn("jmp", None, (), 7)]], 2), ([[insn("mov", Reg(0), [Reg(1)]), insn("ret")]], 3),
    ([[insn("put", None, [1], 0), insn("ret")]], 4), ([[insn("begin"), insn("ret")]], 5), ([[insn("add", Reg(0), [1]), insn("ret")]], 6),
    ([[insn("begin"), insn("put", None, [1], 0), insn("put", None, [1], 0), insn("commit"), insn("ret")]], 4),
    ([[insn("arg", Reg(0), (), 0), insn("br", None, [Reg(0), 0], ("eq", 1, 2))], [insn("mov", Reg(1), [1]), insn("jmp", None, (), 2)],
      [insn("neg", Reg(2), [Reg(1)]), insn("ret")]], 3),
])  # fmt: skip
def test_the_verifier_refuses(blocks, rule):
    with pytest.raises(InternalError, match=f"rules? .*{rule}"):
        clause(blocks)


def test_listing_has_offsets_and_source():
    text = listing(clause([[insn("mov", Reg(0), [1]), insn("ret")]]).function, ["BEGIN { x = 1; }"])
    assert "   0  mov        %0, 1" in text and "   1  ret" in text and "; 1: BEGIN { x = 1; }" in text
