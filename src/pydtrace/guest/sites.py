"""What to do with the instruction a breakpoint of the stub is on: the machine has stopped before it, and must get past it.

The first instruction of most kernel functions does nothing (endbr64, the five-byte nop of ftrace) or pushes a register. That is done
here, by writing registers and the word on the stack: one exchange with the stub, and the machine runs on. Everything else the vCPU steps
over by itself, with the breakpoint taken away for that moment, which costs two more exchanges, while the others stand.

The bytes are read when the probe is armed. Kernel text changes (ftrace, static calls, alternatives): a breakpoint of the stub is none of
the kernel's business, but what is under it may become another instruction. So the bytes are read again at each hit, with the registers,
at no cost of time.
"""

from __future__ import annotations

NOPS = (
    bytes.fromhex("f30f1efa"),  # endbr64
    bytes.fromhex("0f1f440000"),  # the nop ftrace patches
    bytes.fromhex("660f1f440000"),
    bytes.fromhex("6690"),
    bytes.fromhex("90"),
    bytes.fromhex("0f1f00"),
    bytes.fromhex("0f1f4000"),
)
LONGEST = 6
_REGISTERS = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split()  # noqa: SIM905, in the order of their numbers
ENDBR = NOPS[0]


def emulate(code: bytes) -> tuple[int, str] | None:
    """(length, register that is pushed or ""), or None when the vCPU must step. `code` holds at least LONGEST bytes."""
    for nop in NOPS:
        if code.startswith(nop):
            return len(nop), ""
    if 0x50 <= code[0] <= 0x57 and code[0] != 0x54:
        return 1, _REGISTERS[code[0] - 0x50]
    if code[0] == 0x41 and 0x50 <= code[1] <= 0x57:
        return 2, _REGISTERS[8 + code[1] - 0x50]
    return None
