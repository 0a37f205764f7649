"""Aggregations as text: values, histograms, order, joining, and what normalize, trunc and printa leave behind.

Input is what an engine gives: a dict from key tuple to the 64-bit words of `dif.program.Aggregation`. Nothing here changes it.
What D programs do to an aggregation as it is *shown* lives in its `AggregationView`: the divisor of normalize, whether printa has
printed it, and which tuples trunc(@a, n) has taken away. The engine goes on counting those; a truncated tuple comes back when it is
updated again, counted from then on, so the view remembers the words it had and subtracts them.

Buckets of llquantize after `n`, ascending: negative overflow, negative levels, around zero, positive levels, positive overflow
(`llquantize_levels` gives the lower bounds of the positive ones).
"""

from __future__ import annotations

from ..d.printf import RAW, Format, stack_text, symbol_text
from ..d.types import INT, LONG, StackType, StringType, SymbolType, Type, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..dif.program import Aggregation
    from ..options import Options

    Key = tuple[Any, ...]
    Data = dict[Key, list[int]]

HISTOGRAMS = ("quantize", "lquantize", "llquantize")
_HEADER = b"\n%16s %41s %-9s\n" % (b"value", b"------------- Distribution -------------", b"count")
_ZERO = 63  # quantize's bucket of 0


def signed64(v: int) -> int:
    return (v + (1 << 63) & (1 << 64) - 1) - (1 << 63)


class AggregationView:
    """How one aggregation is to be shown. `taken` holds the words that truncated tuples had."""

    __slots__ = ("agg", "normal", "printed", "taken")

    def __init__(self, agg: Aggregation) -> None:
        self.agg = agg
        self.normal = 1
        self.printed = False
        self.taken: Data = {}

    def visible(self, data: Data) -> Data:
        if not self.taken:
            return data
        shown: Data = {}
        for key, words in data.items():
            old = self.taken.get(key)
            if old is None:
                shown[key] = words
            elif words[0] < old[0]:  # cleared since
                del self.taken[key]
                shown[key] = words
            elif words[0] != old[0]:
                shown[key] = self._since(words, old)
        return shown

    def _since(self, words: list[int], old: list[int]) -> list[int]:
        if self.agg.func in ("min", "max"):
            return [words[0] - old[0], words[1]]
        if self.agg.func == "stddev":
            squares = (words[2] | words[3] << 64) - (old[2] | old[3] << 64) & (1 << 128) - 1
            return [words[0] - old[0], words[1] - old[1], squares & (1 << 64) - 1, squares >> 64]
        return [a - b for a, b in zip(words, old, strict=True)]

    def trunc(self, data: Data, n: int) -> None:
        """Keep the n largest (n < 0: the -n smallest) tuples of `data`."""
        shown = self.visible(data)
        order = sorted(shown, key=lambda key: (sort_value(self.agg, shown[key]), sort_key(self.agg, key)))
        gone = order[: max(0, len(order) - n)] if n >= 0 else order[-n:]
        for key in gone:
            self.taken[key] = list(data[key])

    def forget(self) -> None:
        """The engine has cleared the aggregation."""
        self.taken = {}


# --- values ------------------------------------------------------------------------------------------------------------------------


def _divide(a: int, b: int) -> int:
    """C's division."""
    q = abs(a) // abs(b)
    return q if (a < 0) == (b < 0) else -q


def scalar(agg: Aggregation, words: list[int], normal: int = 1) -> int:
    """The number shown for an aggregation that is no histogram."""
    func = agg.func
    if func == "count":
        return _divide(words[0], normal)
    v = signed64(words[1])
    if func == "avg":
        return _divide(_divide(v, normal), words[0]) if words[0] else 0
    if func == "stddev":
        if not words[0]:
            return 0
        from math import isqrt

        square = (words[2] & (1 << 64) - 1) | (words[3] & (1 << 64) - 1) << 64
        mean = _divide(_divide(v, normal), words[0])
        return isqrt(max(0, square // words[0] // (normal * normal) - mean * mean))
    return _divide(v, normal)


def zero_words(agg: Aggregation) -> list[int]:
    return [0] * max(agg.words, 4)


def llquantize_levels(params: tuple[int, ...]) -> list[int]:
    """Lower bounds of the positive buckets of llquantize(x, factor, lmag, hmag, steps), then the bound of the overflow."""
    factor, low, high, steps = params[:4]
    bounds = []
    value, limit = factor**low, factor ** (high + 1)
    top = value * factor
    step = top // steps if top > steps else 1
    while value < limit:
        bounds.append(value)
        value += step
        if value >= top:
            value, top = top, top * factor
            step = top // steps if top > steps else 1
    bounds.append(limit)
    return bounds


def bucket_values(agg: Aggregation) -> list[int]:
    """The lower bound of each bucket, in the order of the words after `n`."""
    if agg.func == "quantize":
        return [-(1 << 62 - i) for i in range(_ZERO)] + [0] + [1 << i for i in range(_ZERO)]
    if agg.func == "lquantize":
        base, limit, step = agg.params[0], agg.params[1], agg.params[2] if len(agg.params) > 2 else 1
        levels = (limit - base) // step
        return [base - 1] + [base + i * step for i in range(levels)] + [limit + 1]
    bounds = llquantize_levels(agg.params)
    return [-b for b in reversed(bounds)] + [0] + bounds


def _labels(agg: Aggregation, values: list[int], first: int) -> list[bytes]:
    labels = [b"%16d" % v for v in values]
    if agg.func == "lquantize":
        base, limit, step = agg.params[0], agg.params[1], agg.params[2] if len(agg.params) > 2 else 1
        labels[0] = b"%16s" % (b"< %d" % base)
        labels[-1] = b"%16s" % (b">= %d" % (base + (limit - base) // step * step))
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
        return _ZERO - 1, _ZERO + 1
    return (0, min(2, end)) if agg.func == "lquantize" else (end // 2, end // 2)


def histogram(agg: Aggregation, words: list[int], normal: int = 1) -> bytes:
    """The whole histogram, beginning with a newline."""
    values = bucket_values(agg)
    counts = [signed64(w) for w in words[1 : 1 + len(values)]]
    counts += [0] * (len(values) - len(counts))
    first, last = _range(agg, counts)
    shown = counts[first : last + 1]
    total = sum(abs(c) for c in shown)
    up, down = any(c > 0 for c in shown), any(c < 0 for c in shown)
    labels = _labels(agg, values, first)
    lines = [_HEADER]
    for i in range(first, last + 1):
        lines.append(labels[i] + b" " + _bar(counts[i], total, up, down, normal))
    return b"".join(lines)


def _bar(count: int, total: int, up: bool, down: bool, normal: int) -> bytes:
    number = b"%-9d\n" % _divide(count, normal)
    width = 20 if up and down else 40
    depth = int(abs(count) * width / total + 0.5) if total else 0
    ats, blanks = b"@" * depth, b" " * (width - depth)
    if not down:
        return b"|" + ats + blanks + b" " + number
    if not up:
        return blanks + ats + b"| " + number
    if count > 0:
        return b" " * 20 + b"|" + ats + blanks + b" " + number
    return blanks + ats + b"|" + b" " * 20 + b" " + number


# --- order -------------------------------------------------------------------------------------------------------------------------


def sort_value(agg: Aggregation, words: list[int]) -> tuple[int, int]:
    """What values are ordered by: (value, tie)."""
    if agg.func not in HISTOGRAMS:
        return scalar(agg, words), 0
    total = sum(v * signed64(w) for v, w in zip(bucket_values(agg), words[1:], strict=False) if w)
    return total, signed64(words[1 + _ZERO]) if agg.func == "quantize" and len(words) > 1 + _ZERO else 0


def sort_key(agg: Aggregation, key: Key) -> tuple[Any, ...]:
    """Integers compare unsigned by size, strings bytewise."""
    result = []
    for i, k in enumerate(key):
        if isinstance(k, int):
            size = resolve(agg.keys[i]).size if i < len(agg.keys) else 8
            k &= (1 << 8 * (size if 0 < size <= 8 else 8)) - 1
        result.append(k)
    return tuple(result)


def sort_tuples(aggs: list[Aggregation], rows: list[tuple[Key, list[list[int]]]], options: Options) -> list[tuple[Key, list[list[int]]]]:
    """Order joined tuples (key, words of each aggregation) as the aggsort options say."""
    n = len(aggs)
    pos = options.integer("aggsortpos")
    pos = pos if 0 <= pos < n else 0
    keypos = options.integer("aggsortkeypos")
    bykey = bool(options.integer("aggsortkey"))
    turn = list(range(pos, n)) + list(range(pos))

    def order(row: tuple[Key, list[list[int]]]) -> tuple[Any, ...]:
        key = sort_key(aggs[0], row[0])
        if 0 < keypos < len(key):
            key = key[keypos:] + key[:keypos]
        values = tuple([sort_value(aggs[i], row[1][i]) for i in turn])
        return (key, values) if bykey else (values, key)

    return sorted(rows, key=order, reverse=bool(options.integer("aggsortrev")))


def join(views: list[AggregationView], datas: list[Data]) -> list[tuple[Key, list[list[int]]]]:
    """The tuples of several aggregations side by side; one that an aggregation lacks counts as zero."""
    shown = [v.visible(d) for v, d in zip(views, datas, strict=True)]
    if len(shown) == 1:
        return [(key, [words]) for key, words in shown[0].items()]
    keys = dict.fromkeys(key for data in shown for key in data)
    zeros = [zero_words(v.agg) for v in views]
    return [(key, [data.get(key, zeros[i]) for i, data in enumerate(shown)]) for key in keys]


# --- text --------------------------------------------------------------------------------------------------------------------------

_INTEGER_WIDTH = {8: b" %16d", 4: b" %8d", 2: b" %5d", 1: b" %3d"}


def hex_dump(data: bytes) -> bytes:
    """tracemem's layout."""
    lines = [b"\n           " + b"".join([b"  %x" % i for i in range(16)]) + b"  0123456789abcdef\n"]
    for offset in range(0, len(data), 16):
        row = data[offset : offset + 16]
        cells = b"".join([b" %02x" % c for c in row]).ljust(48)
        lines.append(b"%10x:%b  %b\n" % (offset, cells, bytes([c if 32 <= c < 127 else 46 for c in row])))
    return b"".join(lines)


def _key_column(t: Type | None, k: Any, ctx: Any, indent: int, resolved: bool) -> bytes:
    r = resolve(t) if t is not None else None
    if isinstance(r, StackType):
        return stack_text(k, ctx, indent, resolved)
    if isinstance(r, SymbolType):
        return b"  %-50b" % symbol_text(k, r.kind, ctx)
    if isinstance(k, int):
        size = r.size if r is not None and r.size in _INTEGER_WIDTH else 8
        half = 1 << 8 * size - 1
        return _INTEGER_WIDTH[size] % ((k + half & 2 * half - 1) - half)
    if isinstance(k, bytes) and (r is None or isinstance(r, StringType)):
        return b"  %-50b" % k
    return hex_dump(k)


def value_column(view: AggregationView, words: list[int]) -> bytes:
    if view.agg.func in HISTOGRAMS:
        return histogram(view.agg, words, view.normal)
    return b" %16d" % scalar(view.agg, words, view.normal)


def default_lines(views: list[AggregationView], datas: list[Data], ctx: Any, options: Options) -> bytes:
    """Lines of key and value columns, without a format; `datas` belong to `views`."""
    aggs = [v.agg for v in views]
    types: list[Type | None] = list(aggs[0].keys)
    indent, resolved = options.integer("stackindent"), not options.integer("noresolve")
    lines = []
    for key, values in sort_tuples(aggs, join(views, datas), options):
        for i, k in enumerate(key):
            lines.append(_key_column(types[i] if i < len(types) else None, k, ctx, indent, resolved))
        for view, words in zip(views, values, strict=True):
            lines.append(value_column(view, words))
        lines.append(b"\n")
    return b"".join(lines)


def format_lines(fmt: Format, views: list[AggregationView], datas: list[Data], ctx: Any, options: Options) -> bytes:
    """printa with a format: keys go to the conversions in order, the n-th `%@` takes the n-th aggregation, the last again after."""
    aggs = [v.agg for v in views]
    sources: list[int] = []  # key number, or -1 - aggregation number
    types: list[Type | None] = []
    nkey, nagg = 0, 0
    for c in fmt.conversions:
        for _ in range((c.width == -1) + (c.prec == -1) + (not c.agg)):
            sources.append(nkey)
            types.append(aggs[0].keys[nkey] if nkey < len(aggs[0].keys) else INT)
            nkey += 1
        if c.agg:
            number = min(nagg, len(aggs) - 1)
            sources.append(-1 - number)
            types.append(RAW if aggs[number].func in HISTOGRAMS else LONG)
            nagg += 1
    compiled = fmt.compile(types, ctx)
    lines = []
    for key, values in sort_tuples(aggs, join(views, datas), options):
        args: list[Any] = []
        for s in sources:
            if s >= 0:
                args.append(key[s] if s < len(key) else 0)
            elif aggs[-1 - s].func in HISTOGRAMS:
                args.append(histogram(aggs[-1 - s], values[-1 - s], views[-1 - s].normal))
            else:
                args.append(scalar(aggs[-1 - s], values[-1 - s], views[-1 - s].normal))
        lines.append(compiled.render(tuple(args)))
    return b"".join(lines)
