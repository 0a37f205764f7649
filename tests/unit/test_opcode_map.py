"""The whole opcode map, in the original place and in a slot, on an emulated CPU (unicorn): the same registers, flags, memory, and way on.

Invariants 7 (each instruction gets exactly one decision) and 10, for every opcode with every prefix that matters; the real CPU judges
the forms of tests/live/test_slots_cpu.py more deeply. What the emulated CPU cannot run must fail in the slot too.
"""

from __future__ import annotations

import os
import random

import pytest

from pydtrace.x86.decide import Decision, decide
from pydtrace.x86.slot import build_slot

unicorn = pytest.importorskip("unicorn", reason="unicorn, the emulated CPU, is not installed (make venv)")
from unicorn import x86_const as X  # noqa: E402

CODE, SLOT, DATA, STACK, PAGE = 0x40000000, 0x40100000, 0x50000000, 0x60000000, 0x1000
ADDR = CODE + 0x800
NAMES = "RAX RCX RDX RBX RSP RBP RSI RDI R8 R9 R10 R11 R12 R13 R14 R15 EFLAGS RIP".split()
REGISTERS = [getattr(X, f"UC_X86_REG_{name}") for name in NAMES] + [getattr(X, f"UC_X86_REG_XMM{n}") for n in range(8)]
PREFIXES = [b"", b"\x66", b"\xf2", b"\xf3", b"\x48", b"\x4d", b"\x67", b"\xf0", b"\x64", b"\x66\x48"]
MODRM = (0xC1, 0x05, 0x43, 0x04, 0xFF)  # a register, RIP, base and displacement, SIB, another register and group
MAPPED = ((CODE, 2 * PAGE), (SLOT, PAGE), (DATA, 4 * PAGE), (STACK, 4 * PAGE))
NO_ORACLE = frozenset(
    # the emulated CPU's own time, identity or state
    "rdtsc rdtscp cpuid rdrand rdseed rdpmc xgetbv xsave xsave64 xsaveopt xsaveopt64 fxsave fxsave64 xsavec xrstor xrstor64 fxrstor "
    "fxrstor64 vmread vmwrite syscall fnstenv fnsave fldenv frstor fstenv fsave fwait wait".split()
)


class Machine:
    def __init__(self) -> None:
        self.uc = unicorn.Uc(unicorn.UC_ARCH_X86, unicorn.UC_MODE_64)
        for at, size in MAPPED:
            self.uc.mem_map(at, size)

    def run(self, start: int, stops: set[int], code: dict[int, bytes], state: dict[int, int], data: bytes) -> tuple[object, ...]:
        """Run from start up to one of the stops, or away from it (rep takes several rounds): how it failed, registers, memory."""
        uc = self.uc
        for at, _ in MAPPED[2:]:
            uc.mem_write(at, data)
        for at, raw in code.items():
            uc.mem_write(at, raw)
        for register, value in state.items():
            uc.reg_write(register, value)
        # nothing of this instruction may be left translated
        uc.ctl_flush_tb()
        failed: object = ""
        at = start
        for _ in range(12):
            try:
                uc.emu_start(at, 0, count=1)
            except unicorn.UcError as error:
                failed = "undefined" if error.errno == unicorn.UC_ERR_INSN_INVALID else "fault"
                break
            at = uc.reg_read(X.UC_X86_REG_RIP)
            if at in stops or (at != start and not SLOT <= at < SLOT + 64):
                break
        else:
            failed = "undefined"  # it does not come on: an exception that the emulated CPU does not report
        values = [uc.reg_read(register) for register in REGISTERS]
        return failed, values, bytes(uc.mem_read(DATA, 4 * PAGE)), bytes(uc.mem_read(STACK, 4 * PAGE)), bytes(uc.mem_read(CODE, 2 * PAGE))


def _codes() -> list[bytes]:
    found = []
    tail = bytes((0x10, 0x02, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00))
    for prefix in PREFIXES:
        for escape in (b"", b"\x0f", b"\x0f\x38", b"\x0f\x3a"):
            for opcode in range(256):
                found += [prefix + escape + bytes((opcode, modrm)) + tail for modrm in MODRM]
    for opcode in range(256):  # VEX
        for lead in (b"\xc5\xf9", b"\xc4\xe2\x79", b"\xc4\xe3\x79"):
            found += [lead + bytes((opcode, modrm)) + tail for modrm in (0xC1, 0x05)]
    return found


def _part(part: int, parts: int) -> tuple[int, list[str]]:
    machine = Machine()
    chance = random.Random(part)
    data = chance.randbytes(4 * PAGE)
    compared, wrong, seen = 0, [], set()
    for code in _codes()[part::parts]:
        decision = decide(code, ADDR)
        assert decision.kind in ("goto", "slot", "call", "refuse")
        assert bool(decision.reason) == (decision.kind == "refuse")
        original = code[: decision.length]
        if decision.kind != "slot" or decision.form == "syscall" or original in seen:
            continue
        seen.add(original)
        if _name(original) in NO_ORACLE:
            continue
        text = _compare(machine, chance, decision, original, data)
        compared += 1
        if text:
            wrong.append(f"{original.hex()} {_name(original)}: {text}")
    return compared, wrong


def _name(code: bytes) -> str:
    from capstone import CS_ARCH_X86, CS_MODE_64, Cs

    return next(Cs(CS_ARCH_X86, CS_MODE_64).disasm_lite(code, 0))[2].split()[-1]


def _compare(machine: Machine, chance: random.Random, decision: Decision, original: bytes, data: bytes) -> str:
    built = build_slot(decision, SLOT)
    assert built is not None
    state = {register: chance.getrandbits(64) for register in REGISTERS[:16]}
    for name in ("RBX", "RSI", "RDI", "RBP", "R11"):
        state[getattr(X, f"UC_X86_REG_{name}")] = DATA + 0x1000 + chance.getrandbits(8) * 8
    state[X.UC_X86_REG_RSP] = STACK + 0x2000
    state[X.UC_X86_REG_RCX] = chance.choice((0, 1, 2, 5))
    state[X.UC_X86_REG_EFLAGS] = chance.getrandbits(12) & 0x8D5 | 2
    state |= {register: chance.getrandbits(128) for register in REGISTERS[18:]}
    for n in (0, 4):  # indirect jumps and returns have somewhere to go
        if original[-1:] in (b"\xc3", b"\xe0", b"\xd0"):
            state[REGISTERS[n]] = state[REGISTERS[n]] if n else CODE + 0x100
    around = data[:0x800] + original + b"\x90" * 32
    code = {CODE: around + data[len(around) : 2 * PAGE], SLOT: built.code}  # with what is addressed by RIP
    stops = {place.rip for place in built.places.values()} | {decision.next}
    first = machine.run(ADDR, set(), code, state, data)
    second = machine.run(SLOT, stops, code, state, data)
    names = NAMES + [f"XMM{n}" for n in range(8)]
    if first[0] != second[0]:
        return f"{first[0] or 'runs'} in place, {second[0] or 'runs'} in a slot"
    if first[0] and SLOT <= second[1][17] < SLOT + 64:  # type: ignore[index]  # a fault of the instruction: what the engine will show
        place = built.places.get(second[1][17] - SLOT)  # type: ignore[index]
        return "" if place is not None and place.rip == ADDR else f"faults at {second[1][17]:#x}, which is nowhere"  # type: ignore[index]
    differ = [name for name, a, b in zip(names, first[1], second[1]) if a != b]  # type: ignore[call-overload]
    if differ:
        return f"{differ} different"
    return "memory different" if first[2:] != second[2:] else ""


@pytest.mark.parametrize("part", range(4))
def test_invariants_7_and_10_opcode_map(part: int) -> None:
    # A part is every 40th of the map; make soak takes all of it.
    parts = 4 if os.environ.get("PYDTRACE_SOAK") else 40
    compared, wrong = _part(part, parts)
    assert wrong == []
    assert compared > 5000 / parts
