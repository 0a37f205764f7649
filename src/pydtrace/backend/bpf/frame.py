"""Where a clause keeps things while it runs: the 512 bytes of stack, and scratch memory for what does not fit.

The stack from r10 down: fixed words (below), room for a small key, the homes of virtual registers; 96 bytes are left for routines.
A virtual register has a home for the time it lives: blocks come in order and jumps go forward, so a life is a span of instruction numbers.
"""

from __future__ import annotations

from ...dif import ir
from .insns import R9, R10
from .layout import key_kind, kind_size, up8

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Function, Reg, Slot
    from .layout import Layout

    Operand = Reg | Slot | int

# FAULT (offset << 32 | code) and VALUE are the fault that is happening; the ERROR words those that ERROR clauses are told of. THREAD is
# the key of thread variables (threadkey.py), together with ELEMENT where they share a map (crowded.py).
# TIME is the firing's timestamp, 0 before somebody has asked for it.
PROBE, TMP, TMP2, POINTER, FAULT, VALUE, ERROR_PROBE, ERROR_CLAUSE, ERROR_FAULT, ERROR_VALUE, TIME, ELEMENT, THREAD, NUMBER = (
    -8 * i for i in range(1, 15)
)
# Words in scratch, for loops: what the verifier sees as a constant on the stack would make each round a state of its own.
W0, W1, W2 = 8, 16, 24
KEY_SIZE = 128
KEY = NUMBER - KEY_SIZE
_FIRST = KEY - 8
_FRAME = 416  # of 512 bytes of stack; routines have the rest
_HOMES = (_FRAME + _FIRST) // 8 + 1
_FIRST_KEY = {"dynget": 0, "dynput": 1, "dynpoke": 2}  # which of its operands


class Frame:
    """The places of one function's registers and temporaries. `top` is where its part of scratch ends."""

    __slots__ = ("temporaries", "top", "_homes", "_spilled")

    def __init__(self, fn: Function, layout: Layout) -> None:
        self._homes: dict[int, int] = {}
        self.temporaries: dict[int, int] = {}
        key = _largest_key(fn, layout)
        self._spilled = self.top = layout.this_size + (key if key > KEY_SIZE else 0)
        self._place_registers(fn)
        self._place_temporaries(fn)
        if self.top > layout.this_size:
            layout.scratch(self.top)

    def home(self, reg: Reg) -> tuple[int, int]:
        """Base register and offset of a virtual register."""
        i = self._homes[reg.n]
        return (R10, _FIRST - 8 * i) if i < _HOMES else (R9, self._spilled + 8 * (i - _HOMES))

    def _place_registers(self, fn: Function) -> None:
        spans: dict[int, list[int]] = {}
        for at, insn in enumerate(insn for block in fn.blocks for insn in block):
            for x in (insn.dst, *insn.args):
                if isinstance(x, ir.Reg):
                    spans.setdefault(x.n, [at, at])[1] = at
        busy: list[int] = []  # end of life by home
        for n, (start, stop) in sorted(spans.items(), key=lambda s: s[1][0]):
            for i, until in enumerate(busy):
                if until < start:
                    busy[i] = stop
                    break
            else:
                i = len(busy)
                busy.append(stop)
            self._homes[n] = i
        self.top += 8 * max(0, len(busy) - _HOMES)

    def _place_temporaries(self, fn: Function) -> None:
        """Room in scratch for each temporary while it lives."""
        lives: dict[int, list[int]] = {}
        sizes: dict[int, int] = {}
        for at, insn in enumerate(insn for block in fn.blocks for insn in block):
            for x in (insn.dst, *insn.args):
                if isinstance(x, ir.Slot) and x.space == "tmp":
                    # Whoever has its address may keep it as long as the clause runs.
                    life = lives.setdefault(x.n, [at, at])
                    life[1] = max(life[1], at) if insn.op != "addr" else 1 << 30
                    sizes[x.n] = up8(x.size)
        base = self.top
        living: list[tuple[int, int, int]] = []  # (offset, end, last use), by offset
        for n, (start, stop) in sorted(lives.items(), key=lambda life: life[1][0]):
            living = [held for held in living if held[2] >= start]
            at = base
            for offset, end, _ in living:
                if offset - at >= sizes[n]:
                    break
                at = max(at, end)
            self.temporaries[n] = at
            living.append((at, at + sizes[n], stop))
            living.sort()
            self.top = max(self.top, at + sizes[n])


def _largest_key(fn: Function, layout: Layout) -> int:
    largest = 0
    for block in fn.blocks:
        for insn in block:
            keys: tuple[Operand, ...] = ()
            lead = 8 + 8 * layout.crowded
            if insn.op in _FIRST_KEY:
                keys = insn.args[_FIRST_KEY[insn.op] :]
            elif insn.op == "aggregate":
                keys = insn.args[: insn.imm[1]]
                lead = 8 * layout.aggs[insn.imm[0].index].lead
            else:
                continue
            largest = max(largest, lead + sum(kind_size(key_kind(k)) for k in keys))
    return largest
