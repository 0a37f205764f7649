"""The same D, three ways: random expressions and aggregations on the Python back end, in the live kernel, and (arithmetic) by gcc.

One program holds many clauses of BEGIN, each of some traced expressions: a fault ends one clause only, and both back ends must give the
same records and faults. Variables keep the compiler from folding what it could fold, and are typed like the constants next to them.
PYDTRACE_EXPRESSIONS sets how many expressions are made (300); many are made in parts, since hypothesis remembers all that it made.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pydtrace.backend.python.compile import compile_clause
from pydtrace.backend.python.machine import Machine
from pydtrace.dif.compile import Source, compile_program
from pydtrace.engine.kernel import KernelEngine
from pydtrace.errors import UserError
from pydtrace.options import Options
from pydtrace.providers.dtrace import Dtrace

EXPRESSIONS = int(os.environ.get("PYDTRACE_EXPRESSIONS", "300"))
PER_PROGRAM = 30
PARTS = max(1, EXPRESSIONS // 3000)
TYPES = [f"{u}int{n}_t" for n in (8, 16, 32, 64) for u in ("", "u")]
EDGES = [0, 1, 2, 3, 7, 127, 128, 255, 256, 32767, 32768, 65535, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1]
M = (1 << 64) - 1


class NoTypes:
    """No kernel types are needed."""

    def tagged(self, kind: str, tag: str, module: str = "") -> None:
        return None

    def typedef(self, name: str, module: str = "") -> None:
        return None

    def symbol(self, module: str, name: str) -> None:
        return None


def _can() -> bool:
    try:
        from pydtrace.linux import bpf

        os.close(bpf.map_create(2, 4, 8, 1))
        return True
    except OSError:
        return False


kernel_only = pytest.mark.skipif(not _can(), reason="needs bpf(2) as root")


# --- expressions ---------------------------------------------------------------------------------------------------------------------


def _value(type: str, value: int) -> int:
    bits = int("".join(c for c in type if c.isdigit()))
    value &= (1 << bits) - 1
    return value - (1 << bits) if type[0] == "i" and value >> bits - 1 else value


def _literal(value: int) -> str:
    if value < 0:
        return f"(-{-value})" if value > -(2**63) else "(-9223372036854775807 - 1)"
    return f"{value}U" if value > 2**63 - 1 else str(value)


# (text, whether it is of at most 32 bits for certain): a shift of a narrow operand must be by less than 32
constants = st.builds(
    lambda type, value: (f"(({type}){_literal(_value(type, value))})", not type.endswith("64_t")),
    st.sampled_from(TYPES),
    st.one_of(st.sampled_from(EDGES), st.integers(-200, 200), st.integers(0, M)),
)
variables = st.sampled_from([(f"v_{t}_{i}", not t.endswith("64_t")) for t in TYPES for i in range(2)])
leaves = st.one_of(variables, variables, constants)


arithmetic = st.sampled_from(["+", "-", "*", "/", "%", "&", "|", "^"])
truths = st.sampled_from(["<", "<=", ">", ">=", "==", "!=", "&&", "||", "^^"])


def _grow(inner: Any) -> Any:
    return st.one_of(
        st.builds(lambda op, a, b: (f"({a[0]} {op} {b[0]})", a[1] and b[1]), arithmetic, inner, inner),
        st.builds(lambda op, a, b: (f"({a[0]} {op} {b[0]})", True), truths, inner, inner),
        st.builds(lambda op, a: (f"({op}{a[0]})", a[1] or op == "!"), st.sampled_from(["-", "~", "!", "+"]), inner),
        st.builds(lambda type, a: (f"(({type}){a[0]})", not type.endswith("64_t")), st.sampled_from(TYPES), inner),
        st.builds(lambda op, a, n: (f"({a[0]} {op} {n % 32})", a[1]), st.sampled_from(["<<", ">>"]), inner, st.integers(0, 31)),
        st.builds(lambda op, type, a, n: (f"((({type}){a[0]}) {op} {n})", False), st.sampled_from(["<<", ">>"]),
                  st.sampled_from(["int64_t", "uint64_t"]), inner, st.integers(0, 63)),
        st.builds(lambda a, b, c: (f"({a[0]} ? {b[0]} : {c[0]})", b[1] and c[1]), inner, inner, inner),
    )  # fmt: skip


expressions = st.recursive(leaves, _grow, max_leaves=8).map(lambda e: e[0])
values = st.one_of(st.sampled_from(EDGES), st.integers(0, M))


def python_records(program: Any) -> list[Any]:
    machine = Machine(program.strsize)
    clauses = [compile_clause(c, machine) for c in program.clauses]
    machine.fire(program.clauses[0].probes[0], clauses)
    return machine.take()


def compiled(text: str) -> Any:
    options = Options()
    return compile_program([Source(text, "script")], [Dtrace()], options, {}, [], NoTypes())


def kernel_run(program: Any) -> tuple[list[Any], dict[str, Any]]:
    engine = KernelEngine(Options())
    try:
        engine.enable(program)
        engine.go()
        records = engine.drain(0.2)
        return records, {a.name: engine.aggregation(a) for a in program.aggregations}
    finally:
        engine.close()


def accepted(exprs: list[str]) -> list[str]:
    """Without those that divide by a constant 0: that is an error of compilation."""
    good = []
    for e in exprs:
        if "/" in e or "%" in e:
            try:
                compiled(text_of([1] * 2 * len(TYPES), [e]))
            except UserError as error:
                assert "division by zero" in str(error), (e, error)
                continue
        good.append(e)
    return good


def text_of(sets: list[int], exprs: list[str]) -> str:
    names = [(t, f"v_{t}_{i}") for t in TYPES for i in range(2)]
    lines = [f"{t} {n};" for t, n in names]
    lines.append("BEGIN { " + " ".join(f"{n} = ({t}){_literal(_value(t, v))};" for (t, n), v in zip(names, sets)) + " }")
    # Both as its type would be shown, and as a register: what lies above the type must be its extension.
    lines += [f"BEGIN {{ trace({e}); trace((uint64_t)({e})); trace(({e}) ? 1 : 0); }}" for e in exprs]
    lines.append("BEGIN { exit(0); }")
    return "\n".join(lines)


def outcome(records: list[Any]) -> dict[int, Any]:
    """By clause: the values, or the fault's code (where it happened in the code may differ)."""
    found: dict[int, Any] = {}
    for _, clause, _, data in records:
        if clause < 0:
            found[data[0]] = ("fault", data[1])
        else:
            found[clause] = data
    return found


def gcc_values(sets: list[int], exprs: list[str], where: Any) -> list[int]:
    """What C makes of them, faults apart: division by zero is not C's, so only expressions without division come here."""
    names = [(t, f"v_{t}_{i}") for t in TYPES for i in range(2)]
    lines = ["#include <stdint.h>", "#include <stdio.h>"]
    lines += [f"volatile {t} {n} = ({t}){_literal(_value(t, v))};" for (t, n), v in zip(names, sets)]
    lines += ["int main(void) {", *[f'printf("%llu\\n", (unsigned long long)({e}));' for e in exprs], "return 0; }"]
    source, program = where / "e.c", where / "e"
    source.write_text("\n".join(lines))
    subprocess.run(["gcc", "-w", "-O0", "-fwrapv", "-o", str(program), str(source)], check=True)
    return [int(x) for x in subprocess.run([str(program)], check=True, capture_output=True).stdout.split()]


def many(count: int) -> Any:
    return settings(
        max_examples=max(1, count // PARTS // PER_PROGRAM), deadline=None, database=None,
        derandomize="PYDTRACE_EXPRESSIONS" not in os.environ,
        suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate],
    )  # fmt: skip


parts = pytest.mark.parametrize("part", range(PARTS))
batch = st.lists(expressions, min_size=PER_PROGRAM, max_size=PER_PROGRAM)
inputs = st.lists(values, min_size=2 * len(TYPES), max_size=2 * len(TYPES))


@kernel_only
@parts
@many(EXPRESSIONS)
@given(inputs, batch)
def test_python_and_kernel_agree(part: int, sets: list[int], exprs: list[str]) -> None:
    exprs = accepted(exprs)
    text = text_of(sets, exprs)
    ours = outcome(python_records(compiled(text)))
    theirs = outcome(kernel_run(compiled(text))[0])
    assert set(ours) >= set(range(1, len(exprs) + 1))  # clause 0 only sets the variables
    different = [(e, ours.get(i), theirs.get(i)) for i, e in enumerate(exprs, 1) if ours.get(i) != theirs.get(i)]
    assert not different, (different, sets)


@pytest.mark.skipif(not shutil.which("gcc"), reason="needs gcc")
@parts
@many(EXPRESSIONS)
@given(inputs, batch)
def test_python_and_gcc_agree(part: int, tmp_path_factory: Any, sets: list[int], exprs: list[str]) -> None:
    exprs = [e for e in exprs if not any(op in e for op in ("/", "%", "^^"))]
    ours = outcome(python_records(compiled(text_of(sets, exprs))))
    theirs = gcc_values(sets, exprs, tmp_path_factory.mktemp("gcc"))
    different = [(e, ours[i][1], v) for i, (e, v) in enumerate(zip(exprs, theirs), 1) if ours[i][1] != v]
    assert not different, (different, sets)


assignments = st.lists(
    st.tuples(st.sampled_from(TYPES), st.sampled_from("+-*&|^"), expressions), min_size=PER_PROGRAM, max_size=PER_PROGRAM
)


@kernel_only
@pytest.mark.skipif(not shutil.which("gcc"), reason="needs gcc")
@parts
@many(EXPRESSIONS // 3)
@given(inputs, assignments)
def test_assignments_agree(part: int, tmp_path_factory: Any, sets: list[int], made: list[tuple[str, str, str]]) -> None:
    made = [m for m in made if not any(op in m[2] for op in ("/", "%", "^^"))]
    declared = "\n".join(f"{type} w{i};" for i, (type, _, _) in enumerate(made))
    steps = [f"w{i} = v_{type}_0; w{i} {op}= {e};" for i, (type, op, e) in enumerate(made)]
    before, _, rest = text_of(sets, []).partition("\nBEGIN")
    first, _, last = rest.rpartition("\nBEGIN")
    clauses = [f"BEGIN {{ {step} trace((uint64_t)w{i}++); trace((uint64_t)(--w{i})); }}" for i, step in enumerate(steps)]
    text = "\n".join([declared, before, "BEGIN" + first, *clauses, "BEGIN" + last])
    ours, theirs = outcome(python_records(compiled(text))), outcome(kernel_run(compiled(text))[0])
    results = gcc_values(sets, [f"({{ {t} w; w = v_{t}_0; w {op}= {e}; w; }})" for t, op, e in made], tmp_path_factory.mktemp("gcc"))
    for i, (want, one) in enumerate(zip(results, made), 1):
        assert ours[i] == theirs[i] == (want, want), (one, ours[i], theirs[i], want, sets)


# --- aggregations --------------------------------------------------------------------------------------------------------------------

FUNCTIONS = {
    "n": "count()", "s": "sum({})", "a": "avg({})", "lo": "min({})", "hi": "max({})", "d": "stddev({})", "q": "quantize({})",
    "qi": "quantize({}, 3)", "l": "lquantize({}, -100, 1000, 7)", "l1": "lquantize({}, 0, 50)", "ll": "llquantize({}, 10, 0, 6, 20)",
    "l2": "llquantize({}, 2, 3, 20, 4)", "lb": "llquantize({}, 10, 2, 17, 10)",
}  # fmt: skip


@kernel_only
@pytest.mark.parametrize("seed", range(2))
def test_aggregations_agree(seed: int) -> None:
    rng = random.Random(seed)
    numbers = [0, 1, -1, 9, 10, 99, 100, -100, 1000, 10**7, -(10**7), 2**63 - 1, -(2**63), -(2**63) + 1]
    for name, text in FUNCTIONS.items():
        some = rng.sample(numbers, 6) + [_value("int64_t", rng.getrandbits(rng.randint(1, 64))) * rng.choice((1, -1)) for _ in range(14)]
        some = [_value("int64_t", v) for v in some]
        clauses = [f"BEGIN {{ @{name} = {text.format(f'(int64_t){_literal(v)}')}; }}" for v in some]
        source = "\n".join([*clauses, "BEGIN { exit(0); }"])
        program = compiled(source)
        machine = Machine(program.strsize)
        machine.fire(program.clauses[0].probes[0], [compile_clause(c, machine) for c in program.clauses])
        (ours,) = machine.aggregations[program.aggregations[0].index].values()
        (theirs,) = kernel_run(compiled(source))[1][program.aggregations[0].name].values()
        assert [w & M for w in ours] == [w & M for w in theirs], (name, some)
