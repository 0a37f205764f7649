"""What to do with an instruction whose first byte has become a breakpoint: decided once, before any byte is written.

The probed instruction runs in a slot: a copy followed by a jump back to the next instruction. Slots are never changed
while their probe exists, so any number of threads may be inside one, and no thread needs a second stop. Four answers:

* `goto`: no slot. The instruction only moves the instruction pointer to a known place (endbr64, nop, jmp rel).
* `slot`: copied as it is, with a RIP-relative displacement corrected, or, for conditional branches (jcc, loop, jrcxz),
  rebuilt around two jumps so that the CPU and not we evaluates the condition.
* `call`: the return address must be the original one, so the push is done by us.
* `refuse`, with a reason for people.

Why push, sub and mov are copied and not emulated: leaving the stop costs one register write either way, and a copy
cannot be wrong. Emulators are where the bugs of such engines have lived (LOOP, ret imm16, JNG).

A slot is described by its bytes and by `origins`: for each instruction boundary in it the original address that
corresponds, which is what a signal handler, or anyone who looks, must be shown in its place.

capstone is imported at the first decision: it costs 1.5 MB and nobody else needs it.
"""

from __future__ import annotations

from ..errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_INSTRUCTION = 15
SLOT_SIZE = 64
_FAR = 1 << 31

ENDBR64 = b"\xf3\x0f\x1e\xfa"

_decoder: Any = None

_JCC = {f"j{c}": i for i, c in enumerate("o no b ae e ne be a s ns p np l ge le g".split())}  # noqa: SIM905
_LOOPS = {"loopne": b"\xe0", "loope": b"\xe1", "loop": b"\xe2", "jrcxz": b"\xe3", "jecxz": b"\x67\xe3"}
_REFUSED = {
    "syscall": "a system call leaves the slot's address in rcx",
    "sysenter": "a system call",
    "int": "a software interrupt",
    "int1": "a software interrupt",
    "int3": "a breakpoint of the program",
    "into": "a software interrupt",
    "ud0": "an undefined instruction",
    "ud1": "an undefined instruction",
    "ud2": "an undefined instruction",
    "popf": "may set the trap flag",
    "popfq": "may set the trap flag",
    "iret": "an interrupt return",
    "iretd": "an interrupt return",
    "iretq": "an interrupt return",
    "retf": "a far return",
    "retfq": "a far return",
    "lcall": "a far call",
    "ljmp": "a far jump",
    "xbegin": "begins a transaction, which a trap aborts",
    "hlt": "a privileged instruction",
    "sysret": "a privileged instruction",
    "sysexit": "a privileged instruction",
}


class Decision:
    """`kind` is "goto", "slot", "call" or "refuse"; the other fields apply as the kind says."""

    __slots__ = ("addr", "code", "kind", "length", "operand", "patch", "reason", "target")

    def __init__(self, kind: str, addr: int, code: bytes, *, reason: str = "", target: int = 0) -> None:
        self.kind = kind
        self.addr = addr
        self.code = code  # the instruction, or the rebuilt short branch
        self.length = len(code)  # of the original instruction
        self.reason = reason
        self.target = target  # goto, call rel and branches
        self.patch = -1  # slot: offset of a disp32 relative to RIP
        self.operand: tuple[str, str, int, int, str] | None = None  # call: (base, index, scale, disp, segment); "" none

    def __repr__(self) -> str:
        return f"<Decision {self.kind} {self.code.hex()} {self.reason}>"

    @property
    def branch(self) -> bool:
        """A conditional branch, which the slot rebuilds."""
        return self.kind == "slot" and self.target != 0

    @property
    def next(self) -> int:
        return self.addr + self.length


def _capstone() -> Any:
    global _decoder
    if _decoder is None:
        try:
            import capstone
        except ImportError:
            raise UserError("probes in a process need the Python package capstone, which is not installed") from None

        _decoder = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
        _decoder.detail = True
    return _decoder


def decide(code: bytes, addr: int) -> Decision:
    """Decide for the instruction at the start of code, which lies at addr in the target."""
    if code[:4] == ENDBR64:
        return Decision("goto", addr, code[:4], target=addr + 4)
    insn = next(iter(_capstone().disasm(code[:MAX_INSTRUCTION], addr, 1)), None)
    if insn is None:
        return Decision("refuse", addr, b"", reason="not an instruction we can decode")
    raw = bytes(insn.bytes)
    name = insn.mnemonic.split()[-1]
    after = addr + len(raw)
    reason = _REFUSED.get(name)
    if reason is None and _is_forced_emulation(raw):
        reason = "a hypervisor's marker"
    if reason is None and 6 in insn.groups:
        reason = "a privileged instruction"
    if reason is None and name in ("mov", "pop") and insn.op_str.startswith("ss"):
        reason = "loads ss, which delays traps"
    branch = bool({1, 2, 3, 7}.intersection(insn.groups))
    if reason is None and branch and b"\x66" in raw[: len(raw) - 1][:4] and insn.prefix[2] == 0x66:
        reason = "a branch of 16 bits"
    if reason is not None:
        return Decision("refuse", addr, raw, reason=f"{insn.mnemonic}: {reason}")
    if name == "nop":
        return Decision("goto", addr, raw, target=after)
    if 7 in insn.groups:
        return _relative(insn, name, raw, addr)
    if name == "call":
        return _indirect_call(insn, raw, addr)
    decision = Decision("slot", addr, raw)
    if _rip_relative(insn):
        at = insn.disp_offset
        if not at or insn.disp_size != 4 or at + 4 > len(raw):
            return Decision("refuse", addr, raw, reason=f"{insn.mnemonic}: addresses memory by rip in a way we do not know")
        decision.patch = at
    return decision


def _relative(insn: Any, name: str, raw: bytes, addr: int) -> Decision:
    target = insn.operands[0].imm & (1 << 64) - 1
    if name == "jmp":
        return Decision("goto", addr, raw, target=target)
    if name == "call":
        return Decision("call", addr, raw, target=target)
    if name in _JCC:
        short = bytes((0x70 + _JCC[name],))
    elif name in _LOOPS and not (name.startswith("loop") and 0x67 in raw[:-2]):
        short = _LOOPS[name]
    else:
        return Decision("refuse", addr, raw, reason=f"{insn.mnemonic}: a branch we do not know")
    decision = Decision("slot", addr, short, target=target)
    decision.length = len(raw)
    return decision


def _indirect_call(insn: Any, raw: bytes, addr: int) -> Decision:
    decision = Decision("call", addr, raw)
    operand = insn.operands[0]
    if operand.type == 1:  # a register
        decision.operand = (insn.reg_name(operand.reg), "", 0, 0, "register")
        return decision
    if operand.type != 3 or operand.size != 8 or insn.addr_size != 8:
        return Decision("refuse", addr, raw, reason=f"{insn.mnemonic}: a call we do not know")
    memory = operand.mem
    segment = insn.reg_name(memory.segment) if memory.segment else ""
    decision.operand = (
        insn.reg_name(memory.base) if memory.base else "",
        insn.reg_name(memory.index) if memory.index else "",
        memory.scale,
        memory.disp,
        segment if segment in ("fs", "gs") else "",
    )
    return decision


def _rip_relative(insn: Any) -> bool:
    return any(o.type == 3 and o.mem.base and insn.reg_name(o.mem.base) in ("rip", "eip") for o in insn.operands)


def _is_forced_emulation(raw: bytes) -> bool:
    return raw[:2] == b"\x0f\x0b"


def jump(at: int, to: int, anywhere: bool = True) -> bytes:
    """A jump that changes nothing else: rel32 where that reaches, else through an absolute word behind it."""
    distance = to - (at + 5)
    if -_FAR <= distance < _FAR:
        return b"\xe9" + (distance & 0xFFFFFFFF).to_bytes(4, "little")
    return b"\xff\x25\0\0\0\0" + to.to_bytes(8, "little")


def build_slot(decision: Decision, at: int) -> tuple[bytes, dict[int, int]] | None:
    """(bytes, origins) of the slot at an address; None if it is too far for a RIP-relative instruction."""
    code = decision.code
    if decision.branch:
        fall = jump(at + len(code) + 1, decision.next)
        taken_at = len(code) + 1 + len(fall)
        body = code + bytes((len(fall),)) + fall + jump(at + taken_at, decision.target)
        origins = {0: decision.addr, len(code) + 1: decision.next, taken_at: decision.target}
    else:
        if decision.patch >= 0:
            old = int.from_bytes(code[decision.patch : decision.patch + 4], "little", signed=True)
            new = old + decision.addr - at
            if not -_FAR <= new < _FAR:
                return None
            code = code[: decision.patch] + new.to_bytes(4, "little", signed=True) + code[decision.patch + 4 :]
        body = code + jump(at + len(code), decision.next)
        origins = {0: decision.addr, len(code): decision.next}
    return body + b"\xcc" * (SLOT_SIZE - len(body)), origins


def return_sites(code: bytes, addr: int) -> list[int]:
    """Where the function with this code leaves: its rets, and its jumps to places outside itself.

    Empty if the code cannot be decoded to its end: data among it would make the rest a guess.
    """
    found = []
    end = addr + len(code)
    at = addr
    for insn in _capstone().disasm(code, addr):
        at = insn.address + insn.size
        name = insn.mnemonic.split()[-1]
        if name == "ret":
            found.append(insn.address)
        elif name == "jmp" and insn.operands[0].type == 2 and not addr <= insn.operands[0].imm < end:
            found.append(insn.address)
    return found if at == end else []
