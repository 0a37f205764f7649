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
from ..d.parser import Macros, parse
from ..d.types import LONG
from ..errors import UserError
from .lower import Lowering
from .order import order
from .program import CompiledClause, Program
from .verify import verify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..d.declare import KernelTypes
    from ..d.types import Type
    from ..options import Options


class Source:
    """A piece of program text. `kind`: 'script' or 'cli'; `field`: what a short description names ('name', 'provider', 'module',
    'func', 'id');
    `matched`: the number of probes its descriptions matched, set by `compile_program`."""

    __slots__ = ("text", "kind", "field", "name", "matched")

    def __init__(self, text: str, kind: str = "cli", field: str = "name", name: str = "") -> None:
        self.text = text
        self.kind = kind
        self.field = field
        self.name = name
        self.matched = 0


def compile_source(source: Source, program: Program, scope: Scope, providers: list[Any], options: Options, macros: Macros) -> None:
    """Compile one source into `program`; UserError on any mistake in it."""
    cli = source.kind == "cli"
    tree = parse(
        source.text,
        macros=macros,
        options=options,
        cli=cli,
        field=source.field if cli else "name",
        known_type=scope.is_type,
    )
    if not tree.items and not options.integer("empty"):
        raise UserError("empty D program translation unit", tag="D_EMPTY")
    for item in tree.items:
        if isinstance(item, t.VarDecl):
            Declarations(scope, cli).declare(item)
        elif isinstance(item, (t.StructDecl, t.EnumDecl)):
            Declarations(scope, cli).define(item)
        elif isinstance(item, t.Pragma):
            _pragma(item, options)
        elif isinstance(item, t.Inline):
            Checker(scope, None, "", cli).define_inline(item)
        elif isinstance(item, t.Translator):
            Checker(scope, None, "", cli).define_translator(item)
        elif isinstance(item, t.Clause):
            source.matched += _clause(item, program, scope, providers, options, cli)
        else:
            raise UserError(f"{type(item).__name__.lower()} definitions are not implemented yet", tag="D_UNKNOWN", line=item.line)
    program.variables = scope.variables
    program.aggregations = list(scope.aggregations.values())


def _pragma(pragma: t.Pragma, options: Options) -> None:
    if pragma.kind != "option":
        return
    for word in pragma.text.split():
        name, eq, value = word.partition("=")
        try:
            options.set(name, value if eq else None)
        except UserError as error:
            raise UserError(
                f"failed to set option '{name}': {error.text}", tag="D_PRAGMA_OPTSET", line=pragma.line, hint=error.hint
            ) from None


def _clause(clause: t.Clause, program: Program, scope: Scope, providers: list[Any], options: Options, cli: bool) -> int:
    probes: list[Any] = []
    for desc in clause.descs:
        found = [p for provider in providers for p in provider.match(desc)]
        if not found and not options.integer("zdefs"):
            raise UserError(
                f"probe description {desc} does not match any probes", tag="D_PDESC_ZERO", line=clause.line, hint=_nearest(desc, providers)
            )
        probes += found
    groups: dict[Any, list[Any]] = {}
    uses_args = _mentions_args(clause)
    for probe in probes:
        if uses_args and probe.args is None:
            probe.args = _prototype(probe, scope.kernel)
        key = tuple(a.name for a in probe.args or ()) if uses_args else None
        groups.setdefault(key, []).append(probe)
    if not groups:
        groups[None] = []
    pieces = split(clause, len(program.clauses)) if has_branches(clause) else (clause,)
    for group in groups.values():
        args = group[0].args if group else None
        for piece in pieces:
            checker = Checker(scope, args, _described(clause.descs[0]), cli)
            compiled = _compiled(piece, len(program.clauses), group, checker, options)
            compiled.continues = piece is not pieces[0]
            program.clauses.append(compiled)
    return len(probes)


def _compiled(clause: t.Clause, index: int, probes: list[Any], checker: Checker, options: Options) -> CompiledClause:
    checker.clause(clause)
    lowering = Lowering(f"dt_clause_{index}", checker, options)
    lowering.run(clause)
    order(lowering.function)
    verify(lowering.function)
    compiled = CompiledClause(index, clause.descs, probes, lowering.function, lowering.schema)
    compiled.uses = lowering.uses
    compiled.destructive = lowering.destructive
    return compiled


def _prototype(probe: Any, kernel: KernelTypes) -> list[Type] | None:
    """args[] of a kernel function's probe, from its prototype: the parameters, or (offset, value) at its return."""
    proto = kernel.function(probe.function) if probe.provider == "fbt" else None
    if proto is None:
        return None
    return proto.params if probe.name == "entry" else [LONG, proto.result]


def _described(desc: t.ProbeDesc) -> str:
    return str(desc)


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


def _nearest(desc: t.ProbeDesc, providers: list[Any]) -> str | None:
    from difflib import get_close_matches

    names = [p.name for p in providers]
    if desc.provider and not any(c in desc.provider for c in "*?[") and desc.provider not in names:
        near = get_close_matches(desc.provider, names, 1)
        return f"providers here: {', '.join(names)}" + (f"; did you mean '{near[0]}'?" if near else "")
    return "dtrace -l lists the probes of this machine"


def compile_program(
    sources: list[Source],
    providers: list[Any],
    options: Options,
    macros: dict[str, str],
    args: list[str],
    kernel: KernelTypes,
    engine: str = "kernel",
) -> Program:
    """Compile all sources, in order, into one program for the engine called `engine`."""
    scope = Scope(options.integer("strsize"), kernel, None if options.integer("nolibs") else Library(engine))
    scope.options = options
    program = Program(options.integer("strsize"))
    scope.scratchsize = program.scratchsize = options.integer("scratchsize")
    words = Macros(macros, args)
    with Deep():
        for source in sources:
            compile_source(source, program, scope, providers, options, words)
    if not options.integer("argref"):
        unused = words.unused()
        if unused:
            raise UserError(f"extraneous argument '{args[unused[0]]}' (${unused[0]} is not referenced)", tag="D_MACRO_UNUSED")
    return program
