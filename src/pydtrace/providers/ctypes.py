"""Types spelled in C, as far as prototypes of system calls need them: base types, pointers, const, struct tags, typedefs.

Structs and typedefs are the running kernel's; without its BTF they are incomplete types that have a name. Members are loaded when
they are used.
"""

from __future__ import annotations

from ..d import types as ty

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..d.declare import KernelTypes

_BASE: dict[str, ty.Type] = {
    "char": ty.CHAR, "unsigned char": ty.UCHAR, "int": ty.INT, "unsigned int": ty.UINT, "long": ty.LONG, "unsigned long": ty.ULONG,
    "void": ty.VOID,
}  # fmt: skip
_TYPEDEFS = {
    "size_t": ty.ULONG, "loff_t": ty.LONGLONG, "pid_t": ty.INT, "uid_t": ty.UINT, "gid_t": ty.UINT, "umode_t": ty.USHORT,
    "clockid_t": ty.INT,
    "timer_t": ty.INT, "mqd_t": ty.INT, "key_serial_t": ty.INT, "rwf_t": ty.INT, "aio_context_t": ty.ULONG, "int32_t": ty.INT,
    "uint32_t": ty.UINT, "uint64_t": ty.ULONG, "__kernel_old_time_t": ty.LONG,
}  # fmt: skip


class CTypes:
    """The types of one compilation."""

    __slots__ = ("_kernel", "_known")

    def __init__(self, kernel: KernelTypes) -> None:
        self._kernel = kernel
        self._known: dict[str, ty.Type] = {}

    def type(self, text: str) -> ty.Type:
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._make(text)
        return known

    def _make(self, text: str) -> ty.Type:
        if text.endswith("*const *"):
            return ty.PointerType(self.type(text[: -len("const *")].rstrip()))
        if text.endswith("*"):
            return ty.PointerType(self.type(text[:-1].rstrip()))
        if text.startswith("const "):  # as in DTrace, whose types of system calls have no qualifiers
            return self.type(text[6:])
        if text in _BASE:
            return _BASE[text]
        kind, _, tag = text.partition(" ")
        if kind in ("struct", "union"):
            return self._struct(kind, tag)
        base = _TYPEDEFS.get(text)
        if base is not None:
            return ty.AliasType(text, base)
        return self._kernel.typedef(text) or ty.AliasType(text, ty.StructType("struct", text, 0, None))

    def _struct(self, kind: str, tag: str) -> ty.Type:
        def load() -> list[ty.Member]:
            found = ty.resolve(self._kernel.tagged(kind, tag) or ty.VOID)
            return (found.members or []) if isinstance(found, ty.StructType) else []

        return ty.StructType(kind, tag, 0, None, load)
