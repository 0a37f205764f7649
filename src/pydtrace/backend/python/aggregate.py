"""Aggregating functions of the Python back end: one closure per aggregation, called as f(key, value, increment).

A value is a list of the words of d/aggdata.py. Numbers are signed as the machine's 64-bit words would be read, except the two
words of stddev's 128-bit sum of squares, which are its unsigned halves.

An aggregation has room for so many keys (aggsize); a new key beyond them is not made, and `drop` is called.
"""

from __future__ import annotations

from bisect import bisect_right

from ...d.aggdata import llquantize_bounds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ...dif.program import Aggregation

    Key = tuple[object, ...]
    Store = dict[Key, list[int]]
    New = Callable[[Key, list[int]], None]

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


def make(agg: Aggregation, store: Store, most: int, drop: Callable[[], None]) -> Callable[..., None]:
    """The function that adds to `store`, which must stay the same object; at most `most` keys."""

    def new(key: Key, words: list[int]) -> None:
        if len(store) < most:
            store[key] = words
        else:
            drop()

    return _MAKERS[agg.func](agg, store, new)


def _count(agg: Aggregation, store: Store, new: New) -> Callable[..., None]:
    def count(key: Key, value: int = 1, *_: int) -> None:
        words = store.get(key)
        if words is None:
            new(key, [1])
        else:
            words[0] += 1

    return count


def _sum(agg: Aggregation, store: Store, new: New) -> Callable[..., None]:
    def add(key: Key, value: int, *_: int) -> None:
        words = store.get(key)
        if words is None:
            new(key, [1, value])
        else:
            words[0] += 1
            total = words[1] + value
            words[1] = total if -_S <= total < _S else _wrap(total)

    return add


def _least(agg: Aggregation, store: Store, new: New) -> Callable[..., None]:
    def least(key: Key, value: int, *_: int) -> None:
        words = store.get(key)
        if words is None:
            new(key, [1, value])
        else:
            if value < words[1]:
                words[1] = value
            words[0] += 1

    return least


def _most(agg: Aggregation, store: Store, new: New) -> Callable[..., None]:
    def most(key: Key, value: int, *_: int) -> None:
        words = store.get(key)
        if words is None:
            new(key, [1, value])
        else:
            if value > words[1]:
                words[1] = value
            words[0] += 1

    return most


def _stddev(agg: Aggregation, store: Store, new: New) -> Callable[..., None]:
    def squares(key: Key, value: int, *_: int) -> None:
        words = store.get(key)
        square = value * value
        if words is None:
            new(key, [1, value, square & _M, square >> 64])
            return
        words[0] += 1
        words[1] = _wrap(words[1] + value)
        square += words[3] << 64 | words[2]
        words[2] = square & _M
        words[3] = square >> 64 & _M

    return squares


def _histogram(size: int, bucket: Callable[[int], int], store: Store, new: New) -> Callable[..., None]:
    def observe(key: Key, value: int, increment: int = 1, *_: int) -> None:
        at = bucket(value) + 1
        words = store.get(key)
        if words is None:
            words = [0] * size
            words[0], words[at] = 1, increment
            new(key, words)
            return
        words[0] += 1
        words[at] = _wrap(words[at] + increment)

    return observe


def _quantize(agg: Aggregation, store: Store, new: New) -> Callable[..., None]:
    return _histogram(agg.words, quantize_bucket, store, new)


def _lquantize(agg: Aggregation, store: Store, new: New) -> Callable[..., None]:
    base, limit, step = agg.params
    return _histogram(agg.words, lambda value: lquantize_bucket(value, base, limit, step), store, new)


def _llquantize(agg: Aggregation, store: Store, new: New) -> Callable[..., None]:
    bounds = llquantize_bounds(agg.params)
    centre = len(bounds)

    def bucket(value: int) -> int:
        return centre + bisect_right(bounds, value) if value >= 0 else centre - bisect_right(bounds, -value)

    return _histogram(agg.words, bucket, store, new)


_MAKERS: dict[str, Callable[[Aggregation, Store, New], Callable[..., None]]] = {
    "count": _count, "sum": _sum, "avg": _sum, "min": _least, "max": _most, "stddev": _stddev,
    "quantize": _quantize, "lquantize": _lquantize, "llquantize": _llquantize,
}  # fmt: skip
