"""Updating an aggregation's value: r8 points at its words, r1 is the value, r5 the increment of the quantizers.

The words are this CPU's own. They still have several writers: an interrupt, or a task that preempts this one, may trace into the same
words at any instruction. So every change is one atomic instruction, or a row of them each of which is right whatever comes between:

* a sum is one atomic add; the carry of stddev's 128-bit sum is told by the low word's value from before the add;
* min and max replace the word only where it still is what they compared with, and try again otherwise.

For the last, values are kept so that the zeroed word of a new key loses against every value: as unsigned numbers in ascending order
for max, descending for min (`shown` turns them back). Kernels before 5.12 have no such instructions: there min, max and stddev
load and store, and an interrupt between the two is lost.
"""

from __future__ import annotations

from ...d.aggdata import llquantize_orders, signed64
from ...errors import InternalError
from .insns import R0, R1, R2, R3, R4, R5, R8, Asm, Label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ...dif.program import Aggregation

_SIGN = 1 << 63
_TRIES = 8  # more writers than this cannot be nested on one CPU


def update(a: Asm, agg: Aggregation, atomic: bool, lost: Label, drop: Callable[[], None]) -> None:
    """Emit the update. `atomic`: the kernel has the instructions of 5.12. `drop` emits the count of an aggregation drop, and then `lost`
    is behind it all. The number of updates is added last: a reader passes over a value that has none yet."""
    func = agg.func
    if func in ("count", "sum", "avg"):
        if func != "count":
            a.atomic_add(R8, 8, R1)
        _count(a)
    elif func in ("min", "max"):
        _extreme(a, func, atomic, lost, drop)
    elif func == "stddev":
        _stddev(a, atomic)
    elif func == "quantize":
        _quantize(a)
    elif func == "lquantize":
        _lquantize(a, *agg.params)
    elif func == "llquantize":
        _llquantize(a, agg)
    else:
        raise InternalError(f"no aggregating function {func}")


def shown(func: str, words: list[int]) -> list[int]:
    """The words of d/aggdata.py of those kept here."""
    if func == "max":
        return [words[0], signed64(words[1] ^ _SIGN)]
    if func == "min":
        return [words[0], signed64(~words[1] ^ _SIGN)]
    return [*words[:2], words[2] % (1 << 64), words[3] % (1 << 64)] if func == "stddev" else words


def _count(a: Asm) -> None:
    a.imm(R2, 1)
    a.atomic_add(R8, 0, R2)


def _extreme(a: Asm, func: str, atomic: bool, lost: Label, drop: Callable[[], None]) -> None:
    done = Label()
    a.imm(R2, _SIGN)
    a.alu("xor", R1, R2)
    if func == "min":
        a.alui("xor", R1, -1)
    if not atomic:
        a.ldx(8, R0, R8, 8)
        a.br("ge", R0, R1, done)
        a.stx(8, R8, 8, R1)
    else:
        for _ in range(_TRIES):
            a.ldx(8, R0, R8, 8)
            a.br("ge", R0, R1, done)
            a.mov(R2, R0)
            a.compare_exchange(R8, 8, R1)
            a.br("eq", R0, R2, done)
        drop()
        a.jump(lost)
    a.place(done)
    _count(a)


def _stddev(a: Asm, atomic: bool) -> None:
    """The square of |v| = h·2^32 + l: l² + h·l·2^33 + h²·2^64, with carries."""
    plus, carry1, carry2 = Label(), Label(), Label()
    a.atomic_add(R8, 8, R1)
    a.bri("sge", R1, 0, plus)
    a.alui("neg", R1, 0)
    a.place(plus)
    a.mov(R2, R1)
    a.alui("shr", R2, 32)  # h
    a.alui("shl", R1, 32)
    a.alui("shr", R1, 32)  # l
    a.mov(R3, R1)
    a.alu("mul", R3, R2)  # h·l
    a.alu("mul", R1, R1)  # low word
    a.alu("mul", R2, R2)  # high word
    a.mov(R4, R3)
    a.alui("shr", R4, 31)
    a.alu("add", R2, R4)
    a.alui("shl", R3, 33)
    a.alu("add", R1, R3)
    a.br("ge", R1, R3, carry1)
    a.alui("add", R2, 1)
    a.place(carry1)
    a.mov(R3, R1)
    if atomic:
        a.fetch_add(R8, 16, R3)
        a.alu("add", R3, R1)
    else:
        a.ldx(8, R3, R8, 16)
        a.alu("add", R3, R1)
        a.stx(8, R8, 16, R3)
    a.br("ge", R3, R1, carry2)  # what it became
    a.alui("add", R2, 1)
    a.place(carry2)
    a.atomic_add(R8, 24, R2)
    _count(a)


def _bump(a: Asm, words: int) -> None:
    """Add r5 to word r0 (0 ≤ r0 < words)."""
    done = Label()
    a.bri("ge", R0, words, done)
    a.mov(R3, R8)
    a.alui("shl", R0, 3)
    a.alu("add", R3, R0)
    a.atomic_add(R3, 0, R5)
    a.place(done)
    _count(a)


def _quantize(a: Asm) -> None:
    """Bucket 63 is zero, 64 + n is [2^n, 2^n+1), 62 - n its mirror. Word = bucket + 1."""
    plus, zero, minus, low, done = Label(), Label(), Label(), Label(), Label()
    a.imm(R0, 0)
    a.mov(R4, R1)
    a.bri("eq", R1, 0, zero)
    a.bri("sgt", R1, 0, plus)
    a.alui("neg", R1, 0)
    a.place(plus)
    for shift in (32, 16, 8, 4, 2, 1):
        skip = Label()
        a.mov(R2, R1)
        a.alui("shr", R2, shift)
        a.bri("eq", R2, 0, skip)
        a.mov(R1, R2)
        a.alui("add", R0, shift)
        a.place(skip)
    a.bri("slt", R4, 0, minus)
    a.alui("add", R0, 65)
    a.jump(done)
    a.place(zero)
    a.imm(R0, 64)
    a.jump(done)
    a.place(minus)
    a.bri("gt", R0, 62, low)
    a.imm(R2, 63)
    a.alu("sub", R2, R0)
    a.mov(R0, R2)
    a.jump(done)
    a.place(low)
    a.imm(R0, 1)
    a.place(done)
    _bump(a, 128)


def _lquantize(a: Asm, base: int, limit: int, step: int) -> None:
    levels = (limit - base) // step
    under, over, done = Label(), Label(), Label()
    a.imm(R2, base)
    a.br("slt", R1, R2, under)
    a.alu("sub", R1, R2)  # as unsigned it cannot overflow
    a.alui("udiv", R1, step)
    a.imm(R3, levels)
    a.br("ge", R1, R3, over)
    a.mov(R0, R1)
    a.alui("add", R0, 2)
    a.jump(done)
    a.place(over)
    a.imm(R0, levels + 2)
    a.jump(done)
    a.place(under)
    a.imm(R0, 1)
    a.place(done)
    _bump(a, levels + 3)


def _llquantize(a: Asm, agg: Aggregation) -> None:
    """A tree of comparisons finds the magnitude's order, a division its bucket: r0 is 0 below the first, k + 1 in the k-th. Zero's word
    is in the middle."""
    orders = llquantize_orders(agg.params)
    plus, found, up = Label(), Label(), Label()
    a.mov(R4, R1)
    a.bri("sge", R1, 0, plus)
    a.alui("neg", R1, 0)
    a.place(plus)
    firsts = [1]  # r0 of each order's first bucket
    for low, high, step in orders:
        firsts.append(firsts[-1] + (high - 1) // step - low // step + 1)
    edges = [low for low, _, _ in orders] + [orders[-1][1]]

    def tree(first: int, last: int) -> None:
        """The number of edges at or below the magnitude is in first…last."""
        if first < last:
            middle = (first + last) // 2
            upper = Label()
            a.imm(R2, edges[middle])
            a.br("ge", R1, R2, upper)  # unsigned: the magnitude of -2^63 is 2^63
            tree(first, middle)
            a.place(upper)
            tree(middle + 1, last)
            return
        if first == 0 or first == len(edges):
            a.imm(R0, firsts[-1] if first else 0)
        else:
            low, _, step = orders[first - 1]
            a.mov(R0, R1)
            a.imm(R2, step)
            a.alu("udiv", R0, R2)
            a.alui("add", R0, firsts[first - 1] - low // step)
        a.jump(found)

    tree(0, len(edges))
    a.place(found)
    a.bri("sge", R4, 0, up)
    a.alui("neg", R0, 0)
    a.place(up)
    a.alui("add", R0, firsts[-1] + 1)
    _bump(a, agg.words)
