"""Slots: the instructions that stand in for a probed one, in memory of the target, and what each place in them means.

A slot is INT3s with, from its start, code that does what the instruction does and then jumps to where the program goes on:

* copy: the instruction itself, a displacement relative to RIP corrected;
* far: the same out of reach of a displacement: the operand's address in a scratch register, kept on the stack below the red zone meanwhile;
* branch (jcc, loop, jrcxz): a short one round two jumps, so that the CPU evaluates the condition;
* call: the return address, a word at the end of the slot, is pushed by one instruction; then a jump;
* syscall: with rcx set afterwards to what it is after a system call: the address of the next instruction.

A thread can be interrupted between any two instructions of a slot. `places` says for each boundary what the program must be shown there
(`Place`): a signal handler, a core file or whoever looks must find registers with which the original code can go on.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .decide import Decision

SLOT_SIZE = 64
_FAR = 1 << 31
_SCRATCH = {"rsi": 6, "rdi": 7, "rbx": 3}  # none of them is used implicitly but by string instructions, which have no such operands
_ROOM = 136  # the red zone, and a word


class Place:
    """What a boundary in a slot stands for: the original address, `drop` bytes of ours on the stack, `scratch` kept at their top;
    `rcx`: rcx is to be the address too."""

    __slots__ = ("drop", "rcx", "rip", "scratch")

    def __init__(self, rip: int, drop: int = 0, scratch: str = "", rcx: bool = False) -> None:
        self.rip = rip
        self.drop = drop
        self.scratch = scratch
        self.rcx = rcx

    def __repr__(self) -> str:
        return f"<Place {self.rip:#x} {self.drop} {self.scratch}{' rcx' if self.rcx else ''}>"

    @property
    def plain(self) -> bool:
        """Only the instruction pointer differs."""
        return not (self.drop or self.rcx)


class Slot:
    """`code` is all SLOT_SIZE bytes; `length` of them are instructions, and the last 8 may be a return address (`data`)."""

    __slots__ = ("code", "data", "length", "places")

    def __init__(self, body: bytes, places: dict[int, Place], data: bytes = b"") -> None:
        self.length = len(body)
        self.data = data
        self.code = body + b"\xcc" * (SLOT_SIZE - len(body) - len(data)) + data
        self.places = places


def jump(at: int, to: int) -> bytes:
    """A jump that changes nothing else: rel32 where that reaches, else through an absolute word behind it."""
    distance = to - (at + 5)
    if -_FAR <= distance < _FAR:
        return b"\xe9" + (distance & 0xFFFFFFFF).to_bytes(4, "little")
    return b"\xff\x25\0\0\0\0" + to.to_bytes(8, "little")


def build_slot(decision: Decision, at: int) -> Slot | None:
    """The slot at an address; None if it is too far for a RIP-relative instruction that can be moved in no other way."""
    form = decision.form
    if form == "branch":
        return _branch(decision, at)
    if form == "call":
        return _call(decision, at)
    if form == "syscall":
        code = decision.code + b"\x48\xb9" + decision.next.to_bytes(8, "little")
        places = {0: Place(decision.addr), 2: Place(decision.next, rcx=True), len(code): Place(decision.next)}
        return Slot(code + jump(at + len(code), decision.next), places)
    copy = moved(decision.code, decision.patch, decision.addr, at)
    if copy is None:
        return _far(decision, at)
    code = copy
    return Slot(code + jump(at + len(code), decision.next), {0: Place(decision.addr), len(code): Place(decision.next)})


def moved(code: bytes, patch: int, addr: int, at: int) -> bytes | None:
    """The instruction of addr for another address; None out of reach."""
    if patch < 0:
        return code
    new = int.from_bytes(code[patch : patch + 4], "little", signed=True) + addr - at
    if not -_FAR <= new < _FAR:
        return None
    return code[:patch] + new.to_bytes(4, "little", signed=True) + code[patch + 4 :]


def _branch(decision: Decision, at: int) -> Slot:
    code = decision.code
    fall = jump(at + len(code) + 1, decision.next)
    taken = len(code) + 1 + len(fall)
    body = code + bytes((len(fall),)) + fall + jump(at + taken, decision.target)
    return Slot(body, {0: Place(decision.addr), len(code) + 1: Place(decision.next), taken: Place(decision.target)})


def _call(decision: Decision, at: int) -> Slot | None:
    """Pushed by one instruction, so there is no half a call. Behind it: the target knows no difference, or the push is undone."""
    push = b"\xff\x35" + (SLOT_SIZE - 8 - 6).to_bytes(4, "little")
    behind = Place(decision.addr, drop=8)
    if decision.target:
        body = push + jump(at + 6, decision.target)
        behind = Place(decision.target)
    else:
        code: bytes | None = decision.code
        if decision.patch >= 0:
            code = moved(decision.code, decision.patch, decision.addr, at + 6 + decision.length - len(decision.code))
        if code is None:
            return None
        body = push + code
    return Slot(body, {0: Place(decision.addr), 6: behind}, decision.next.to_bytes(8, "little"))


def _far(decision: Decision, at: int) -> Slot | None:
    scratch = next((name for name in _SCRATCH if name not in decision.used), None)
    code = None if scratch is None or "rsp" in decision.used else _by_register(decision, _SCRATCH[scratch])
    if scratch is None or code is None:
        return None
    number = _SCRATCH[scratch]
    steps = [
        b"\x48\x8d\xa4\x24" + (-_ROOM).to_bytes(4, "little", signed=True),  # lea -ROOM(%rsp),%rsp
        bytes((0x48, 0x89, 0x04 | number << 3, 0x24)),  # mov %scratch,(%rsp)
        bytes((0x48, 0xB8 | number)) + decision.next.to_bytes(8, "little"),  # movabs $next,%scratch
        code,
        bytes((0x48, 0x8B, 0x04 | number << 3, 0x24)),
        b"\x48\x8d\xa4\x24" + _ROOM.to_bytes(4, "little"),
    ]
    meaning = [
        Place(decision.addr),
        Place(decision.addr, _ROOM),
        Place(decision.addr, _ROOM),
        Place(decision.addr, _ROOM, scratch),
        Place(decision.next, _ROOM, scratch),
        Place(decision.next, _ROOM),
    ]
    body = b""
    places = {}
    for step, place in zip(steps, meaning):
        places[len(body)] = place
        body += step
    places[len(body)] = Place(decision.next)
    body += jump(at + len(body), decision.next)
    return Slot(body, places) if len(body) <= SLOT_SIZE else None


def _by_register(decision: Decision, number: int) -> bytes | None:
    """disp32(%rip) made disp32(%reg), for a register below r8: mod and rm of the ModRM byte, and the bit of the prefix that extends rm."""
    code = bytearray(decision.code)
    modrm = decision.patch - 1
    if code[modrm] & 0xC7 != 0x05:
        return None
    code[modrm] = code[modrm] & 0x38 | 0x80 | number
    at = decision.prefixes
    lead = code[at]
    if lead & 0xF0 == 0x40:
        code[at] &= 0xFE  # REX.B
    elif lead in (0xC4, 0x62):
        code[at + 1] |= 0x60 if lead == 0x62 else 0x20  # B (and X), which are kept inverted
    elif lead in (0x8F, 0xD5):
        return None  # XOP, REX2
    return bytes(code)
