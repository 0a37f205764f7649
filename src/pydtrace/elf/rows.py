"""All of an object's call frame information as one table that a program in the kernel can search.

elf/cfi.py answers for one address when asked. A program in the kernel cannot parse, so the little programs of all functions are run ahead,
and what they say is cut down to what nearly every frame of compiled code is: the CFA is a register and an offset, the return address
lies below it, and of the callee's registers only rbp is followed. A *row* is 8 bytes: from which address on it holds (32 bits, from the
object's lowest page on), a number n, how the CFA is found, and in words how far below the CFA the caller's rbp lies (0: it has not
changed, SAME: at rbp itself).

    NONE    not known, or none of these        SP, BP   rsp + 8n, rbp + 8n
    END     there is no caller                 PLT      rsp + 8, and 8 more in the last bytes of each 16, from n on
    DEREF   the word at rbp + n (signed)       SIGNAL   the registers are in the signal's frame

A row holds up to the next one. 28,000 rows describe libc; making one takes a few microseconds.
"""

from __future__ import annotations

from struct import Struct
from struct import error as StructError

from .cfi import AT, BadFrame, sleb, uleb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cfi import Cfi
    from .file import ElfFile

NONE, SP, BP, PLT, DEREF, SIGNAL, END = range(7)
SAME = 255
ROW = 8
_RBP, _RSP, _RA = 6, 7, 16
_PACK = Struct("<IHBB").pack
_WORDS = Struct("<I").unpack_from
_SHORTS = Struct("<H").unpack_from
_PLT_EXPR = b"\x77\x08\x80\x00\x3f\x1a"  # rsp + 8, rip, 15, and; then: lit(n), ge, 3 or 8's shift, shl, plus
_SELF = b"\x76\x00"  # an expression: rbp
_SIMPLE_RA = (AT, -8)

Rule = tuple[int, int, int]  # n, how, where rbp is


def base_of(elf: ElfFile) -> int:
    """The object's lowest address, on a page."""
    return min((s.vaddr & -4096 for s in elf.segments if s.type == 1), default=0)


def rows(elf: ElfFile) -> bytes:
    """The table, ascending."""
    base = base_of(elf)
    cfi = elf.cfi
    found: list[tuple[int, Rule]] = []
    end = 0
    for begin, place, debug in cfi.functions():
        try:
            count = _function(cfi, place, debug, found, begin, end)
        except (BadFrame, StructError, IndexError, ValueError):
            continue
        end = max(end, begin + count)
    if not found:
        return b""
    found.append((end, (0, NONE, 0)))
    out = []
    last: Rule | None = None
    following = iter(found)
    next(following)
    for (at, rule), (then, _) in zip(found, [*following, (-1, None)]):
        if rule != last and then != at:
            out.append((at - base, rule))
            last = rule
    return b"".join([_PACK(at, n, how, rbp) for at, (n, how, rbp) in out if 0 <= at < 1 << 32])


def _function(cfi: Cfi, place: int, debug: bool, found: list[tuple[int, Rule]], begin: int, end: int) -> int:
    """Append a function's rows; how many bytes it has."""
    cie, _, count, span = cfi.frame(place, debug)
    if end and begin > end:
        found.append((end, (0, NONE, 0)))  # between functions nothing is known
    if cie.signal:
        found.append((begin, (0, SIGNAL, 0)))
        return count
    state: list[int | bytes | None] = [-1, 0, None, 0, cie.ra == _RA]  # register, offset, expression, where rbp is, whether the RA is below
    data = cfi.bytes_of(debug)
    _run(data, cie.program, cie.code, cie.data, state, None, begin, None)
    initial = state[:]
    _run(data, span, cie.code, cie.data, state, initial, begin, found)
    return count


def _run(
    data: bytes,
    span: tuple[int, int],
    code: int,
    factor: int,
    state: list[int | bytes | None],
    initial: list[int | bytes | None] | None,
    loc: int,
    found: list[tuple[int, Rule]] | None,
) -> None:
    """Run a program. Numbers of one byte, which nearly all are, are read in place."""
    data = data[span[0] : span[1]]
    at, end = 0, len(data)
    saved: list[list[int | bytes | None]] = []
    rule: Rule | None = None
    known = _known
    while at < end:
        op = data[at]
        at += 1
        high = op & 0xC0
        if high == 0x40:
            step = op & 0x3F
        elif op == 0x0E:
            value = data[at]
            at += 1
            if value > 127:
                value, at = uleb(data, at - 1)
            state[1] = value
            rule = None
            continue
        elif high == 0x80:
            value = data[at]
            at += 1
            if value > 127:
                value, at = uleb(data, at - 1)
            if op == 0x86:
                state[3] = -value * factor
                rule = None
            elif op == 0x90:
                state[4] = value * factor == -8
                rule = None
            continue
        elif high == 0xC0:
            if op == 0xC6 and initial is not None:
                state[3] = initial[3]
                rule = None
            continue
        elif op == 0x00:
            continue
        elif op == 0x02:
            step, at = data[at], at + 1
        elif op == 0x03:
            step, at = _SHORTS(data, at)[0], at + 2
        elif op == 0x04:
            step, at = _WORDS(data, at)[0], at + 4
        else:
            rule = None
            if op == 0x0A:
                saved.append(state[:])
            elif op == 0x0B:
                state[:] = saved.pop()
            else:
                at = _other(data, op, at, factor, state, initial)
            continue
        if found is not None and step:
            if rule is None:
                key = tuple(state)
                rule = known.get(key)
                if rule is None:
                    rule = known[key] = _rule(state)
                found.append((loc, rule))
            loc += step * code
    if found is not None and rule is None:
        found.append((loc, _rule(state)))


_known: dict[tuple[int | bytes | None, ...], Rule] = {}


def _other(data: bytes, op: int, at: int, factor: int, state: list[int | bytes | None], initial: list[int | bytes | None] | None) -> int:
    """The rarer instructions; the place behind it."""
    if op == 0x0C:
        state[0], at = uleb(data, at)
        state[1], at = uleb(data, at)
        state[2] = None
    elif op == 0x0D:
        state[0], at = uleb(data, at)
        state[2] = None
    elif op == 0x0F:
        size, at = uleb(data, at)
        state[2] = data[at : at + size]
        at += size
    elif op == 0x2E:
        _, at = uleb(data, at)
    elif op in (0x05, 0x06, 0x07, 0x08, 0x09, 0x10, 0x11, 0x14, 0x15, 0x16, 0x2F):
        at = _register(data, op, at, factor, state, initial)
    else:
        raise BadFrame
    return at


def _register(data: bytes, op: int, at: int, factor: int, state: list[int | bytes | None], initial: list[int | bytes | None] | None) -> int:
    """The rarer rules of one register."""
    reg, at = uleb(data, at)
    where: int | bytes | None = None  # of rbp: not known
    if op in (0x05, 0x14, 0x2F):
        value, at = uleb(data, at)
        where = None if op == 0x14 else value * factor if op == 0x2F else -value * factor
    elif op in (0x11, 0x15):
        value, at = sleb(data, at)
        where = -value * factor if op == 0x11 else None
    elif op in (0x10, 0x16):
        size, at = uleb(data, at)
        if op == 0x10 and data[at : at + size] == _SELF:
            where = _SELF
        at += size
    elif op == 0x09:
        _, at = uleb(data, at)
    elif op == 0x08:
        where = 0
    elif op == 0x06 and initial is not None:
        where = initial[3]
    if reg == _RBP:
        state[3] = where
    elif reg == _RA:
        state[4] = None if op == 0x07 else op in (0x05, 0x11, 0x2F) and where == 8
    return at


def _rule(state: list[int | bytes | None]) -> Rule:
    reg, offset, expr, rbp, ra = state
    if ra is None:
        return 0, END, 0
    if rbp == _SELF:
        where = SAME
    elif isinstance(rbp, int) and rbp % 8 == 0 and 0 <= rbp // 8 < SAME:
        where = rbp // 8
    else:
        return 0, NONE, 0
    if not ra:
        return 0, NONE, 0
    if expr is None:
        assert isinstance(offset, int)
        if reg in (_RSP, _RBP) and offset % 8 == 0 and 0 <= offset // 8 < 1 << 16:
            return offset // 8, SP if reg == _RSP else BP, where
        return 0, NONE, 0
    assert isinstance(expr, bytes)
    if expr[:6] == _PLT_EXPR and expr[6:8] == bytes([expr[6], 0x2A]) and expr[8:] == b"\x33\x24\x22":
        return expr[6] - 0x30, PLT, where
    if expr[:1] == b"\x76" and expr[-1:] == b"\x06":
        try:
            value, stop = sleb(expr, 1)
        except IndexError:
            return 0, NONE, 0
        if stop == len(expr) - 1 and -(1 << 15) <= value < 1 << 15:
            return value & 0xFFFF, DEREF, where
    return 0, NONE, 0
