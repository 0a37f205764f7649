"""The string subroutines of D in eBPF: what `call` makes of strlen, strjoin, index, substr, strtok and their kin.

Strings lie in slots of `strsize` bytes. Each subroutine is a routine (routine.py): `sub_NAME` sees to the arguments, the function of the
same name writes it. What a helper can do in one go (lengths, copies) it does; what goes byte by byte is linear in the length, whatever
the strings are.
"""

from __future__ import annotations

from struct import pack

from ...dif import ir
from .frame import VALUE
from .helpers import READ_KERNEL_STR
from .insns import R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10, Label
from .invoke import WORK, invoke
from .layout import STRTOK
from .numbers import lltostr, strtoll
from .paths import basename, cleanpath, dirname
from .routine import W0, W1, W2, W3, Routine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn, Reg, Slot
    from .clause import Clause

    Operand = Reg | Slot | int

INT_MAX = (1 << 31) - 1
TO_THE_END = 1 << 40  # no start, however negative, brings it back into the string

def sub_strlen(c: Clause, insn: Insn) -> None:
    invoke(c, strlen, insn.dst, *insn.args)


def sub_strjoin(c: Clause, insn: Insn) -> None:
    invoke(c, strjoin, insn.dst, *insn.args)


def sub_substr(c: Clause, insn: Insn) -> None:
    invoke(c, substr, insn.dst, *insn.args, *([TO_THE_END] if len(insn.args) < 3 else []))


def sub_strchr(c: Clause, insn: Insn) -> None:
    invoke(c, strchr, insn.dst, *insn.args)


def sub_strrchr(c: Clause, insn: Insn) -> None:
    invoke(c, strrchr, insn.dst, *insn.args)


def sub_strstr(c: Clause, insn: Insn) -> None:
    invoke(c, strstr, insn.dst, *insn.args, needle_table(c, insn.args[1]))


def sub_index(c: Clause, insn: Insn) -> None:
    s, t, position = (*insn.args, 0)[:3]
    invoke(c, index, insn.dst, s, t, position, needle_table(c, t))


def sub_rindex(c: Clause, insn: Insn) -> None:
    s, t, position = (*insn.args, INT_MAX)[:3]
    invoke(c, rindex, insn.dst, s, t, position, needle_table(c, t))


def needle_table(c: Clause, needle: Operand) -> Slot:
    """The table of borders of a string that is searched for: a constant, or made now in the work area."""
    assert isinstance(needle, ir.Slot)
    if needle.space != "const":
        invoke(c, find_borders, None, needle)
        return WORK
    table = borders(needle.value.split(b"\0")[0])
    return ir.Slot("const", 0, 2 * needle.size, False, value=pack(f"{len(table)}H", *table))


def sub_strtok(c: Clause, insn: Insn) -> None:
    s, separators = insn.args
    assert isinstance(separators, ir.Slot)
    table = WORK
    if separators.space == "const":
        text = separators.value.split(b"\0")[0]
        table = ir.Slot("const", 0, 256, False, value=bytes(c in text for c in range(256)))
    else:
        invoke(c, separator_table, None, separators)
    invoke(c, strtok, insn.dst, s, table)


def sub_json(c: Clause, insn: Insn) -> None:
    from . import jsontext

    text, selector = insn.args
    assert isinstance(selector, ir.Slot)
    if selector.space == "const":
        value = jsontext.elements(selector.value.split(b"\0")[0])
        selector = ir.Slot("const", 0, selector.size, False, value=value)
    else:
        invoke(c, jsontext.selector_elements, None, selector)
        selector = WORK
    invoke(c, jsontext.json, insn.dst, text, selector)


def sub_basename(c: Clause, insn: Insn) -> None:
    invoke(c, basename, insn.dst, *insn.args)


def sub_dirname(c: Clause, insn: Insn) -> None:
    invoke(c, dirname, insn.dst, *insn.args)


def sub_cleanpath(c: Clause, insn: Insn) -> None:
    invoke(c, cleanpath, insn.dst, *insn.args)


def sub_lltostr(c: Clause, insn: Insn) -> None:
    value, base = (*insn.args, 10)[:2]
    check_base(c, base)
    invoke(c, lltostr, insn.dst, value, base)


def sub_strtoll(c: Clause, insn: Insn) -> None:
    text, base = (*insn.args, 10)[:2]
    check_base(c, base)
    invoke(c, strtoll, insn.dst, text, base)


def check_base(c: Clause, base: Operand) -> None:
    """Fault ILLOP unless 2 <= base <= 36."""
    if isinstance(base, int) and 2 <= base <= 36:
        return
    a = c.asm
    c.value(base, R1)
    a.st(8, R10, VALUE, 0)
    wrong = c.fault_label(ir.ILLOP)
    a.bri("lt", R1, 2, wrong)
    a.bri("gt", R1, 36, wrong)


def sub_toupper(c: Clause, insn: Insn) -> None:
    invoke(c, toupper, insn.dst, *insn.args)


def sub_tolower(c: Clause, insn: Insn) -> None:
    invoke(c, tolower, insn.dst, *insn.args)



def borders(needle: bytes) -> list[int]:
    """For each prefix of the needle the length of its longest proper prefix that is also its suffix."""
    table = [0] * len(needle)
    k = 0
    for q in range(1, len(needle)):
        while k and needle[k] != needle[q]:
            k = table[k - 1]
        k += needle[k] == needle[q]
        table[q] = k
    return table


# ---- the routines


def strlen(r: Routine) -> None:
    r.enter("s")
    r.length("s")
    r.asm.stx(8, R9, W0, R0)
    r.leave(W0)


def strjoin(r: Routine) -> None:
    """Both into the work area, which has room for twice as much; what fits is taken from there."""
    a, whole = r.asm, Label()
    r.enter("dst", "s", "t")
    r.length("s", 0)
    a.bri("ge", R0, r.size, whole)
    r.work_address(R1)
    a.alu("add", R1, R0)
    a.imm(R2, r.size)
    r.get(R3, "t")
    a.call(READ_KERNEL_STR)
    a.place(whole)
    r.work_address(R3)
    a.imm(R2, r.size)
    r.text(R3)
    r.leave()


def substr(r: Routine) -> None:
    """As Perl's: a negative start counts from the end, what lies before the string is cut off; a negative length leaves off at the end."""
    a = r.asm
    r.enter("dst", "s", "start:int", "length:int")
    r.length("s")
    r.get(R1, "start")
    r.get(R2, "length")
    started, before, empty, done = Label(), Label(), Label(), Label()
    a.bri("sge", R1, 0, started)
    a.alu("add", R1, R0)
    a.bri("sge", R1, 0, started)
    a.bri("slt", R2, 0, before)
    a.alu("add", R2, R1)
    a.bri("slt", R2, 0, empty)
    a.place(before)
    a.imm(R1, 0)
    a.place(started)
    a.br("sgt", R1, R0, empty)
    a.bri("sge", R2, 0, done)
    a.alu("add", R2, R0)
    a.alu("sub", R2, R1)
    a.bri("sge", R2, 0, done)
    a.place(empty)
    a.imm(R1, 0)
    a.imm(R2, 0)
    a.place(done)
    a.stx(8, R9, W0, R1)
    a.stx(8, R9, W1, R2)
    r.part("s", W0, W1)
    r.leave()


def _character(r: Routine, last: bool) -> None:
    """The NUL at the end counts as a character."""
    a = r.asm
    r.enter("dst", "s", "c:int", r6="s", r8="c")
    a.alui("and", R8, 255)
    r.set("c", R8)
    a.st(8, R9, W0, -1)

    def step(stop: Label) -> None:
        other = Label()
        r.byte(R4, R6, R7)
        a.br("ne", R4, R8, other)
        a.stx(8, R9, W0, R7)
        if not last:
            a.jump(stop)
        a.place(other)
        a.bri("eq", R4, 0, stop)

    r.loop(step, r.size)
    r.rest("s", W0)
    r.leave()


def strchr(r: Routine) -> None:
    _character(r, False)


def strrchr(r: Routine) -> None:
    _character(r, True)


def find_borders(r: Routine) -> None:
    """`borders`, into the work area. W0 is the place, W1 the length of the border so far; a step moves one or shortens the other."""
    a = r.asm
    r.enter("t", r6="t")
    r.work_address(R1)
    a.st(2, R1, 0, 0)
    a.st(8, R9, W0, 1)
    a.st(8, R9, W1, 0)
    empty = Label()
    a.ldx(1, R4, R6, 0)
    a.bri("eq", R4, 0, empty)

    def step(stop: Label) -> None:
        differ, write, over = Label(), Label(), Label()
        r.word(R3, W0, r.size, stop)
        r.byte(R4, R6, R3)
        a.bri("eq", R4, 0, stop)
        r.word(R2, W1, r.size, stop)
        r.byte(R5, R6, R2)
        a.br("ne", R4, R5, differ)
        a.alui("add", R2, 1)
        a.place(write)
        a.stx(8, R9, W1, R2)
        a.mov(R1, R3)
        a.alui("mul", R1, 2)
        a.alu("add", R1, R9)
        a.stx(2, R1, r.work, R2)
        r.count(W0, R3)
        a.jump(over)
        a.place(differ)
        a.bri("lt", R2, 1, write)  # so that every verifier knows it is 1 at least
        _shorter(r, None)
        a.place(over)

    r.loop(step, 2 * r.size)
    a.place(empty)
    r.leave()


def _shorter(r: Routine, table: int | None) -> None:
    """W1 = border of the first W1 (in r2, not 0) characters."""
    a = r.asm
    a.alui("sub", R2, 1)
    a.alui("mul", R2, 2)
    if table is None:
        a.alu("add", R2, R9)
        a.ldx(2, R2, R2, r.work)
    else:
        a.alu("add", R2, table)
        a.ldx(2, R2, R2, 0)
    a.stx(8, R9, W1, R2)


def _search(r: Routine, last: bool) -> None:
    """Knuth, Morris and Pratt. W0: the place in the text, W1: how many characters of the needle match before it, W2: the answer,
    W3: the first (`last`: the furthest) place where a match may begin. r6 is the text, r8 the needle; the needle is not empty."""
    a = r.asm
    a.st(8, R9, W1, 0)

    def step(stop: Label) -> None:
        differ, over, go_on, first = Label(), Label(), Label(), Label()
        r.word(R3, W0, r.size, stop)
        r.byte(R4, R6, R3)
        r.word(R2, W1, r.size - 1, stop)
        r.byte(R5, R8, R2)
        a.br("ne", R4, R5, differ)
        a.bri("eq", R4, 0, stop)
        a.alui("add", R3, 1)
        a.alui("add", R2, 1)
        a.stx(8, R9, W0, R3)
        a.stx(8, R9, W1, R2)
        r.byte(R5, R8, R2)
        a.bri("ne", R5, 0, over)
        a.alu("sub", R3, R2)  # where the match begins
        if last:
            a.ldx(8, R1, R9, W3)
            a.br("gt", R3, R1, stop)
            a.stx(8, R9, W2, R3)
        else:
            a.stx(8, R9, W2, R3)
            a.jump(stop)
        a.place(go_on)
        r.get(R5, "table")
        _shorter(r, R5)
        a.jump(over)
        a.place(differ)
        a.bri("eq", R4, 0, stop)
        a.bri("lt", R2, 1, first)
        a.jump(go_on)
        a.place(first)
        a.alui("add", R3, 1)
        a.stx(8, R9, W0, R3)
        a.place(over)

    r.loop(step, 2 * r.size)


def strstr(r: Routine) -> None:
    a, some = r.asm, Label()
    r.enter("dst", "s", "t", f"table:{2 * r.size}", r6="s", r8="t")
    a.st(8, R9, W0, 0)
    a.st(8, R9, W2, 0)
    a.ldx(1, R1, R8, 0)
    a.bri("ne", R1, 0, some)
    r.rest("s", W2)
    a.place(some)
    a.st(8, R9, W2, -1)
    _search(r, False)
    r.rest("s", W2)
    r.leave()


def index(r: Routine) -> None:
    """Perl's rules: a negative position is 0; one behind the end finds nothing, or the end for ""."""
    a = r.asm
    r.enter("s", "t", "position:int", f"table:{2 * r.size}", r6="s", r8="t")
    start, some, near = Label(), Label(), Label()
    a.st(8, R9, W2, -1)
    r.get(R1, "position")
    a.bri("sge", R1, 0, start)
    a.imm(R1, 0)
    a.place(start)
    a.stx(8, R9, W0, R1)
    r.length("s")
    a.ldx(8, R1, R9, W0)
    a.ldx(1, R2, R8, 0)
    a.bri("ne", R2, 0, some)
    a.br("lt", R1, R0, near)
    a.mov(R1, R0)
    a.place(near)
    a.stx(8, R9, W2, R1)
    a.jump(r.out)
    a.place(some)
    a.br("ge", R1, R0, r.out)
    _search(r, False)
    r.leave(W2)


def rindex(r: Routine) -> None:
    """Perl's rules: a position behind the end is the end; a negative one finds nothing, or the start for ""."""
    a = r.asm
    r.enter("s", "t", "position:int", f"table:{2 * r.size}", r6="s", r8="t")
    some, low, near = Label(), Label(), Label()
    a.st(8, R9, W2, -1)
    a.st(8, R9, W0, 0)
    r.length("s")
    r.get(R1, "position")
    a.ldx(1, R2, R8, 0)
    a.bri("ne", R2, 0, some)
    a.bri("sge", R1, 0, low)
    a.imm(R1, 0)
    a.place(low)
    a.br("lt", R1, R0, near)
    a.mov(R1, R0)
    a.place(near)
    a.stx(8, R9, W2, R1)
    a.jump(r.out)
    a.place(some)
    a.bri("slt", R1, 0, r.out)
    a.stx(8, R9, W3, R1)
    _search(r, True)
    r.leave(W2)


def separator_table(r: Routine) -> None:
    """A byte for each character in the work area: whether it is in the string."""
    a = r.asm
    r.enter("t", r6="t")
    r.clear_work(256)

    def step(stop: Label) -> None:
        r.byte(R4, R6, R7)
        a.bri("eq", R4, 0, stop)
        a.mov(R1, R9)
        a.alu("add", R1, R4)
        a.st(1, R1, r.work, 1)

    r.loop(step, r.size)
    r.leave()


def strtok(r: Routine) -> None:
    """The text is kept in scratch for the firing, and where to go on in it: STRTOK, the place and 1; 0 when there is nothing.

    W0: the place, W1: where the token begins, -1 before; W2: its length.
    """
    a, at, begun, none = r.asm, r.layout.strtok_at, Label(), Label()
    r.enter("dst", "s", "table:256")
    r.get(R1, "s")
    a.ldx(1, R2, R1, 0)
    fresh = Label()
    a.bri("ne", R2, 0, fresh)
    a.ldx(1, R2, R1, 1)
    a.bri("eq", R2, 255, begun)
    a.place(fresh)
    a.mov(R3, R1)
    a.mov(R1, R9)
    a.alui("add", R1, at)
    a.imm(R2, r.size)
    a.call(READ_KERNEL_STR)
    a.st(8, R9, STRTOK, 1)
    a.place(begun)
    a.ldx(8, R1, R9, STRTOK)
    a.bri("eq", R1, 0, none)
    a.alui("sub", R1, 1)
    a.stx(8, R9, W0, R1)
    a.st(8, R9, W1, -1)
    a.mov(R1, R9)
    a.alui("add", R1, at)
    r.set("s", R1)
    r.keep(r6="s", r8="table")

    def step(stop: Label) -> None:
        skip, inside = Label(), Label()
        r.word(R3, W0, r.size, stop)
        r.byte(R4, R6, R3)
        a.bri("eq", R4, 0, stop)
        r.byte(R4, R8, R4)
        a.ldx(8, R2, R9, W1)
        a.bri("sge", R2, 0, inside)
        a.bri("ne", R4, 0, skip)
        a.stx(8, R9, W1, R3)
        a.jump(skip)
        a.place(inside)
        a.bri("ne", R4, 0, stop)
        a.place(skip)
        a.alui("add", R3, 1)
        a.stx(8, R9, W0, R3)

    r.loop(step, r.size)
    a.st(8, R9, STRTOK, 0)
    a.ldx(8, R1, R9, W1)
    a.bri("slt", R1, 0, none)
    ends = Label()
    r.word(R2, W0, r.size, none)
    a.mov(R3, R2)
    a.alu("sub", R3, R1)
    a.stx(8, R9, W2, R3)
    r.byte(R4, R6, R2)
    a.bri("eq", R4, 0, ends)
    a.alui("add", R2, 2)  # behind the separator
    a.stx(8, R9, STRTOK, R2)
    a.place(ends)
    r.part("s", W1, W2)
    a.jump(r.out)
    a.place(none)
    r.null()
    r.leave()


def _letters(r: Routine, first: int, by: int) -> None:
    a = r.asm
    r.enter("dst", "s", r6="s", r8="dst")
    a.st(1, R8, 1, 0)

    def step(stop: Label) -> None:
        plain = Label()
        r.byte(R4, R6, R7)
        a.bri("lt", R4, first, plain)
        a.bri("gt", R4, first + 25, plain)
        a.alui("add", R4, by)
        a.place(plain)
        a.mov(R1, R8)
        a.alu("add", R1, R7)
        a.stx(1, R1, 0, R4)
        a.bri("eq", R4, 0, stop)

    r.loop(step, r.size)
    r.leave()


def toupper(r: Routine) -> None:
    _letters(r, 97, -32)


def tolower(r: Routine) -> None:
    _letters(r, 65, 32)
