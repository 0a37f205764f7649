"""D text to a Program: parse, match, check, lower, verify. Pure, but for what the providers ask the kernel when they match.

A clause is compiled once per argument signature of the probes it matches when it uses args[], else once.
"""

from __future__ import annotations

from ..d import tree as t
from ..d.branches import has_branches, split
from ..d.check import Checker
from ..d.declare import Declarations, Scope
from ..d.depth import Deep
from ..d.library import Library
from ..d.parser import Macros, parse, parse_type
from ..errors import UserError
from ..options import VERSIONS
from .lower import Lowering
from .order import order
from .program import CompiledClause, Program
from .verify import verify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..d.declare import KernelTypes
    from ..d.directives import Directives
    from ..d.stability import Attributes, Meter
    from ..d.types import Type
    from ..d.versions import Limit
    from ..options import Options


class Source:
    """A piece of program text. `kind`: 'script' or 'cli'; `field`: what a short description names ('name', 'provider', 'module',
    'func', 'id');
    `matched`: the number of probes its descriptions matched, set by `compile_program`; `found`: which, for each description;
    `attributes` (of descriptions, of statements) are set when the option stability asks for them, and `probes` (by clause)."""

    __slots__ = ("text", "kind", "field", "name", "matched", "found", "attributes", "probes")

    def __init__(self, text: str, kind: str = "cli", field: str = "name", name: str = "") -> None:
        self.text = text
        self.kind = kind
        self.field = field
        self.name = name
        self.matched = 0
        self.found: list[tuple[t.ProbeDesc, list[Any]]] = []
        self.attributes: tuple[Attributes, Attributes] | None = None
        self.probes: list[list[Any]] = []


class Compiler:
    """Compiles sources, one after the other, into `program`."""

    def __init__(self, providers: list[Any], options: Options, macros: Macros, kernel: KernelTypes, engine: str) -> None:
        self.providers = providers
        self.options = options
        self.macros = macros
        self.zdefs = False
        ours = not options.integer("nolibs") and not options.text("syslibdir")
        self.scope = Scope(options.integer("strsize"), kernel, Library(engine) if ours else None)
        self.scope.options = options
        self.program = Program(0)
        self.types: set[str] = set()
        self.directives: Directives | None = None
        self.meter: Meter | None = None
        self.limit: Limit | None = None
        self.source: Source | None = None  # what is being compiled: an error is in it

    def run(self, sources: list[Source]) -> Program:
        """All are read before any is checked: an option that a program sets holds for everything."""
        self.source = sources[0] if sources else None
        libraries = self.libraries()
        trees = []
        for source in sources:
            self.source = source
            trees.append(self.read(source))
        self.program.strsize = self.options.integer("strsize")
        self.scope.string.resize(self.program.strsize)
        self.program.scratchsize = self.scope.scratchsize = self.options.integer("scratchsize")
        self.source = sources[0] if sources else None
        for library in libraries:
            for item in library.items:
                if not isinstance(item, t.Clause):
                    self.item(item, Source("", "script"), library=True)
        if self.options.text("amin") or self.options.integer("stability"):
            self.measure()
        if self.options.text("version") != VERSIONS[-1]:
            from ..d.versions import Limit

            self.limit = Limit(self.options.text("version"), self.scope)
        for source, tree in zip(sources, trees, strict=True):
            self.source = source
            source.attributes = None
            source.matched = 0
            source.found, source.probes = [], []
            for item in tree.items:
                self.item(item, source)
        if self.directives is not None:
            self.directives.finish()
        self.program.variables = self.scope.variables
        self.program.aggregations = list(self.scope.aggregations.values())
        if any(v.keys for v in self.program.variables) or any(a.keys for a in self.program.aggregations):
            from .keys import agree

            agree(self.program)
        return self.program

    def libraries(self) -> list[t.Program]:
        """The user's libraries, read."""
        options = self.options
        directories = [*filter(None, [options.text("syslibdir")]), *options.items("libdir")]
        if not directories or options.integer("nolibs"):
            return []
        from ..d.libdirs import libraries

        empty = Macros({}, [])
        return [
            parse(text, macros=empty, type_names=self.types, known_type=self.scope.is_type, library=path)
            for path, text in libraries(directories, self.has)
        ]

    def measure(self) -> None:
        from ..d.stability import Meter
        from ..options import parse_attributes

        amin = self.options.text("amin")
        self.meter = Meter(self.scope, parse_attributes(amin) if amin else None)

    def read(self, source: Source) -> t.Program:
        cli = source.kind == "cli"
        return parse(
            source.text,
            macros=self.macros,
            options=self.options,
            cli=cli,
            field=source.field if cli else "name",
            type_names=self.types,
            known_type=self.scope.is_type,
            own=source.name,
        )

    def item(self, item: t.Node, source: Source, library: bool = False) -> None:
        cli = source.kind == "cli"
        if isinstance(item, t.Clause):
            source.matched += self.clause(item, cli, source)
        elif isinstance(item, t.VarDecl):
            Declarations(self.scope, cli).declare(item)
        elif isinstance(item, (t.StructDecl, t.EnumDecl)):
            Declarations(self.scope, cli).define(item)
        elif isinstance(item, t.Inline):
            Checker(self.scope, None, "", cli).define_inline(item)
        elif isinstance(item, t.Translator):
            Checker(self.scope, None, "", cli).define_translator(item)
        elif isinstance(item, t.Pragma):
            if self.directives is None:
                from ..d.directives import Directives

                self.directives = Directives(self.scope, self.has)
            self.directives.apply(item, library)
        elif isinstance(item, t.ProviderDecl):
            from ..d.provider import Provided

            Provided(self.scope, cli).define_provider(item)

    def has(self, kind: str, name: str) -> bool:
        """Whether there is a provider or a module of that name."""
        if kind == "provider":
            return any(p.name == name for p in self.providers)
        from ..linux.proc import has_module

        return has_module(name)

    def clause(self, clause: t.Clause, cli: bool, source: Source) -> int:
        """Compile a clause for the probes it matches; gives their number."""
        if self.meter is not None:
            source.attributes = _least(source.attributes, self.meter.descriptions(clause), None)
        if self.limit is not None:
            self.limit.clause(clause, cli)
        probes: list[Any] = []
        for desc in clause.descs:
            found = [p for provider in self.providers for p in provider.match(desc)]
            source.found.append((desc, found))
            if not found and desc.id >= 0:
                raise UserError(f"invalid probe identifier {desc.id}: Unknown probe identifier", tag="D_PDESC_INVAL", line=desc.line)
            if not found and not self.zdefs and not self.options.integer("zdefs"):
                from .hints import nearest, reason

                why = reason(desc, self.providers)
                if why is not None:
                    raise UserError(why[1], tag=why[0], line=desc.line, hint=why[2])
                hint = nearest(desc, self.providers)
                raise UserError(f"probe description {desc} does not match any probes", tag="D_PDESC_ZERO", line=desc.line, hint=hint)
            probes += found
        if self.meter is not None:
            source.probes.append(probes)
        groups: dict[Any, list[Any]] = {}
        uses_args = _mentions_args(clause)
        for probe in probes:
            if uses_args and probe.args is None:
                self.arguments(probe)
            key = (tuple(a.name for a in probe.args or ()), probe.declared) if uses_args else None
            groups.setdefault(key, []).append(probe)
        if not groups:
            groups[None] = []
        pieces = split(clause, len(self.program.clauses)) if has_branches(clause) else (clause,)
        for group in _rounds(list(groups.values())):
            args, natives = (group[0].args, group[0].natives) if group else (None, None)
            for piece in pieces:
                try:
                    self.piece(piece, group, Checker(self.scope, args, str(clause.descs[0]), cli, natives))
                except UserError as error:
                    if len(groups) > 1 and error.tag in ("D_ARGS_IDX", "D_ARGS_TYPE"):
                        raise _differing(clause, error) from None
                    raise
                compiled = self.program.clauses[-1]
                compiled.continues, compiled.ends = piece is not pieces[0], piece is pieces[-1]
                compiled.exits = "exit" in compiled.uses or (compiled.continues and self.program.clauses[-2].exits)
                if self.meter is not None:
                    source.attributes = _least(source.attributes, None, self.meter.statement(piece, cli))
        return len(probes)

    def arguments(self, probe: Any) -> None:
        """Find the types of args[]."""
        if probe.declared is None:
            arguments(self.providers, probe, self.scope.kernel)
            return
        declarations = Declarations(self.scope, False)
        types = {
            text: declarations.type_of(parse_type(text, self.scope.is_type)) for entry in probe.declared for text in entry[1:] if text
        }
        probe.natives = [(number, types[native]) for number, native, _ in probe.declared]
        probe.args = [types[shown or native] for _, native, shown in probe.declared]

    def piece(self, clause: t.Clause, probes: list[Any], checker: Checker) -> None:
        checker.clause(clause)
        index = len(self.program.clauses)
        lowering = Lowering(f"dt_clause_{index}", checker, self.options)
        lowering.run(clause)
        order(lowering.function)
        verify(lowering.function)
        lowering.schema.clause = index
        compiled = CompiledClause(index, clause.descs, probes, lowering.function, lowering.schema)
        compiled.uses = lowering.uses
        compiled.destructive = lowering.destructive
        self.program.clauses.append(compiled)


def _rounds(groups: list[list[Any]]) -> list[list[Any]]:
    """A probe that several descriptions of a clause match fires the clause as often: each time is a clause of its own."""
    rounds: list[list[Any]] = []
    while groups:
        more: list[list[Any]] = []
        for group in groups:
            counts = dict.fromkeys(group, 0)
            for probe in group:
                counts[probe] += 1
            rounds.append(list(counts))
            if len(counts) < len(group):
                more.append([probe for probe, count in counts.items() for _ in range(count - 1)])
        groups = more
    return rounds


def _least(
    known: tuple[Attributes, Attributes] | None, descs: Attributes | None, statement: Attributes | None
) -> tuple[Attributes, Attributes]:
    from ..d.stability import BEST, STABLE, least

    a, b = known or (BEST, STABLE)
    return least(a, descs or BEST), least(b, statement or BEST)


def arguments(providers: list[Any], probe: Any, kernel: KernelTypes) -> list[Type] | None:
    """The types of args[] of a probe, asked of its provider once; None when unknown."""
    if probe.args is None:
        for provider in providers:
            if provider.name == probe.provider and hasattr(provider, "arguments"):
                probe.args = provider.arguments(probe, kernel)
    types: list[Type] | None = probe.args
    return types


def _differing(clause: t.Clause, error: UserError) -> UserError:
    """args[] that some of the probes of a clause have, and others have not."""
    place = error.text[: error.text.find(": ") + 2] if error.text.startswith("in ") else ""
    text = f"args[ ] may not be referenced because probe description {clause.descs[0]} matches an unstable set of probes"
    return UserError(place + text, tag="D_ARGS_MULTI", line=error.line, hint=error.text)


def _mentions_args(node: Any) -> bool:
    """Whether `args` is named anywhere below `node`."""
    if isinstance(node, t.Ident):
        return node.name == "args" and not node.scope
    if isinstance(node, (list, tuple)):
        return any(_mentions_args(n) for n in node)
    if isinstance(node, t.Node):
        names = [n for c in type(node).__mro__ for n in getattr(c, "__slots__", ())]
        return any(_mentions_args(getattr(node, n)) for n in names if n not in ("type", "optype", "ref", "member", "line"))
    return False


def compile_program(
    sources: list[Source],
    providers: list[Any],
    options: Options,
    macros: dict[str, str],
    args: list[str],
    kernel: KernelTypes,
    engine: str = "kernel",
    zdefs: bool = False,
) -> Program:
    """Compile all sources, in order, into one program for the engine called `engine`. `zdefs`: as the option, for this once."""
    words = Macros(macros, args, options)
    compiler = Compiler(providers, options, words, kernel, engine)
    compiler.zdefs = zdefs
    compiler.scope.target = "target" in macros
    try:
        with Deep():
            program = compiler.run(sources)
    except UserError as error:
        error.source = compiler.source
        raise
    return program
