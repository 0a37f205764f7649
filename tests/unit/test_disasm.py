"""The text of eBPF instructions, on encodings from the kernel's instruction set document."""

from __future__ import annotations

from struct import pack

import pytest

from pydtrace.backend.bpf.disasm import disassemble


@pytest.mark.parametrize(
    ("op", "dst", "src", "off", "imm", "text"),
    [
        (0xBF, 6, 1, 0, 0, "r6 = r1"),
        (0x07, 3, 0, 0, -8, "r3 += -8"),
        (0x0C, 2, 4, 0, 0, "w2 += w4"),
        (0x79, 1, 10, -16, 0, "r1 = *(u64 *)(r10 -16)"),
        (0x62, 10, 0, -4, 7, "*(u32 *)(r10 -4) = 7"),
        (0x85, 0, 0, 0, 5, "call ktime_get_ns#5"),
        (0x15, 0, 0, 3, 9, "if r0 == 9 goto 4"),
        (0x05, 0, 0, -1, 0, "goto 0"),
        (0x95, 0, 0, 0, 0, "exit"),
    ],
)
def test_one_instruction(op: int, dst: int, src: int, off: int, imm: int, text: str) -> None:
    line = disassemble(pack("<BBhi", op, dst | src << 4, off, imm), [])
    assert line.split("    ", 1)[1].strip() == text


def test_a_map_is_named_and_its_second_half_is_bare() -> None:
    code = pack("<BBhi", 0x18, 0x11, 0, 0) + pack("<BBhi", 0, 0, 0, 0) + pack("<BBhi", 0x95, 0, 0, 0)
    lines = disassemble(code, [(0, "ring", None)]).splitlines()
    assert lines[0].endswith("r1 = map ring") and lines[1].endswith("00000000") and lines[2].endswith("exit")
