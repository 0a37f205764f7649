"""Types as written, declarations, and the scope that holds all names of one program.

`Declarations` is the part of the checker that knows no clause: it turns what the parser read (specifiers, derivations, members) into types,
and declarations into variables. `Scope` lives for a whole program. Names are looked for in the program first, then in D's own tables,
then in the running kernel's BTF.
"""

from __future__ import annotations

from ..errors import UserError
from ..options import Options
from . import tree as t
from . import types as ty
from .symbols import Aggregation, Variable
from .values import constant_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn, Protocol

    from .inline import Inline, Translator
    from .library import Library

    class KernelTypes(Protocol):
        """Types of the running kernel; None when unknown (no BTF)."""

        def tagged(self, kind: str, tag: str) -> ty.Type | None: ...
        def typedef(self, name: str) -> ty.Type | None: ...
        def symbol(self, module: str, name: str) -> tuple[int, ty.Type] | None: ...
        def function(self, name: str) -> ty.FunctionType | None: ...

_BASE = {
    "void": ty.VOID,
    "char": ty.CHAR,
    "signed char": ty.SCHAR,
    "unsigned char": ty.UCHAR,
    "short": ty.SHORT,
    "unsigned short": ty.USHORT,
    "int": ty.INT,
    "unsigned int": ty.UINT,
    "long": ty.LONG,
    "unsigned long": ty.ULONG,
    "long long": ty.LONGLONG,
    "unsigned long long": ty.ULONGLONG,
    "_Bool": ty.BOOL,
    "float": ty.FloatType("float", 4),
    "double": ty.FloatType("double", 8),
}
_TYPEDEFS = {
    "int8_t": ty.SCHAR,
    "int16_t": ty.SHORT,
    "int32_t": ty.INT,
    "int64_t": ty.LONG,
    "uint8_t": ty.UCHAR,
    "uint16_t": ty.USHORT,
    "uint32_t": ty.UINT,
    "uint64_t": ty.ULONG,
    "intptr_t": ty.LONG,
    "uintptr_t": ty.ULONG,
    "size_t": ty.ULONG,
    "ssize_t": ty.LONG,
    "ptrdiff_t": ty.LONG,
    "uchar_t": ty.UCHAR,
    "ushort_t": ty.USHORT,
    "uint_t": ty.UINT,
    "ulong_t": ty.ULONG,
    "u_longlong_t": ty.ULONGLONG,
    "longlong_t": ty.LONGLONG,
    "id_t": ty.INT,
    "pid_t": ty.INT,
    "uid_t": ty.UINT,
    "gid_t": ty.UINT,
    "processorid_t": ty.INT,
    "ipaddr_t": ty.UINT,
    "umode_t": ty.USHORT,
    "bool": ty.BOOL,
}

def known_type(name: str) -> bool:
    """Whether a bare word names a type: the parser asks this to tell a cast from a parenthesis."""
    return name in _TYPEDEFS or name in _BASE or name in ("string", "dt_stack_t")


class Scope:
    """All names of one program. What is not defined here may be in `library`, whence it is loaded when it is asked for."""

    def __init__(self, strsize: int, kernel: KernelTypes, library: Library | None = None) -> None:
        self.string = ty.StringType("string", strsize)
        self.scratchsize = 256
        self.kernel = kernel
        self.variables: list[Variable] = []
        self.by_name: dict[tuple[str, str], Variable] = {}
        self.aggregations: dict[str, Aggregation] = {}
        self.typedefs: dict[str, ty.Type] = {}
        self.tags: dict[tuple[str, str], ty.Type] = {}
        self.constants: dict[str, int] = {"NULL": 0}
        self.library = library
        self.inlines: dict[str, Inline] = {}
        self.translators: list[Translator] = []
        self.options = Options()

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
        return known_type(name) or self.typedef(name) is not None

    def load_translators(self, output: str) -> None:
        if self.library is not None:
            self.library.load_translators(self, output)


class Declarations:
    """Types and declarations of one program. `cli` chooses how places are told."""

    def __init__(self, scope: Scope, cli: bool) -> None:
        self.scope = scope
        self.cli = cli
        self.where = "in action list"

    def expr(self, e: t.Expr) -> None:
        """Find the type of an expression. Constants in declarations are expressions too: the checker's, for no probe."""
        from .check import Checker

        Checker(self.scope, None, "", self.cli).expr(e)

    # -- errors

    def fail(self, tag: str, text: str, node: t.Node, placed: bool = True, hint: str | None = None) -> NoReturn:
        prefix = f"{self.where}: " if placed and self.cli else ""
        raise UserError(prefix + text, tag=tag, line=node.line, hint=hint)

    # -- types as written

    def type_of(self, name: t.TypeName) -> ty.Type:
        base = self._specifiers(name)
        for derivation in reversed(name.derivations):
            if derivation[0] == "*":
                base = ty.PointerType(base)
            elif derivation[0] == "[":
                base = ty.ArrayType(base, self.constant(derivation[1]) if derivation[1] is not None else 0)
            elif derivation[0] == "(":
                base = ty.FunctionType(base, [self.type_of(p) for p in derivation[1]])
        return base

    def define(self, decl: t.StructDecl | t.EnumDecl) -> None:
        """A struct, union or enum definition that stands alone."""
        self._struct(decl) if isinstance(decl, t.StructDecl) else self._enum(decl)

    def _specifiers(self, name: t.TypeName) -> ty.Type:
        words: list[str] = []
        qualifiers: list[str] = []
        for spec in name.specifiers:
            if isinstance(spec, t.StructDecl):
                return self._struct(spec)
            if isinstance(spec, t.EnumDecl):
                return self._enum(spec)
            (qualifiers if spec in ("const", "volatile", "restrict") else words).append(spec)
        found = self._words(words)
        if found is None:
            self.fail("D_DECL_IDENT", f"failed to resolve type {' '.join(words)}: Type not found", name)
        return ty.AliasType(" ".join([*qualifiers, found.name]), found) if qualifiers else found

    def _words(self, words: list[str]) -> ty.Type | None:
        if words in (["dt_stack_t"], ["struct", "dt_stack"]):
            from .stacks import declared

            return declared(self)
        if words and words[0] in ("struct", "union", "enum") and len(words) == 2:
            return self.scope.tags.get((words[0], words[1])) or self.scope.kernel.tagged(words[0], words[1].rpartition("`")[2])
        if words == ["string"]:
            return self.scope.string
        key = " ".join(words)
        if key in _BASE:
            return _BASE[key]
        if len(words) == 1 and words[0] not in ("signed", "unsigned"):
            word = words[0].rpartition("`")[2]
            if word in self.scope.typedefs:
                return self.scope.typedefs[word]
            if word in _TYPEDEFS:
                return ty.AliasType(word, _TYPEDEFS[word])
            return self.scope.typedef(word) or self.scope.kernel.typedef(word)
        unsigned = "unsigned" in words
        rest = [w for w in words if w not in ("signed", "unsigned", "int")]
        key = ("unsigned " if unsigned else "") + (" ".join(sorted(rest)) or "int")
        if key == "char" and "signed" in words:
            key = "signed char"
        return _BASE.get(key)

    def _struct(self, decl: t.StructDecl) -> ty.Type:
        key = (decl.kind, decl.tag)
        if decl.members is None:
            known = self.scope.tags.get(key) or self.scope.kernel.tagged(decl.kind, decl.tag.rpartition("`")[2])
            return known or self.scope.tags.setdefault(key, ty.StructType(decl.kind, decl.tag, 0, None))
        made = ty.StructType(decl.kind, decl.tag, 0, None)
        if decl.tag:
            self.scope.tags[key] = made
        members: list[ty.Member] = []
        end = 0
        align = 1
        for name, of, _width in decl.members:
            member = self.type_of(of)
            a = alignment(member)
            align = max(align, a)
            at = 0 if decl.kind == "union" else (end + a - 1) // a * a
            members.append(ty.Member(name, member, at * 8))
            end = max(end, at + member.size)
        made.complete((end + align - 1) // align * align, members)
        return made

    def _enum(self, decl: t.EnumDecl) -> ty.Type:
        if decl.values is None:
            return self.scope.tags.get(("enum", decl.tag)) or self.scope.kernel.tagged("enum", decl.tag) or ty.INT
        values: dict[str, int] = {}
        following = 0
        for name, value in decl.values:
            following = self.constant(value) if value is not None else following
            values[name] = self.scope.constants[name] = following
            following += 1
        made = ty.EnumType(decl.tag, values)
        if decl.tag:
            self.scope.tags["enum", decl.tag] = made
        return made

    def constant(self, e: t.Expr) -> int:
        """The value of an integer constant expression."""
        self.expr(e)
        value = constant_value(e)
        if value is None:
            self.fail("D_UNKNOWN", "integer constant expression expected", e)
        return value

    # -- declarations

    def declare(self, decl: t.VarDecl) -> None:
        of = decl.of
        keys = next((d[1] for d in of.derivations if d[0] == "keys"), None)
        made = self.type_of(t.TypeName(of.line, of.specifiers, [d for d in of.derivations if d[0] != "keys"]))
        if decl.storage == "typedef":
            self.scope.typedefs[decl.name] = ty.AliasType(decl.name, made)
            return
        if not decl.name:
            return
        if decl.storage not in ("", "self", "this"):
            self.fail("D_DECL_BADCLASS", f"specified storage class not appropriate in D: {decl.storage}", decl)
        if isinstance(ty.resolve(made), ty.VoidType):
            self.fail("D_DECL_VOIDOBJ", f"cannot have void object: {decl.name}", decl)
        if keys is not None and decl.storage == "this":
            self.fail("D_DECL_LOCASSC", f"cannot declare this->{decl.name} as an associative array", decl)
        scope = decl.storage or "global"
        old = self.scope.by_name.get((scope, decl.name))
        if old is not None and old.type.name != made.name:
            self.fail("D_DECL_IDRED", f"identifier redeclared: {decl.name}", decl)
        if old is None:
            self.scope.define(scope, decl.name, made, [self.type_of(k) for k in keys] if keys is not None else None)


def alignment(of: ty.Type) -> int:
    """Natural alignment in bytes (x86-64)."""
    of = ty.resolve(of)
    if isinstance(of, ty.ArrayType):
        return alignment(of.element)
    if isinstance(of, ty.StructType):
        return max((alignment(m.type) for m in of.members or ()), default=1)
    return max(1, min(of.size, 8))
