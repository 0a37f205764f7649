"""Updating an aggregation's value: r8 points at its words, r1 is the value, r5 the increment of the quantizers.

The words are this CPU's own; adds are atomic because an interrupt may trace into the same words. min, max and stddev are not: what
an interrupt adds between load and store can be lost there.
"""

from __future__ import annotations

from ...errors import InternalError
from .insns import R0, R1, R2, R3, R4, R5, R8, Asm, Label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.program import Aggregation


def update(a: Asm, agg: Aggregation) -> None:
    func = agg.func
    if func in ("count", "sum", "avg"):
        a.imm(R2, 1)
        if func != "count":
            a.atomic_add(R8, 8, R1)
        a.atomic_add(R8, 0, R2)
    elif func in ("min", "max"):
        _extreme(a, "sle" if func == "min" else "sge")
    elif func == "stddev":
        _stddev(a)
    elif func == "quantize":
        _quantize(a)
    elif func == "lquantize":
        _lquantize(a, *agg.params[:3])
    elif func == "llquantize":
        _llquantize(a, agg)
    else:
        raise InternalError(f"no aggregating function {func}")


def _count(a: Asm) -> None:
    a.imm(R2, 1)
    a.atomic_add(R8, 0, R2)


def _extreme(a: Asm, keep: str) -> None:
    first, done = Label(), Label()
    a.ldx(8, R2, R8, 0)
    a.bri("eq", R2, 0, first)
    a.ldx(8, R3, R8, 8)
    a.br(keep, R3, R1, done)
    a.place(first)
    a.stx(8, R8, 8, R1)
    a.place(done)
    _count(a)


def _stddev(a: Asm) -> None:
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
    a.ldx(8, R3, R8, 16)
    a.alu("add", R3, R1)
    a.stx(8, R8, 16, R3)
    a.br("ge", R3, R1, carry2)
    a.alui("add", R2, 1)
    a.place(carry2)
    a.ldx(8, R3, R8, 24)
    a.alu("add", R3, R2)
    a.stx(8, R8, 24, R3)
    _count(a)


def _bump(a: Asm, words: int) -> None:
    """Add r5 to word r0 (0 ≤ r0 < words)."""
    done = Label()
    _count(a)
    a.bri("ge", R0, words, done)
    a.alui("shl", R0, 3)
    a.alu("add", R8, R0)
    a.atomic_add(R8, 0, R5)
    a.place(done)


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


def _lquantize(a: Asm, base: int, limit: int, step: int = 1) -> None:
    levels = (limit - base) // step
    under, over, done = Label(), Label(), Label()
    a.imm(R2, base)
    a.br("slt", R1, R2, under)
    a.alu("sub", R1, R2)
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


def llquantize_bounds(factor: int, lmag: int, hmag: int, steps: int) -> list[int]:
    """Lower bounds of the positive buckets, and the upper bound of the last."""
    bounds: list[int] = []
    for order in range(lmag, hmag + 1):
        low, high = factor**order, factor ** (order + 1)
        bounds += range(low, high, max(1, high // steps))
    return [*bounds, factor ** (hmag + 1)]


def _llquantize(a: Asm, agg: Aggregation) -> None:
    """A tree of comparisons of the magnitude gives 0 below the first bound, k + 1 from bound k; the word of zero is in the middle."""
    factor, lmag, hmag, steps = agg.params[:4]
    bounds = llquantize_bounds(factor, lmag, hmag, steps)
    plus, found, up = Label(), Label(), Label()
    a.mov(R4, R1)
    a.bri("sge", R1, 0, plus)
    a.alui("neg", R1, 0)
    a.place(plus)

    def tree(low: int, high: int) -> None:
        if low == high:
            a.imm(R0, low)
            a.jump(found)
            return
        middle = (low + high) // 2
        upper = Label()
        a.imm(R2, bounds[middle])
        a.br("ge", R1, R2, upper)  # unsigned: the magnitude of -2^63 is 2^63
        tree(low, middle)
        a.place(upper)
        tree(middle + 1, high)

    tree(0, len(bounds))
    a.place(found)
    a.bri("sge", R4, 0, up)
    a.alui("neg", R0, 0)
    a.place(up)
    a.alui("add", R0, len(bounds) + 1)
    _bump(a, agg.words)
