"""bpf(2), ring buffer and perf on this kernel. Only programs of our own are loaded, and they are gone after each test."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from struct import pack, unpack
from typing import Any

import pytest

from pydtrace.linux import bpf, features, perf, proc
from pydtrace.linux import bpf_const as C
from pydtrace.linux.ringbuf import RingBuffer

pytestmark = pytest.mark.skipif(not features.RINGBUF, reason=f"no BPF ring buffer here: {features.RINGBUF.reason}")

SIZE = 1 << 16


def i(op: int, dst: int = 0, src: int = 0, off: int = 0, imm: int = 0) -> bytes:
    return pack("<BBhi", op, src << 4 | dst, off, imm)


def copier(ring: int) -> bytes:
    """Two context words into a record of 16 bytes; discarded when the first is odd; returns 3, or 7 for a full buffer."""
    return b"".join(
        (
            i(0xBF, 6, 1),
            i(0x18, 1, 1, 0, ring) + i(0),
            i(0xB7, 2, 0, 0, 16),
            i(0xB7, 3),
            i(0x85, imm=C.FUNC_ringbuf_reserve),
            i(0x55, 0, 0, 2),
            i(0xB7, 0, 0, 0, 7),
            i(0x95),
            i(0x79, 1, 6, 0) + i(0x7B, 0, 1, 0),
            i(0x79, 2, 6, 8) + i(0x7B, 0, 2, 8),
            i(0x57, 1, 0, 0, 1),
            i(0xBF, 3, 1),
            i(0xBF, 1, 0),
            i(0xB7, 2, 0, 0, 1),
            i(0x15, 3, 0, 2),
            i(0x85, imm=C.FUNC_ringbuf_discard),
            i(0x05, 0, 0, 1),
            i(0x85, imm=C.FUNC_ringbuf_submit),
            i(0xB7, 0, 0, 0, 3),
            i(0x95),
        )
    )


@pytest.fixture
def ring() -> Iterator[tuple[int, RingBuffer]]:
    fd = bpf.map_create(C.MAP_TYPE_RINGBUF, 0, 0, SIZE, 0, "pydt_ring")
    program = bpf.prog_load(C.PROG_TYPE_RAW_TRACEPOINT, copier(fd), name="pydt_copy")
    reader = RingBuffer(fd, SIZE)
    yield program, reader
    reader.close()
    os.close(program)
    os.close(fd)
    assert "pydt_copy" not in [p.name for p in bpf.programs()]


def test_records_wrap_and_discard(ring: tuple[int, RingBuffer]) -> None:
    program, reader = ring
    got: list[bytes] = []
    for n in range(9000):
        assert bpf.prog_test_run(program, pack("QQ", n, n * 2)) == 3
        if n % 500 == 0:
            reader.drain(lambda view: got.append(bytes(view)))
    got += reader.drain()
    assert [unpack("QQ", g) for g in got] == [(n, n * 2) for n in range(0, 9000, 2)]
    assert reader.pending() == 0


def test_starts(ring: tuple[int, RingBuffer]) -> None:
    program, reader = ring
    for n in range(20):
        bpf.prog_test_run(program, pack("QQ", n, n * 2))
    assert [unpack("QQ", reader.data[s : s + 16]) for s in reader.starts(4)] == [(n, n * 2) for n in range(0, 8, 2)]
    assert [reader.data[s] for s in reader.starts()] == list(range(8, 20, 2))
    reader.release()
    assert reader.starts() == [] and reader.drain() == []


def test_full_buffer_counts(ring: tuple[int, RingBuffer]) -> None:
    program, reader = ring
    results = [bpf.prog_test_run(program, pack("QQ", 2 * n, 0)) for n in range(3000)]
    assert results.count(3) == len(reader.drain())
    assert results.count(7) > 0
    assert bpf.prog_test_run(program, pack("QQ", 2, 0)) == 3


def test_refused_program_tells_why() -> None:
    with pytest.raises(bpf.ProgramRefused) as caught:
        bpf.prog_load(C.PROG_TYPE_RAW_TRACEPOINT, i(0x95), name="pydt_bad")
    assert "R0 !read_ok" in caught.value.log and "R0 !read_ok" in str(caught.value)


def items(fd: int, key_size: int, size: int, most: int) -> list[tuple[bytes, bytes]]:
    return [
        (keys[n * key_size : (n + 1) * key_size], values[n * size : (n + 1) * size])
        for keys, values, count in bpf.map_blocks(fd, key_size, size, most)
        for n in range(count)
    ]


@pytest.mark.parametrize("batches", [True, False])
@pytest.mark.parametrize("kind", [C.MAP_TYPE_HASH, C.MAP_TYPE_PERCPU_HASH])
def test_maps(kind: int, batches: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also on a kernel that has no batches."""
    calls = []

    def call(command: int, *rest: Any) -> int:
        calls.append(command)
        batch = command in (C.MAP_LOOKUP_BATCH, C.MAP_DELETE_BATCH)
        return -errno.EINVAL if batch and not batches else int(real(command, *rest))

    real = bpf.bpf
    monkeypatch.setattr(bpf, "bpf", call)
    size = 8 if kind == C.MAP_TYPE_HASH else bpf.percpu_size(8, len(proc.possible_cpus()))
    fd = bpf.map_create(kind, 8, 8, 5000, 0, "pydt-map")
    try:
        assert "pydt_map" in [m.name for m in bpf.maps()]
        want = {pack("Q", n): pack("Q", n * n) * (size // 8) for n in range(3000)}
        for key, value in want.items():
            bpf.map_update(fd, key, value)
        found = items(fd, 8, size, 5000)
        assert len(found) == len(want) and dict(found) == want
        assert (C.MAP_LOOKUP_ELEM in calls) is not batches
        assert set(bpf.map_keys(fd, 8)) == set(want)
        key = pack("Q", 9)
        assert bpf.map_lookup(fd, key, size) == want[key]
        assert bpf.map_delete(fd, key) and not bpf.map_delete(fd, key)
        assert bpf.map_lookup(fd, key, size) is None
        bpf.map_delete_all(fd, b"".join(list(want)[:2000]) + pack("Q", 9999), 8)
        assert dict(items(fd, 8, size, 5000)) == {k: want[k] for k in list(want)[2000:]}
        assert len(items(fd, 8, size, 1)) == 1000, "room for one"
    finally:
        os.close(fd)


def count_program(fd: int) -> bytes:
    """Add one to the only element of the array map; the count is of our own thread group's firings only."""
    return b"".join(
        (
            i(0x85, imm=C.FUNC_get_current_pid_tgid),
            i(0x77, 0, 0, 0, 32),
            i(0x55, 0, 0, 9, os.getpid()),
            i(0x62, 10, 0, -4, 0),
            i(0xBF, 2, 10),
            i(0x07, 2, 0, 0, -4),
            i(0x18, 1, 1, 0, fd) + i(0),
            i(0x85, imm=C.FUNC_map_lookup_elem),
            i(0x15, 0, 0, 2),
            i(0xB7, 1, 0, 0, 1),
            i(0xDB, 0, 1, 0, 0),
            i(0xB7, 0),
            i(0x95),
        )
    )


def counted(fd: int) -> int:
    value = bpf.map_lookup(fd, bytes(4), 8)
    assert value is not None
    return int.from_bytes(value, "little")


def test_raw_tracepoint_and_link_is_gone() -> None:
    fd = bpf.map_create(C.MAP_TYPE_ARRAY, 4, 8, 1)
    program = bpf.prog_load(C.PROG_TYPE_RAW_TRACEPOINT, count_program(fd), name="pydt_count")
    link = bpf.raw_tracepoint_open("sys_enter", program)
    for _ in range(100):
        os.getppid()
    os.close(link)
    seen = counted(fd)
    for _ in range(100):
        os.getppid()
    assert seen >= 100 and counted(fd) == seen
    with pytest.raises(FileNotFoundError):
        bpf.raw_tracepoint_open("no_such_tracepoint", program)
    os.close(program)
    os.close(fd)


def test_cpu_clock() -> None:
    fd = bpf.map_create(C.MAP_TYPE_ARRAY, 4, 8, 1)
    program = bpf.prog_load(C.PROG_TYPE_PERF_EVENT, count_program(fd), name="pydt_tick")
    timers = [perf.cpu_clock(1_000_000, cpu) for cpu in proc.online_cpus()]
    for timer in timers:
        perf.set_bpf(timer, program)
        perf.enable(timer)
    end = time.monotonic() + 0.1
    while time.monotonic() < end:
        pass
    for timer in timers:
        perf.disable(timer)
        os.close(timer)
    assert counted(fd) >= 10
    os.close(program)
    os.close(fd)


def own_getppid() -> tuple[str, int]:
    """File and offset of libc's getppid, found through our own mapping of it."""
    import ctypes

    address = ctypes.cast(ctypes.CDLL(None).getppid, ctypes.c_void_p).value or 0
    for m in proc.maps(os.getpid()):
        if m.start <= address < m.end and m.path:
            return m.path, address - m.start + m.offset
    pytest.skip("getppid is in no file")


@pytest.mark.skipif(not features.UPROBE_PERF, reason=f"no uprobes: {features.UPROBE_PERF.reason}")
def test_uprobe_perf() -> None:
    path, offset = own_getppid()
    fd = bpf.map_create(C.MAP_TYPE_ARRAY, 4, 8, 1)
    program = bpf.prog_load(C.PROG_TYPE_KPROBE, count_program(fd), name="pydt_uprobe")
    event = perf.uprobe(path, offset, pid=os.getpid())
    link = bpf.link_create(program, event, C.PERF_EVENT, cookie=7) if features.COOKIE else -1
    if link < 0:
        perf.set_bpf(event, program)
    perf.enable(event)
    for _ in range(5):
        os.getppid()
    for each in (link, event):
        if each >= 0:
            os.close(each)
    assert counted(fd) == 5
    os.close(program)
    os.close(fd)


@pytest.mark.skipif(not features.UPROBE_MULTI, reason=f"no uprobe_multi: {features.UPROBE_MULTI.reason}")
@pytest.mark.parametrize("ret", [False, True])
def test_uprobe_multi(ret: bool) -> None:
    path, offset = own_getppid()
    fd = bpf.map_create(C.MAP_TYPE_ARRAY, 4, 8, 1)
    program = bpf.prog_load(C.PROG_TYPE_KPROBE, count_program(fd), name="pydt_multi", expected_attach_type=C.TRACE_UPROBE_MULTI)
    link = bpf.uprobe_multi(program, path, [offset], cookies=[1], retprobe=ret, pid=os.getpid())
    for _ in range(5):
        os.getppid()
    os.close(link)
    os.getppid()
    assert counted(fd) == 5
    os.close(program)
    os.close(fd)


def test_features_are_told() -> None:
    for feature in features.ALL:
        assert feature.available or feature.reason
