"""What the tracer does with the registers of a stopped thread: the few instructions that no slot can do, and the way back out of a slot."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..linux.ptrace import Regs
    from ..target.space import Thread
    from ..x86.decide import Decision
    from ..x86.slot import Place

FRAME_RSP, FRAME_RIP = 160, 168  # in the ucontext of a signal's frame, which lies above the return address
_TF = 0x100
_SETTABLE = 0x244FD5  # CF PF AF ZF SF TF DF OF NT AC ID: what popf of a program changes


def restarts(regs: Regs) -> bool:
    """Has a signal interrupted a system call which the kernel may make again?"""
    return regs.orig_rax < 1 << 63 and 512 <= 2**64 - regs.rax <= 516


def show(thread: Thread, place: Place) -> None:
    """Take a thread out of a slot: registers with which the original code goes on, as if there were no slots."""
    if place.plain:
        thread.jump(place.rip)
        return
    regs = thread.regs
    if place.scratch:
        setattr(regs, place.scratch, int.from_bytes(thread.space.memory.read(regs.rsp, 8), "little"))
    if place.rcx:
        regs.rcx = place.rip
    regs.rsp += place.drop
    regs.rip = place.rip
    thread.set_regs(regs)


def popf(thread: Thread, decision: Decision, moving: Callable[[], None]) -> bool:
    """A popf that sets the trap flag: in a slot it would trap behind the jump instead of behind the next instruction. False: leave it."""
    size = 2 if 0x66 in decision.code else 8
    raw = thread.space.memory.read(thread.regs.rsp, size)
    word = int.from_bytes(raw, "little")
    if len(raw) != size or not word & _TF:
        return False
    moving()
    regs = thread.regs
    regs.eflags = regs.eflags & ~_SETTABLE & ((1 << 64) - 1) | word & _SETTABLE if size == 8 else (regs.eflags & ~0x4FD5) | word & 0x4FD5
    regs.rsp += size
    regs.rip = decision.next
    thread.set_regs(regs)
    return True


def call(thread: Thread, decision: Decision) -> None:
    """Execute a near call: the operand is read before the push, since its base may be the stack pointer."""
    regs = thread.regs
    target = decision.target
    memory = thread.space.memory
    if decision.operand is not None:
        base, index, scale, disp, segment = decision.operand
        if segment == "register":
            target = int(getattr(regs, base))
        else:
            where = disp
            if base:
                where += decision.next if base == "rip" else int(getattr(regs, base))
            if index and index != "riz":
                where += int(getattr(regs, index)) * scale
            if segment:
                where += int(regs.fs_base if segment == "fs" else regs.gs_base)
            raw = memory.read(where & 2**64 - 1, 8)
            if len(raw) != 8:
                fault(thread, decision)
                return
            target = int.from_bytes(raw, "little")
    try:
        memory.write(regs.rsp - 8, decision.next.to_bytes(8, "little"))
    except (OSError, OverflowError):
        fault(thread, decision)
        return
    regs.rsp -= 8
    regs.rip = target
    thread.set_regs(regs)


def fault(thread: Thread, decision: Decision) -> None:
    """The call itself faults: the program gets its SIGSEGV, at the call."""
    thread.jump(decision.addr)
    thread.resume_at = (decision.addr, thread.regs.rsp)
    thread.signo = 11
