"""Python's signal handlers wait while an engine works.

A handler written in Python runs between any two instructions of ours and may raise: KeyboardInterrupt is one that does. In the middle of a
tracer that would lose a stop that has been collected and not yet answered, and with it the target. So every call of an engine is made
inside `with deferred:`. Handlers that are Python functions are replaced by one that only notes the signal; at the end they are put back and
called for each noted one, in order. Then they may raise: nothing is half done.

Handlers run in the main thread only, so elsewhere there is nothing to do. To look for handlers costs 0.1 ms, so `look` is for the beginning
of a run and for its end; in between the same ones are deferred.
"""

from __future__ import annotations

import os
from _thread import get_native_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Deferred:
    __slots__ = ("_depth", "_kept", "_numbers", "seen")

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._kept: list[tuple[int, Any]] = []
        self._depth = 0
        self.seen: list[int] = []  # what has come since `with`

    def look(self) -> Deferred:
        """Find the handlers there are now."""
        if not self._depth:
            import _signal as signal

            every = range(1, signal.NSIG) if get_native_id() == os.getpid() else ()
            self._numbers = [n for n in every if callable(signal.getsignal(n))]
        return self

    def __enter__(self) -> Deferred:
        self._depth += 1
        if self._depth == 1 and self._numbers and get_native_id() == os.getpid():
            import _signal as signal

            try:
                for number in self._numbers:
                    handler = signal.getsignal(number)
                    if callable(handler):
                        self._kept.append((number, handler))
                        signal.signal(number, self._note)
            except BaseException:  # one that came before its turn has raised
                self._depth -= 1
                self._restore()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if self._depth or not self._kept:
            return
        handlers = dict(self._kept)
        self._restore()
        while self.seen:
            number = self.seen.pop(0)
            handlers[number](number, None)

    def _note(self, number: int, _: object) -> None:
        self.seen.append(number)

    def _restore(self) -> None:
        """Put every handler back, also if one of them raises meanwhile; what it raised comes out at the end."""
        import _signal as signal

        raised: BaseException | None = None
        while self._kept:
            try:
                signal.signal(*self._kept[-1])
                self._kept.pop()
            except BaseException as error:
                raised = error
        if raised is not None:
            raise raised
