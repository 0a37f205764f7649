"""Histograms as text: the buckets of the quantizers, and the bars of `agghist` and the rows of `aggpack` over whole aggregations.

A bar is 40 wide and says which part of the whole (the sum of all counts shown) a count is; with `aggzoom` the tallest reaches 95% instead.
Where negative counts are among them they grow to the left. In UTF-8 (option `encoding`) bars are made of eighths.
"""

from __future__ import annotations

from ..d.aggdata import QUANTIZE_ZERO, bucket_values, divide, scalar, signed64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..dif.program import Aggregation
    from ..options import Options

_DISTRIBUTION = b"------------- Distribution -------------"
_FULL, _SHADES = 0x2588, 0x2581
_ZOOM = 1 / 0.95
COUNTED = ("count", "sum", "avg", "stddev")  # what agghist makes bars of
PACKED = ("quantize", "lquantize")  # what aggpack makes rows of


def header(width: int = 0) -> bytes:
    """The line above bars; `width` is that of the keys before them, 0 where a histogram's own values are."""
    return b"\n%*s %41s %-9s\n" % (width or 16, b"key" if width else b"value", _DISTRIBUTION, b"count")


def whole(counts: list[int], options: Options) -> float:
    """What a full bar stands for."""
    if options.integer("aggzoom"):
        return max([abs(c) for c in counts], default=0) * _ZOOM
    return sum([abs(c) for c in counts])


def bar(count: int, total: float, up: bool, down: bool, normal: int, utf8: bool) -> bytes:
    """A bar and its number. `up`, `down`: whether there are positive and negative counts beside it."""
    number = b"%-9d\n" % divide(count, normal)
    width = 20 if up and down else 40
    height = abs(count) * width / total if total else 0.0
    if up and not down and utf8:
        eighths = int((height - int(height)) * 8)
        text = chr(_FULL) * int(height) + (chr(0x2590 - eighths) if eighths else "")
        return b"|" + text.ljust(width).encode() + b" " + number
    depth = int(height + 0.5)
    ats, blanks = b"@" * depth, b" " * (width - depth)
    if not down:
        return b"|" + ats + blanks + b" " + number
    if not up:
        return blanks + ats + b"| " + number
    if count > 0:
        return b" " * 20 + b"|" + ats + blanks + b" " + number
    return blanks + ats + b"|" + b" " * 20 + b" " + number


# --- one value's buckets -----------------------------------------------------------------------------------------------------------


def histogram(agg: Aggregation, words: list[int], normal: int, options: Options) -> bytes:
    """The whole histogram of one value, beginning with a newline."""
    values = bucket_values(agg.func, agg.params)
    counts = _counts(words, len(values))
    first, last = _range(agg, counts)
    shown = counts[first : last + 1]
    total = whole(shown, options)
    up, down = any(c > 0 for c in shown), any(c < 0 for c in shown)
    utf8 = options.text("encoding") == "utf8"
    labels = _labels(agg, values, first)
    lines = [header()]
    for i in range(first, last + 1):
        lines.append(labels[i] + b" " + bar(counts[i], total, up, down, normal, utf8))
    return b"".join(lines)


def _counts(words: list[int], buckets: int) -> list[int]:
    counts = [signed64(w) for w in words[1 : 1 + buckets]]
    return counts + [0] * (buckets - len(counts))


def _labels(agg: Aggregation, values: list[int], first: int) -> list[bytes]:
    labels = [b"%16d" % v for v in values]
    if agg.func == "lquantize":
        base, limit, _ = agg.params
        labels[0] = b"%16s" % (b"< %d" % base)
        labels[-1] = b"%16s" % (b">= %d" % limit)
    elif agg.func == "llquantize":
        middle = len(values) // 2
        scale = values[middle + 1]
        labels[0] = b"%16s" % (b"<= %d" % values[0])
        labels[-1] = b"%16s" % (b">= %d" % values[-1])
        text = b"0" if scale == 1 else b"abs() < %d" % scale if first < middle else b"< %d" % scale
        labels[middle] = b"%16s" % text
    return labels


def _range(agg: Aggregation, counts: list[int]) -> tuple[int, int]:
    """The first and last bucket to print: one more than needed at each end."""
    used = [i for i, c in enumerate(counts) if c]
    end = len(counts) - 1
    if used:
        return max(0, used[0] - 1), min(end, used[-1] + 1)
    if agg.func == "quantize":
        return QUANTIZE_ZERO - 1, QUANTIZE_ZERO + 1
    first = 0 if agg.func == "lquantize" else end // 2
    return first, min(first + 2, end)


# --- agghist: a bar for each tuple ---------------------------------------------------------------------------------------------------


class Bars:
    """The bars of all tuples of one aggregation that counts."""

    def __init__(self, agg: Aggregation, values: list[list[int]], normal: int, options: Options) -> None:
        numbers = [scalar(agg.func, words) for words in values]
        self._func = agg.func
        self._normal = normal
        self._total = whole(numbers, options)
        self._up, self._down = any(n > 0 for n in numbers), any(n < 0 for n in numbers)
        self._utf8 = options.text("encoding") == "utf8"

    def head(self, width: int) -> bytes:
        return header(width)

    def row(self, words: list[int]) -> bytes:
        return b" " + bar(scalar(self._func, words), self._total, self._up, self._down, self._normal, self._utf8)


# --- aggpack: a histogram in a row ---------------------------------------------------------------------------------------------------


class Rows:
    """The histograms of all tuples of one aggregation, a character for each bucket. Rows of quantize show the buckets that any of them
    has counts in and one more each side, rows of lquantize all."""

    def __init__(self, agg: Aggregation, values: list[list[int]], options: Options) -> None:
        self._options = options
        self._values = bucket_values(agg.func, agg.params)
        self._linear = agg.func == "lquantize"
        self._first, self._last = 0, len(self._values) - 1
        if self._linear:
            base, limit, _ = agg.params
            self._low, self._high = b"%8s" % (b"< %d" % base), b"%-8s" % (b">= %d" % limit)
        else:
            used = [i for words in values for i, w in enumerate(words[1:]) if w] or [QUANTIZE_ZERO]
            first, last = min(used), max(used)
            self._first = first if first in (0, QUANTIZE_ZERO) else first - 1
            self._last = min(last + 1, self._last)
            self._low, self._high = b" %d" % self._values[self._first], b"%d" % self._values[self._last]
        self._utf8 = _utf8(options)

    def head(self, width: int) -> bytes:
        low, high = (7, 8) if self._linear else (len(self._low) - 1, len(self._high))
        line = b"-" * (self._last - self._first + 1)
        return b"\n%*s %*s .%s. %-*s | count\n" % (width, b"key" if width else b"", low, b"min", line, high, b"max")

    def row(self, words: list[int]) -> bytes:
        counts = _counts(words, len(self._values))[self._first : self._last + 1]
        total = whole(counts, self._options)
        shades = b"".join([self._shade(c, total) for c in counts])
        return b"%s :%s: %s | %d\n" % (self._low, shades, self._high, sum(counts))

    def _shade(self, count: int, total: float) -> bytes:
        if not count:
            return b" "
        if count < 0:
            return b"vvvvVV"[(n := int(-count * 5 / total + 0.5)) : n + 1]
        if self._utf8:
            return chr(_SHADES + int(count * 7 / total + 0.5)).encode()
        return b"__xxxxXX"[(n := int(count * 7 / total + 0.5)) : n + 1]


def _utf8(options: Options) -> bool:
    """Unless told, everything but the terminals known to be plain is taken to show UTF-8."""
    import os

    encoding = options.text("encoding")
    return encoding == "utf8" if encoding else os.environ.get("TERM") not in ("dumb", "sun", "sun-color")
