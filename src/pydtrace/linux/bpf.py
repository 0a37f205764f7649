"""bpf(2), one function a command.

Each command takes a `union bpf_attr`. We send only as many bytes of it as the command needs: an old kernel refuses a
longer attr whose unknown tail is not zero, a new one fills a shorter one with zeros. So optional late fields (a
raw tracepoint's cookie) are sent only when they are set.

What fails raises OSError, but for two: looking up an absent key gives None, and a program the verifier refuses
raises `ProgramRefused`, which is our mistake (InternalError) and holds the verifier's log. Logs are not asked for at the first
try (the log makes loading many times slower); a refused program is loaded a second time just to learn why.

File descriptors are plain ints, and close-on-exec (the kernel sees to it). Closing the last one of a link detaches.
"""

from __future__ import annotations

import errno
import os
from struct import pack, pack_into, unpack_from

from ..errors import InternalError
from . import bpf_const as C
from .syscall import address, buffer, check, numbers, syscall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

_LOG_SIZE = 16 << 20
_number = 0


class ProgramRefused(InternalError):
    """The verifier did not take the program. `log` is its text, `errno` its answer."""

    def __init__(self, text: str, log: str, number: int) -> None:
        super().__init__(text)
        self.log = log
        self.errno = number


def bpf(command: int, attr: Any, size: int) -> int:
    """The raw call: result or minus errno. EAGAIN (a signal came during verification) is tried again."""
    global _number
    if not _number:
        _number = numbers()[0]
    where = address(attr)
    for _ in range(5):
        result = syscall(_number, command, where, size)
        if result != -errno.EAGAIN:
            break
    return result


def _do(command: int, attr: bytes, what: str) -> int:
    return check(bpf(command, buffer(attr), len(attr)), what)


def _name(name: str) -> bytes:
    """An object name: at most 15 bytes of letters, digits, `_` and `.`; others become `_`."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "_.") else "_" for c in name[: C.OBJ_NAME_LEN - 1]).encode()


# ---- maps


def map_create(kind: int, key_size: int, value_size: int, max_entries: int, flags: int = 0, name: str = "", inner_fd: int = 0) -> int:
    """A new map; its file descriptor."""
    attr = pack("7I16s", kind, key_size, value_size, max_entries, flags, inner_fd, 0, _name(name))
    return _do(C.MAP_CREATE, attr, f"create BPF map {name or kind}")


def percpu_size(value_size: int, cpus: int) -> int:
    """Bytes of one value of a per-CPU map as user space sees it: each CPU's share rounded up to 8, for all possible CPUs."""
    return (value_size + 7 & ~7) * cpus


def map_lookup(fd: int, key: bytes, size: int, *, delete: bool = False) -> bytes | None:
    """The value (`size` bytes; see `percpu_size` for per-CPU maps) of the key, or None. `delete` also takes it out."""
    k, value = buffer(key), buffer(size)
    attr = buffer(pack("IIQQQ", fd, 0, address(k), address(value), 0))
    result = bpf(C.MAP_LOOKUP_AND_DELETE_ELEM if delete else C.MAP_LOOKUP_ELEM, attr, 32)
    if result == -errno.ENOENT:
        return None
    check(result, "look up in BPF map")
    return bytes(value)


def map_update(fd: int, key: bytes, value: bytes, flags: int = C.ANY) -> None:
    """Set the value of the key; push it, where the map has no keys (a stack)."""
    k, v = buffer(key), buffer(value)
    _do(C.MAP_UPDATE_ELEM, pack("IIQQQ", fd, 0, address(k) if key else 0, address(v), flags), "update BPF map")


def map_delete(fd: int, key: bytes) -> bool:
    """Take the key out; False where it was not there."""
    k = buffer(key)
    result = bpf(C.MAP_DELETE_ELEM, buffer(pack("IIQQQ", fd, 0, address(k), 0, 0)), 32)
    if result == -errno.ENOENT:
        return False
    check(result, "delete from BPF map")
    return True


def map_get_next_key(fd: int, key: bytes | None, key_size: int) -> bytes | None:
    """The key behind `key` (the first for None, or where `key` is gone), None at the end."""
    k = buffer(key) if key is not None else None
    following = buffer(key_size)
    attr = buffer(pack("IIQQQ", fd, 0, address(k) if k is not None else 0, address(following), 0))
    result = bpf(C.MAP_GET_NEXT_KEY, attr, 32)
    if result == -errno.ENOENT:
        return None
    check(result, "walk BPF map")
    return bytes(following)


def map_keys(fd: int, key_size: int) -> Iterator[bytes]:
    """All keys. A key deleted during the walk starts it again, so a caller who deletes lists first."""
    key = map_get_next_key(fd, None, key_size)
    while key is not None:
        yield key
        key = map_get_next_key(fd, key, key_size)


def map_blocks(fd: int, key_size: int, size: int, max_entries: int) -> list[tuple[bytes, bytes, int]]:
    """All keys and values, as (the keys of a block one behind the other, their values, how many).

    By batched calls where the kernel can (5.6; per-CPU arrays 5.13), else key by key. A key that comes or goes during the walk
    may be in it or not; others are in it once.
    """
    blocks = _lookup_batch(fd, key_size, size, max_entries)
    if blocks is not None:
        return blocks
    rows = []
    for key in map_keys(fd, key_size):
        value = map_lookup(fd, key, size)
        if value is not None:
            rows.append((key, value))
    return [(b"".join([k for k, _ in rows]), b"".join([v for _, v in rows]), len(rows))]


def _lookup_batch(fd: int, key_size: int, size: int, max_entries: int) -> list[tuple[bytes, bytes, int]] | None:
    room = min(max_entries, max(64, (1 << 20) // (key_size + size)))
    keys, values = buffer(room * key_size), buffer(room * size)
    position, following = buffer(max(8, key_size)), buffer(max(8, key_size))
    blocks: list[tuple[bytes, bytes, int]] = []
    start = 0
    while True:
        attr = buffer(pack("QQQQIIQQ", start, address(following), address(keys), address(values), room, fd, 0, 0))
        result = bpf(C.MAP_LOOKUP_BATCH, attr, 56)
        if result < 0 and result != -errno.ENOENT:
            # EINVAL, ENOTSUPP: no batches here. ENOSPC: one hash bucket is fuller than our room. Either way go key by key.
            return None
        count = unpack_from("I", attr, 32)[0]
        if count:
            blocks.append((memoryview(keys)[: count * key_size].tobytes(), memoryview(values)[: count * size].tobytes(), count))
        if result < 0 or not count:
            return blocks
        position, following = following, position
        start = address(position)


def map_delete_all(fd: int, keys: bytes, key_size: int) -> None:
    """Take out all of `keys`, which lie one behind the other; those that are not there do not matter."""
    count = len(keys) // key_size
    block = buffer(keys)
    attr = buffer(pack("QQQQIIQQ", 0, 0, address(block), 0, count, fd, 0, 0))
    if count and bpf(C.MAP_DELETE_BATCH, attr, 56) < 0:
        for at in range(0, len(keys), key_size):
            map_delete(fd, keys[at : at + key_size])


class Grace:
    """Waiting until no program that runs now runs any more: what it had read of a map before is then used no longer.

    The kernel waits that long whenever user space changes a map of maps, so that the old inner map is nobody's when the call is back.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self) -> None:
        self._inner = map_create(C.MAP_TYPE_ARRAY, 4, 8, 1, 0, "dt_grace")
        try:
            self._outer = map_create(C.MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 1, 0, "dt_graces", self._inner)
        except OSError:
            os.close(self._inner)
            raise

    def wait(self) -> None:
        map_update(self._outer, b"\0\0\0\0", pack("I", self._inner))

    def close(self) -> None:
        os.close(self._outer)
        os.close(self._inner)


# ---- programs


def btf_load(blob: bytes) -> int:
    """Give the kernel type information; its file descriptor."""
    data = buffer(blob)
    return _do(C.BTF_LOAD, pack("QQIII", address(data), 0, len(blob), 0, 0), "load BTF")


def prog_load(
    kind: int,
    insns: bytes,
    license: str = "GPL",
    name: str = "",
    expected_attach_type: int = 0,
    attach_btf_id: int = 0,
    log: bool = False,
    *,
    attach_btf_fd: int = 0,
    btf_fd: int = 0,
    func_info: bytes = b"",
) -> int:
    """Load the program (8 bytes an instruction); its file descriptor. `log` makes the kernel verify with a log, for `last_log`.

    `func_info` (8 bytes a function) and `btf_fd`, the BTF it refers to, describe the program's functions.
    """
    code, terms = buffer(insns), buffer(license.encode() + b"\0")
    attr = bytearray(128)
    pack_into("IIQQ", attr, 0, kind, len(insns) // 8, address(code), address(terms))
    pack_into("16sII", attr, 48, _name(name), 0, expected_attach_type)
    pack_into("II", attr, 108, attach_btf_id, attach_btf_fd)
    functions = buffer(func_info) if func_info else None
    if functions is not None:
        pack_into("IIQI", attr, 72, btf_fd, 8, address(functions), len(func_info) // 8)
    size = 116 if attach_btf_id else 92 if func_info else 72

    def load(text: Any) -> int:
        if text is not None:
            pack_into("IIQ", attr, 24, 1, len(text), address(text))
        return bpf(C.PROG_LOAD, buffer(bytes(attr)), size)

    global last_log
    last_log = ""
    if log:
        result, last_log = _load_logged(load)
        if result >= 0:
            return result
    else:
        result = load(None)
        if result >= 0:
            return result
        result, last_log = _load_logged(load)
        if result >= 0:
            return result
    if result == -errno.EPERM and not last_log:
        raise PermissionError(errno.EPERM, f"load BPF program {name}: {os.strerror(errno.EPERM)}")
    why = last_log.rstrip().rsplit("\n", 2)
    line = why[-2] if len(why) > 1 and why[-1].startswith("processed ") else why[-1]
    raise ProgramRefused(f"the kernel refused BPF program {name or kind}: {line or os.strerror(-result)}", last_log, -result)


last_log = ""


def _load_logged(load: Callable[[Any], int]) -> tuple[int, str]:
    size = 1 << 16
    while True:
        text = buffer(size)
        result = load(text)
        if result == -errno.ENOSPC and size < _LOG_SIZE:  # before 6.4 a full log fails the load itself
            size <<= 4
            continue
        return result, text.value.decode(errors="replace")


def prog_test_run(fd: int, ctx: bytes = b"", cpu: int | None = None) -> int:
    """Run a raw tracepoint program once with the given context (its arguments, 8 bytes each); its return value.

    From 5.10. The context must be as long as the furthest argument the program reads.
    """
    block = buffer(ctx) if ctx else None
    attr = bytearray(80)
    pack_into("I", attr, 0, fd)
    pack_into("I", attr, 40, len(ctx))
    pack_into("Q", attr, 48, address(block) if block is not None else 0)
    if cpu is not None:
        pack_into("II", attr, 64, C.F_TEST_RUN_ON_CPU, cpu)
    sent = buffer(bytes(attr))
    check(bpf(C.PROG_TEST_RUN, sent, 80), "run BPF program")
    value: int = unpack_from("I", sent, 4)[0]
    return value


# ---- attaching


def raw_tracepoint_open(name: str | None, prog_fd: int, cookie: int = 0) -> int:
    """Attach to the raw tracepoint; the link. With None: attach a tracing program to what it was loaded for.

    A cookie needs 6.10.
    """
    text = buffer(name.encode() + b"\0") if name is not None else None
    attr = pack("QII", address(text) if text is not None else 0, prog_fd, 0)
    if cookie:
        attr += pack("Q", cookie)
    return _do(C.RAW_TRACEPOINT_OPEN, attr, f"attach to raw tracepoint {name}")


def link_create(prog_fd: int, target_fd: int, attach_type: int, cookie: int = 0) -> int:
    """A link of a perf event (5.15; cookie seen by get_attach_cookie) or a fentry/fexit program (target 0; cookie 5.18)."""
    attr = pack("IIII", prog_fd, target_fd, attach_type, 0)
    if cookie:
        attr += pack("Q", cookie) if attach_type == C.PERF_EVENT else pack("IIQ", 0, 0, cookie)
    return _do(C.LINK_CREATE, attr, "create BPF link")


def kprobe_multi(
    prog_fd: int, *, addrs: Sequence[int] = (), syms: Sequence[str] = (), cookies: Sequence[int] = (), retprobe: bool = False
) -> int:
    """One link for many kernel functions (5.18), given by address or by name; cookies in the same order."""
    count = len(addrs) or len(syms)
    names = [buffer(s.encode() + b"\0") for s in syms]
    words = buffer(pack(f"{count}Q", *(addrs or [address(n) for n in names])))
    values = _cookies(cookies, count)
    attr = pack("IIII", prog_fd, 0, C.TRACE_KPROBE_MULTI, 0)
    at = address(words)
    flags = C.F_KPROBE_MULTI_RETURN if retprobe else 0
    attr += pack("IIQQQ", flags, count, 0 if addrs else at, at if addrs else 0, values[0])
    return _do(C.LINK_CREATE, attr, f"attach to {count} kernel functions")


def uprobe_multi(
    prog_fd: int,
    path: str | bytes,
    offsets: Sequence[int],
    *,
    cookies: Sequence[int] = (),
    ref_ctrs: Sequence[int] = (),
    retprobe: bool = False,
    pid: int = 0,
) -> int:
    """One link for many file offsets of one object (6.6), in all processes or in one. One offset that cannot be probed fails all."""
    count = len(offsets)
    file = buffer((path.encode() if isinstance(path, str) else path) + b"\0")
    words = buffer(pack(f"{count}Q", *offsets))
    values, counters = _cookies(cookies, count), _cookies(ref_ctrs, count)
    attr = pack("IIII", prog_fd, 0, C.TRACE_UPROBE_MULTI, 0)
    flags = C.F_UPROBE_MULTI_RETURN if retprobe else 0
    attr += pack("QQQQIIII", address(file), address(words), counters[0], values[0], count, flags, pid, 0)
    return _do(C.LINK_CREATE, attr, f"attach to {count} places of {os.fsdecode(path)}")


def _cookies(values: Sequence[int], count: int) -> tuple[int, Any]:
    """Address of the words and the block to keep alive; address 0 for none."""
    if not values:
        return 0, None
    if len(values) != count:
        raise InternalError(f"{len(values)} cookies for {count} probes")
    block = buffer(pack(f"{count}Q", *values))
    return address(block), block


# ---- what the kernel counts


def _info(fd: int) -> bytes:
    """The kernel's description of a program or link; what an old kernel does not tell is zero."""
    block = buffer(256)
    _do(C.OBJ_GET_INFO_BY_FD, pack("IIQ", fd, 256, address(block)), "ask about BPF object")
    return bytes(block)


def link_missed(fd: int) -> int:
    """Firings that the link of a kernel function probe missed (6.7; before, 0)."""
    info = _info(fd)
    at = {C.LINK_TYPE_PERF_EVENT: 48, C.LINK_TYPE_KPROBE_MULTI: 32}.get(unpack_from("I", info, 0)[0])
    return unpack_from("Q", info, at)[0] if at is not None else 0


def recursion_misses(fd: int) -> int:
    """Firings at which the program did not run because it, or another of its kind, was running on that CPU (5.12; of kprobes 6.7)."""
    count: int = unpack_from("Q", _info(fd), 208)[0]
    return count


# ---- what the kernel holds


class Held:
    """One BPF object the kernel holds: its id, its type number, its name (a link's name is its program's id)."""

    __slots__ = ("id", "kind", "name")

    def __init__(self, id: int, kind: int, name: str) -> None:
        self.id = id
        self.kind = kind
        self.name = name

    def __repr__(self) -> str:
        return f"Held({self.id}, {self.kind}, {self.name!r})"


def _held(next_id: int, by_id: int, name_at: int) -> list[Held]:
    found: list[Held] = []
    last = 0
    while True:
        attr = buffer(pack("III", last, 0, 0))
        result = bpf(next_id, attr, 12)
        if result == -errno.ENOENT:
            return found
        check(result, "list BPF objects")
        last = unpack_from("I", attr, 4)[0]
        fd = bpf(by_id, buffer(pack("III", last, 0, 0)), 12)
        if fd < 0:  # gone since
            continue
        try:
            raw = _info(fd)
            kind = unpack_from("I", raw, 0)[0]
            name = raw[name_at : name_at + 16].split(b"\0")[0].decode(errors="replace") if name_at else str(unpack_from("I", raw, 8)[0])
            found.append(Held(last, kind, name))
        finally:
            os.close(fd)


def programs() -> list[Held]:
    """All programs loaded in the kernel (needs root)."""
    return _held(C.PROG_GET_NEXT_ID, C.PROG_GET_FD_BY_ID, 64)


def maps() -> list[Held]:
    """All maps."""
    return _held(C.MAP_GET_NEXT_ID, C.MAP_GET_FD_BY_ID, 24)


def links() -> list[Held]:
    """All links."""
    return _held(C.LINK_GET_NEXT_ID, C.LINK_GET_FD_BY_ID, 0)
