"""A thread's user stack from its registers and memory, without frame pointers.

Each frame's caller is computed from the call frame information of the object the address lies in (elf/cfi.py). A return address is looked
up one byte before, for a call may be the last instruction of its function; the innermost address, and one that a signal interrupted, as
it is. Where an object has no information for an address (code made at run time, assembly), the rules are tried that such code mostly
keeps: at a function's first instructions the return address is on top of the stack; else the frame pointer's chain. A return address so
found counts only if what is before it is a call.

The end: a frame whose return address is said to be undefined (`_start`, a thread's `clone`), a return address of 0, a stack that does not
grow, memory that cannot be read. The names of the frames are somebody else's work.

`Stack` is the memory: a copy of the stack, with or without a way to read more.
"""

from __future__ import annotations

from struct import unpack_from

from .cfi import AT, AT_EXPR, IN, IS, RA, RBP, RSP, UNDEFINED, Row
from .expr import Unknown, evaluate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .symbols import Symbolizer

# Where the 17 registers lie in struct pt_regs, and in the tracer's struct user_regs_struct, which begins like it.
PT_REGS_ORDER = (10, 12, 11, 5, 13, 14, 4, 19, 9, 8, 7, 6, 3, 2, 1, 0, 16)
_M = (1 << 64) - 1
_CHUNK = 4096
_SIGRETURN = b"\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05"  # mov $15, %rax; syscall: where a signal handler returns to
# struct ucontext, then sigcontext's r8-r15 rdi rsi rbp rbx rdx rax rcx rsp rip: DWARF numbers in that order
_CONTEXT = 40
_SAVED = (8, 9, 10, 11, 12, 13, 14, 15, 5, 4, 6, 3, 1, 0, 2, 7, 16)


class Stack:
    """Memory from `base` on; `more(addr, size)`, where there is one, reads what lies outside."""

    __slots__ = ("base", "data", "end", "more")

    def __init__(self, base: int, data: bytes, more: Callable[[int, int], bytes] | None = None) -> None:
        self.base = base
        self.data = data
        self.end = base + len(data) - 8
        self.more = more

    def word(self, addr: int) -> int | None:
        """The 8 bytes at an address; None where they cannot be read."""
        if self.base <= addr <= self.end:
            return int(unpack_from("<Q", self.data, addr - self.base)[0])
        if self.more is None:
            return None
        if 0 < addr - self.end <= _CHUNK:  # the stack goes on: take its next piece
            new = self.more(self.base + len(self.data), _CHUNK)
            self.data += new
            self.end += len(new)
            if addr <= self.end:
                return int(unpack_from("<Q", self.data, addr - self.base)[0])
        raw = self.more(addr, 8)
        return int.from_bytes(raw, "little") if len(raw) == 8 else None


def frames(symbols: Symbolizer, regs: Sequence[int], stack: Stack, most: int) -> list[int]:
    """At most `most` addresses, the innermost first. `regs` are the 17 registers in DWARF's order."""
    now = list(regs)
    pc = now[RA]
    found = [pc]
    exact = True  # pc is of an instruction that was about to run, not a return address
    word = stack.word
    while len(found) < most:
        place = pc if exact else pc - 1
        one = symbols.object_at(place)
        row = one.elf.cfi.row(place - one.bias) if one is not None else None
        if row is None:
            after = _without(symbols, now, stack, exact)
            if after is None:
                break
            now, exact = after
        else:
            cfa = now[row.reg] + row.offset & _M if row.expr is None else _value(row.expr, now, word)
            if cfa is None or (cfa <= now[RSP] and not row.signal):
                break
            after_regs = _caller(row, cfa, now, word)
            if after_regs is None:
                break
            now = after_regs
            exact = row.signal
        pc = now[RA]
        if not pc:
            break
        found.append(pc)
    return found


def _value(expr: bytes, regs: Sequence[int], word: Callable[[int], int | None], first: int | None = None) -> int | None:
    try:
        return evaluate(expr, regs, word, first)
    except Unknown:
        return None


def _caller(row: Row, cfa: int, regs: list[int], word: Callable[[int], int | None]) -> list[int] | None:
    """The registers after the return; None when the return address is undefined or cannot be read."""
    new = list(regs)
    new[RSP] = cfa
    new[RA] = 0
    for reg, (how, what) in row.rules.items():
        value: int | None
        if how == AT:
            assert isinstance(what, int)
            value = word(cfa + what & _M)
        elif how == IS:
            assert isinstance(what, int)
            value = cfa + what & _M
        elif how == IN:
            assert isinstance(what, int)
            value = regs[what] if what < len(regs) else None
        elif how == UNDEFINED:
            value = None
        else:  # AT_EXPR, IS_EXPR
            assert isinstance(what, bytes)
            value = _value(what, regs, word, cfa)
            if how == AT_EXPR and value is not None:
                value = word(value)
        if value is None:
            if reg == RA:
                return None
            value = 0
        new[reg] = value
    return new


def _without(symbols: Symbolizer, regs: list[int], stack: Stack, exact: bool) -> tuple[list[int], bool] | None:
    """The caller where there is no information: its registers, and whether it was interrupted."""
    pc, sp, bp = regs[RA], regs[RSP], regs[RBP]
    code = symbols.code(pc, len(_SIGRETURN))
    if code == _SIGRETURN:
        context = sp + _CONTEXT
        new = list(regs)
        for i, reg in enumerate(_SAVED):
            value = stack.word(context + 8 * i)
            if value is None:
                return None
            new[reg] = value
        return new, True
    if exact and (pc == 0 or _frameless(symbols, pc, code)):
        top = stack.word(sp)
        if top is not None and _called(symbols, top):
            return _returned(regs, top, sp + 8, bp), False
        if code[:3] in (b"\x48\x89\xe5", b"\x48\x8b\xec") and top == bp:  # mov %rsp, %rbp
            below = stack.word(sp + 8)
            if below is not None and _called(symbols, below):
                return _returned(regs, below, sp + 16, bp), False
    if bp >= sp and not bp & 7:
        saved, caller = stack.word(bp), stack.word(bp + 8)
        if saved is not None and caller and _called(symbols, caller):
            return _returned(regs, caller, bp + 16, saved), False
    if exact:
        top = stack.word(sp)
        if top is not None and _called(symbols, top):
            return _returned(regs, top, sp + 8, bp), False
    return None


def _frameless(symbols: Symbolizer, pc: int, code: bytes) -> bool:
    """Whether the function that pc is in has not built its frame yet, or builds none: the return address may be on top of the stack."""
    if code[:1] in (b"\x55", b"\xc3") or code[:4] == b"\xf3\x0f\x1e\xfa" or code[:2] == b"\xff\x25" or code[:3] == b"\xf2\xff\x25":
        return True  # push %rbp, ret, endbr64, a jump of the PLT
    if code[:3] in (b"\x48\x89\xe5", b"\x48\x8b\xec"):
        return True
    found = symbols.resolve(pc)
    if found is None or not found[1]:
        return False
    first = symbols.code(pc - found[2], 8)
    if not found[2] or len(first) < 8:
        return not found[2]
    first = first[4:] if first[:4] == b"\xf3\x0f\x1e\xfa" else first
    return first[:1] != b"\x55"


def _returned(regs: list[int], pc: int, sp: int, bp: int) -> list[int]:
    new = list(regs)
    new[RA], new[RSP], new[RBP] = pc, sp, bp
    return new


def _called(symbols: Symbolizer, addr: int) -> bool:
    """Whether a call ends just before an address."""
    code = symbols.code(addr - 7, 7)
    if len(code) < 7:
        return symbols.is_code(addr)  # it cannot be read: that it is executable must do
    if code[2] == 0xE8:
        return True
    # call through register or memory: ff /2, of 2 to 7 bytes
    for size in (2, 3, 4, 6, 7):
        if code[-size] == 0xFF and code[-size + 1] >> 3 & 7 == 2:
            return True
    return False
