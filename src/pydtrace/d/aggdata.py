"""The values of aggregations: how many words each function keeps, what they mean, and how values of several places become one.

A value is a list of 64-bit words; the first, `n`, is the number of updates (0: the key is known, but has no value).

    count [n]    sum, avg [n, total]    min, max [n, value]    stddev [n, total, low and high word of the sum of squares]
    quantize     [n, 127 buckets: -2^62 … -1, 0, 1 … 2^62]
    lquantize    [n, below the base, the levels, from the limit on]
    llquantize   [n, negative overflow, negative levels, around zero, positive levels, positive overflow]

`parts` of one value (CPUs, generations) are put together by `merge`; `since` takes away what was there before, which min and max cannot.
Words are signed, but for the two of the squares.
"""

from __future__ import annotations

_M = (1 << 64) - 1
HISTOGRAMS = ("quantize", "lquantize", "llquantize")
QUANTIZE_ZERO = 63  # quantize's bucket of 0
LQUANTIZE_LEVELS = 65535


def signed64(value: int) -> int:
    return (value + (1 << 63) & _M) - (1 << 63)


def words_of(func: str, params: tuple[int, ...]) -> int:
    """Length of a value."""
    if func == "lquantize":
        base, limit, step = params
        return 3 + (limit - base) // step
    if func == "llquantize":
        return 2 * len(llquantize_bounds(params)) + 2
    return {"count": 1, "stddev": 4, "quantize": 128}.get(func, 2)


def llquantize_orders(params: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """(low, high, step) of each order of magnitude of llquantize. Its buckets begin at low and at the multiples of step in it."""
    factor, lmag, hmag, steps = params
    orders = []
    for magnitude in range(lmag, hmag + 1):
        high: int = factor ** (magnitude + 1)
        orders.append((high // factor, high, max(1, high // steps)))
    return orders


def llquantize_bounds(params: tuple[int, ...]) -> list[int]:
    """Lower bounds of the positive buckets, ascending; the last is the overflow's."""
    bounds: list[int] = []
    high = 1
    for low, high, step in llquantize_orders(params):
        bounds += [low, *range(step * (low // step + 1), high, step)]
    return [*bounds, high]


def bucket_values(func: str, params: tuple[int, ...]) -> list[int]:
    """What a count in each bucket weighs, in the order of the words behind `n`: its lower bound; lquantize's overflows, one beyond it."""
    if func == "quantize":
        return [-(1 << 62 - i) for i in range(QUANTIZE_ZERO)] + [0] + [1 << i for i in range(QUANTIZE_ZERO)]
    if func == "lquantize":
        base, limit, step = params
        return [base - 1, *range(base, limit, step), limit + 1]
    bounds = llquantize_bounds(params)
    return [-b for b in reversed(bounds)] + [0] + bounds


def merge(func: str, parts: list[list[int]]) -> list[int]:
    """One value of several; all zero when no part was ever updated."""
    if len(parts) == 1:
        return parts[0]
    if func in ("min", "max"):
        live = [p for p in parts if p[0]]
        if not live:
            return list(parts[0])
        return [sum([p[0] for p in live]), (min if func == "min" else max)([p[1] for p in live])]
    total = [signed64(sum(column)) for column in zip(*parts)]
    if func == "stddev":
        total[2:4] = _words128(sum([_squares(p) for p in parts]))
    return total


def since(func: str, new: list[int], old: list[int]) -> list[int]:
    """What has come to a value since it was `old`. Not for min and max."""
    total = [signed64(a - b) for a, b in zip(new, old)]
    if func == "stddev":
        total[2:4] = _words128(_squares(new) - _squares(old))
    return total


def _squares(words: list[int]) -> int:
    return words[2] & _M | (words[3] & _M) << 64


def _words128(value: int) -> list[int]:
    return [value & _M, value >> 64 & _M]


def most_keys(room: int, key_size: int, words: int) -> int:
    """How many keys fit into `room` bytes (aggsize), with what a key costs beside its bytes and its value's."""
    return max(1, room // (key_size + 8 * words + 56))


# --- the number shown --------------------------------------------------------------------------------------------------------------


def divide(a: int, b: int) -> int:
    """C's division: towards zero."""
    q = abs(a) // abs(b)
    return q if (a < 0) == (b < 0) else -q


def scalar(func: str, words: list[int], normal: int = 1) -> int:
    """The number shown for an aggregation that is no histogram. `normal` is the divisor of normalize()."""
    n = words[0]
    if func == "count":
        return divide(n, normal) if normal != 1 else n
    if func == "avg":
        return divide(divide(words[1], normal), n) if n else 0
    if func == "stddev":
        return stddev(words, normal)
    return divide(words[1], normal) if normal != 1 else words[1]


def stddev(words: list[int], normal: int = 1) -> int:
    """The square root of (the average square - the squared average), all in whole numbers, as the reference does it."""
    from math import isqrt

    n = words[0]
    if not n:
        return 0
    mean = divide(divide(words[1], normal), n)
    return isqrt(max(0, _squares(words) // n // (normal * normal) - mean * mean))
