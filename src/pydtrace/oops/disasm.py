"""The bytes around an instruction pointer as instructions.

x86 code cannot be read backwards. Where the function's beginning is among the bytes, decoding starts there; else at the byte from which
the most of them decode so that an instruction begins exactly at the mark. Code that was written in the kernel's own way (`ud2`, `int3`)
decodes like any other. Bytes before that start are shown as bytes.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Line:
    """`size` bytes at `at` (an offset into the code); `text` is "" where they are no instruction."""

    __slots__ = ("at", "code", "text")

    def __init__(self, at: int, code: bytes, text: str) -> None:
        self.at = at
        self.code = code
        self.text = text


def decoder(bits: int) -> Any:
    """capstone's, for 64 or 32 bits."""
    import capstone

    return capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64 if bits == 64 else capstone.CS_MODE_32)


def lines(code: bytes, mark: int, address: int, known_start: int | None = None, bits: int = 64) -> list[Line]:
    """All of `code` as lines; `address` is that of byte 0; `known_start` an offset where an instruction begins, or None."""
    engine = decoder(bits)
    start = mark
    for begin in [known_start] if known_start is not None and 0 <= known_start <= mark else range(mark):
        before = list(engine.disasm_lite(code[begin:mark], address + begin))
        if sum(size for _, size, _, _ in before) == mark - begin:
            start = begin
            break
    found = [Line(0, code[:start], "")] if start else []
    at = start
    while at < len(code):
        text, size = "", 1
        for _, length, name, operands in engine.disasm_lite(code[at : at + 15], address + at, 1):
            text, size = f"{name} {operands}".strip(), length
        if not text:
            size = len(code) - at if len(code) - at < 15 and at > mark else 1
        found.append(Line(at, code[at : at + size], text))
        at += size
    return found
