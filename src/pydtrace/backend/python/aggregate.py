"""Aggregating functions of the Python back end: one closure per aggregation, called as f(key, value, increment).

A value is a list of the words dif/program.Aggregation names. Numbers are signed as the machine's 64-bit words would be read, except the two
words of stddev's 128-bit sum of squares, which are its unsigned halves. llquantize's words are the number of updates, the
overflow of the negatives, their buckets from the largest magnitude down, the underflow round zero, the positive buckets upwards, their
overflow; when the aggregation has words for one sign only: underflow, buckets, overflow.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ...dif.program import Aggregation

    Key = tuple[object, ...]
    Store = dict[Key, list[int]]

_M = (1 << 64) - 1
_S = 1 << 63


def _wrap(value: int) -> int:
    return ((value & _M) ^ _S) - _S


def quantize_bucket(value: int) -> int:
    """0…126: -2^62 … -1, 0, 1 … 2^62."""
    return 63 + value.bit_length() if value > 0 else max(63 - value.bit_length(), 0)


def lquantize_bucket(value: int, base: int, limit: int, step: int) -> int:
    """0 below base, 1… the levels, the last one at or above the limit."""
    if value < base:
        return 0
    return min((value - base) // step, (limit - base) // step) + 1


def llquantize_bucket(value: int, factor: int, low: int, high: int, steps: int) -> int:
    """Of a value >= 0: 0 below factor^low, 1… the buckets, the last one from factor^(high+1)."""
    this = int(factor**low)
    if value < this:
        return 0
    last, base = this, 0
    this *= factor
    for _ in range(low, high + 1):
        buckets = min(this, steps)
        if value < this:
            return base + (value - last) // (this // buckets) + 1
        base += buckets - buckets // factor
        last = this
        this *= factor
    return base + 1


def make(agg: Aggregation, store: Store) -> Callable[..., None]:
    """The function that adds to `store`, which must stay the same object."""
    return _MAKERS[agg.func](agg, store)


def _count(agg: Aggregation, store: Store) -> Callable[..., None]:
    def count(key: Key, value: int = 1, *_: int) -> None:
        words = store.get(key)
        if words is None:
            store[key] = [1]
        else:
            words[0] += 1

    return count


def _sum(agg: Aggregation, store: Store) -> Callable[..., None]:
    def add(key: Key, value: int, *_: int) -> None:
        words = store.get(key)
        if words is None:
            store[key] = [1, value]
        else:
            words[0] += 1
            total = words[1] + value
            words[1] = total if -_S <= total < _S else _wrap(total)

    return add


def _least(agg: Aggregation, store: Store) -> Callable[..., None]:
    def least(key: Key, value: int, *_: int) -> None:
        words = store.get(key)
        if words is None:
            store[key] = [1, value]
        else:
            if value < words[1] or not words[0]:
                words[1] = value
            words[0] += 1

    return least


def _most(agg: Aggregation, store: Store) -> Callable[..., None]:
    def most(key: Key, value: int, *_: int) -> None:
        words = store.get(key)
        if words is None:
            store[key] = [1, value]
        else:
            if value > words[1] or not words[0]:
                words[1] = value
            words[0] += 1

    return most


def _stddev(agg: Aggregation, store: Store) -> Callable[..., None]:
    def squares(key: Key, value: int, *_: int) -> None:
        words = store.get(key)
        if words is None:
            words = store[key] = [0, 0, 0, 0]
        words[0] += 1
        words[1] = _wrap(words[1] + value)
        square = (words[3] << 64 | words[2]) + value * value
        words[2] = square & _M
        words[3] = square >> 64 & _M

    return squares


def _histogram(words_of: int, bucket: Callable[[int], int], store: Store) -> Callable[..., None]:
    def observe(key: Key, value: int, increment: int = 1, *_: int) -> None:
        words = store.get(key)
        if words is None:
            words = store[key] = [0] * words_of
        words[0] += 1
        at = bucket(value) + 1
        words[at] = _wrap(words[at] + increment)

    return observe


def _quantize(agg: Aggregation, store: Store) -> Callable[..., None]:
    return _histogram(128, quantize_bucket, store)


def _lquantize(agg: Aggregation, store: Store) -> Callable[..., None]:
    base, limit, step = agg.params[:3]
    return _histogram((limit - base) // step + 3, lambda value: lquantize_bucket(value, base, limit, step), store)


def _llquantize(agg: Aggregation, store: Store) -> Callable[..., None]:
    factor, low, high, steps = agg.params[:4]
    positive = llquantize_bucket(factor ** (high + 1), factor, low, high, steps)
    centre = positive + 0  # buckets of the negatives lie before it
    words = max(agg.words, 2)
    if words - 1 < 2 * positive + 1:
        return _histogram(positive + 2, lambda value: llquantize_bucket(max(value, 0), factor, low, high, steps), store)

    def bucket(value: int) -> int:
        at = llquantize_bucket(abs(value), factor, low, high, steps)
        return centre + at if value >= 0 else centre - at

    return _histogram(max(words, 2 * positive + 2), bucket, store)


_MAKERS: dict[str, Callable[[Aggregation, Store], Callable[..., None]]] = {
    "count": _count, "sum": _sum, "avg": _sum, "min": _least, "max": _most, "stddev": _stddev,
    "quantize": _quantize, "lquantize": _lquantize, "llquantize": _llquantize,
}  # fmt: skip
