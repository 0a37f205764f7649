"""The SIGTRAP handler that lets a grabbed process outlive its tracer: put there, kept there, hidden, taken away.

x86/relay.py says what the handler does. It is installed before the first byte is changed and taken away after the last one is restored, so
there is no moment at which the death of the tracer leaves a breakpoint without it. Programs of our own (`-c`) die with us and have none.

What the program sees. A call of sigaction for SIGTRAP that it makes meanwhile is its own business, and must have the effect and the answer
it would have had. Its own disposition is kept here and in the page. A breakpoint of ours on the C library's sigaction tells us of the call
(if system calls are traced we see it anyway); the thread is stopped at the end of the system call, the answer is corrected, and what it set
becomes the new `own`, behind the handler. What it does by a bare `syscall` instruction we do not see unless system calls are traced: then
its own handler is in force, which is right while we live, and the process is without protection.

What the kernel does. A breakpoint hit by a thread that blocks SIGTRAP resets the disposition to SIG_DFL (and unblocks the signal): a
fault cannot wait. So now and then, at a hit, the disposition is looked at, and installed again if it is gone. Until then, and at the very
hit, such a thread dies with its tracer: nothing can be done about that, a handler is not called for a blocked signal.

What is not kept when we are dead: a signal that finds a thread in a slot shows its handler the slot's address, which is harmless, since
slots are never changed.

Afterwards. The journal's watchdog restores the bytes and leaves the handler: it is then never called, an exec forgets it, and the next
dtrace that grabs the process recognizes it by its page and finds the program's own disposition there.

A program whose own handler is to be called once only (SA_RESETHAND) keeps it: the page cannot note that it has been called.
"""

from __future__ import annotations

import time

from ..errors import TargetError
from ..target.inject import Scratch, call, settle
from ..x86 import relay
from ..x86.relay import SigAction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..target.tracer import Space, Thread, Tracer

_SIGTRAP = 5
_MMAP, _RT_SIGACTION = 9, 13
_PRIVATE_ANONYMOUS = 0x22
_READ, _READ_EXEC = 1, 5
_PAGE = 4096
_LOOK = 0.005  # seconds between two looks at the disposition
_NOWHERE = 2**64 - 1


class Guard:
    """The handler of one process. `page` is 0 until it is installed."""

    __slots__ = ("_looked", "_spare", "_table", "_tracer", "_was", "own", "page", "space")

    def __init__(self, tracer: Tracer, space: Space) -> None:
        self._tracer = tracer
        self.space = space
        self.page = 0
        self.own = SigAction()
        self._table = self._spare = (0, 0)  # (address, size) of the table in force, and of the one before it
        self._looked = 0.0
        self._was: bytes | None = None  # the new action in a call of sigaction that is going on

    def copy(self, space: Space) -> Guard:
        """For a forked child: its memory and its dispositions are copies."""
        new = Guard(self._tracer, space)
        new.page, new.own, new._table, new._spare = self.page, self.own, self._table, self._spare
        return new

    # ---- there and away; everything is stopped

    def update(self, ranges: list[tuple[int, int]], entries: dict[int, int]) -> None:
        """From now on these are the slots and the breakpoints; installs the handler if it is not there."""
        if not self.page:
            self.page = self._map(_PAGE, _READ_EXEC)
        data = relay.table(ranges, entries)
        if len(data) > self._spare[1]:
            size = -(-2 * len(data) // _PAGE) * _PAGE
            self._spare = (self._map(size, _READ), size)
        memory = self.space.memory
        memory.write(self._spare[0], data)
        if self._table[1]:
            memory.write(self.page + relay.TABLE, self._spare[0].to_bytes(8, "little"))
        else:
            memory.write(self.page, relay.page(self._spare[0], self.own))
            self._install()
        self._table, self._spare = self._spare, self._table

    def _map(self, size: int, protection: int) -> int:
        site = self.page + relay.INJECT if self._table[1] else 0
        at, _ = self._tracer.inject(self.space, _MMAP, 0, size, protection, _PRIVATE_ANONYMOUS, _NOWHERE, 0, site=site)
        if at < 0:
            raise TargetError(f"no memory for a signal handler in process {self.space.pid} (error {-at})")
        return at

    def _install(self) -> None:
        """Ours in place of the program's own. What was there may be the handler of a tracer that was killed."""
        own = self._set(SigAction().relayed(self.page))
        if own.handler > SigAction.IGNORE:
            head = self.space.memory.read(own.handler - relay.HANDLER, relay.HANDLER)
            if head[: len(relay.MAGIC)] == relay.MAGIC:
                own = SigAction.unpack(head[relay.OWN : relay.OWN + SigAction.SIZE])
        self._keep(own)
        if own.handler:
            self._set(own if own.flags & SigAction.RESETHAND else own.relayed(self.page))

    def _keep(self, own: SigAction) -> None:
        self.own = own
        self.space.memory.write(self.page + relay.OWN, own.pack())

    def _set(self, new: SigAction | None, thread: Thread | None = None) -> SigAction:
        """Set the disposition of SIGTRAP (None: only ask); what it was."""
        site = self.page + relay.INJECT
        scratch = (new.pack() if new is not None else bytes(SigAction.SIZE)) + bytes(SigAction.SIZE)
        args = (_SIGTRAP, 0 if new is None else Scratch(), Scratch(SigAction.SIZE), 8)
        if thread is None:
            result, after = self._tracer.inject(self.space, _RT_SIGACTION, *args, scratch=scratch, site=site)
        else:
            result, after = call(self._tracer, thread, _RT_SIGACTION, args, scratch=scratch, site=site)
        if result:
            raise TargetError(f"process {self.space.pid}: its disposition of SIGTRAP cannot be changed (error {-result})")
        return SigAction.unpack(after[SigAction.SIZE :])

    def withdraw(self) -> None:
        """Every byte has been restored: the program gets its own disposition back. A thread that stands at a breakpoint is first taken out
        of that stop, since the SIGTRAP would be delivered if we died now."""
        if not self._table[1]:
            return
        for thread in list(self._tracer.threads.values()):
            if thread.space is self.space and thread.trapped and thread.stopped:
                settle(self._tracer, thread)
        was = self._set(None)
        if was.handler == self.page + relay.HANDLER or not was.handler:  # else the program has set another one unseen
            self._set(self.own)
        self._table = (0, 0)
        self.page = 0

    # ---- while it runs

    def look(self, thread: Thread) -> None:
        """At a hit, once in a while: is the handler still there?"""
        now = time.monotonic()
        if now - self._looked < _LOOK or not self._table[1]:
            return
        self._looked = now
        caught, ignored = _dispositions(thread.pid)
        if not caught:
            if ignored:
                self._keep(SigAction(SigAction.IGNORE))
            elif self.own.flags & SigAction.RESETHAND:
                self._keep(SigAction())  # it has been called
            self._set(self.own.relayed(self.page), thread)

    def sigaction(self, thread: Thread, entry: bool, args: tuple[int, ...], ret: int) -> None:
        """The program calls sigaction for SIGTRAP: at the beginning, and at the end, of the system call."""
        memory = self.space.memory
        if entry:
            self._was = memory.read(args[1], SigAction.SIZE) if args[1] else None
            return
        new, self._was = self._was, None
        if ret:
            return
        if args[2] and memory.read(args[2], 8) == (self.page + relay.HANDLER).to_bytes(8, "little"):
            memory.write(args[2], self.own.pack())
        if new is not None and len(new) == SigAction.SIZE:
            self._keep(SigAction.unpack(new))
            if not self.own.flags & SigAction.RESETHAND:
                self._set(self.own.relayed(self.page), thread)


def ignore(tracer: Tracer, thread: Thread) -> None:
    """SIGTRAP is ignored by the program that the thread has just begun, as it was by the one before."""
    scratch = SigAction(SigAction.IGNORE).pack()
    tracer.inject(thread.space, _RT_SIGACTION, _SIGTRAP, Scratch(), 0, 8, scratch=scratch)


def _dispositions(pid: int) -> tuple[bool, bool]:
    """Is SIGTRAP caught, is it ignored?"""
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            text = file.read()
    except OSError:
        return True, False

    def has(name: bytes) -> bool:
        return bool(int(text.split(name, 1)[1].split(None, 1)[0], 16) >> _SIGTRAP - 1 & 1)

    return has(b"SigCgt:"), has(b"SigIgn:")
