"""The values of aggregations: sizes, bounds, putting together and taking apart, against the plainest way to say the same."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

from hypothesis import assume, given
from hypothesis import strategies as st

from pydtrace.d.aggdata import bucket_values, llquantize_bounds, merge, scalar, since, stddev, words_of

I64 = st.integers(-(1 << 63), (1 << 63) - 1)


def naive_bounds(factor: int, lmag: int, hmag: int, steps: int) -> list[int]:
    """From 0 to the upper end of each order of magnitude there are `steps` equal parts; what lies below its lower end is cut off."""
    bounds = set()
    for magnitude in range(lmag, hmag + 1):
        top = factor ** (magnitude + 1)
        bounds.add(top // factor)
        for part in range(steps + 1):
            bound = Fraction(top * part, steps)
            if bound.denominator == 1 and top // factor <= bound <= top:
                bounds.add(int(bound))
    return sorted(bounds)


@st.composite
def parameters(draw: st.DrawFn) -> tuple[int, int, int, int]:
    factor = draw(st.integers(2, 20))
    lmag = draw(st.integers(0, 4))
    hmag = draw(st.integers(lmag, lmag + 4))
    steps = draw(st.integers(1, 400))
    assume(factor ** (hmag + 1) < 1 << 64)
    if steps < factor:
        assume(factor % steps == 0)
    elif steps > factor:
        assume(steps % factor == 0 and (factor * factor if not lmag else factor ** (lmag + 1)) % steps == 0)
    return factor, lmag, hmag, steps


@given(parameters())
def test_llquantize_bounds(params: tuple[int, int, int, int]) -> None:
    bounds = llquantize_bounds(params)
    assert bounds == naive_bounds(*params)
    assert words_of("llquantize", params) == len(bucket_values("llquantize", params)) + 1


def test_sizes_and_weights() -> None:
    assert [words_of(f, ()) for f in ("count", "sum", "avg", "min", "max", "stddev", "quantize")] == [1, 2, 2, 2, 2, 4, 128]
    assert bucket_values("lquantize", (-4, 5, 3)) == [-5, -4, -1, 2, 6] and words_of("lquantize", (-4, 5, 3)) == 6
    values = bucket_values("quantize", ())
    assert len(values) == 127 and values[0] == -(1 << 62) and values[62:66] == [-1, 0, 1, 2] and values[-1] == 1 << 62


def words(func: str, values: list[int]) -> list[int]:
    """The value of a function that has seen `values`."""
    n = len(values)
    total = (sum(values) + (1 << 63)) % (1 << 64) - (1 << 63)
    if func == "count":
        return [n]
    if func in ("min", "max"):
        return [n, (min if func == "min" else max)(values)] if n else [0, 0]
    if func == "stddev":
        squares = sum(v * v for v in values) % (1 << 128)
        return [n, total, squares % (1 << 64), squares >> 64]
    return [n, total]


@given(st.sampled_from(["count", "sum", "avg", "min", "max", "stddev"]), st.lists(st.lists(I64, max_size=4), min_size=1, max_size=4))
def test_merge(func: str, parts: list[list[int]]) -> None:
    assert merge(func, [words(func, p) for p in parts]) == words(func, [v for p in parts for v in p])


@given(st.sampled_from(["count", "sum", "avg", "stddev"]), st.lists(I64, max_size=4), st.lists(I64, max_size=4))
def test_since(func: str, before: list[int], after: list[int]) -> None:
    assert since(func, words(func, before + after), words(func, before)) == words(func, after)


@given(st.lists(st.integers(-(1 << 60), 1 << 60), min_size=1, max_size=7))
def test_stddev(values: list[int]) -> None:
    n = len(values)
    mean = int(Fraction(sum(values), n))  # towards zero
    assert stddev(words("stddev", values)) == isqrt(max(0, sum(v * v for v in values) // n - mean * mean))


def test_scalars() -> None:
    assert scalar("avg", [2, -5]) == -2 and scalar("avg", [0, 0]) == 0
    assert scalar("avg", [2, 201], 10) == 10 and scalar("sum", [1, -7], 2) == -3 and scalar("count", [7], 2) == 3
    assert stddev([0, 0, 0, 0]) == 0
