"""Routines: subroutines of D as functions of the program beside its first, called from the clauses.

A routine is written once a program, however often it is called, and the verifier walks it once: its parameters are described to it as
integers and as pointers to so many bytes (funcinfo.py), and each call is only checked to pass such. What changes from round to round of a
loop lies in scratch memory, whose content the verifier does not follow: so rounds are alike to it.

Calling: r1 is scratch, r2 to r5 the parameters in the order that `enter` names them; r0 is the result, an integer. Within: r9 is scratch,
r6 and r8 hold two of the parameters, all of them are in the frame; r7 counts rounds.

Loops. Up to CHUNK rounds are a loop in place. More are rounds of the helper bpf_loop (5.17), each a loop of CHUNK rounds in a
function of its own, which the verifier walks a few times instead of every round. Without bpf_loop all rounds are in place.
"""

from __future__ import annotations

from .helpers import LOOP, READ_KERNEL, READ_KERNEL_STR
from .insns import R0, R1, R2, R3, R4, R6, R7, R8, R9, R10, Asm, Label
from .layout import WORDS, Layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK = 4
# Words in scratch for what changes in a loop.
W0, W1, W2, W3, W4, W5, W6, W7 = (WORDS + 8 * i for i in range(8))


class Routine:
    """Writes one routine. `name` is unique in the program; `size` is strsize."""

    def __init__(self, asm: Asm, layout: Layout, name: str) -> None:
        self.asm = asm
        self.layout = layout
        self.name = name
        self.size = layout.program.strsize
        self.work = layout.work_at
        self.frame: dict[str, int] = {}
        self.held: dict[int, str] = {}
        self.loops = 0
        self.base: int | None = None  # in a function of bpf_loop: how far the frame's address is from its owner's r10
        self.out = Label()
        self.refused = Label()

    # ---- the frame

    def enter(self, *params: str, r6: str = "", r8: str = "") -> None:
        """Begin. The parameters go into the frame, two of them also into r6 and r8. They are strings, or what stands behind a colon:
        `int`, or a size in bytes."""
        a = self.asm
        takes = [self.layout.this_size]
        a.bri("eq", R1, 0, self.refused)
        a.stx(8, R10, -8, R1)
        for i, param in enumerate(params):
            name, _, kind = param.partition(":")
            takes.append(0 if kind == "int" else int(kind or self.size))
            if takes[-1]:
                a.bri("eq", R2 + i, 0, self.refused)  # never: a call passes no null pointer, but might for the verifier
            self.frame[name] = -16 - 8 * i
            a.stx(8, R10, self.frame[name], R2 + i)
        a.functions[-1].takes = tuple(takes)
        a.mov(R9, R1)
        self.keep(r6=r6, r8=r8)

    def keep(self, r6: str = "", r8: str = "") -> None:
        """From here on r6 and r8 hold these parameters, in loops too."""
        self.held = {reg: name for reg, name in ((R6, r6), (R8, r8)) if name}
        for reg, name in self.held.items():
            self.get(reg, name)

    def get(self, reg: int, name: str) -> None:
        """The parameter `name` into `reg`."""
        if self.base is None:
            self.asm.ldx(8, reg, R10, self.frame[name])
        else:
            self.asm.ldx(8, reg, R10, -8)
            self.asm.ldx(8, reg, reg, self.frame[name] - self.base)

    def set(self, name: str, reg: int) -> None:
        """Something else in the place of a parameter, or a new one."""
        off = self.frame.setdefault(name, -16 - 8 * len(self.frame))
        self.asm.stx(8, R10, off, reg)

    def leave(self, result: int | None = None) -> None:
        """End: every path has come here. `result` is a word in scratch."""
        a = self.asm
        a.place(self.out)
        if result is not None:
            a.ldx(8, R0, R9, result)
            a.exit()
        a.place(self.refused)
        a.imm(R0, 0)
        a.exit()

    # ---- loops

    def loop(self, step: Callable[[Label], None], count: int) -> None:
        """`step` up to `count` times, with the round's number in r7; it may go to the label it gets to end the loop.

        A step may change r0 to r5 only, and calls no helper.
        """
        a, stop, again = self.asm, Label(), Label()
        if count <= CHUNK or not self.layout.config.loops:
            a.imm(R7, 0)
            a.place(again)
            step(stop)
            a.alui("add", R7, 1)
            a.bri("lt", R7, count, again)
            a.place(stop)
            return
        self.loops += 1
        base = -8 - 8 * len(self.frame)
        a.imm(R1, -(-count // CHUNK))
        a.function_address(R2, f"{self.name}_{self.loops}", lambda: self._rounds(step, count, base, dict(self.held)))
        a.mov(R3, R10)
        a.alui("add", R3, base)
        a.imm(R4, 0)
        a.call(LOOP)

    def _rounds(self, step: Callable[[Label], None], count: int, base: int, held: dict[int, str]) -> None:
        """The function bpf_loop calls: r1 is its round, r2 points to the caller's frame."""
        a, stop, again, more = self.asm, Label(), Label(), Label()
        a.stx(8, R10, -8, R2)
        a.ldx(8, R9, R2, -8 - base)
        for reg, name in held.items():
            a.ldx(8, reg, R2, self.frame[name] - base)
        a.mov(R7, R1)
        a.alui("shl", R7, CHUNK.bit_length() - 1)
        a.place(again)
        a.bri("ge", R7, count, stop)
        self.base = base
        step(stop)
        self.base = None
        a.alui("add", R7, 1)
        a.mov(R1, R7)
        a.alui("and", R1, CHUNK - 1)
        a.bri("ne", R1, 0, again)
        a.jump(more)
        a.place(stop)
        a.imm(R0, 1)
        a.exit()
        a.place(more)
        a.imm(R0, 0)
        a.exit()

    # ---- pieces

    def byte(self, to: int, base: int, index: int) -> None:
        """to = base[index]; `index` is known to be in bounds. Uses r1."""
        a = self.asm
        a.mov(R1, base)
        a.alu("add", R1, index)
        a.ldx(1, to, R1, 0)

    def word(self, to: int, word: int, limit: int, beyond: Label) -> None:
        """A word in scratch that is an index below `limit`, else go to `beyond`."""
        self.asm.ldx(8, to, R9, word)
        self.asm.bri("ge", to, limit, beyond)

    def count(self, word: int, reg: int, by: int = 1) -> None:
        """Add to a word of scratch, by way of `reg`."""
        a = self.asm
        a.ldx(8, reg, R9, word)
        a.alui("add", reg, by)
        a.stx(8, R9, word, reg)

    def fetch(self, base: int, offset: int, to: int, wrong: Label, size: int = 8) -> None:
        """`size` bytes of kernel memory at base + offset into scratch at `to`; to `wrong` where they cannot be read."""
        a = self.asm
        a.mov(R3, base)
        a.alui("add", R3, offset)
        a.mov(R1, R9)
        a.alui("add", R1, to)
        a.imm(R2, size)
        a.call(READ_KERNEL)
        a.bri("ne", R0, 0, wrong)

    def work_address(self, reg: int, offset: int = 0) -> None:
        """Into `reg` the address of the work area."""
        self.asm.mov(reg, R9)
        self.asm.alui("add", reg, self.work + offset)

    def length(self, name: str, at: int = -1) -> None:
        """r0 = the length of a string parameter, which is copied to `at` in the work area: behind the tables that routines keep there."""
        a = self.asm
        self.work_address(R1, 2 * self.size if at < 0 else at)
        a.imm(R2, self.size)
        self.get(R3, name)
        a.call(READ_KERNEL_STR)
        a.alui("sub", R0, 1)

    def part(self, source: str, start: int, length: int) -> None:
        """Parameter `dst` = source[start:start+length]: words of scratch. Neither needs to be in bounds of the text."""
        a = self.asm
        inside, short = Label(), Label()
        self.get(R3, source)
        a.ldx(8, R1, R9, start)
        a.bri("lt", R1, self.size, inside)
        a.imm(R1, self.size - 1)
        a.place(inside)
        a.alu("add", R3, R1)
        a.ldx(8, R2, R9, length)
        a.bri("lt", R2, self.size, short)
        a.imm(R2, self.size - 1)
        a.place(short)
        a.alui("add", R2, 1)
        self.text(R3)

    def text(self, source: int) -> None:
        """Parameter `dst` = the string at r3, of at most r2 bytes with its NUL."""
        a = self.asm
        a.mov(R3, source)
        self.get(R1, "dst")
        a.st(1, R1, 1, 0)  # "" is not NULL
        a.call(READ_KERNEL_STR)

    def rest(self, source: str, start: int) -> None:
        """Parameter `dst` = the source from the word `start` on, NULL when that is negative. Ends at `out`."""
        a, none = self.asm, Label()
        self.get(R3, source)
        a.ldx(8, R1, R9, start)
        a.bri("ge", R1, self.size, none)
        a.alu("add", R3, R1)
        a.imm(R2, self.size)
        self.text(R3)
        a.jump(self.out)
        a.place(none)
        self.null()
        a.jump(self.out)

    def null(self) -> None:
        """Parameter `dst` = NULL."""
        a = self.asm
        self.get(R1, "dst")
        a.st(1, R1, 0, 0)
        a.st(1, R1, 1, 255)

    def clear_work(self, size: int) -> None:
        a = self.asm
        self.layout.zero(size)
        self.work_address(R1)
        a.imm(R2, size)
        a.map_value(R3, "zero")
        a.call(READ_KERNEL)
