"""Aggregations as text: the order of tuples, several aggregations side by side, and their lines with and without a format.

Input are `Shown`s: an aggregation with its data by key tuple and the divisor of normalize. Nothing here changes them (output/snapshots.py).
"""

from __future__ import annotations

from ..d.aggdata import HISTOGRAMS, QUANTIZE_ZERO, bucket_values, merge, scalar, signed64
from ..d.printf import RAW, Format, stack_text, symbol_text
from ..d.types import INT, LONG, StackType, StringType, SymbolType, Type, is_int, resolve
from .histograms import COUNTED, PACKED, Bars, Rows, histogram

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..dif.program import Aggregation
    from ..options import Options

    Key = tuple[Any, ...]
    Data = dict[Key, list[int]]
    Row = tuple[Key, list[list[int]]]


class Shown:
    """An aggregation at the moment it is printed. `by_cpu`: the shares of each CPU, where they are wanted."""

    __slots__ = ("agg", "data", "normal", "by_cpu")

    def __init__(self, agg: Aggregation, data: Data, normal: int = 1, by_cpu: dict[Key, dict[int, list[int]]] | None = None) -> None:
        self.agg = agg
        self.data = data
        self.normal = normal
        self.by_cpu = by_cpu

    def values(self, column: list[list[int]], options: Options) -> list[bytes]:
        """The column of the values."""
        agg, func, normal = self.agg, self.agg.func, self.normal
        if func in HISTOGRAMS:
            return [histogram(agg, words, normal, options) for words in column]
        if func == "count" and normal == 1:
            return [b" %16d" % n for (n,) in column]
        return [b" %16d" % scalar(func, words, normal) for words in column]

    def shares(self, keys: list[Key], cpus: list[int], options: Options) -> list[bytes]:
        """For each key the lines with each CPU's share."""
        by_cpu, zero = self.by_cpu or {}, [0] * self.agg.words
        found = [self.values([by_cpu.get(key, {}).get(cpu, zero) for cpu in cpus], options) for key in keys]
        heads = [b"\n    [CPU %d]" % cpu for cpu in cpus]
        return [b"".join([head + value for head, value in zip(heads, values)]) for values in found]


# --- order -------------------------------------------------------------------------------------------------------------------------


def value_order(agg: Aggregation) -> Callable[[list[int]], Any]:
    """What values are ordered by. Histograms by their sum, each count taken at its bucket's bound; of equal ones, by the bucket of 0."""
    func = agg.func
    if func not in HISTOGRAMS:
        return lambda words: scalar(func, words)
    values = bucket_values(func, agg.params)
    zero = QUANTIZE_ZERO if func == "quantize" else values.index(0) if 0 in values else -1

    def order(words: list[int]) -> tuple[int, int]:
        total = sum([v * signed64(w) for v, w in zip(values, words[1:], strict=False) if w])
        return total, signed64(words[1 + zero]) if 0 <= zero < len(words) - 1 else 0

    return order


def key_order(agg: Aggregation) -> Callable[[Key], Key]:
    """What keys are ordered by: integers unsigned by size, strings bytewise."""
    if not agg.keys:
        return lambda key: key
    masks = []
    for of in agg.keys:
        size = resolve(of).size
        masks.append((1 << 8 * (size if 0 < size <= 8 else 8)) - 1)
    if len(masks) == 1:
        mask = masks[0]
        return lambda key: (key[0] & mask,) if isinstance(key[0], int) else key
    return lambda key: tuple([k & m if isinstance(k, int) else k for k, m in zip(key, masks)])


def sort_tuples(aggs: list[Aggregation], rows: list[Row], options: Options) -> list[Row]:
    """Order joined tuples (key, words of each aggregation) as the aggsort options say."""
    n = len(aggs)
    pos = options.integer("aggsortpos")
    pos = pos if 0 <= pos < n else 0
    key_of = key_order(aggs[0])
    turn = options.integer("aggsortkeypos") % max(len(aggs[0].keys), 1)
    values_of = [(i, value_order(aggs[i])) for i in (*range(pos, n), *range(pos))]
    (first, value_of), *more = values_of

    def by_key(row: Row) -> Any:
        key = key_of(row[0])
        return key[turn:] + key[:turn] if turn else key

    def by_value(row: Row) -> Any:
        return value_of(row[1][first]) if not more else [value(row[1][i]) for i, value in values_of]

    # Sorting is stable: by what matters less, then by what matters more. Twice by something simple is faster than once by both.
    back = bool(options.integer("aggsortrev"))
    minor, major = (by_value, by_key) if options.integer("aggsortkey") else (by_key, by_value)
    return sorted(sorted(rows, key=minor, reverse=back), key=major, reverse=back)


def join(shown: list[Shown]) -> list[Row]:
    """The tuples of several aggregations side by side; one that an aggregation lacks counts as zero."""
    if len(shown) == 1:
        return [(key, [words]) for key, words in shown[0].data.items()]
    keys = dict.fromkeys(key for s in shown for key in s.data)
    zeros = [[0] * s.agg.words for s in shown]
    return [(key, [s.data.get(key, zero) for s, zero in zip(shown, zeros)]) for key in keys]


# --- text --------------------------------------------------------------------------------------------------------------------------

_INTEGER_WIDTH = {8: 16, 4: 8, 2: 5, 1: 3}


def hex_dump(data: bytes) -> bytes:
    """tracemem's layout."""
    lines = [b"\n           " + b"".join([b"  %x" % i for i in range(16)]) + b"  0123456789abcdef\n"]
    for offset in range(0, len(data), 16):
        row = data[offset : offset + 16]
        cells = b"".join([b" %02x" % c for c in row]).ljust(48)
        lines.append(b"%10x:%b  %b\n" % (offset, cells, bytes([c if 32 <= c < 127 else 46 for c in row])))
    return b"".join(lines)


class KeyColumns:
    """The columns of a key, as functions of all that is in a column. `narrow`: the narrower layout in front of bars, whose width
    `width` is."""

    __slots__ = ("_columns", "width")

    def __init__(self, types: list[Type], ctx: Any, options: Options, narrow: bool = False) -> None:
        self._columns = [self._column(of, ctx, options, narrow) for of in types]
        self.width = sum(_INTEGER_WIDTH.get(resolve(of).size, 16) + 1 for of in types)

    def texts(self, keys: list[Key]) -> list[bytes]:
        """The columns of each key."""
        if not self._columns:
            return [b""] * len(keys)
        cells = [column(parts) for column, parts in zip(self._columns, zip(*keys))]
        return cells[0] if len(cells) == 1 else [b"".join(row) for row in zip(*cells)]

    @staticmethod
    def _column(of: Type, ctx: Any, options: Options, narrow: bool) -> Callable[[tuple[Any, ...]], list[bytes]]:
        r = resolve(of)
        name = b" %16b" if narrow else b"  %-50b"
        if isinstance(r, StackType):
            indent, resolved = options.integer("stackindent"), not options.integer("noresolve")
            return lambda parts: [stack_text(k, ctx, indent, resolved) for k in parts]
        if isinstance(r, SymbolType):
            kind = r.kind
            return lambda parts: [name % symbol_text(k, kind, ctx) for k in parts]
        if isinstance(r, StringType):
            if options.integer("rawbytes"):
                return lambda parts: [hex_dump(k.ljust(r.size, b"\0")) for k in parts]
            return lambda parts: [name % k for k in parts]
        if not is_int(r) and r.size != 8:
            return lambda parts: [hex_dump(k) for k in parts]
        size = r.size if r.size in _INTEGER_WIDTH else 8
        mask = (1 << 8 * size) - 1
        half = mask + 1 >> 1 if size > 2 else 0  # the reference shows the smaller ones unsigned, whatever their types, the others signed
        width = b" %%%dd" % _INTEGER_WIDTH[size]
        return lambda parts: [width % ((k + half & mask) - half) for k in parts]


def default_lines(shown: list[Shown], ctx: Any, options: Options) -> bytes:
    """Lines of key and value columns, without a format."""
    aggs = [s.agg for s in shown]
    rows = sort_tuples(aggs, join(shown), options)
    if not rows:
        return b""
    keys = [key for key, _ in rows]
    if len(shown) == 1:
        graphic = _graphic(shown[0], rows, options)
        if graphic is not None:
            columns = KeyColumns(aggs[0].keys, ctx, options, narrow=True)
            cells = zip(columns.texts(keys), rows)
            return graphic.head(columns.width) + b"".join([text + graphic.row(row[1][0]) for text, row in cells])
    # By column, not by line: there may be 100,000 lines.
    parts = [KeyColumns(aggs[0].keys, ctx, options).texts(keys)]
    for i, s in enumerate(shown):
        parts.append(s.values([words[i] for _, words in rows], options))
        if s.by_cpu is not None:
            parts.append(s.shares(keys, ctx.cpus(), options))
    return b"\n".join(map(b"".join, zip(*parts))) + b"\n"


def _graphic(shown: Shown, rows: list[Row], options: Options) -> Bars | Rows | None:
    """What agghist and aggpack make of an aggregation."""
    if shown.agg.func in COUNTED and options.integer("agghist"):
        return Bars(shown.agg, [values[0] for _, values in rows], shown.normal, options)
    if shown.agg.func in PACKED and options.integer("aggpack"):
        return Rows(shown.agg, [values[0] for _, values in rows], options)
    return None


def format_lines(fmt: Format, shown: list[Shown], ctx: Any, options: Options) -> bytes:
    """printa with a format: keys go to the conversions in order, the n-th `%@` takes the n-th aggregation, the last again after."""
    aggs = [s.agg for s in shown]
    keys = aggs[0].keys
    sources: list[int] = []  # key number, or -1 - aggregation number
    types: list[Type | None] = []
    nkey, nagg = 0, 0
    for c in fmt.conversions:
        for _ in range((c.width == -1) + (c.prec == -1) + (not c.agg)):
            sources.append(nkey)
            types.append(keys[nkey] if nkey < len(keys) else INT)
            nkey += 1
        if c.agg:
            number = min(nagg, len(aggs) - 1)
            sources.append(-1 - number)
            types.append(RAW if aggs[number].func in HISTOGRAMS else LONG)
            nagg += 1
    render = fmt.compile(types, ctx).render
    getters = [_getter(s, shown, options) for s in sources]
    return b"".join([render(tuple([get(row) for get in getters])) for row in sort_tuples(aggs, join(shown), options)])


def _getter(source: int, shown: list[Shown], options: Options) -> Callable[[Row], Any]:
    """The argument of a conversion, of a row."""
    if source >= 0:
        return lambda row: row[0][source] if source < len(row[0]) else 0
    number = -1 - source
    s = shown[number]
    agg, normal = s.agg, s.normal
    if agg.func in HISTOGRAMS:
        return lambda row: histogram(agg, row[1][number], normal, options)
    return lambda row: scalar(agg.func, row[1][number], normal)


def fold_cpus(func: str, raw: Data) -> tuple[Data, dict[Key, dict[int, list[int]]]]:
    """Values whose keys end in the CPU's number, as totals by key and shares by key and CPU."""
    shares: dict[Key, dict[int, list[int]]] = {}
    for key, words in raw.items():
        shares.setdefault(key[:-1], {})[key[-1]] = words
    return {key: merge(func, list(by_cpu.values())) for key, by_cpu in shares.items()}, shares
