"""What the bytes, the registers and the trace of a death say about tracing: whether a probe had part in it.

Each reading is one sentence for people, and is only said when what it rests on is there to be seen:

* **A probe's slot.** The instruction pointer is in no function, and the bytes before it are one whole instruction, the kind functions
  begin with, followed by nothing but `nop` or by nothing: the copy of a displaced instruction, from which the CPU has run on because the
  step trap did not come. It is what stopped the author of the first DTrace for Linux in 2012: `55 90 90 <00> 00`.
* **A breakpoint** (`cc`) at the instruction pointer or just before it, inside a function: a probe site, whose trap nobody claimed.
* **ftrace's call** (`e8` to a trampoline) at a function's entry, or the five-byte nop there: the function can be, or is, traced.
* Frames of the trace that are kprobes', ftrace's, BPF's.
* What was accessed: an address near 0 is a NULL pointer with a member's offset; one of the kernel's poison values is freed memory.
"""

from __future__ import annotations

import re

from .disasm import decoder
from .parse import Oops, Place

_BEGINNINGS = ("push", "mov", "sub", "lea", "endbr64", "xor", "test", "cmp", "nop", "and")
# What a frame's name says. The first that matches counts.
_FRAMES = (
    (re.compile(r"^bpf_prog_[0-9a-f]{16}"), "a BPF program"),
    (re.compile(r"^bpf_trampoline_|^__bpf_(?:prog|tramp)_"), "the trampoline of a BPF program (fentry, fexit)"),
    (re.compile(r"^(?:kretprobe_trampoline|__kretprobe_trampoline|arch_rethook_trampoline)"), "the return of a kretprobe"),
    (re.compile(r"^kprobe_(?:optinsn|insn)_page|^optprobe_template"), "a slot of the kernel's kprobes"),
    (re.compile(r"^(?:kprobe_(?:int3|ftrace)_handler|optimized_callback|(?:aggr|opt|setjmp)_pre_handler)"), "a kprobe"),
    (re.compile(r"^(?:ftrace_trampoline|ftrace_(?:regs_)?caller|ftrace_ops_|arch_ftrace_ops|fprobe_handler)"), "ftrace"),
    (re.compile(r"^(?:do_int3|exc_int3|asm_exc_int3|xen_asm_exc_xenint3|int3)$"), "a breakpoint's trap"),
    (re.compile(r"^(?:do_debug|exc_debug|asm_exc_debug|xen_asm_exc_xendebug)$"), "a single step's trap"),
    (re.compile(r"^dtrace_"), "DTrace"),
)
_POISON = {0x6B6B: "memory that was freed (0x6b, slab poison)", 0x5A5A: "memory that was never initialised (0x5a, slab poison)"}
_LISTS = {
    0xDEAD000000000100: "the next pointer of a list entry that was removed",
    0xDEAD000000000122: "the prev pointer of a list entry that was removed",
}


def frame(place: Place) -> str:
    """What kind of tracing a line of a call trace belongs to, or ""."""
    if place.offset and place.offset == place.size:
        # A return address that is no call's: the kernel prints the function before it.
        return "a return that is traced (kretprobe, rethook): its trampoline stands there instead of the caller"
    return next((what for pattern, what in _FRAMES if pattern.match(place.function)), "")


def slot(oops: Oops) -> int | None:
    """Where in the code a displaced instruction begins that the CPU has run on from; None if it does not look like that."""
    nowhere = oops.rip is None or not oops.rip.function
    found = _slot(oops.code[: oops.mark]) if nowhere and not oops.file else None
    return oops.mark - found[1] - found[2] if found else None


def readings(oops: Oops) -> list[str]:
    """The sentences, the most telling first."""
    found: list[str] = []
    if oops.code:
        found += _site(oops)
    if oops.rip and frame(oops.rip):
        found.append(f"It died in {frame(oops.rip)}.")
    kinds: dict[str, int] = {}
    for place in oops.trace:
        what = frame(place)
        if what:
            kinds.setdefault(what, 0)
            kinds[what] += 1
    if kinds:
        found.append("The call trace has " + ", ".join(kinds) + ".")
    if oops.fault is not None:
        found += _fault(oops.fault)
    return found


def _site(oops: Oops) -> list[str]:
    before, after = oops.code[: oops.mark], oops.code[oops.mark :]
    rip = oops.rip
    copy = _slot(before) if slot(oops) is not None else None
    if copy:
        instruction, nops, _ = copy
        behind = f"{nops} nop{'s' if nops != 1 else ''} behind it" if nops else "nothing behind it"
        return [
            f"A lost step: the bytes before the instruction pointer are a displaced instruction ({instruction}) with {behind}, "
            "in no function. The step trap did not come; the CPU ran on past the copy" + (" and its padding." if nops else ".")
        ]
    if after[:1] == b"\xcc":
        return ["A breakpoint (cc) is at the instruction pointer: a probe's site, or padding between functions that was jumped into."]
    if before[-1:] == b"\xcc" and (rip is None or rip.offset <= 5 or "int3" in oops.head):
        return ["A breakpoint (cc) is just before the instruction pointer: a probe was hit here whose trap nobody claimed."]
    if rip is not None and rip.function and rip.offset <= oops.mark:
        return _entry(oops.code[oops.mark - rip.offset :], rip.function)
    return []


def _entry(code: bytes, function: str) -> list[str]:
    """What stands where ftrace patches: at a function's first byte, behind endbr64 if it has one."""
    site = code[4:] if code.startswith(b"\xf3\x0f\x1e\xfa") else code
    if site[:1] == b"\xe8":
        return [f"{function} begins with a call: ftrace, a kprobe on it or a BPF program was tracing it."]
    if site[:1] == b"\xe9":
        return [f"{function} begins with a jump: an optimised kprobe, or a live patch, was on it."]
    if site[:1] == b"\xcc":
        return [f"{function} begins with a breakpoint (cc): a kprobe was on it."]
    return []


def _slot(before: bytes) -> tuple[str, int, int] | None:
    """The displaced instruction, how many nops, its length: if `before` ends like a copy buffer that nothing runs into."""
    nops = len(before) - len(before.rstrip(b"\x90"))
    copy = before[: len(before) - nops]
    engine = decoder(64)
    for length in range(1, min(15, len(copy)) + 1):
        # Slots lie in memory of their own: zeroes before, or the end of a pointer (..ff ff), never code that flows into them.
        if len(copy) > length and copy[-length - 1] not in (0x00, 0xFF, 0xCC, 0x90):
            continue
        for _, size, name, operands in engine.disasm_lite(copy[-length:], 0, 1):
            if size == length and name.startswith(_BEGINNINGS) and copy[-length:].strip(b"\0"):
                return f"{copy[-length:].hex(' ')}: {name} {operands}".strip(), nops, length
    return None


def _fault(address: int) -> list[str]:
    if address < 0x1000:
        return [f"It accessed 0x{address:x}: a NULL pointer" + (f", a member at offset {address}." if address else ".")]
    for value, what in _LISTS.items():
        if 0 <= address - value < 0x20:
            return [f"It accessed 0x{address:x}: {what}."]
    for value, what in _POISON.items():
        if address >> 16 & 0xFFFF == value and address >> 32 & 0xFFFF == value:
            return [f"It accessed 0x{address:x}: {what}."]
    if 1 << 47 <= address < (1 << 64) - (1 << 47):
        return [f"It accessed 0x{address:x}, which is no address at all (non-canonical)."]
    return []
