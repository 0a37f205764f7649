"""The public Python API: one `Session` is one run of DTrace.

    import pydtrace

    with pydtrace.Session() as s:
        s.option("strsize", "64")
        s.launch("ls /")
        s.compile('syscall:::entry { @calls[probefunc] = count(); }')
        s.go()
        for record in s.records():      # ends with the target, exit() or s.stop()
            print(record.probe, record.values)
        print(s.aggregations["calls"])  # {('openat',): 7, …}

Everything raises classes of `pydtrace.errors`. Leaving the `with` block detaches everything, whatever happened in it.
"""

from __future__ import annotations

from .session.session import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .dif.program import Aggregation
    from .providers.base import Probe


class Record:
    """One firing of one clause. `values` are what its actions recorded, in order: int, bytes (strings up to their NUL), tuples of
    addresses (of a user stack the first is the pid). `fault` is set, and `values` empty, when the clause failed."""

    __slots__ = ("probe", "clause", "cpu", "values", "fault")

    def __init__(self, probe: Probe, clause: int, cpu: int, values: tuple[Any, ...], fault: str | None = None) -> None:
        self.probe = probe
        self.clause = clause
        self.cpu = cpu
        self.values = values
        self.fault = fault

    def __repr__(self) -> str:
        return f"<Record {self.probe} cpu={self.cpu} {self.fault or self.values}>"


class Aggregations:
    """A mapping from an aggregation's name (without `@`; '_' for the bare one) to its mapping from key tuples to values.

    Values: count, sum, min, max, avg and stddev are an int; the quantize family is a list of counts by bucket. Each look-up reads
    the present state."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def _find(self, name: str) -> Aggregation | None:
        program = self._session.program
        return next((a for a in program.aggregations if a.name == name), None) if program else None

    def __getitem__(self, name: str) -> dict[tuple[Any, ...], Any]:
        found = self._find(name)
        engine = self._session.engine
        if found is None or engine is None:
            raise KeyError(name)
        return {tuple(_plain(k) for k in key): _value(found.func, words) for key, words in engine.aggregation(found).items() if words[0]}

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._find(name) is not None

    def __iter__(self) -> Iterator[str]:
        program = self._session.program
        return iter([a.name for a in program.aggregations] if program else [])

    def __len__(self) -> int:
        return len(list(iter(self)))

    def keys(self) -> list[str]:
        """Names, in the order of their first use."""
        return list(self)

    def items(self) -> list[tuple[str, dict[tuple[Any, ...], Any]]]:
        """Names with their mappings."""
        return [(name, self[name]) for name in self]


def _plain(key: Any) -> Any:
    return key.decode("utf-8", "replace") if isinstance(key, bytes) else key


def _value(func: str, words: list[int]) -> Any:
    """The value DTrace would print, of an aggregation's words (d/aggdata.py)."""
    from .d.aggdata import HISTOGRAMS, scalar

    return words[1:] if func in HISTOGRAMS else scalar(func, words)


class Session(Run):
    """One run. Use it as a context manager."""

    def __init__(self) -> None:
        super().__init__()
        self.output_file: str | None = None  # where `run` writes, appending; None is standard output
        self.status = 0  # of exit()
        self.aggregations = Aggregations(self)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def compile(self, text: str, *, field: str = "", name: str = "") -> int:
        """Add a D program and compile it with those added before; gives the number of probes it is enabled on.

        `field` ('provider', 'module', 'function', 'name', 'id'): the text is one clause as on the command line, its description ends
        at that field. `name`: what messages call the program. UserError with `tag`, `line` and `hint` when it is wrong."""
        self.add(text, field=field, name=name)
        try:
            self.prepare()
        except Exception:
            self.sources.pop()
            raise
        return self.sources[-1].matched

    def records(self) -> Iterator[Record]:
        """Every record until the run is over, END's included. Call `go` first."""
        from .output.text import FAULTS

        timeout = self.wait_seconds()
        ending = False
        while True:
            ending = ending or self.over()
            if ending:
                self.stop()
            batch = self.drain(0 if ending else timeout)
            for probe, clause, cpu, values in batch:
                if clause < 0:
                    yield Record(probe, values[0], cpu, (), FAULTS.get(values[1], FAULTS[0]))
                    continue
                self._note_exit(clause, values)
                yield Record(probe, clause, cpu, values)
            if ending and not batch:
                return

    def _note_exit(self, clause: int, values: tuple[Any, ...]) -> None:
        for action in self.clause(clause).schema.actions:
            if action.kind == "exit":
                self.status = int(values[action.first])

    def notices(self) -> list[str]:
        """What DTrace says on start: one line for each program, how many probes it matched."""
        from .session.messages import matched

        return [matched(source) for source in self.sources]

    def stability(self) -> list[tuple[str, str, tuple[str, str, str], tuple[str, str, str]]]:
        """For each program ('description' or 'script', its name, the least attributes of its probe descriptions, and of its statements).

        Attributes are names' stability, data's stability, dependency class. They are computed when the option verbose is on."""
        from .d.stability import BEST, STABLE, words
        from .session.messages import shown

        found = []
        for source in self.sources:
            kind, name = ("script", source.name) if source.kind == "script" else ("description", shown(source))
            descs, statement = source.attributes or (BEST, STABLE)
            found.append((kind, name, words(descs), words(statement)))
        return found

    def disassembly(self) -> str:
        """The program's DIF, and the eBPF made of it where the kernel engine would run it."""
        from .session.listing import listing

        program = self.program or self.prepare()
        return listing(program, self.sources, self.choose().code(program))

    def run(self) -> int:
        """Run to the end and print as the command does; gives the exit status. Ends by itself on SIGINT, SIGTERM or a closed pipe."""
        from .session.console import Console

        return Console(self, self.output_file).run()
