"""The life of one run: add -> prepare (choose an engine, compile) -> go -> drain … -> stop -> close.

    add(text)…   what is to be enabled; nothing happens yet
    prepare()    the engine is chosen, all sources become one program; errors name the source they are in
    go()         the program is enabled and BEGIN fires; a launched target starts
    drain(t)     records since the last call, in order, decoded; faults and drops among them
    stop()       everything is detached and END fires; what is left to drain is drained
    close()      nothing of ours remains in the kernel or in a target; idempotent, and safe at any stage

Records are data here (`engine.base.Record`); what they look like on a screen is the business of session/console.py and output/.

Invariants: after `prepare` fails, or after any exception, `close` leaves nothing armed. `drain` after `stop` gives END's records.
Options given by the caller win over `#pragma D option`, those of the environment do not.
"""

from __future__ import annotations

from time import monotonic

from ..errors import DTraceError, UserError
from ..options import Options
from .deferred import Deferred

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..btf.reader import Btf
    from ..d.types import Type
    from ..dif.compile import Source
    from ..dif.program import CompiledClause, Program
    from ..engine.base import Engine, Record
    from ..linux.kallsyms import Kallsyms
    from ..providers.base import Probe
    from ..target.process import Process


class Run:
    """One run. Not reusable: make another."""

    def __init__(self) -> None:
        self.options = Options()
        self.arguments: list[str] = []  # $1, $2, …
        self.sources: list[Source] = []
        self.processes: list[Process] = []  # the targets; `$target` is the first
        self.engine: Engine | None = None
        self.program: Program | None = None
        self._clauses: dict[int, CompiledClause] = {}
        self._started = False
        self._stopped = False
        self._closed = False
        self._types: Any = None
        self._deferred = Deferred()
        self._kept: list[Record] = []  # drained just before a signal handler raised

    @property
    def process(self) -> Process | None:
        """The first target, if there is one."""
        return self.processes[0] if self.processes else None

    # What is wanted

    def option(self, name: str, value: str | None = None, *, default: bool = False) -> None:
        """Set an option of the run (`strsize`, `quiet`, …); a boolean needs no value. UserError for an unknown name or a bad value.

        With `default`, a program's `#pragma D option` may still change it."""
        if default:
            self.options.set(name, value)
        else:
            self.options.user(name, value)

    def launch(self, command: str | list[str]) -> None:
        """Start a command, stopped; it runs from `go` on and is a target. A string is split at blanks, without quotes."""
        from ..target.process import launch

        self._environment()
        try:
            self.processes.append(launch(command.split() if isinstance(command, str) else command, self.options.text("evaltime")))
        except OSError as error:
            raise UserError(f"failed to execute {command}: {error.strerror}") from None

    def grab(self, pid: int) -> None:
        """Make a running process a target."""
        from ..target.process import grab

        if any(process.pid == pid for process in self.processes):
            return
        try:
            self.processes.append(grab(pid))
        except UserError as error:
            if error.text.endswith((": No such process", ": No such file or directory")):
                raise UserError("No such process", hint=f"no process has the number {pid}") from None
            raise

    def _environment(self) -> None:
        """setenv and unsetenv: what is started inherits it."""
        import os

        for setting in self.options.items("setenv"):
            name, _, value = setting.partition("=")
            os.environ[name] = value
        for name in self.options.items("unsetenv"):
            os.environ.pop(name, None)

    def add(self, text: str, *, field: str = "", name: str = "") -> None:
        """A program: a clause of the command line whose description begins at `field`, or else a script called `name`."""
        from ..dif.compile import Source

        self.sources.append(Source(text, "cli" if field else "script", field, name))

    # Compilation

    def prepare(self, check: bool = False) -> Program:
        """Choose the engine and compile all sources to one program. What fails is told with the source it is in. Mistakes in a source
        come before the lack of an engine to run it; with `check`, that lack does not matter: such a run cannot `go`."""
        try:
            self.choose()
        except DTraceError as refusal:
            program = self._compile_only(refusal, check)
        else:
            program = self._compile_somewhere()
        self.program = program
        self._clauses = {clause.index: clause for clause in program.clauses}
        return program

    def _compile_only(self, refusal: DTraceError, check: bool) -> Program:
        """No engine can run here. Does it compile? A probe that is not found may be one that only the privileged can see."""
        from .choice import checking_engine

        engine = checking_engine(self.options)
        if engine is None:
            raise refusal
        try:
            program = self._compile(engine)
        except UserError as error:
            raise (refusal if error.tag == "D_PDESC_ZERO" and not check else error) from None
        if not check:
            raise refusal
        self.engine = engine
        return program

    def _compile_somewhere(self) -> Program:
        """Compile for the engine chosen; what the kernel engine has no probes for (pid), the process engine may have."""
        engine = self.choose()
        try:
            return self._compile(engine)
        except UserError as error:
            if error.tag != "D_PDESC_ZERO" or engine.name != "kernel" or not self.processes or self.options.text("engine") != "auto":
                raise
            from .choice import process_engine

            other = process_engine(self.options, self.processes)
            try:
                program = self._compile(other)
            except UserError as second:
                raise (second if (second.tag or "").startswith("D_PROC_") else error) from None
            engine.close()
            self.engine = other
            return program

    def choose(self) -> Engine:
        if self.engine is None:
            from .choice import choose

            self.engine = choose(self.options, self.processes)
        return self.engine

    def _compile(self, engine: Engine, zdefs: bool = False) -> Program:
        from ..dif.compile import compile_program
        from .macros import macros

        providers = engine.providers()
        names = macros(self.process)
        script = next((source.name for source in self.sources if source.kind == "script" and source.name), "dtrace")
        types = self.types()

        try:
            return compile_program(self.sources, providers, self.options, names, [script, *self.arguments], types, engine.name, zdefs)
        except UserError as error:
            raise self._placed(error, error.source or self.sources[-1]) from None

    def _placed(self, error: UserError, source: Source) -> UserError:
        text = error.text
        file = getattr(error.line, "file", "")  # of a library, or an included one
        if error.line is not None and (file or source.kind == "script"):
            for context in ("in action list: ", "in predicate: "):
                text = text.removeprefix(context)
            text = f'"{file}", line {error.line}: {text}' if file else f"line {error.line}: {text}"
        if source.kind == "script":
            told = f"failed to compile script {source.name}" if source.name else "failed to compile program"
        else:
            told = f"invalid probe specifier {source.text}"
        if error.tag and self.options.integer("errtags"):
            text = f"[{error.tag}] {text}"
        return UserError(f"{told}: {text}", tag=error.tag, line=error.line, hint=error.hint)

    def probes(self) -> list[tuple[str, list[Probe]]]:
        """For each probe description of the sources, its text and the probes it means; with no source, all probes of the engine."""
        from ..d.tree import ProbeDesc
        from ..providers.base import settle

        engine = self.choose()
        providers = engine.providers()
        if not self.sources:
            every = ProbeDesc(1, "", "", "", "", "")
            return [("", [probe for provider in providers for probe in provider.match(every)])]
        self._compile(engine, zdefs=True)
        answer: list[tuple[str, list[Probe]]] = []
        for source in self.sources:
            for desc, found in source.found:
                if not found and engine.name == "kernel" and self.processes and self.options.text("engine") == "auto":
                    from .choice import process_engine

                    other = process_engine(self.options, self.processes)
                    found = [probe for provider in other.providers() for probe in provider.match(desc)]
                answer.append((str(desc), found))
        settle(providers, [probe for _, probes in answer for probe in probes])
        return answer

    def argument_types(self, probe: Probe) -> list[Type]:
        """The types of args[] of a probe; empty when it has none, or they are unknown."""
        from ..dif.compile import arguments

        return arguments(self.choose().providers(), probe, self.types()) or []

    def types(self) -> Any:
        """The traced kernel's types and the addresses of its symbols; both are read when first asked for."""
        if self._types is None:
            from ..d.kerneltypes import KernelTypes

            other = getattr(self.engine, "kernel", None)  # an engine that traces another kernel than the one we run on
            self._types = KernelTypes(*(other() if other is not None else (_open_btf, _Addresses())))
        return self._types

    # Running

    def go(self) -> None:
        """Enable and fire BEGIN. UserError 'could not enable tracing: …'."""
        program = self.program or self.prepare()
        engine = self.engine
        assert engine is not None
        if self.options.integer("grabanon"):
            raise UserError("could not enable tracing: No anonymous tracing state")
        if not self.options.integer("destructive") and any(clause.destructive for clause in program.clauses):
            raise UserError("could not enable tracing: Destructive actions not allowed", hint="-w allows them")
        if any(clause.schema.size + 16 > self.options.integer("bufsize") for clause in program.clauses) or any(
            8 * agg.words + sum(key.size for key in agg.keys) > self.options.integer("aggsize") for agg in program.aggregations
        ):
            raise UserError("could not enable tracing: Enabling exceeds size of buffer", hint="make it larger: -x bufsize=, -x aggsize=")
        with self._deferred.look():
            try:
                engine.enable(program)
                self._started = True
                engine.go()
            except UserError as error:
                if error.text.startswith("could not"):
                    raise
                raise UserError(f"could not enable tracing: {error.text}", hint=error.hint) from None
            if engine.name == "kernel":
                for process in self.processes:
                    process.resume_untraced()

    def drain(self, timeout: float) -> list[Record]:
        """Records that have come, waiting at most `timeout` seconds for the first."""
        engine = self.engine
        assert engine is not None
        end = monotonic() + timeout
        batch, self._kept = self._kept, []
        try:
            while not batch:
                with self._deferred as deferred:
                    batch = engine.drain(min(max(end - monotonic(), 0), 0.2))
                    signalled = bool(deferred.seen)
                if signalled or monotonic() >= end or engine.stopped():
                    break
        except BaseException:
            self._kept = batch
            raise
        return batch

    def wait_seconds(self) -> float:
        """How long one wait for records may be: short enough to notice a signal or an ended target."""
        return min(max(self.options.integer("switchrate") or 100_000_000, 1_000_000) / 1e9, 0.2)

    def clause(self, index: int) -> CompiledClause:
        """The clause a record belongs to."""
        return self._clauses[index]

    def over(self) -> bool:
        """`exit()` was called, or all targets have ended."""
        engine = self.engine
        if engine is None or self._stopped or engine.stopped():
            return True
        return bool(self.processes) and engine.name == "kernel" and all(process.poll() for process in self.processes)

    def stop(self) -> None:
        """Detach everything, fire END. Idempotent."""
        if self._started and not self._stopped and self.engine is not None:
            with self._deferred.look():
                self.engine.stop()
                self._stopped = True

    def close(self) -> None:
        """Leave nothing behind; a launched target that still runs is ended, a grabbed one goes on. It may be repeated after a failure."""
        if self._closed:
            return
        with self._deferred.look():
            try:
                if self.engine is not None:
                    self.engine.close()
            finally:
                for process in self.processes:
                    process.close()
            self._closed = True


def _open_btf(module: str | None) -> Btf | None:
    from ..btf.kernel import kernel_btf

    return kernel_btf(module)


class _Addresses:
    """Address of a kernel symbol, 0 when unknown."""

    __slots__ = ("_table",)

    def __init__(self) -> None:
        self._table: Kallsyms | None = None

    def __call__(self, module: str, name: str) -> int:
        if self._table is None:
            from ..linux.kallsyms import Kallsyms

            self._table = Kallsyms()
        return self._table.address(name, module or None) or 0
