"""Types as written: specifiers and derivations to a type.

The specifiers of C: one base (a keyword, a typedef, a struct) and the words that change it. What does not go together has errors of its
own, so the words are not looked up as one text. A name is looked for in the program, in D's own tables and libraries, then in the
kernel's BTF; with a scope (``struct vmlinux`task_struct``, ``D`foo``) only there: `D` and `C` are the program's own types.
"""

from __future__ import annotations

from ..errors import UserError
from . import tree as t
from . import types as ty
from .values import constant_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from .declare import Scope

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
    "long double": ty.FloatType("long double", 16),
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


_QUALIFIERS = ("const", "volatile", "restrict")
_ATTRIBUTES = ("signed", "unsigned", "short", "long")
_MOST_BYTES = 1 << 30
_MAX_COUNT = (1 << 32) - 1


class TypeNames:
    """The part of the checker that turns what the parser read of a type into one. `cli` chooses how places are told."""

    def __init__(self, scope: Scope, cli: bool) -> None:
        self.scope = scope
        self.cli = cli
        self.where = "in action list"

    def expr(self, e: t.Expr) -> None:
        """Find the type of an expression. Constants in declarations are expressions too: the checker's, for no probe."""
        from .check import Checker

        Checker(self.scope, None, "", self.cli).expr(e)

    def structure(self, decl: t.StructDecl) -> ty.Type:
        raise NotImplementedError

    def enumeration(self, decl: t.EnumDecl) -> ty.Type:
        raise NotImplementedError

    # -- errors

    def fail(self, tag: str, text: str, node: t.Node, placed: bool = True, hint: str | None = None) -> NoReturn:
        prefix = f"{self.where}: " if placed and self.cli else ""
        raise UserError(prefix + text, tag=tag, line=node.line, hint=hint)

    # -- derivations

    def type_of(self, name: t.TypeName) -> ty.Type:
        base = self.specified(name)
        for derivation in reversed(name.derivations):
            if derivation[0] == "*":
                base = ty.PointerType(base)
            elif derivation[0] == "[":
                base = ty.ArrayType(base, self._dimension(derivation[1], base, name))
            elif derivation[0] == "(":
                base = ty.FunctionType(base, self.prototype("function", derivation, name))
            else:
                self.fail("D_DECL_DYNOBJ", "cannot declare array of associative arrays", name)
        return base

    def _dimension(self, e: t.Expr | None, element: ty.Type, name: t.TypeName) -> int:
        if isinstance(ty.resolve(element), ty.VoidType):
            self.fail("D_DECL_VOIDOBJ", "cannot declare array of void", name)
        if e is None:
            return 0
        self.expr(e)
        value = constant_value(e)
        if value is None or value <= 0 or not ty.is_int(e.type):
            self.fail(
                "D_DECL_ARRSUB", "positive integral constant expression or tuple signature expected as array declaration subscript", name
            )
        if value > _MAX_COUNT:
            self.fail("D_DECL_ARRBIG", "array dimension too big", name)
        return value

    def room(self, of: ty.Type, name: str, node: t.Node) -> None:
        """All variables together must be such that they can be had."""
        self.scope.bytes += of.size
        if self.scope.bytes > _MOST_BYTES:
            self.fail("D_DECL_ARRBIG", f"variables take more than {_MOST_BYTES >> 20}m of memory: {name}", node)

    def tuple_of(self, keys: int) -> None:
        """There are as many registers for keys as a program needs, but for the option."""
        most = self.scope.options.integer("tregs")
        if most and keys > most:
            raise UserError("Insufficient tuple registers to generate code", hint=f"{keys} keys, and -x tregs={most}")

    def prototype(self, kind: str, derivation: tuple[object, ...], node: t.Node) -> list[ty.Type]:
        """The types of the parameters of a function, or of the keys of an associative array (`kind` "array")."""
        written: list[t.TypeName] = derivation[1]  # type: ignore[assignment]
        names: list[str] = derivation[2]  # type: ignore[assignment]
        types = [self.type_of(p) for p in written]
        for number, (of, name) in enumerate(zip(types, names, strict=True), 1):
            void = isinstance(ty.resolve(of), ty.VoidType)
            if void and kind != "function":
                self.fail(
                    "D_DECL_PROTO_TYPE",
                    f"{kind} prototype may not use parameter of type {of.name}: {name or '(anonymous)'}, parameter #{number}",
                    node,
                )
            if void and name:
                self.fail("D_DECL_PROTO_NAME", f"void parameter may not have a name: {name}", node)
            if name and name in names[: number - 1]:
                self.fail("D_DECL_PROTO_FORM", f"parameter is already declared in {kind} prototype: {name}, parameter #{number}", node)
        if len(types) > 1 and any(isinstance(ty.resolve(of), ty.VoidType) for of in types):
            self.fail("D_DECL_PROTO_VOID", "void must be sole parameter", node)
        return types if kind != "function" or not types or not isinstance(ty.resolve(types[0]), ty.VoidType) else []

    # -- specifiers

    def specified(self, name: t.TypeName) -> ty.Type:
        """The type that the specifiers of a declaration name."""
        base: str | t.StructDecl | t.EnumDecl | None = None
        attributes: list[str] = []
        qualifiers: list[str] = []
        for spec in name.specifiers:
            if spec in _QUALIFIERS:
                qualifiers.append(spec)
            elif spec in _ATTRIBUTES:
                attributes.append(spec)
            elif base is not None:
                self.fail("D_DECL_COMBO", "invalid type combination", name)
            else:
                base = spec
        self._attributes(base, attributes, name)
        if isinstance(base, t.StructDecl):
            found: ty.Type = base.made or self.structure(base)
            base.made = found
        elif isinstance(base, t.EnumDecl):
            found = base.made or self.enumeration(base)
            base.made = found
        else:
            found = self._combined(base, attributes, name)
        return ty.qualified(qualifiers, found) if qualifiers else found

    def _attributes(self, base: str | t.StructDecl | t.EnumDecl | None, attributes: list[str], name: t.TypeName) -> None:
        """Whether the words go with their base."""
        wide = "short" in attributes or "long" in attributes
        if base == "char" and wide:
            self.fail("D_DECL_CHARATTR", "invalid type declaration: short and long may not be used with char type", name)
        if base == "void" and attributes:
            self.fail("D_DECL_VOIDATTR", "invalid type declaration: attributes may not be used with void type", name)
        if base not in (None, "int", "char") and ("signed" in attributes or "unsigned" in attributes):
            self.fail("D_DECL_SIGNINT", "invalid type declaration: signed and unsigned may only be used with integer type", name)
        if base not in (None, "int", "float", "double") and wide:
            self.fail(
                "D_DECL_LONGINT",
                "invalid type declaration: long and long long may only be used with integer or floating-point type",
                name,
            )
        if "signed" in attributes and "unsigned" in attributes:
            self.fail("D_DECL_COMBO", "invalid type combination", name)

    def _combined(self, base: str | None, attributes: list[str], name: t.TypeName) -> ty.Type:
        if attributes or base in (None, "int"):
            words = ["unsigned"] if "unsigned" in attributes else []
            words += ["short"] * attributes.count("short") + ["long"] * attributes.count("long")
            if "signed" in attributes and base == "char":
                words.append("signed")
            if base not in (None, "int") or not words or words == ["unsigned"]:
                words.append(base or "int")
            key = " ".join(words)
            if key not in _BASE:
                self.fail("D_UNKNOWN", f"failed to resolve type {key}: Unknown type name", name)
            return _BASE[key]
        assert base is not None
        found = self._base(base)
        if found is None:
            self.fail("D_UNKNOWN", f"failed to resolve type {base}: Unknown type name", name, hint=self._nearest(base))
        return found

    def _base(self, word: str) -> ty.Type | None:
        """A keyword or a typedef."""
        if word == "string":
            return self.scope.string
        if word == "dt_stack_t":
            from .stacks import declared

            return declared(self)
        if word in _BASE:
            return _BASE[word]
        module, _, word = word.rpartition("`")
        if module in ("", "D", "C"):
            known = self.scope.typedef(word)
            if known is not None:
                return known
            if word in _TYPEDEFS:
                return ty.AliasType(word, _TYPEDEFS[word])
            if word in _BASE:
                return _BASE[word]
        return None if module in ("D", "C") else self.scope.kernel.typedef(word, module)

    def _nearest(self, word: str) -> str | None:
        from difflib import get_close_matches

        near = get_close_matches(word.rpartition("`")[2], [*self.scope.typedefs, *_TYPEDEFS, *_BASE], 1)
        return f"did you mean '{near[0]}'?" if near else None
