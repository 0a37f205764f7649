"""The running kernel's types as D types, made from BTF when they are first named.

Structs load their members lazily: task_struct alone reaches thousands of types. One object per BTF id, so that a
pointer chain meets itself. Names without BTF are unknown, which is an answer, not an error.
"""

from __future__ import annotations

from . import types as ty
from .symbols import KernelSymbol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..btf.reader import Btf

(
    _VOID,
    _INT,
    _PTR,
    _ARRAY,
    _STRUCT,
    _UNION,
    _ENUM,
    _FWD,
    _TYPEDEF,
    _VOLATILE,
    _CONST,
    _RESTRICT,
    _FUNC,
    _PROTO,
    _VAR,
    _DATASEC,
    _FLOAT,
    _DECL_TAG,
    _TYPE_TAG,
    _ENUM64,
) = range(20)
_KERNEL = ("", "vmlinux", "kernel", "genunix")  # what scripts call the kernel itself
_TAGS = {"struct": (_STRUCT,), "union": (_UNION,), "enum": (_ENUM, _ENUM64)}
_QUALIFIERS = {_CONST: "const", _VOLATILE: "volatile", _RESTRICT: "restrict"}


class KernelTypes:
    """`open_btf` is called at the first question, with the module's name for a module's own types; `address` finds a kernel symbol's
    address (0 when unknown)."""

    def __init__(self, open_btf: Callable[[str | None], Btf | None], address: Callable[[str, str], int], module: str | None = None) -> None:
        self._open = open_btf
        self._address = address
        self._module = module
        self._btf: Btf | None = None
        self._opened = False
        self._made: dict[int, ty.Type] = {0: ty.VOID}
        self._modules: dict[str, KernelTypes] = {}

    def btf(self) -> Btf | None:
        if not self._opened:
            self._opened = True
            self._btf = self._open(self._module)
        return self._btf

    def of(self, module: str) -> KernelTypes:
        """The types of the kernel and one module; the kernel's for what is no module."""
        if module in _KERNEL:
            return self
        found = self._modules.get(module)
        if found is None:
            found = self._modules[module] = KernelTypes(self._open, self._address, module)
        return found

    def tagged(self, kind: str, tag: str, module: str = "") -> ty.Type | None:
        """`struct tag`, `union tag` or `enum tag`."""
        if module not in _KERNEL:
            return self.of(module).tagged(kind, tag)
        btf = self.btf()
        if btf is None:
            return None
        for number in _TAGS[kind]:
            found = btf.find(tag, number)
            if found:
                return self.type(found)
        return None

    def typedef(self, name: str, module: str = "") -> ty.Type | None:
        if module not in _KERNEL:
            return self.of(module).typedef(name)
        btf = self.btf()
        found = btf.find(name, _TYPEDEF) if btf is not None else 0
        return self.type(found) if found else None

    def symbol(self, module: str, name: str) -> KernelSymbol | None:
        """A kernel symbol; None when there is none."""
        where = "vmlinux" if module in _KERNEL and module else module
        address = self._address(where, name)
        if not address:
            return None
        btf = self.of(module).btf()
        if btf is None:
            return KernelSymbol(address, None)
        variable = btf.find(name, _VAR)
        if variable:
            section = btf.find(".data..percpu", _DATASEC)
            per_cpu = bool(section) and variable in btf.type(section).vars
            offsets = self._address("vmlinux", "__per_cpu_offset") if per_cpu else 0
            return KernelSymbol(address, self.of(module).type(btf.type(variable).type), offsets)
        function = btf.find(name, _FUNC)
        return KernelSymbol(address, self.type(btf.type(function).type) if function else None)

    def enumerator(self, name: str) -> tuple[int, ty.Type] | None:
        """Value and type of a tag of one of the kernel's enums."""
        btf = self.btf()
        found = btf.enumerator(name) if btf is not None else None
        return (found[1], self.type(found[0])) if found is not None else None

    def function(self, name: str) -> ty.FunctionType | None:
        """The prototype of a kernel function."""
        btf = self.btf()
        proto = btf.func_proto(name) if btf is not None else None
        if proto is None:
            return None
        return ty.FunctionType(self.type(proto.type), [self.type(p) for _, p in proto.params if p])

    def type(self, number: int) -> ty.Type:
        made = self._made.get(number)
        if made is None:
            made = self._made[number] = self._make(number)
        return made

    def _make(self, number: int) -> ty.Type:
        assert self._btf is not None
        raw = self._btf.type(number)
        kind = raw.kind
        if kind == _INT:
            encoding, _, _ = raw.int_bits
            return ty.IntType(raw.name, raw.size, bool(encoding & 1) or raw.name == "char")
        if kind == _PTR:
            return ty.PointerType(self.type(raw.type))
        if kind == _ARRAY:
            element, _, count = raw.array
            return ty.ArrayType(self.type(element), count)
        if kind in (_STRUCT, _UNION):
            return ty.StructType("struct" if kind == _STRUCT else "union", raw.name, raw.size, None, lambda: self._members(number))
        if kind in (_ENUM, _ENUM64):
            values = dict(raw.values)
            return ty.EnumType(raw.name, values, raw.size, any(v < 0 for v in values.values()))
        if kind == _FWD:
            return ty.StructType("union" if raw.kflag else "struct", raw.name, 0, None)
        if kind == _TYPEDEF:
            return ty.AliasType(raw.name, self.type(raw.type))
        if kind in _QUALIFIERS:
            inner = self.type(raw.type)
            return ty.qualified([_QUALIFIERS[kind]], inner)
        if kind == _PROTO:
            return ty.FunctionType(self.type(raw.type), [self.type(p) for _, p in raw.params if p])
        if kind == _FLOAT:
            return ty.FloatType(raw.name, raw.size)
        return self.type(raw.type)

    def _members(self, number: int) -> list[ty.Member]:
        assert self._btf is not None
        return [ty.Member(m.name, self.type(m.type), m.bit_offset, m.bit_size) for m in self._btf.type(number).members]
