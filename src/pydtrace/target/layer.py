"""Between the tracer and the breakpoint engine above it: what is asked when threads stop, and when address spaces come and go."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .space import Space, Thread


class BreakpointLayer:
    """What the tracer asks of the layer above it. That layer derives from this."""

    __slots__ = ()

    def hit(self, thread: Thread) -> tuple[int, ...] | None:
        """The probe addresses the thread has hit; none to go on silently; None if the trap is not ours."""
        raise NotImplementedError

    def expects(self, thread: Thread) -> bool:
        """Might a SIGTRAP be the program's own, sent by somebody?"""
        raise NotImplementedError

    def finish(self, thread: Thread) -> None:
        """Make the thread execute the probed instruction."""
        raise NotImplementedError

    def before_signal(self, thread: Thread, signo: int) -> None:
        """A signal is about to be delivered: no address of ours may be seen by its handler."""
        raise NotImplementedError

    def holds(self, thread: Thread, signo: int) -> bool:
        """A signal for a thread that is `stepping`: has it been put aside?"""
        raise NotImplementedError

    def framed(self, thread: Thread, signo: int) -> bool:
        """A thread with `frame_of` has stopped. True if only because the frame of its signal handler has been made."""
        raise NotImplementedError

    def forked(self, parent: Space, child: Space) -> None:
        """The child's memory is a copy of the parent's."""
        raise NotImplementedError

    def remove_space(self, space: Space) -> None:
        """Restore every byte of it; its threads are stopped."""
        raise NotImplementedError

    def forget_space(self, space: Space) -> None:
        """Its memory is gone."""
        raise NotImplementedError

    def after_hit(self, thread: Thread) -> None:
        """The thread has been sent on from a breakpoint, and is still stopped."""
        raise NotImplementedError

    def sigaction(self, thread: Thread, entry: bool, args: tuple[int, ...], ret: int) -> None:
        """rt_sigaction, which may be about SIGTRAP: seen if system calls are traced, or for a `watched` thread."""
        raise NotImplementedError

    def execed(self, thread: Thread, old: Space) -> None:
        """The thread, which lived in the old space, has begun a new program."""
        raise NotImplementedError

    def armed(self) -> bool:
        """Is there a byte that is not restored yet?"""
        raise NotImplementedError
