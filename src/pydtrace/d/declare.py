"""Declarations, and the scope that holds all names of one program.

`Declarations` is the part of the checker that knows no clause: it turns what the parser read of structs, unions and enums into types, and
declarations into variables. Types as written are d/specifiers.py. `Scope` lives for a whole program.
"""

from __future__ import annotations

from ..errors import UserError
from ..options import Options
from . import tree as t
from . import types as ty
from .compat import same_type
from .layout import Layout
from .specifiers import TypeNames, known_type
from .subroutines import SUBROUTINES
from .symbols import ACTIONS, AGGREGATORS, BUILTINS, PROBE_STRINGS, Aggregation, Variable
from .values import constant_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from .inline import Inline, Translator
    from .library import Library
    from .provider import ProbeDefinition
    from .stability import Attributes
    from .symbols import KernelSymbol

    class KernelTypes(Protocol):
        """Types of the running kernel; None when unknown (no BTF)."""

        def tagged(self, kind: str, tag: str, module: str = "") -> ty.Type | None: ...
        def typedef(self, name: str, module: str = "") -> ty.Type | None: ...
        def symbol(self, module: str, name: str) -> KernelSymbol | None: ...
        def enumerator(self, name: str) -> tuple[int, ty.Type] | None: ...
        def function(self, name: str) -> ty.FunctionType | None: ...


class Scope:
    """All names of one program. What is not defined here may be in `library`, whence it is loaded when it is asked for."""

    def __init__(self, strsize: int, kernel: KernelTypes, library: Library | None = None) -> None:
        self.string = ty.StringType("string", strsize)
        self.scratchsize = 256
        self.kernel = kernel
        self.variables: list[Variable] = []
        self.bytes = 0  # that the variables take
        self.by_name: dict[tuple[str, str], Variable] = {}
        self.aggregations: dict[str, Aggregation] = {}
        self.typedefs: dict[str, ty.Type] = {}
        self.tags: dict[tuple[str, str], ty.Type] = {}
        self.constants: dict[str, int] = {"NULL": 0}
        self.externs: dict[str, ty.Type] = {}
        self.library = library
        self.inlines: dict[str, Inline] = {}
        self.translators: list[Translator] = []
        self.providers: dict[str, dict[str, ProbeDefinition]] = {}  # those that the program defines
        self.versions: dict[str, int] = {}  # what #pragma D binding has said of names
        self.stability: dict[tuple[str, str], Attributes] = {}  # by ('', name) or (provider, part): what pragmas have changed
        self.options = Options()
        self.target = False  # whether there is a -c or -p

    def define(self, scope: str, name: str, type: ty.Type, keys: list[ty.Type] | None) -> Variable:
        variable = Variable(name, scope, type, keys, len(self.variables))
        self.variables.append(variable)
        self.by_name[scope, name] = variable
        return variable

    def inline(self, name: str) -> Inline | None:
        found = self.inlines.get(name)
        if found is None and self.library is not None and self.library.load(self, name):
            found = self.inlines.get(name)
        return found

    def typedef(self, name: str) -> ty.Type | None:
        """A type of the program or of a library."""
        found = self.typedefs.get(name)
        if found is None and self.library is not None and self.library.load(self, name):
            found = self.typedefs.get(name)
        return found

    def is_type(self, name: str) -> bool:
        """Whether a bare word names a type: the parser asks this to tell a cast from a parenthesis."""
        return known_type(name) or self.typedef(name) is not None or self.kernel.typedef(name) is not None

    def load_translators(self, output: str) -> None:
        if self.library is not None:
            self.library.load_translators(self, output)


class Declarations(TypeNames):
    """Declarations of one program."""

    # -- structs, unions and enums

    def define(self, decl: t.StructDecl | t.EnumDecl) -> None:
        """A struct, union or enum definition that stands alone."""
        self.structure(decl) if isinstance(decl, t.StructDecl) else self.enumeration(decl)

    def _known(self, kind: str, tag: str) -> ty.Type | None:
        """`struct tag` and its like, where its scope says."""
        module, _, tag = tag.rpartition("`")
        if module in ("", "D", "C"):
            found = self.scope.tags.get((kind, tag))
            if found is not None or module:
                return found
        return self.scope.kernel.tagged(kind, tag, module)

    def completed(self, of: ty.StructType) -> ty.StructType:
        """The definition behind a forward declaration, where there is one by now."""
        if of.members is None:
            kind, _, tag = of.name.partition(" ")
            known = self._known(kind, tag) if tag and tag != "{}" else None
            if isinstance(known, ty.StructType):
                return known
        return of

    def structure(self, decl: t.StructDecl) -> ty.Type:
        kind, tag = decl.kind, decl.tag
        if decl.members is None:
            if (kind, tag) == ("struct", "dt_stack"):
                from .stacks import declared

                return declared(self)
            known = self._known(kind, tag)
            if known is None and tag.rpartition("`")[0] not in ("", "D", "C"):
                self.fail("D_UNKNOWN", f"failed to resolve type {kind} {tag}: Unknown type name", decl)
            tag = tag.rpartition("`")[2]
            return known or self.scope.tags.setdefault((kind, tag), ty.StructType(kind, tag, 0, None))
        self._unscoped(decl, tag)
        made = self.scope.tags.get((kind, tag)) if tag else None
        if not isinstance(made, ty.StructType):
            made = ty.StructType(kind, tag, 0, None)
        elif made.members is not None:
            self.fail("D_DECL_TYPERED", f"type redeclared: {kind} {tag}", decl)
        if tag:
            self.scope.tags[kind, tag] = made
        layout = Layout(kind == "union")
        seen: set[str] = set()
        for name, of, width in decl.members:
            if any(d[0] == "keys" for d in of.derivations):
                self.fail("D_DECL_DYNOBJ", f"cannot have dynamic member: {name}", of)
            member = self.type_of(of)
            self._member(decl, name, of, member, width is not None)
            for used in _names(name, member):
                if used in seen:
                    self.fail("D_UNKNOWN", f"failed to define member '{used}': Duplicate member or variable name", of)
                seen.add(used)
            layout.add(name, member, None if width is None else self._width(name, member, width))
        made.complete(layout.size(), layout.members)
        return made

    def _unscoped(self, decl: t.StructDecl | t.EnumDecl, tag: str) -> None:
        if "`" in tag:
            self.fail("D_DECL_SCOPE", "D scoping operator may not be used in a type name", decl)

    def _member(self, decl: t.StructDecl, name: str, written: t.TypeName, of: ty.Type, bits: bool) -> None:
        """Whether `of` may be the type of a member."""
        resolved = ty.resolve(of)
        if not name and not bits and not isinstance(resolved, ty.StructType):
            self.fail("D_DECL_MNAME", "member declaration requires a name", written)
        if isinstance(resolved, ty.StructType) and resolved.members is None:
            self.fail("D_DECL_INCOMPLETE", f"incomplete struct/union/enum {of.name}: {name}", written)
        if isinstance(resolved, (ty.VoidType, ty.FunctionType)):
            self.fail("D_DECL_VOIDOBJ", f"cannot have void member: {name}", written)
        if isinstance(resolved, (ty.StackType, ty.SymbolType)):
            self.fail("D_DECL_DYNOBJ", f"cannot have dynamic member: {name}", written)

    def _width(self, name: str, of: ty.Type, e: t.Expr) -> int:
        """The width of a bit-field; 0, for one without a name, ends its unit."""
        self.expr(e)
        width = constant_value(e)
        if width is None or width < 0 or (width == 0 and name):
            self.fail("D_DECL_BFCONST", "positive integral constant expression expected as bit-field size", e)
        if not ty.is_int(of):
            self.fail("D_DECL_BFTYPE", f"invalid type for bit-field: {name or '(anon)'}", e)
        if width > (1 if ty.resolve(of) is ty.BOOL else of.size * 8):
            self.fail("D_DECL_BFSIZE", f"bit-field too big for type: {name or '(anon)'}", e)
        return width

    def enumeration(self, decl: t.EnumDecl) -> ty.Type:
        tag = decl.tag
        if decl.values is None:
            # What is nowhere defined is incomplete, as a struct would be.
            return self._known("enum", tag) or ty.StructType("enum", tag, 0, None)
        self._unscoped(decl, tag)
        if ("enum", tag) in self.scope.tags:
            self.fail("D_DECL_TYPERED", f"type redeclared: enum {tag}", decl)
        values: dict[str, int] = {}
        following = 0
        for name, e in decl.values:
            if e is not None:
                following = self._enumerator(name, e, values)
            if name in self.scope.constants or ("global", name) in self.scope.by_name or _built_in(name):
                self.fail("D_DECL_IDRED", f"identifier redeclared: {name}", decl)
            values[name] = self.scope.constants[name] = following
            following += 1
        made = ty.EnumType(tag, values, signed=any(v < 0 for v in values.values()))
        if tag:
            self.scope.tags["enum", tag] = made
        return made

    def _enumerator(self, name: str, e: t.Expr, values: dict[str, int]) -> int:
        value = None
        if isinstance(e, t.Ident) and e.name in values and not e.scope:
            return values[e.name]
        try:
            self.expr(e)
            value = constant_value(e)
        except UserError as error:
            if error.tag not in ("D_IDENT_UNDEF", "D_VAR_UNDEF"):
                raise
        if value is None:
            self.fail("D_DECL_ENCONST", f"enumerator '{name}' must be assigned to an integral constant expression", e)
        if not -(1 << 31) <= value < 1 << 31:
            self.fail("D_DECL_ENOFLOW", f"enumerator '{name}' value overflows INT_MAX ({(1 << 31) - 1})", e)
        return value

    def constant(self, e: t.Expr) -> int:
        """The value of an integer constant expression."""
        self.expr(e)
        value = constant_value(e)
        if value is None:
            self.fail("D_UNKNOWN", "integer constant expression expected", e)
        return value

    # -- declarations

    def declare(self, decl: t.VarDecl) -> None:
        of, name = decl.of, decl.name
        derivations = list(of.derivations)
        keys = derivations.pop(0) if derivations and derivations[0][0] == "keys" else None
        made = self.type_of(t.TypeName(of.line, of.specifiers, derivations))
        if decl.storage == "typedef":
            self._typedef(decl, made, keys is not None)
            return
        if decl.storage == "extern" or isinstance(made, ty.FunctionType):
            self._extern(decl, made)
            return
        if keys is None and derivations and derivations[0] == ("[", None):
            self.fail("D_DECL_ARRNULL", f"array declaration requires array dimension or tuple signature: {name}", decl)
        scope = decl.storage or "global"
        if scope == "global" and _built_in(name):
            self.fail("D_DECL_IDRED", f"built-in identifier redeclared: {name}", decl)
        if name in self.scope.typedefs or (scope == "global" and known_type(name)):
            self.fail("D_DECL_IDRED", f"typedef identifier redeclared: {name}", decl)
        if keys is not None and scope == "this":
            self.fail("D_DECL_LOCASSC", f"associative arrays may not be declared as local variables: {name}", decl)
        resolved = ty.resolve(made)
        if isinstance(resolved, (ty.VoidType, ty.FunctionType)):
            self.fail("D_DECL_VOIDOBJ", f"cannot have void object: {name}", decl)
        inner = resolved
        while isinstance(inner, ty.ArrayType):
            inner = ty.resolve(inner.element)
        if isinstance(inner, ty.StructType) and not inner.size:
            self.fail("D_DECL_INCOMPLETE", f"incomplete struct/union/enum {made.name}: {name}", decl)
        self.room(made, name, decl)
        signature = None if keys is None else self.prototype("array", keys, of)
        old = self.scope.by_name.get((scope, name))
        if old is not None:
            self._same(decl, old, made, signature)
        elif scope == "global" and (name in self.scope.constants or name in self.scope.inlines):
            self.fail("D_DECL_IDRED", f"identifier redeclared: {name}", decl)
        else:
            self.scope.define(scope, name, made, signature)

    def _typedef(self, decl: t.VarDecl, made: ty.Type, dynamic: bool) -> None:
        name = decl.name
        if dynamic:
            self.fail("D_DECL_DYNOBJ", f"cannot have dynamic typedef: {name}", decl)
        if ("global", name) in self.scope.by_name or name in self.scope.constants or _built_in(name):
            self.fail("D_DECL_IDRED", f"global variable identifier redeclared: {name}", decl)
        if name in self.scope.typedefs or known_type(name):
            self.fail("D_DECL_IDRED", f"typedef redeclared: {name}", decl)
        self.scope.typedefs[name] = ty.AliasType(name, made)

    def _extern(self, decl: t.VarDecl, made: ty.Type) -> None:
        """The type of a kernel variable, which BTF does not have."""
        old = self.scope.externs.get(decl.name)
        if old is not None and not same_type(old, made):
            self.fail(
                "D_DECL_IDRED", f"identifier redeclared: D`{decl.name}\n\t current: {made.name}\n\tprevious: {old.name}", decl
            )
        self.scope.externs[decl.name] = made

    def _same(self, decl: t.VarDecl, old: Variable, made: ty.Type, keys: list[ty.Type] | None) -> None:
        """A second declaration must say what the first said."""
        kind, was = _kind(keys), _kind(old.keys)
        if kind != was or not same_type(old.type, made):
            text = f"\t current: {kind} {made.name}\n\tprevious: {was} {old.type.name}"
        elif keys is None or old.keys is None:
            return
        else:
            for number, (new, known) in enumerate(zip(keys, old.keys), 1):
                if not same_type(new, known):
                    text = f"\t current: {kind}, key #{number} of type {new.name}\n\tprevious: {was}, key #{number} of type {known.name}"
                    break
            else:
                if len(keys) == len(old.keys):
                    return
                text = f"\t current: {kind} of {made.name}, tuple length {len(keys)}\n"
                text += f"\tprevious: {was} of {old.type.name}, tuple length {len(old.keys)}"
        self.fail("D_DECL_IDRED", f"identifier redeclared: {decl.name}\n{text}", decl)


def _names(name: str, of: ty.Type) -> list[str]:
    """The names that a member adds to its struct."""
    resolved = ty.resolve(of)
    if name or not isinstance(resolved, ty.StructType):
        return [name] if name else []
    return [n for m in resolved.members or () for n in _names(m.name, m.type)]


def _kind(keys: list[ty.Type] | None) -> str:
    return "scalar" if keys is None else "associative array"


def _built_in(name: str) -> bool:
    """Whether D itself has a global of that name."""
    words = ("execname", "curthread", "args", "uregs", *ACTIONS, *SUBROUTINES, *AGGREGATORS)
    return name in BUILTINS or name in PROBE_STRINGS or name in words
