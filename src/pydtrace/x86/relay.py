"""What keeps a target alive whose tracer has died: a SIGTRAP handler, and what it looks up. Pure: bytes from numbers.

When a tracer is killed the kernel lets its threads go, and every breakpoint that is hit from then on, and the one that a thread is stopped
at, is a SIGTRAP that nobody waits for. So arming leaves this handler in the target: it finds the address of the INT3 in a table and goes on
at the slot that executes the instruction, as the tracer would have done. While there is a tracer the handler never runs for a breakpoint:
a signal stops a traced thread before any handler is called.

The page holds, besides the code (relay.s is its source; a test assembles it and compares):

* where the table in force is: it is replaced by writing one word, so there is never half a table;
* the program's own disposition of SIGTRAP. What is not a breakpoint of ours is handed to the program's own handler, ignored, or made to
  kill, as it would have been;
* `inject`, the place where a thread makes a system call for the tracer. Its registers lie on its stack meanwhile, and the code behind the
  call takes them up again: if the tracer dies, the thread is where it was.

What the handler must tell apart, if the tracer died while the thread stood at a breakpoint: has the tracer moved the thread already? In a
slot: yes (`ranges`). Moved elsewhere, since it executed the instruction itself: then it has marked the siginfo before, `MARK` in si_errno
and the address behind the INT3 in si_addr, and a thread that is no longer there has been moved.

Calls are executed by the tracer, which alone can push the original return address with no moment in between. For the handler there
is a slot that does it: `call_slot`.
"""

from __future__ import annotations

import struct

from .slot import SLOT_SIZE, jump

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .decide import Decision

MARK = 0x64746865

HANDLER = 64
TABLE, OWN = 8, 16  # offsets of words in the page
MAGIC = b"pydtrace"

CODE = bytes.fromhex(
    "817e08800000000f858f000000488b82a8000000817e046568746475064839461075634c8b0d9effffff4d8d5110498b490848ffc97811493b027206"
    "493b420872444983c210ebea48ffc8498b094885c974344989cb49d1eb4d89d849c1e0044d01d0493b007413720c4d8d501049f7d34c01d9ebd84c89"
    "d9ebd3498b4008488982a8000000c38038cc7410668178ffcd037408488982a8000000c3488b052dffffff4883f801774d7206837e08007ed55631c0"
    "50505050bf050000004889e631d241ba08000000b00d0f05b8ba0000000f0589c3b8270000000f0589c789deba050000004c8b542420b8290100000f"
    "054883c428c3f705d8feffff0000004075225056526a1031ff4889e631d241ba08000000b80e0000000f05595a5e58bf05000000ffe0b80f0000000f"
    "050f0541594158415a5a5e5f415b59589d488da42488000000ffa42478ffffff"
)
RESTORER = 0x166
INJECT = 0x16d
INJECTOR = CODE[INJECT - HANDLER :]

RED_ZONE = 128
FRAME = 11 * 8 + RED_ZONE  # how far below the stack pointer `inject` finds the registers

_SIGINFO = struct.Struct("<iiiiQ").pack
_KEPT = ("r9", "r8", "r10", "rdx", "rsi", "rdi", "r11", "rcx", "rax", "eflags", "rip")


class SigAction:
    """The kernel's struct sigaction."""

    __slots__ = ("flags", "handler", "mask", "restorer")

    SIZE = 32
    SIGINFO, ONSTACK, RESTART, NODEFER, RESETHAND, RESTORER = 4, 0x08000000, 0x10000000, 0x40000000, 0x80000000, 0x04000000
    DEFAULT, IGNORE = 0, 1

    def __init__(self, handler: int = 0, flags: int = 0, restorer: int = 0, mask: int = 0) -> None:
        self.handler = handler
        self.flags = flags
        self.restorer = restorer
        self.mask = mask

    @staticmethod
    def unpack(raw: bytes) -> SigAction:
        return SigAction(*struct.unpack("<QQQQ", raw))

    def pack(self) -> bytes:
        return struct.pack("<QQQQ", self.handler, self.flags, self.restorer, self.mask)

    def relayed(self, page: int) -> SigAction:
        """Ours in its place: a program's own handler is called with the stack and the mask it asked for.

        Another signal's handler may interrupt ours and hit a breakpoint, and that must not happen with SIGTRAP blocked: so all signals
        wait for ours; or, since the program's own one is not to be called with all of them blocked, SIGTRAP is not blocked (until then)."""
        flags = SigAction.SIGINFO | SigAction.RESTORER
        if self.handler > SigAction.IGNORE:
            flags |= self.flags & (SigAction.ONSTACK | SigAction.RESTART) | SigAction.NODEFER
            return SigAction(page + HANDLER, flags, self.restorer or page + RESTORER, self.mask & ~(1 << 4))
        return SigAction(page + HANDLER, flags | SigAction.ONSTACK | SigAction.RESTART, page + RESTORER, (1 << 64) - 1)


def page(table: int, own: SigAction) -> bytes:
    """The page, to be put at an address of its own."""
    return MAGIC + table.to_bytes(8, "little") + own.pack() + bytes(HANDLER - OWN - SigAction.SIZE) + CODE


def table(ranges: list[tuple[int, int]], entries: dict[int, int]) -> bytes:
    """`ranges` are where slots lie, `entries` go from the address of a breakpoint to where its instruction is executed."""
    words = [len(entries), len(ranges)]
    for pair in ranges:
        words += pair
    for addr in sorted(entries):
        words += (addr, entries[addr])
    return struct.pack(f"<{len(words)}Q", *words)


def frame(regs: dict[str, int]) -> bytes:
    """What `inject` takes up again, to be put FRAME below the stack pointer."""
    return struct.pack("<11Q", *(regs[name] for name in _KEPT))


def marked(addr: int) -> bytes:
    """A siginfo that says: the tracer has dealt with the breakpoint at addr, if the thread is no longer behind it."""
    return _SIGINFO(5, MARK, 0x80, 0, addr + 1).ljust(128, b"\0")


def call_slot(decision: Decision, at: int) -> bytes:
    """A call with the return address of the original one, without touching a register or a flag.

    Below a call there is no red zone to keep. The operand is read before anything is pushed, as the CPU does it.
    """
    after = decision.next
    returns = b"\x68" + (after & 0xFFFFFFFF).to_bytes(4, "little") + b"\xc7\x44\x24\x04" + (after >> 32).to_bytes(4, "little")
    if decision.operand is None:
        body = returns + jump(at + len(returns), decision.target)
    else:
        # the target is pushed, then the return address; they change places, and ret takes the target
        swap = bytes.fromhex("4887442408 48870424 4887442408 c3")
        body = _push_operand(decision) + returns + swap
    return body.ljust(SLOT_SIZE, b"\xcc")


def _push_operand(decision: Decision) -> bytes:
    """`call r/m` made `push r/m`."""
    code = decision.code
    at = code.index(0xFF)
    modrm = code[at + 1]
    segment = bytes(b for b in code[:at] if b in (0x64, 0x65))
    rex = bytes(b for b in code[:at] if b & 0xF0 == 0x40)
    if modrm & 0xC7 == 0x05:  # relative to rip: the slot may be too far away, so by the absolute address, through rax
        address = decision.next + int.from_bytes(code[at + 2 : at + 6], "little", signed=True)
        return b"\x50" + segment + b"\x48\xa1" + (address & (1 << 64) - 1).to_bytes(8, "little") + b"\x48\x87\x04\x24"
    return segment + rex + b"\xff" + bytes((modrm & 0xC7 | 0x30,)) + code[at + 2 :]
