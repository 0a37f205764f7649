"""The subroutines of DIF's `call`, and the arithmetic that can fault.

Integers come and go as 64-bit patterns (0 to 2^64-1), strings as bytes without NUL. The caller cuts string results to strsize.
`find` gives the function (machine, arguments…) of a D name. What has none is an illegal operation.
"""

from __future__ import annotations

from ...d.subroutines import LARGEST_COPY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .machine import Machine

_M = (1 << 64) - 1
_S = 1 << 63
_ILLOP, _DIVZERO, _NOSCRATCH, _BADSIZE, _BADINDEX = 3, 4, 5, 10, 11
_COPYOUT_MOST = 4096  # as in the kernel engine
_DIGITS = b"0123456789abcdefghijklmnopqrstuvwxyz"


class Fault(Exception):
    """A D fault: `code` of dif/ir.py and the value its message shows."""

    def __init__(self, code: int, value: int) -> None:
        super().__init__(code, value)
        self.code = code
        self.value = value


# ---- division, which truncates towards zero


def udiv(a: int, b: int) -> int:
    if not b:
        raise Fault(_DIVZERO, 0)
    return a // b


def umod(a: int, b: int) -> int:
    if not b:
        raise Fault(_DIVZERO, 0)
    return a % b


def sdiv(a: int, b: int) -> int:
    if not b:
        raise Fault(_DIVZERO, 0)
    x, y = (a ^ _S) - _S, (b ^ _S) - _S
    quotient = abs(x) // abs(y)
    return (quotient if (x < 0) == (y < 0) else -quotient) & _M


def smod(a: int, b: int) -> int:
    if not b:
        raise Fault(_DIVZERO, 0)
    x, y = (a ^ _S) - _S, (b ^ _S) - _S
    rest = abs(x) % abs(y)
    return (-rest if x < 0 else rest) & _M


# ---- parts of structs and arrays


def bound(index: int, count: int) -> int:
    """The index of an array of `count` elements, when it is one."""
    if index >= count:
        raise Fault(_BADINDEX, index)
    return index


def poke(data: bytes, offset: int, size: int, value: int | bytes) -> bytes:
    """`data` with `size` bytes replaced: by the low bytes of an integer, or by bytes and zeroes."""
    if isinstance(value, int):
        new = (value & (1 << 8 * size) - 1).to_bytes(size, "little")
    else:
        new = value[:size].ljust(size, b"\0")
    return data[:offset] + new + data[offset + size :]


def _int(value: int) -> int:
    """As a C int argument."""
    return ((value & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000


# ---- strings


def _strlen(m: Machine, s: bytes) -> int:
    return len(s)


def _strjoin(m: Machine, a: bytes, b: bytes) -> bytes:
    return a + b


def _strchr(m: Machine, s: bytes, c: int) -> bytes | None:
    at = (s + b"\0").find(c & 0xFF)
    return s[at:] if at >= 0 else None


def _strrchr(m: Machine, s: bytes, c: int) -> bytes | None:
    at = (s + b"\0").rfind(c & 0xFF)
    return s[at:] if at >= 0 else None


def _strstr(m: Machine, s: bytes, sub: bytes) -> bytes | None:
    at = s.find(sub)
    return s[at:] if at >= 0 else None


def _index(m: Machine, s: bytes, sub: bytes, pos: int = 0) -> int:
    start = max(_int(pos), 0)
    if start >= len(s) and not sub:
        return len(s)
    return s.find(sub, start) & _M if start <= len(s) else _M


def _rindex(m: Machine, s: bytes, sub: bytes, pos: int | None = None) -> int:
    start = len(s) if pos is None else min(_int(pos), len(s))
    if start < 0:
        return 0 if not sub else _M
    return s.rfind(sub, 0, start + len(sub)) & _M


def _substr(m: Machine, s: bytes, index: int, count: int | None = None) -> bytes:
    """As Perl's: a negative start counts from the end, what lies before the string is cut off; a negative length leaves off at the end."""
    start, size = _int(index), 1 << 40 if count is None else _int(count)
    if start < 0:
        start += len(s)
    end = start + size if size >= 0 else len(s) + size
    return s[max(start, 0) : max(end, 0)]


def _base(base: int) -> int:
    if not 2 <= base <= 36:
        raise Fault(_ILLOP, 0)
    return base


def _lltostr(m: Machine, value: int, base: int = 10) -> bytes:
    """Base 10 is signed; bases 8 and 16 have C's prefixes."""
    if base == 10:
        return b"%d" % ((value ^ _S) - _S)
    if base == 16:
        return b"0x%x" % value
    if base == 8:
        return b"0%o" % value if value else b"0"
    _base(base)
    digits = b""
    while True:
        value, digit = divmod(value, base)
        digits = _DIGITS[digit : digit + 1] + digits
        if not value:
            return digits


def strtoll(m: Machine, s: bytes, base: int = 10) -> int:
    """Blanks and tabs, a sign, for base 16 "0x" when a digit follows, then digits; modulo 2**64."""
    _base(base)
    text = s.lstrip(b" \t")
    negative = text[:1] == b"-"
    text = text[1:].lower() if text[:1] in (b"+", b"-") else text.lower()
    if base == 16 and text[:2] == b"0x" and text[2:3] and text[2:3] in b"0123456789abcdef":
        text = text[2:]
    value = 0
    for c in text:
        digit = _DIGITS.find(c)
        if not 0 <= digit < base:
            break
        value = value * base + digit
    return (-value if negative else value) & _M


def _basename(m: Machine, s: bytes) -> bytes:
    if not s:
        return b"."
    path = s.rstrip(b"/")
    return path[path.rfind(b"/") + 1 :] if path else b"/"


def _dirname(m: Machine, s: bytes) -> bytes:
    path = s.rstrip(b"/")
    if not path:
        return b"/" if s else b"."
    at = path.rfind(b"/")
    if at < 0:
        return b"."
    return path[:at].rstrip(b"/") or b"/"


def _cleanpath(m: Machine, s: bytes) -> bytes:
    """A slash, and dots behind it, are held back until it is seen what they mean; `/..` takes the last component back."""
    out = bytearray()
    held = b""
    for c in s + b"\0":
        back = held == b"/.." and c in b"/\0"
        if back:
            del out[max(out.rfind(b"/"), 0) :]
            held = b"/"
        if c == 47:
            held = b"/"
        elif c == 46 and held in (b"/", b"/."):
            held += b"."
        else:
            out += held
            held = b""
            if c:
                out.append(c)
    return bytes(out)


def _strtok(m: Machine, s: bytes | None, separators: bytes) -> bytes | None:
    """What is left is kept for the firing; a NULL string goes on with it."""
    rest = m.this.get("strtok") if s is None else s
    rest = rest.lstrip(separators) if rest and separators else rest
    if not rest:
        m.this["strtok"] = None
        return None
    end = next((i for i, c in enumerate(rest) if c in separators), len(rest))
    m.this["strtok"] = rest[end + 1 :]
    return bytes(rest[:end])


def _toupper(m: Machine, s: bytes) -> bytes:
    return s.upper()


def _tolower(m: Machine, s: bytes) -> bytes:
    return s.lower()


# ---- numbers


def _swap16(m: Machine, v: int) -> int:
    return (v & 0xFF) << 8 | v >> 8 & 0xFF


def _swap32(m: Machine, v: int) -> int:
    return int.from_bytes((v & 0xFFFFFFFF).to_bytes(4, "little"), "big")


def _swap64(m: Machine, v: int) -> int:
    return int.from_bytes(v.to_bytes(8, "little"), "big")


def _rand(m: Machine) -> int:
    # xorshift: good enough for sampling, needs no import and no lock.
    x = m.seed
    x ^= x << 13 & _M
    x ^= x >> 7
    x ^= x << 17 & _M
    m.seed = x
    return x & 0xFFFFFFFF


def _getmajor(m: Machine, dev: int) -> int:
    return dev >> 20 & 0xFFF


def _getminor(m: Machine, dev: int) -> int:
    return dev & 0xFFFFF


# ---- memory


def _copyin(m: Machine, addr: int, size: int) -> int:
    if size > max(LARGEST_COPY, m.scratchsize):
        raise Fault(_NOSCRATCH, 0)
    return m.keep(m.read_user(addr, size), True)


def _copyinto(m: Machine, addr: int, size: int, dst: int) -> None:
    held, at = m.room_for(dst, size)
    held[at : at + size] = m.read_user(addr, size)


def _alloca(m: Machine, size: int) -> int:
    return m.alloca(size)


def _bcopy(m: Machine, src: int | bytes, dst: int, size: int) -> None:
    held, at = m.room_for(dst, size)
    held[at : at + size] = m.read_kernel(src, size) if isinstance(src, int) else src.ljust(size, b"\0")[:size]


def _memstr(m: Machine, addr: int, c: int, size: int) -> bytes:
    """One byte less than `size`, with `c` in the place of each NUL."""
    data = m.read_kernel(addr, min(max(size - 1, 0), m.strsize - 1))
    return data.replace(b"\0", bytes((c & 0xFF,))).split(b"\0", 1)[0]


def _progenyof(m: Machine, pid: int) -> int:
    return 1 if m.descends(pid) else 0


def _d_path(m: Machine, path: int) -> bytes:
    return b"<unknown>"


# ---- for the libraries


def _fact(m: Machine, task: int, name: bytes) -> int:
    return m.fact(task, name.decode())


def _text(m: Machine, task: int, name: bytes) -> bytes:
    return m.fact_text(task, name.decode())


def _fdfact(m: Machine, fd: int, name: bytes) -> int:
    return m.fd_fact(fd, name.decode())


def _fdtext(m: Machine, fd: int, name: bytes) -> bytes:
    return m.fd_text(fd, name.decode())


# ---- speculations


def _speculation(m: Machine) -> int:
    return m.speculation()


def _commit(m: Machine, number: int) -> None:
    m.commit(number)


def _discard(m: Machine, number: int) -> None:
    m.discard(number)


def _raise(m: Machine, signo: int) -> None:
    m.send_signal(signo)


def _stop(m: Machine) -> None:
    m.send_signal(19)


def _copyout(m: Machine, src: int, addr: int, size: int) -> None:
    if size > _COPYOUT_MOST:
        raise Fault(_BADSIZE, size)
    if size:
        m.write_user(addr, m.read_kernel(src, size))


def _copyoutstr(m: Machine, s: bytes | None, addr: int, size: int) -> None:
    data = ((s or b"") + b"\0")[:size]
    if data:
        m.write_user(addr, data)


TABLE: dict[str, Callable[..., Any]] = {
    "__fact": _fact, "__fdfact": _fdfact, "__fdtext": _fdtext, "__text": _text,
    "alloca": _alloca, "basename": _basename, "bcopy": _bcopy, "cleanpath": _cleanpath, "commit": _commit, "copyin": _copyin,
    "copyinto": _copyinto, "copyout": _copyout, "copyoutstr": _copyoutstr, "d_path": _d_path, "dirname": _dirname,
    "discard": _discard, "getmajor": _getmajor, "getminor": _getminor, "htonl": _swap32, "htonll": _swap64, "htons": _swap16,
    "index": _index,
    "lltostr": _lltostr, "ntohl": _swap32, "ntohll": _swap64,
    "memstr": _memstr, "ntohs": _swap16, "progenyof": _progenyof, "raise": _raise, "rand": _rand,
    "rindex": _rindex, "speculation": _speculation,
    "stop": _stop, "strchr": _strchr, "strjoin": _strjoin, "strlen": _strlen, "strrchr": _strrchr, "strstr": _strstr, "strtok": _strtok,
    "strtoll": strtoll, "substr": _substr, "tolower": _tolower, "toupper": _toupper,
}  # fmt: skip


def find(name: str) -> Callable[..., Any] | None:
    """The function called `name`."""
    if name in ("inet_ntoa", "inet_ntoa6", "inet_ntop", "link_ntop"):
        from . import network

        return getattr(network, name)  # type: ignore[no-any-return]
    if name == "json":
        from .jsontext import json

        return json
    return TABLE.get(name)
