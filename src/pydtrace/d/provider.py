"""`provider NAME { probe NAME(native) : (translated); … };` — the definitions that -G and -h are about.

A definition is checked when it is read and kept in the scope. In a probe's name `__` means `-`. A translated argument is a native one by
its name, the same name in both lists; where the types differ, there must be a translator. A second definition of a provider must say the
same as the first.
"""

from __future__ import annotations

from . import tree as t
from . import types as ty
from .inline import Inlines
from .operators import Operators

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LONGEST = 63
_MOST = 255


class ProbeDefinition:
    """`native` are the types of the arguments, `shown` pairs (number of the native argument, type) for each element of args[]."""

    __slots__ = ("name", "native", "shown")

    def __init__(self, name: str, native: list[ty.Type], shown: list[tuple[int, ty.Type]]) -> None:
        self.name = name
        self.native = native
        self.shown = shown


class Provided(Inlines, Operators):
    """The part of the checker that knows provider definitions."""

    def define_provider(self, decl: t.ProviderDecl) -> None:
        name = decl.name
        if "`" in name:
            self.fail("D_PROV_BADNAME", f"provider name may not contain scoping operator: {name}", decl, placed=False)
        if len(name) > _LONGEST:
            self.fail("D_PROV_BADNAME", f"provider name may not exceed {_LONGEST} characters: {name}", decl, placed=False)
        if name[-1].isdigit():
            self.fail("D_PROV_BADNAME", f"provider name may not end with a digit: {name}", decl, placed=False)
        probes: dict[str, ProbeDefinition] = {}
        for probe in decl.probes:
            made = self._probe(name, probe)
            if made.name in probes:
                self.fail("D_PROV_PRDUP", f"probe redeclared: {name}:::{made.name}", probe, placed=False)
            probes[made.name] = made
        old = self.scope.providers.get(name)
        if old is not None:
            self._agree(decl, old, probes)
        self.scope.providers[name] = probes

    def _probe(self, provider: str, decl: t.ProbeDecl) -> ProbeDefinition:
        name = decl.name.replace("__", "-")
        if "`" in name:
            self.fail("D_PROV_BADNAME", f"probe name may not contain scoping operator: ::{name}", decl, placed=False)
        if len(name) > _LONGEST:
            self.fail("D_PROV_BADNAME", f"probe name may not exceed {_LONGEST} characters: ::{name}", decl, placed=False)
        native = self._types(decl, "input", decl.args)
        if decl.shown is None:
            return ProbeDefinition(name, native, list(enumerate(native)))
        shown: list[tuple[int, ty.Type]] = []
        for n, (of, label) in enumerate(zip(self._types(decl, "output", decl.shown), decl.shown_names, strict=False)):
            if not label or label not in decl.names:
                self.fail(
                    "D_DECL_PROTO_NAME" if not label else "D_DECL_PROTO_FORM",
                    f"probe output prototype parameter #{n + 1} must be named after one of the input prototype",
                    decl,
                    placed=False,
                )
            number = decl.names.index(label)
            argument = t.Argument(decl.line, number, native[number])
            if native[number].name != of.name and self._translator(of, argument) is None and not self._fits(of, argument):
                self.fail(
                    "D_PROV_PRXLATOR",
                    f"translator for {provider}:::{name} output argument #{n + 1} from {native[number].name} to {of.name} is not defined",
                    decl,
                    placed=False,
                )
            shown.append((number, of))
        return ProbeDefinition(name, native, shown)

    def _types(self, decl: t.ProbeDecl, which: str, names: list[t.TypeName]) -> list[ty.Type]:
        types = [self.type_of(name) for name in names]
        if len(types) == 1 and isinstance(ty.resolve(types[0]), ty.VoidType):
            return []
        if len(types) > _MOST:
            self.fail(
                "D_PROV_PRARGLEN",
                f"probe ::{decl.name} {which} prototype exceeds {_MOST} parameters: {len(types)} params used",
                decl,
                placed=False,
            )
        return types

    def _agree(self, decl: t.ProviderDecl, old: dict[str, ProbeDefinition], new: dict[str, ProbeDefinition]) -> None:
        for name in [*old, *new]:
            if name not in old or name not in new:
                now, before = ("defined", "not defined") if name in new else ("not defined", "defined")
                self._differ(decl, f"probe {decl.name}:::{name} {now}", f"probe {decl.name}:::{name} {before}")
            for which in ("native", "shown"):
                a, b = _names(getattr(old[name], which)), _names(getattr(new[name], which))
                if a != b:
                    kind = "input" if which == "native" else "output"
                    self._differ(
                        decl,
                        f"probe {decl.name}:::{name} {kind} prototype ({', '.join(b)})",
                        f"probe {decl.name}:::{name} {kind} prototype ({', '.join(a)})",
                    )

    def _differ(self, decl: t.ProviderDecl, current: str, previous: str) -> None:
        self.fail(
            "D_PROV_INCOMPAT",
            f"provider interface mismatch: {decl.name}\n\t current: {current}\n\tprevious: {previous}",
            decl,
            placed=False,
        )


def _names(types: list[Any]) -> list[str]:
    return [f"#{of[0] + 1} {of[1].name}" if isinstance(of, tuple) else of.name for of in types]
