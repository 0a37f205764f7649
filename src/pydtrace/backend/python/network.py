"""Addresses of the network as text: inet_ntoa, inet_ntoa6, inet_ntop, link_ntop."""

from __future__ import annotations

from .subroutines import Fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .machine import Machine

_ILLOP = 3
_INET, _INET6 = 2, 10
_HARDWARE = {1: 6, 32: 20}  # Ethernet, InfiniBand: bytes of an address


def inet_ntoa(m: Machine, addr: int) -> bytes:
    return _dotted(m.read_kernel(addr, 4))


def inet_ntoa6(m: Machine, addr: int, strict: int = 0) -> bytes:
    """An address that holds one of IPv4 is that, `strict`ly with the IPv6 prefix in front: behind five words of 0 comes ffff, or another 0
    and what is neither :: nor ::1. Else the first of the longest runs of at least two zeroes is `::`."""
    raw = m.read_kernel(addr, 16)
    prefix = {bytes(12): b"::", bytes(10) + b"\xff\xff": b"::ffff:"}.get(raw[:12])
    if prefix is not None and int.from_bytes(raw, "big") > 1:
        return (prefix if strict else b"") + _dotted(raw[12:])
    words = [b"%x" % int.from_bytes(raw[i : i + 2], "big") for i in range(0, 16, 2)]
    length, start = max((_zeroes(words, i), -i) for i in range(8))
    if length < 2:
        return b":".join(words)
    return b":".join(words[:-start]) + b"::" + b":".join(words[length - start :])


def inet_ntop(m: Machine, family: int, addr: int) -> bytes:
    if family == _INET:
        return inet_ntoa(m, addr)
    if family == _INET6:
        return inet_ntoa6(m, addr, 1)
    raise Fault(_ILLOP, 0)


def link_ntop(m: Machine, kind: int, addr: int) -> bytes:
    size = _HARDWARE.get(kind)
    if size is None:
        raise Fault(_ILLOP, 0)
    return m.read_kernel(addr, size).hex(":").encode()


def _dotted(raw: bytes) -> bytes:
    return b"%d.%d.%d.%d" % tuple(raw)


def _zeroes(words: list[bytes], start: int) -> int:
    """How many words from `start` on are 0."""
    return next((i for i, word in enumerate(words[start:]) if word != b"0"), 8 - start)
