"""Text as dtrace prints it: the probe line with its columns, traced values, faults, drops, and aggregations.

`record` is the hot path. The layout of a clause's record never changes, so a schema becomes, the first time it is seen, a list of small
functions that append bytes to one list; the probe line is kept per (probe, CPU). `flush` writes the list with one call: the session
calls it after each drain. A closed pipe is the session's to deal with: BrokenPipeError passes through.

`resolver` is the engine, or anything with `ksym`, `usym` and `uplace`; `aggregation` is needed when records print or clear
aggregations.
`err` takes bytes as `stream` does. After an exit action `exit_status` is its status, else it is None.
"""

from __future__ import annotations

import os

from ..d.types import SymbolType, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from ..dif.program import Action, Aggregation, Field, Schema
    from ..options import Options
    from ..providers.base import Probe
    from .pcap import Captures
    from .snapshots import Snapshots

    class Stream(Protocol):
        def write(self, data: bytes, /) -> object: ...
        def flush(self) -> None: ...

    class Sink(Stream, Protocol):
        name: str

        def fileno(self) -> int: ...
        def truncate(self) -> object: ...
        def close(self) -> None: ...

    Step = Callable[[tuple[Any, ...]], None]

FAULTS = {
    0: "unknown fault", 1: "invalid address", 2: "invalid alignment", 3: "illegal operation", 4: "divide-by-zero",
    5: "out of scratch space", 6: "invalid kernel access", 7: "invalid user access",
    8: "tuple stack overflow", 9: "bad stack", 10: "invalid size",
    11: "index out of bounds", 1000: "library-level fault",
}  # fmt: skip
_HEX_VALUE = (1, 2, 9, 10)
# kind: (what, per CPU, words after)
DROPS = {
    "PRINCIPAL": ("drop", True, ""), "AGGREGATION": ("aggregation drop", True, ""), "DYNAMIC": ("dynamic variable drop", False, ""),
    "DYNRINSE": ("dynamic variable drop", False, " with non-empty rinsing list"),
    "DYNDIRTY": ("dynamic variable drop", False, " with non-empty dirty list"), "SPEC": ("speculative drop", False, ""),
    "SPECBUSY": ("failed speculation", False, " (available buffer(s) still busy)"),
    "SPECUNAVAIL": ("failed speculation", False, " (no speculative buffer available)"),
    "STKSTROVERFLOW": ("jstack()/ustack() string table overflow", False, ""), "DBLERROR": ("error", False, " in ERROR probe enabling"),
    "MISSED": ("missed firing", False, " of function probes"),
}  # fmt: skip
_INTEGERS = {
    (8, True): b" %19d", (4, True): b" %10d", (2, True): b" %5d", (1, True): b" %3d",
    (8, False): b" %20d", (4, False): b" %10d", (2, False): b" %5d", (1, False): b" %3d",
}  # fmt: skip


class TextOutput:
    __slots__ = (
        "stream", "err", "captures", "options", "resolver", "exit_status", "_snapshots", "quiet", "_flow", "_testing", "_home", "_parts",
        "_header", "_prefixes", "_probe", "_plans", "_flows",
    )  # fmt: skip

    def __init__(self, stream: Sink, err: Stream, options: Options, resolver: Any, testing: bool | None = None) -> None:
        self.stream = stream
        self.err = err
        self.options = options
        self.resolver = resolver
        self.exit_status: int | None = None
        self._snapshots: Snapshots | None = None
        self._testing = "_DTRACE_TESTING" in os.environ if testing is None else testing
        self._home = stream  # where freopen("") goes back to
        self.captures: Captures | None = None
        self._probe: Probe | None = None  # of the record that is being printed
        self._parts: list[bytes] = []  # one object for ever: the plans hold its append
        self._header = False
        self._prefixes: dict[tuple[int, int], bytes] = {}
        self._plans: dict[Schema, list[Step]] = {}
        self._flows: dict[int, tuple[int, Probe | None, int]] = {}  # by CPU: indentation, probe and clause of the last record
        self.quiet = False
        self._flow = False
        self.reload()

    def reload(self) -> None:
        """The options have changed (setopt)."""
        self.quiet = bool(self.options.integer("quiet"))
        self._flow = bool(self.options.integer("flowindent"))
        self._plans = {}

    # --- records -------------------------------------------------------------------------------------------------------------------

    def record(self, probe: Probe, cpu: int, schema: Schema, values: tuple[Any, ...]) -> None:
        if not schema.records:
            return
        steps = self._plans.get(schema)
        if steps is None:
            steps = self._plans[schema] = self._plan(schema)
        self._probe = probe
        parts = self._parts
        quiet = self.quiet
        if not quiet:
            if not self._header:
                self._write_header()
            if self._flow:
                parts.append(self._flow_prefix(probe, cpu, schema.clause))
            else:
                prefix = self._prefixes.get((probe.id, cpu))
                if prefix is None:
                    prefix = self._prefixes[probe.id, cpu] = self._prefix(probe, cpu)
                parts.append(prefix)
        for step in steps:
            step(values)
        if not self.quiet:  # which setopt() may have changed
            parts.append(b"\n")
        if len(parts) > 20000:
            self.flush()

    def _write_header(self) -> None:
        self._header = True
        if self._flow:
            self._parts.append(b"%-41s\n" % b"FUNCTION" if self._testing else b"%3s %-41s\n" % (b"CPU", b"FUNCTION"))
        elif self._testing:
            self._parts.append(b"%32s\n" % b"FUNCTION:NAME")
        else:
            self._parts.append(b"%3s %6s %32s\n" % (b"CPU", b"ID", b"FUNCTION:NAME"))

    def _prefix(self, probe: Probe, cpu: int) -> bytes:
        name = f"{probe.function}:{probe.name}".encode()
        return b"%32b " % name if self._testing else b"%3d %6d %32b " % (cpu, probe.id, name)

    def _flow_prefix(self, probe: Probe, cpu: int, clause: int) -> bytes:
        """Each CPU has an indentation of its own. Of several clauses of one firing only the first changes it."""
        name = probe.name
        level, last_probe, last_clause = self._flows.get(cpu, (0, None, -1))
        again = last_probe is probe and last_clause < clause  # clauses of one firing come in order
        entry = name == "entry" or name.endswith("-entry")
        leave = name == "return" or name.endswith("-return")
        arrow = "=" if probe.provider == "syscall" else "-"
        after = level
        if entry and not again:
            text = f"{'':{level}} {arrow}> {probe.function}"
            after += 2
        elif leave:
            if not again:
                level = after = max(0, level - 2)
            text = f"{'':{level}} <{arrow} {probe.function}"
        else:
            text = f"{'':{level}}| {probe.function}:{name}"
        self._flows[cpu] = (after, probe, clause)
        return b"%-41b " % text.encode() if self._testing else b"%3d %-41b " % (cpu, text.encode())

    def _plan(self, schema: Schema) -> list[Step]:
        return [step for action in schema.actions for step in self._steps(schema, action)]

    def _steps(self, schema: Schema, action: Action) -> list[Step]:
        first, count, kind = action.first, action.count, action.kind
        fields = schema.fields[first : first + count]
        if kind in ("trace", "stack", "sym"):
            return [self._trace_step(f, first + i) for i, f in enumerate(fields)]
        if kind == "printf":
            render, append, end = action.format.compile([f.type for f in fields], self.resolver).render, self._parts.append, first + count
            if first == 0 and count == len(schema.fields):
                return [lambda values: append(render(values))]
            return [lambda values: append(render(values[first:end]))]
        if kind == "exit":
            return [lambda values: self._exit(values[first] if count else action.args[0] if action.args else 0)]
        if kind == "printa":
            return [lambda values: self.printa(action)]
        if kind in ("clear", "trunc", "normalize", "denormalize"):
            return [lambda values: self._aggregation_action(action, values)]
        from . import effects

        step = effects.step(self, schema, action)
        return [step] if step is not None else []

    def _trace_step(self, field: Field, index: int) -> Step:
        append, kind, t, quiet = self._parts.append, field.kind, resolve(field.type), self.quiet
        if kind == "int" and not isinstance(t, SymbolType):
            layout = b"%d" if quiet else _INTEGERS[field.size, field.signed]
            return lambda values: append(layout % values[index])
        from ..d.printf import stack_text, symbol_text

        if isinstance(t, SymbolType):
            return lambda values: append(b"  %-50b" % symbol_text(values[index], t.kind, self.resolver))
        if kind in ("str", "probe"):
            layout = b"%b" if quiet else b"  %-33b"
            return lambda values: append(layout % values[index])
        if kind == "stack":
            indent, resolved = self.options.integer("stackindent"), not self.options.integer("noresolve")
            return lambda values: append(stack_text(values[index], self.resolver, indent, resolved))
        if kind == "usym":
            return lambda values: append(b"  %-50b" % symbol_text(values[index], "usym", self.resolver))
        from .aggregates import hex_dump

        return lambda values: append(hex_dump(values[index]))

    def _exit(self, status: int) -> None:
        self.exit_status = status

    # --- faults and drops ----------------------------------------------------------------------------------------------------------

    def message(self, text: str) -> None:
        """A line on the error stream, after all output so far."""
        self.flush()
        self.err.write(b"dtrace: " + text.encode(errors="surrogateescape") + b"\n")
        self.err.flush()

    def fault(self, probe: Probe, clause: int, code: int, value: int, offset: int) -> None:
        text = FAULTS.get(code, "unknown fault")
        if code in _HEX_VALUE and not (code == 1 and value in (-1, (1 << 64) - 1)):
            text += f" (0x{value & (1 << 64) - 1:x})"
        elif code == 11:
            text += f" ({(value & (1 << 64) - 1 ^ 1 << 63) - (1 << 63)})"
        self.message(f"{_place(probe, clause)}: {text} at DIF offset {offset}")

    def library_fault(self, clause: int, text: str) -> None:
        """What an action of the record being printed could not do."""
        assert self._probe is not None
        self.message(f"{_place(self._probe, clause)}: {text}")

    def drop(self, kind: str, cpu: int, n: int) -> None:
        what, per_cpu, after = DROPS[kind]
        tag = f"[DTRACEDROP_{kind}] " if self.options.integer("droptags") else ""
        self.message(f"{tag}{n} {what}{'s' if n != 1 else ''}{after}{f' on CPU {cpu}' if per_cpu else ''}")

    def drops(self, kind: str, by_cpu: dict[int, int]) -> None:
        """A message for each CPU, or one for all where the kind does not say which CPU it was."""
        if DROPS[kind][1]:
            for cpu, n in sorted(by_cpu.items()):
                self.drop(kind, cpu, n)
        else:
            self.drop(kind, 0, sum(by_cpu.values()))

    # --- aggregations --------------------------------------------------------------------------------------------------------------

    @property
    def snapshots(self) -> Snapshots:
        """What is known of the aggregations."""
        if self._snapshots is None:
            from .snapshots import Snapshots

            self._snapshots = Snapshots(self.resolver.aggregation, self.options)
        return self._snapshots

    def printa(self, action: Action) -> None:
        from .aggregates import default_lines, format_lines

        shown = [self.snapshots.shown(agg) for agg in action.aggs]
        for agg in action.aggs:
            self.snapshots.set_printed(agg)
        if action.format is None:
            self._parts.append(b"\n" + default_lines(shown, self.resolver, self.options))
        else:
            self._parts.append(format_lines(action.format, shown, self.resolver, self.options))

    def _aggregation_action(self, action: Action, values: tuple[Any, ...]) -> None:
        number = action.args[0] if action.args else values[action.first] if action.count else 0
        snapshots = self.snapshots
        for agg in action.aggs:
            if action.kind == "clear":
                snapshots.clear(agg)
            elif action.kind == "trunc":
                snapshots.trunc(agg, number)
            elif action.kind == "denormalize":
                snapshots.normalize(agg, 1)
            elif number:
                snapshots.normalize(agg, number)
            else:
                self.message(f"failed to normalize @{agg.name}: Invalid normalization")

    def aggregations(self, aggs: list[Aggregation], newline: bool = True) -> None:
        """The end of the run: a newline, then every aggregation that printa has not printed."""
        if newline:
            self._parts.append(b"\n")
        if aggs:
            self._unprinted(aggs)
        self.flush()

    def _unprinted(self, aggs: list[Aggregation]) -> None:
        from .aggregates import default_lines

        self.snapshots.begin(final=True)
        for agg in sorted(aggs, key=lambda agg: agg.index, reverse=bool(self.options.integer("aggsortrev"))):
            if not self.snapshots.printed(agg):
                self._parts.append(default_lines([self.snapshots.shown(agg)], self.resolver, self.options))

    def redirect(self, stream: Sink | None) -> None:
        """Output goes to `stream` from here on, or back to where it went at first."""
        self.flush()
        if self.stream is not self._home:
            self.stream.close()
        self.stream = self._home if stream is None else stream

    @property
    def redirected(self) -> bool:
        return self.stream is not self._home

    def write(self, data: bytes) -> None:
        self._parts.append(data)

    def close(self) -> None:
        if self.captures is not None:
            self.captures.close()
        if self.redirected:
            self.stream.close()

    def flush(self) -> None:
        parts = self._parts
        if parts:
            data = b"".join(parts)
            parts.clear()
            self.stream.write(data)
        self.stream.flush()


def _place(probe: Probe, clause: int) -> str:
    return f"error in dt_clause_{clause} for probe ID {probe.id} ({probe})"
