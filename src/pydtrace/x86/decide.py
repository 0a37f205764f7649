"""What to do with an instruction whose first byte has become a breakpoint: decided once, before any byte is written.

The probed instruction runs in a slot (slot.py): code that does what it does, followed by a jump to the next instruction. Slots are never
changed while their probe exists, so any number of threads may be inside one, and no thread needs a second stop. Four answers:

* `goto`: no slot. The instruction only moves the instruction pointer to a known place (endbr64, nop, jmp rel).
* `slot`, in one of the forms of slot.py, or as `popf`: copied, unless it would set the trap flag, which would then trap too early.
* `call`: through a pointer in memory. The pointer is read before the push, which no other instruction does: the tracer makes the call.
* `refuse`, with a reason for people. What capstone does not know is refused: nothing unknown is ever copied.

Why push, sub and mov are copied and not emulated: leaving the stop costs one register write either way, and a copy cannot be wrong.
Emulators are where the bugs of such engines have lived (LOOP, ret imm16, JNG).

capstone is imported at the first decision: it costs 1.5 MB and nobody else needs it.
"""

from __future__ import annotations

from ..errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_INSTRUCTION = 15

ENDBR64 = b"\xf3\x0f\x1e\xfa"

_decoder: Any = None

_LEGACY = frozenset(bytes.fromhex("66 67 2e 36 3e 26 64 65 f0 f2 f3"))
_JCC = {f"j{c}": i for i, c in enumerate("o no b ae e ne be a s ns p np l ge le g".split())}  # noqa: SIM905
_LOOPS = {"loopne": b"\xe0", "loope": b"\xe1", "loop": b"\xe2", "jrcxz": b"\xe3", "jecxz": b"\x67\xe3"}
_REFUSED = {
    "sysenter": "a system call",
    "int": "a software interrupt",
    "int1": "a software interrupt",
    "int3": "a breakpoint of the program",
    "into": "a software interrupt",
    "ud0": "an undefined instruction",
    "ud1": "an undefined instruction",
    "ud2": "an undefined instruction",
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

    __slots__ = ("addr", "code", "flows", "form", "kind", "length", "operand", "patch", "prefixes", "reason", "target", "used")

    def __init__(self, kind: str, addr: int, code: bytes, *, reason: str = "", target: int = 0, form: str = "") -> None:
        self.kind = kind
        self.addr = addr
        self.code = code  # the instruction; of a branch the rebuilt short one; of a call through a register or RIP, the jump
        self.length = len(code)  # of the original instruction
        self.reason = reason
        self.target = target  # goto, call rel and branches
        self.form = form  # of a slot: copy, branch, call, syscall, popf
        self.patch = -1  # offset in code of a disp32 relative to RIP
        self.prefixes = 0  # how many legacy prefixes there are
        self.used: frozenset[str] = frozenset()  # with patch: registers that the instruction reads or writes
        self.flows = False  # a slot: it goes somewhere else than behind itself
        self.operand: tuple[str, str, int, int, str] | None = None  # call: (base, index, scale, disp, segment); "" none

    def __repr__(self) -> str:
        return f"<Decision {self.kind} {self.form} {self.code.hex()} {self.reason}>"

    @property
    def pushes(self) -> bool:
        """A call: on a shadow stack it would leave a second copy of the return address."""
        return self.kind == "call" or self.form == "call"

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
    decision = Decision("slot", addr, raw, form=name if name == "syscall" else "popf" if name in ("popf", "popfq") else "copy")
    decision.flows = branch
    if _rip_relative(insn) and not _patch(decision, insn):
        return Decision("refuse", addr, raw, reason=f"{insn.mnemonic}: addresses memory by rip in a way we do not know")
    return decision


def _patch(decision: Decision, insn: Any) -> bool:
    """Note where the displacement is; false if it is not where we know it."""
    if insn.addr_size != 8:
        return False
    at = insn.encoding.modrm_offset + 1  # its size is always four bytes, whatever capstone says of 66-prefixed instructions
    memory = next(o.mem for o in insn.operands if o.type == 3 and o.mem.base and insn.reg_name(o.mem.base) == "rip")
    if at < 2 or decision.code[at - 1] & 0xC7 != 5:
        return False
    if len(insn.bytes) < at + 4 or int.from_bytes(decision.code[at : at + 4], "little", signed=True) != memory.disp:
        return False
    decision.patch = at
    while decision.code[decision.prefixes] in _LEGACY:
        decision.prefixes += 1
    read, written = insn.regs_access()
    decision.used = frozenset(_whole(insn.reg_name(reg)) for reg in (*read, *written))
    return True


def _whole(name: str) -> str:
    """The 64-bit register that a part of it belongs to, as far as slot.py cares."""
    for whole, parts in (("rsi", "esi si sil"), ("rdi", "edi di dil"), ("rbx", "ebx bx bl bh"), ("rsp", "esp sp spl")):
        if name in parts.split():
            return whole
    return name


def _relative(insn: Any, name: str, raw: bytes, addr: int) -> Decision:
    target = insn.operands[0].imm & (1 << 64) - 1
    if name == "jmp":
        return Decision("goto", addr, raw, target=target)
    if name == "call":
        return Decision("slot", addr, raw, target=target, form="call")
    if name in _JCC:
        short = bytes((0x70 + _JCC[name],))
    elif name in _LOOPS and not (name.startswith("loop") and 0x67 in raw[:-2]):
        short = _LOOPS[name]
    else:
        return Decision("refuse", addr, raw, reason=f"{insn.mnemonic}: a branch we do not know")
    decision = Decision("slot", addr, short, target=target, form="branch")
    decision.length = len(raw)
    return decision


def _indirect_call(insn: Any, raw: bytes, addr: int) -> Decision:
    operand = insn.operands[0]
    plain = raw[0] == 0xFF or (raw[0] & 0xF0 == 0x40 and raw[1] == 0xFF)
    if operand.type == 1:  # a register
        decision = Decision("call", addr, raw)
        name = insn.reg_name(operand.reg)
        decision.operand = (name, "", 0, 0, "register")
        if plain and name != "rsp":
            decision.kind, decision.form = "slot", "call"
            decision.code = raw[:-1] + bytes((raw[-1] & 0xC7 | 0x20,))  # jmp instead
        return decision
    if operand.type != 3 or operand.size != 8 or insn.addr_size != 8:
        return Decision("refuse", addr, raw, reason=f"{insn.mnemonic}: a call we do not know")
    if plain and _rip_relative(insn):
        decision = Decision("slot", addr, raw, form="call")
        if _patch(decision, insn):
            at = decision.patch - 1
            decision.code = raw[:at] + bytes((raw[at] & 0xC7 | 0x20,)) + raw[at + 1 :]
            decision.operand = ("rip", "", 1, operand.mem.disp, "")
            return decision
    decision = Decision("call", addr, raw)
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


def boundaries(code: bytes, addr: int) -> list[int]:
    """Where instructions begin, up to the first that cannot be decoded."""
    return [address for address, _, _, _ in _capstone().disasm_lite(code, addr)]


def rets(code: bytes, addr: int) -> list[int]:
    """Addresses of the near returns among instructions, up to the first that cannot be decoded."""
    return [at for at, _, name, _ in _capstone().disasm_lite(code, addr) if name in ("ret", "repz ret", "bnd ret")]


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
