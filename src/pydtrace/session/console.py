"""One run as the command does it: fetch records as the options say (session/buffers.py), print, and stop the DTrace way.

A run ends by `exit()`, with its target, by SIGINT, SIGTERM or SIGHUP, or when nobody reads its output any more. In every case probes are
detached and END fires; its records and the aggregations not yet printed come out last. A second signal does not wait for that: the rest
is not printed.

A signal handler only counts. The loops look at the count, and so does the sink when its reader keeps it waiting (`_patient`): nothing is
ever broken off in the middle, least of all the detaching from a target, which would kill it.

The order of output is the order of the records: `printa`, `clear`, `trunc` and `normalize` are actions of records and happen when their
record is printed, so an aggregation printed by a record may already contain what came after it, as in any DTrace
(output/snapshots.py).
"""

from __future__ import annotations

import gc
import os

from ..output.sink import Sink
from ..output.text import TextOutput
from .buffers import buffer_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..engine.base import Record
    from .buffers import Switching
    from .session import Run


class Console:
    def __init__(self, run: Run, path: str | None) -> None:
        self._run = run
        self._sink = Sink(path)
        self._errors = Sink(fd=2)
        self._signals = 0
        self._ending = False
        self._buffer: Switching | None = None
        self._output: TextOutput | None = None
        self._sink.patient = self._errors.patient = self._patient

    def run(self) -> int:
        """Go, drain, stop; gives the exit status."""
        run = self._run
        kept = self._catch()
        # Records and aggregations are many objects without cycles: the collector would walk them again and again for nothing.
        threshold = gc.get_threshold()
        gc.set_threshold(200_000)
        try:
            engine = run.engine
            if run.program is None or engine is None:
                run.prepare()
                engine = run.engine
            output = self._output = TextOutput(self._sink, self._errors, run.options, engine)
            run.go()
            self._resized(output)
            for note in engine.notes if engine is not None else ():
                output.message(note)
            try:
                self._loop(output)
                self._finish(output)
            except BrokenPipeError:
                run.stop()  # quietly: there is nobody to print END's records for
            return output.exit_status or 0
        finally:
            try:
                run.close()
            finally:
                gc.set_threshold(*threshold)
                self._release(kept)
                if self._output is not None:
                    self._output.close()
                self._sink.close()

    def _patient(self) -> bool:
        """Wait for a reader that does not read? Until the signal that ends the tracing; then until the next one."""
        return self._signals <= self._ending

    def _resized(self, output: TextOutput) -> None:
        """What is smaller than was asked for."""
        options, engine = self._run.options, self._run.engine
        if options.integer("quietresize") or options.integer("quiet") or "_DTRACE_TESTING" in os.environ or engine is None:
            return
        for what, size in engine.lowered.items():
            shift, unit = next((s, u) for s, u in ((30, "g"), (20, "m"), (10, "k"), (0, "")) if not size % (1 << s))
            output.message(f"{what} size lowered to {size >> shift}{unit}")

    def _loop(self, output: TextOutput) -> None:
        from time import monotonic_ns

        run = self._run
        buffer = self._buffer = buffer_of(run)
        self._print(output, [])  # the first snapshot is of BEGIN
        status_rate = run.options.integer("statusrate")
        next_status = monotonic_ns() + status_rate
        while not self._signals:
            # Asked before fetching: what was recorded before the end is then in this batch.
            over = run.over()
            self._print(output, buffer.fetch(over))
            output.flush()
            if over or buffer.full or output.exit_status is not None:
                return
            if monotonic_ns() >= next_status:
                next_status = monotonic_ns() + status_rate
                self._drops(output)
        if "_DTRACE_TESTING" not in os.environ:
            self._sink.write(b"\n")  # behind the terminal's ^C

    def _finish(self, output: TextOutput) -> None:
        """END, and all that is left to print."""
        run = self._run
        run.stop()
        self._ending = True
        assert self._buffer is not None
        while self._signals < 2:
            batch = self._buffer.last(run.drain(0))
            if not batch:
                break
            self._print(output, batch, final=True)
        if self._signals > 1:
            return
        self._drops(output)
        assert run.program is not None
        output.aggregations(run.program.aggregations)

    def _print(self, output: TextOutput, batch: list[Record], final: bool = False) -> None:
        clause_of, record = self._run.clause, output.record
        assert self._run.program is not None
        if self._run.program.aggregations:
            output.snapshots.begin(self._run.program.aggregations, final=final)
        for probe, clause, cpu, values in batch:
            if clause >= 0:
                record(probe, cpu, clause_of(clause).schema, values)
            else:
                output.fault(probe, *values)

    def _drops(self, output: TextOutput) -> None:
        engine = self._run.engine
        assert engine is not None
        for kind, by_cpu in engine.drops().items():
            output.drops(kind, by_cpu)

    # Signals. Only the main thread may set handlers: elsewhere (a program that uses the API in a thread) they stay as they are.

    def _catch(self) -> list[tuple[Any, Any]]:
        import _signal as signal  # the module without its enums, which cost more than everything else here

        kept: list[tuple[Any, Any]] = []
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            try:
                if signal.getsignal(number) != signal.SIG_IGN or number == signal.SIGINT:
                    kept.append((number, signal.signal(number, self._on_signal)))
            except ValueError:
                break
        return kept

    def _on_signal(self, *_: object) -> None:
        self._signals += 1

    @staticmethod
    def _release(kept: list[tuple[Any, Any]]) -> None:
        import _signal as signal

        for number, handler in kept:
            signal.signal(number, handler)
