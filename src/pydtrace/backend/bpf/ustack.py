"""User stacks without frame pointers: what the consumer needs to unwind one, sent along in eBPF.

bpf_get_stack follows frame pointers, which most of a distribution's code does not keep. The program unwinds the stack itself where it has
tables for the process (unwind.py). Where it has not yet, or meets code that they do not cover, a clause that takes a user stack first
sends a record of its own, a *context*: the user's registers and a copy of the stack's top. The stack it then records has the context's
number in the upper half of its first word, and above the process id's 22 bits how many frames were wanted; the consumer puts there what it
finds by unwinding (engine/contexts.py). What the program has found is recorded as well: it serves where the context was lost.

A number is no part of a stack's value: as a key of an associative array it is left out, and what the program has found is compared. An
aggregation by user stacks is different: its updates go to the consumer as records too (`tuple`), which adds them up by the
unwound stacks. A context costs a copy of some kilobytes: `-x ustackcopy=0` turns them off. No record may be lost for a context's sake: none
is sent while the buffer is more than a quarter full.

The copy begins at the stack pointer and ends at the first page that cannot be read, or `ustackcopy` bytes, rounded up to pages, behind
the first. It is of whole pages, because a page is there or is not.

A context: header (CONTEXT), pid and number, stack pointer, bytes copied, pt_regs, then from the page of the stack pointer on, in place.
A tuple: header (TUPLE; the aggregation where a probe's index would be), value, increment, packed key.
"""

from __future__ import annotations

from .families import read_word
from .frame import NUMBER, POINTER, TMP, TMP2
from .helpers import CPU, DISCARD, KTIME, PIDTGID, READ_KERNEL, READ_USER, RESERVE, RINGBUF_QUERY, SUBMIT
from .insns import R0, R1, R2, R3, R8, R9, R10, Label
from .keys import pack_key
from .layout import CONTEXT, HEADER, TUPLE, Config
from .thread import PT_REGS, user_regs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...dif.ir import Insn
    from ...dif.program import Aggregation
    from .clause import Clause

FRAMES_SHIFT = 22  # in the first word of a stack that has a number
PID_MASK = (1 << FRAMES_SHIFT) - 1
PAGE = 4096
PID_AT, SP_AT, SIZE_AT, REGS_AT = HEADER, HEADER + 8, HEADER + 16, HEADER + 24
DATA_AT = REGS_AT + PT_REGS
SP = 152  # in pt_regs


def pages(config: Config) -> int:
    """Whole pages of a context's copy behind the one of the stack pointer; 0 where contexts are not sent."""
    wanted = -(-config.ustackcopy // PAGE)
    return wanted if DATA_AT + (wanted + 1) * PAGE <= config.bufsize // 4 else 0

def context(c: Clause) -> None:
    """Send a context, once; its number, or 0, at NUMBER. Uses r8."""
    a = c.asm
    more = pages(c.layout.config)
    if c.sent or not more or not c.family.probed:
        return
    none, unread, done = Label(), Label(), Label()
    a.ldx(8, R1, R10, NUMBER)
    a.bri("ne", R1, 0, none)
    if c.frames_wanted:
        from .unwind import GUESSED, MISSED, unwound

        send = Label()
        unwound(c)
        a.bri("eq", R0, 0, send)
        a.ldx(8, R1, R9, c.area + MISSED)
        a.ldx(8, R2, R9, c.area + GUESSED)
        a.alu("or", R1, R2)
        a.bri("eq", R1, 0, none)
        a.place(send)
    a.map_fd(R1, "ring")
    a.imm(R2, 0)
    a.call(RINGBUF_QUERY)  # bytes not yet read
    a.bri("gt", R0, c.layout.maps["ring"].entries // 4, none)
    user_regs(c)
    a.stx(8, R10, TMP2, R0)
    a.mov(R3, R0)
    read_word(c.asm, SP)
    a.stx(8, R10, POINTER, R1)
    a.map_fd(R1, "ring")
    a.imm(R2, DATA_AT + (more + 1) * PAGE)
    a.imm(R3, 0)
    a.call(RESERVE)
    a.mov(R8, R0)
    a.bri("eq", R8, 0, none)
    a.st(4, R8, 0, CONTEXT)
    c.asm.mov(R1, R8)
    a.alui("add", R1, REGS_AT)
    a.imm(R2, PT_REGS)
    a.ldx(8, R3, R10, TMP2)
    a.call(READ_KERNEL)
    a.ldx(8, R3, R10, POINTER)
    a.stx(8, R8, SP_AT, R3)
    a.mov(R1, R3)
    a.alui("and", R1, PAGE - 1)
    a.imm(R2, PAGE)
    a.alu("sub", R2, R1)
    a.stx(8, R10, TMP, R2)
    a.alu("add", R1, R8)
    a.alui("add", R1, DATA_AT)
    a.call(READ_USER)
    a.bri("ne", R0, 0, unread)
    for i in range(1, more + 1):
        a.mov(R1, R8)
        a.alui("add", R1, DATA_AT + i * PAGE)
        a.imm(R2, PAGE)
        a.ldx(8, R3, R10, POINTER)
        a.alui("and", R3, -PAGE)
        a.alui("add", R3, i * PAGE)
        a.call(READ_USER)
        a.bri("ne", R0, 0, done)
        a.ldx(8, R1, R10, TMP)
        a.alui("add", R1, PAGE)
        a.stx(8, R10, TMP, R1)
    a.place(done)
    a.ldx(8, R1, R10, TMP)
    a.stx(8, R8, SIZE_AT, R1)
    a.call(KTIME)
    a.alui("shl", R0, 32)
    a.imm(R1, 1)
    a.alui("shl", R1, 32)
    a.alu("or", R0, R1)
    a.stx(8, R10, NUMBER, R0)
    a.call(PIDTGID)
    a.alui("shr", R0, 32)
    a.ldx(8, R1, R10, NUMBER)
    a.alu("or", R0, R1)
    a.stx(8, R8, PID_AT, R0)
    a.mov(R1, R8)
    a.imm(R2, 1)
    a.call(SUBMIT)
    a.jump(none)
    a.place(unread)
    a.mov(R1, R8)
    a.imm(R2, 1)
    a.call(DISCARD)
    a.place(none)


def send_tuple(c: Clause, insn: Insn) -> None:
    agg: Aggregation
    agg, nkeys = insn.imm
    a, lost = c.asm, Label()
    base, at, kinds, size = pack_key(c, insn.args[:nkeys], False, 0, numbers=True)
    c.layout.tuples[agg.index] = kinds
    a.map_fd(R1, "ring")
    a.imm(R2, HEADER + 16 + size)
    a.imm(R3, 0)
    a.call(RESERVE)
    a.mov(R8, R0)
    got = Label()
    a.bri("ne", R8, 0, got)
    c.drop(1)
    a.jump(lost)
    a.place(got)
    a.st(4, R8, 0, TUPLE)
    a.st(4, R8, 4, agg.index)
    a.call(CPU)
    a.stx(4, R8, 8, R0)
    a.mov(R1, R8)
    a.alui("add", R1, HEADER + 16)
    a.imm(R2, size)
    a.mov(R3, base)
    a.alui("add", R3, at)
    a.call(READ_KERNEL)
    values = insn.args[nkeys:]
    for i in range(2):
        if i < len(values):
            c.value(values[i], R1)
        else:
            a.imm(R1, 1)
        a.stx(8, R8, HEADER + 8 * i, R1)
    a.mov(R1, R8)
    a.imm(R2, 1)
    a.call(SUBMIT)
    a.place(lost)


