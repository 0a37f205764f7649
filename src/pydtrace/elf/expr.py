"""DWARF expressions, as far as call frame information uses them: a stack machine over registers and memory.

PLT entries compute their CFA from the instruction pointer, signal trampolines find the interrupted registers in the frame the kernel has
built, functions that realign the stack keep its old place in memory. Nothing else of a program has them.
"""

from __future__ import annotations

from struct import unpack_from

from .cfi import sleb, uleb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_M = (1 << 64) - 1
_CONSTANTS = {
    0x08: ("<B", 1), 0x09: ("<b", 1), 0x0A: ("<H", 2), 0x0B: ("<h", 2), 0x0C: ("<I", 4), 0x0D: ("<i", 4), 0x0E: ("<Q", 8), 0x0F: ("<q", 8),
}  # fmt: skip
_BINARY: dict[int, Callable[[int, int], int]] = {
    0x1A: lambda a, b: a & b, 0x1C: lambda a, b: a - b, 0x1E: lambda a, b: a * b, 0x21: lambda a, b: a | b, 0x22: lambda a, b: a + b,
    0x24: lambda a, b: a << b if b < 64 else 0, 0x25: lambda a, b: a >> b, 0x26: lambda a, b: _s(a) >> b, 0x27: lambda a, b: a ^ b,
    0x29: lambda a, b: int(a == b), 0x2A: lambda a, b: int(_s(a) >= _s(b)), 0x2B: lambda a, b: int(_s(a) > _s(b)),
    0x2C: lambda a, b: int(_s(a) <= _s(b)), 0x2D: lambda a, b: int(_s(a) < _s(b)), 0x2E: lambda a, b: int(a != b),
}  # fmt: skip


class Unknown(Exception):
    """The expression has no value here: an operation that frames do not use, or memory that cannot be read."""


def _s(value: int) -> int:
    return (value & _M ^ 1 << 63) - (1 << 63)


def evaluate(expr: bytes, regs: Sequence[int], word: Callable[[int], int | None], first: int | None = None) -> int:
    """The value of an expression. `word` reads 8 bytes of memory; `first` is what lies on the stack at the start (the CFA)."""
    stack = [] if first is None else [first]
    at = 0
    try:
        while at < len(expr):
            op = expr[at]
            at += 1
            if 0x30 <= op <= 0x4F:  # lit
                stack.append(op - 0x30)
            elif 0x70 <= op <= 0x8F:  # breg
                offset, at = sleb(expr, at)
                stack.append(regs[op - 0x70] + offset & _M)
            elif op == 0x06:  # deref
                stack.append(_read(word, stack.pop()))
            elif op in _CONSTANTS:
                form, size = _CONSTANTS[op]
                stack.append(unpack_from(form, expr, at)[0] & _M)
                at += size
            elif op == 0x10:
                value, at = uleb(expr, at)
                stack.append(value)
            elif op == 0x11:
                value, at = sleb(expr, at)
                stack.append(value & _M)
            elif op == 0x12:  # dup
                stack.append(stack[-1])
            elif op == 0x13:  # drop
                stack.pop()
            elif op == 0x14:  # over
                stack.append(stack[-2])
            elif op == 0x15:  # pick
                stack.append(stack[-1 - expr[at]])
                at += 1
            elif op == 0x16:  # swap
                stack[-1], stack[-2] = stack[-2], stack[-1]
            elif op == 0x1F:  # neg
                stack.append(-stack.pop() & _M)
            elif op == 0x20:  # not
                stack.append(stack.pop() ^ _M)
            elif op == 0x23:  # plus_uconst
                value, at = uleb(expr, at)
                stack.append(stack.pop() + value & _M)
            elif op == 0x92:  # bregx
                reg, at = uleb(expr, at)
                offset, at = sleb(expr, at)
                stack.append(regs[reg] + offset & _M)
            elif op == 0x94:  # deref_size
                size = expr[at]
                at += 1
                stack.append(_read(word, stack.pop()) & (1 << 8 * size) - 1)
            elif op == 0x96:  # nop
                continue
            elif op in _BINARY:
                b, a = stack.pop(), stack.pop()
                stack.append(_BINARY[op](a, b) & _M)
            else:
                raise Unknown
        return stack[-1]
    except (IndexError, ValueError):
        raise Unknown from None


def _read(word: Callable[[int], int | None], addr: int) -> int:
    value = word(addr)
    if value is None:
        raise Unknown
    return value
