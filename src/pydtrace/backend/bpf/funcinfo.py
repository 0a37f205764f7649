"""What the kernel wants to know of a program's functions: their places, names and parameters, as BTF.

A function that takes the address of another, and one that is verified for itself (insns.Function), must be described; so a program with
functions describes all of them. A parameter is `long` or a pointer to an array of `char`; all return `long`.
"""

from __future__ import annotations

from struct import pack

from .insns import Function

_INT, _PTR, _ARRAY, _FUNC, _FUNC_PROTO = 1, 2, 3, 12, 13
_STATIC, _GLOBAL = 0, 1


def describe(functions: list[Function]) -> tuple[bytes, bytes]:
    """A BTF blob, and the records that tie places in the code to its functions."""
    strings = bytearray(b"\0")
    types: list[bytes] = []
    known: dict[bytes, int] = {}

    def name(text: str) -> int:
        at = len(strings)
        strings.extend(text.encode() + b"\0")
        return at

    def add(data: bytes) -> int:
        if data not in known:
            types.append(data)
            known[data] = len(types)
        return known[data]

    char = add(pack("<IIII", name("char"), _INT << 24, 1, 1 << 24 | 8))
    long = add(pack("<IIII", name("long"), _INT << 24, 8, 1 << 24 | 64))
    records = b""
    for function in functions:
        takes = function.takes or ()
        params = b""
        for i, size in enumerate(takes):
            of = long
            if size:
                of = add(pack("<III", 0, _PTR << 24, add(pack("<IIIIII", 0, _ARRAY << 24, 0, char, long, size))))
            params += pack("<II", name(f"p{i}"), of)
        proto = add(pack("<III", 0, _FUNC_PROTO << 24 | len(takes), long) + params)
        linkage = _STATIC if function.takes is None else _GLOBAL
        of = add(pack("<III", name(function.name), _FUNC << 24 | linkage, proto))
        records += pack("<II", function.at, of)
    body = b"".join(types)
    header = pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(body), len(body), len(strings))
    return header + body + bytes(strings), records
