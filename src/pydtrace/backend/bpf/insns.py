"""An assembler of eBPF with labels.

Instructions are kept as small tuples until `assemble`, which resolves jumps. A reference to a map is a two-slot `ld_imm64` whose immediate
is filled in by the loader: `relocs` lists (index of instruction, map name, offset into the value or None for the map itself).
Code is written by the methods below, named after the instruction they make; registers are plain ints 0..10.

Functions of a program beside its first are asked for by name (`call_function`, `function_address`) and made once, behind all else
(`finish`). `functions` says where they begin and what they take.
"""

from __future__ import annotations

from struct import pack

from ...errors import InternalError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10 = range(11)

ALU = {
    "add": 0x00,
    "sub": 0x10,
    "mul": 0x20,
    "udiv": 0x30,
    "or": 0x40,
    "and": 0x50,
    "shl": 0x60,
    "shr": 0x70,
    "neg": 0x80,
    "umod": 0x90,
    "xor": 0xA0,
    "mov": 0xB0,
    "sar": 0xC0,
}
JMP = {
    "eq": 0x10,
    "gt": 0x20,
    "ge": 0x30,
    "set": 0x40,
    "ne": 0x50,
    "sgt": 0x60,
    "sge": 0x70,
    "lt": 0xA0,
    "le": 0xB0,
    "slt": 0xC0,
    "sle": 0xD0,
}
_SIZES = {1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18}


def fits32(value: int) -> bool:
    return -(1 << 31) <= value < 1 << 31


class Function:
    """A function of the program: `at` is its first instruction. `takes` is None for one the verifier walks at each call, else it is
    walked once, for any arguments of these kinds: 0 an integer, n a pointer to n bytes that may be read and written."""

    __slots__ = ("at", "name", "takes")

    def __init__(self, at: int, name: str) -> None:
        self.at = at
        self.name = name
        self.takes: tuple[int, ...] | None = None


class Label:
    """A place in the code. `at` is None until placed."""

    __slots__ = ("at",)

    def __init__(self) -> None:
        self.at: int | None = None


class Asm:
    __slots__ = ("code", "jumps", "relocs", "functions", "_labels", "_waiting", "_calls")

    def __init__(self) -> None:
        self.functions = [Function(0, "main")]
        self._labels: dict[str, Label] = {}
        self._waiting: list[tuple[str, Callable[[], None]]] = []
        self._calls: list[tuple[int, Label]] = []
        self.code: list[tuple[int, int, int, int]] = []  # opcode, registers, offset, immediate
        self.jumps: list[tuple[int, Label]] = []
        self.relocs: list[tuple[int, str, int | None]] = []

    def _put(self, op: int, dst: int, src: int, off: int, imm: int) -> None:
        self.code.append((op, dst | src << 4, off, imm))

    def place(self, label: Label) -> None:
        label.at = len(self.code)

    def alu(self, op: str, dst: int, src: int) -> None:
        """dst op= register src."""
        self._put(0x0F | ALU[op], dst, src, 0, 0)

    def alui(self, op: str, dst: int, imm: int) -> None:
        """dst op= immediate of 32 bits, sign-extended."""
        self._put(0x07 | ALU[op], dst, 0, 0, imm)

    def mov(self, dst: int, src: int) -> None:
        if dst != src:
            self.alu("mov", dst, src)

    def imm(self, dst: int, value: int) -> None:
        """Any 64-bit constant."""
        value = (value + (1 << 63)) % (1 << 64) - (1 << 63)
        if fits32(value):
            self.alui("mov", dst, value)
        else:
            self._put(0x18, dst, 0, 0, (value & 0xFFFFFFFF) - (1 << 32 if value & 0x80000000 else 0))
            self._put(0, 0, 0, 0, value >> 32)

    def map_fd(self, dst: int, name: str) -> None:
        self.relocs.append((len(self.code), name, None))
        self._put(0x18, dst, 1, 0, 0)
        self._put(0, 0, 0, 0, 0)

    def map_value(self, dst: int, name: str, offset: int = 0) -> None:
        """The address of a one-element array map's value."""
        self.relocs.append((len(self.code), name, offset))
        self._put(0x18, dst, 2, 0, 0)
        self._put(0, 0, 0, 0, offset)

    # An offset has 16 bits. Beyond them the base itself goes there and back: no other register is touched. (r10 cannot, and need not.)

    def ldx(self, size: int, dst: int, src: int, off: int) -> None:
        far = self._reach(src, off)
        self._put(0x61 | _SIZES[size], dst, src, off - far, 0)
        if far and dst != src:
            self.alui("sub", src, far)

    def stx(self, size: int, dst: int, off: int, src: int) -> None:
        far = self._reach(dst, off)
        self._put(0x63 | _SIZES[size], dst, src, off - far, 0)
        if far:
            self.alui("sub", dst, far)

    def st(self, size: int, dst: int, off: int, imm: int) -> None:
        far = self._reach(dst, off)
        self._put(0x62 | _SIZES[size], dst, 0, off - far, imm)
        if far:
            self.alui("sub", dst, far)

    def _reach(self, base: int, off: int) -> int:
        """What was added to `base` to bring `off` within reach."""
        if -32768 <= off < 32768:
            return 0
        self.alui("add", base, off)
        return off

    def atomic_add(self, dst: int, off: int, src: int) -> None:
        self._put(0xDB, dst, src, off, 0)

    def fetch_add(self, dst: int, off: int, src: int) -> None:
        """Atomic; `src` gets what was there. From 5.12."""
        self._put(0xDB, dst, src, off, 0x01)

    def compare_exchange(self, dst: int, off: int, src: int) -> None:
        """Atomic: the word becomes `src` if it is r0; r0 gets what was there. From 5.12."""
        self._put(0xDB, dst, src, off, 0xF1)

    def big_endian(self, dst: int, bits: int) -> None:
        """The low 16, 32 or 64 bits in big-endian order."""
        self._put(0xDC, dst, 0, 0, bits)

    def jump(self, label: Label) -> None:
        self.jumps.append((len(self.code), label))
        self._put(0x05, 0, 0, 0, 0)

    def br(self, cond: str, a: int, b: int, label: Label) -> None:
        self.jumps.append((len(self.code), label))
        self._put(0x0D | JMP[cond], a, b, 0, 0)

    def bri(self, cond: str, a: int, imm: int, label: Label) -> None:
        self.jumps.append((len(self.code), label))
        self._put(0x05 | JMP[cond], a, 0, 0, imm)

    def call(self, helper: int) -> None:
        self._put(0x85, 0, 0, 0, helper)

    def exit(self) -> None:
        self._put(0x95, 0, 0, 0, 0)

    def _function(self, name: str, make: Callable[[], None]) -> Label:
        """The function called `name`; `make` writes it when that has not been asked for before."""
        if name not in self._labels:
            self._labels[name] = Label()
            self._waiting.append((name, make))
        return self._labels[name]

    def call_function(self, name: str, make: Callable[[], None]) -> None:
        self._calls.append((len(self.code), self._function(name, make)))
        self._put(0x85, 0, 1, 0, 0)

    def function_address(self, dst: int, name: str, make: Callable[[], None]) -> None:
        self._calls.append((len(self.code), self._function(name, make)))
        self._put(0x18, dst, 4, 0, 0)
        self._put(0, 0, 0, 0, 0)

    def finish(self) -> None:
        """Write the functions that were asked for, and those that they ask for."""
        while self._waiting:
            name, make = self._waiting.pop(0)
            self.functions.append(Function(len(self.code), name))
            self.place(self._labels[name])
            make()

    def assemble(self) -> bytes:
        code = self.code
        for at, label in self.jumps:
            if label.at is None:
                raise InternalError("jump to a label that was never placed")
            distance = label.at - at - 1
            if not -32768 <= distance < 32768:
                raise InternalError("BPF program too long")
            op, regs, _, imm = code[at]
            code[at] = (op, regs, distance, imm)
        for at, label in self._calls:
            assert label.at is not None
            op, regs, off, _ = code[at]
            code[at] = (op, regs, off, label.at - at - 1)
        return b"".join([pack("<BBhi", *insn) for insn in code])
