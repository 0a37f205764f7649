"""System calls that a thread of the target makes on our behalf: to map memory, to take or give back a signal's disposition.

The thread is put in front of a `syscall` instruction with our arguments in its registers and taken away again after the call. It must come
out unchanged also if we are killed in between, when nobody is there to give it its registers back. So these lie on its own stack, below the
red zone, and behind the `syscall` stands code that takes them up and jumps to where the thread was (x86/relay.py, `inject`). The tracer, as
long as it lives, stops the thread at the end of the call and does it itself.

Where that code stands: in a page of ours, once there is one. The first time, in the unused end of a page of code that is mapped anyway (all
zeros up to its last byte; the vdso has one, and most libraries). A few zeros that have become instructions harm nobody.

A thread that was stopped inside a system call will restart it: the kernel does so when the thread goes on from the kind of stop it is
in at the end (EVENT_STOP). For the way back without us the restart is spelled out in the registers on the stack.

A signal that comes meanwhile, or came before and was not delivered yet, is sent to the thread once more afterwards, and given its
own siginfo back when it arrives (`Thread.requeued`).

Seccomp: a filter may answer a call that it does not know with death, and what it allows cannot be asked. So a process with more filters
than we live under ourselves is refused, unless the kernel lets us suspend them (root, PTRACE_O_SUSPEND_SECCOMP).
"""

from __future__ import annotations

import os

from ..elf.maps import read_maps
from ..errors import TargetError
from ..linux import ptrace
from ..x86.relay import FRAME, INJECTOR, RED_ZONE, frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .tracer import Space, Thread, Tracer

_SIGTRAP = 5
_NO_CALL = 2**64 - 1
_RESTART_CALL = 219
_ERESTARTSYS, _ERESTARTNOINTR, _ERESTARTNOHAND, _ERESTART_RESTARTBLOCK = 512, 513, 514, 516


class Scratch:
    """An argument that points into the bytes given to the call."""

    __slots__ = ("offset",)

    def __init__(self, offset: int = 0) -> None:
        self.offset = offset


def call(
    tracer: Tracer, thread: Thread, nr: int, args: tuple[int | Scratch, ...], *, scratch: bytes = b"", site: int = 0
) -> tuple[int, bytes]:
    """Let a stopped thread make a system call: (its result, the scratch bytes after it). TargetError when it cannot.

    `site` is the address of `inject` in a page of ours. Without one, everything must be stopped.
    """
    space, tid = thread.space, thread.tid
    suspended = _allow(thread)
    held: list[tuple[int, bytes]] = []
    saved = ptrace.getregs(tid)
    if thread.signo:
        held.append((thread.signo, ptrace.siginfo(tid)))
        thread.signo = 0
    if thread.at_entry:  # it will make the call that it stands before afresh
        saved.rip -= 2
        saved.rax = saved.orig_rax
        saved.orig_rax = _NO_CALL
        thread.at_entry = thread.in_syscall = False
        thread.skip_entry = True
    base = saved.rsp - FRAME
    data = (base - RED_ZONE - len(scratch)) & -16
    _check_stack(space, data, saved.rsp)
    memory = space.memory
    original = b""
    if not site:
        site = _place(space)
        original = bytes(len(INJECTOR))
        memory.write(site, INJECTOR)
    memory.write(base, frame(_way_back(saved)))
    if scratch:
        memory.write(data, scratch)
    regs = ptrace.getregs(tid)
    regs.rip, regs.rsp, regs.rax, regs.orig_rax = site, base, nr, _NO_CALL
    for name, value in zip(("rdi", "rsi", "rdx", "r10", "r8", "r9"), args):
        setattr(regs, name, data + value.offset if isinstance(value, Scratch) else value)
    try:
        ptrace.setregs(tid, regs)
        result = _to_the_end(tracer, thread, site + 2, held)
        after = memory.read(data, len(scratch))
        _to_a_stop(tracer, thread, held)
        ptrace.setregs(tid, saved)
        if suspended:
            ptrace.setoptions(tid, thread.options)
    except ProcessLookupError:
        raise TargetError(f"process {space.pid} died") from None
    finally:
        if original:
            try:
                memory.write(site, original)
            except OSError:
                pass  # its memory has gone with it
    _stands(thread, held)
    return result - 2**64 if result >= 2**64 - 4095 else result, after


def settle(tracer: Tracer, thread: Thread) -> None:
    """Take a stopped thread from the stop it is in to one that says nothing: at the end of its system call, behind its signal."""
    held: list[tuple[int, bytes]] = []
    try:
        _to_a_stop(tracer, thread, held)
    except ProcessLookupError:
        raise TargetError(f"process {thread.pid} died") from None
    _stands(thread, held)


def _stands(thread: Thread, held: list[tuple[int, bytes]]) -> None:
    """It has changed stops behind the loop's back; signals that were held up are sent once more."""
    thread.forget_regs()
    thread.mid_call = thread.trapped = False
    for signo, info in held:
        thread.requeued.append((signo, info))
        try:
            ptrace.tgkill(thread.pid, thread.tid, signo)
        except OSError:
            thread.requeued.pop()


def _to_the_end(tracer: Tracer, thread: Thread, after: int, held: list[tuple[int, bytes]]) -> int:
    """Run it to the stop at the end of the call whose next instruction is `after`; what the call gave."""
    tid = thread.tid
    while True:
        ptrace.syscall(tid)
        status = _wait(tracer, thread)
        if status >> 16:
            continue  # an interrupt, or a stop of the whole group: it goes on all the same
        signo = os.WSTOPSIG(status)
        if signo != ptrace.SYSCALL_STOP_SIGNAL:
            held.append((signo, ptrace.siginfo(tid)))
        elif ptrace.syscall_info(tid)[0] == 2:
            regs = ptrace.getregs(tid)
            if regs.rip == after:
                return regs.rax


def _to_a_stop(tracer: Tracer, thread: Thread, held: list[tuple[int, bytes]]) -> None:
    """From the end of the call to a stop from which the kernel restarts the call that our own one interrupted."""
    tid = thread.tid
    ptrace.interrupt(tid)
    while True:
        ptrace.cont(tid)
        status = _wait(tracer, thread)
        signo = os.WSTOPSIG(status)
        if status >> 16 == ptrace.EVENT_STOP:
            thread.listening = signo != _SIGTRAP  # its process is stopped by job control
            return
        if not status >> 16 and signo != ptrace.SYSCALL_STOP_SIGNAL:
            held.append((signo, ptrace.siginfo(tid)))


def _wait(tracer: Tracer, thread: Thread) -> int:
    _, status = ptrace.wait(thread.tid)
    if not os.WIFSTOPPED(status):
        tracer.gone(thread, status)
        raise TargetError(f"process {thread.pid} died")
    return status


def _way_back(regs: ptrace.Regs) -> dict[str, int]:
    """The registers with which the thread goes on by itself: an interrupted system call is made again, as the kernel would have it."""
    kept = {name: int(getattr(regs, name)) for name in ("r9", "r8", "r10", "rdx", "rsi", "rdi", "r11", "rcx", "rax", "eflags", "rip")}
    if regs.orig_rax < 1 << 63:
        code = 2**64 - regs.rax
        if code in (_ERESTARTSYS, _ERESTARTNOINTR, _ERESTARTNOHAND, _ERESTART_RESTARTBLOCK):
            kept["rax"] = _RESTART_CALL if code == _ERESTART_RESTARTBLOCK else int(regs.orig_rax)
            kept["rip"] -= 2
    return kept


def _check_stack(space: Space, low: int, high: int) -> None:
    for one in read_maps(space.pid):
        if one.start <= high - 1 < one.end:
            if "w" in one.perms and one.start <= low:
                return
            break
    raise TargetError(f"process {space.pid}: a thread has no stack on which its registers could be kept")


def _place(space: Space) -> int:
    """The unused end of a page of code."""
    wanted = len(INJECTOR) + 1
    for one in reversed(read_maps(space.pid)):  # the vdso is among the last
        if one.executable and one.end < 1 << 63 and not any(space.memory.read(one.end - 2 * wanted, 2 * wanted).ljust(1, b"x")):
            return one.end - wanted
    raise TargetError(f"process {space.pid}: no place for the instructions of a system call")


def _allow(thread: Thread) -> bool:
    """May it make calls it has not been written to make? True when a filter had to be suspended for it."""
    theirs, ours = _filters(thread.pid), _filters(os.getpid())
    if theirs == (0, 0) or theirs == ours:
        return False
    try:
        ptrace.setoptions(thread.tid, thread.options | ptrace.O_SUSPEND_SECCOMP)
    except PermissionError:
        raise TargetError(
            f"process {thread.pid} filters its system calls (seccomp): one made on our behalf might kill it",
            hint="root can suspend the filter",
        ) from None
    except OSError as error:
        raise TargetError(f"process {thread.pid} filters its system calls (seccomp): {error.strerror}") from None
    return True


def _filters(pid: int) -> tuple[int, int]:
    """(mode, number of filters) of seccomp; where the kernel does not tell the number, one that no other process has."""
    found = {b"Seccomp": 0, b"Seccomp_filters": -pid}
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            for line in file:
                name, _, value = line.partition(b":")
                if name in found:
                    found[name] = int(value)
    except OSError:
        pass
    mode = found[b"Seccomp"]
    return mode, found[b"Seccomp_filters"] if mode else 0
