"""What is remembered of processes, from made-up records of the kernel."""

from __future__ import annotations

from struct import pack
from typing import Any

from pydtrace.engine import lives as module
from pydtrace.engine.lives import Lives
from pydtrace.engine.users import Past
from pydtrace.linux.perfring import COMM, EXIT, FORK, LOST, MISC_EXEC, MMAP2

FIRST = 1 << 28  # no process has such a number


class Ring:
    """Gives the records it is told to give."""

    def __init__(self) -> None:
        self.records: list[tuple[int, int, int, bytes]] = []
        self.now = 0

    def add(self, kind: int, body: bytes, misc: int = 0, time: int = 0) -> None:
        self.now += 1
        self.records.append((time or self.now, kind, misc, body))

    def fork(self, pid: int, ppid: int, tid: int = 0) -> None:
        self.add(FORK, pack("<4IQ", pid, ppid, tid or pid, ppid, 0))

    def exit(self, pid: int) -> None:
        self.add(EXIT, pack("<4IQ", pid, 1, pid, 1, 0))

    def exec(self, pid: int) -> None:
        self.add(COMM, pack("<2I8s", pid, pid, b"new"), MISC_EXEC)

    def map(self, pid: int, start: int, path: str) -> None:
        name = path.encode() + b"\0"
        self.add(MMAP2, pack("<2I3Q2I2Q2I", pid, pid, start, 4096, 0, 8, 1, 77, 0, 5, 2) + name.ljust(-(-len(name) // 8) * 8, b"\0"))

    def read(self, into: list[tuple[int, int, int, bytes]]) -> None:
        into += self.records
        self.records = []


def make() -> tuple[Lives, Ring]:
    lives, ring = Lives([]), Ring()
    rings: list[Any] = [ring]
    lives._rings = rings
    return lives, ring


def paths(lives: Lives, pid: int) -> list[list[str]]:
    life = lives.at(pid)
    assert life is not None
    return [[one.path for one in image] for image in life.history()]


def test_a_child_has_what_its_parent_had_when_it_was_born() -> None:
    lives, ring = make()
    parent, child, thread = FIRST, FIRST + 1, FIRST + 2
    ring.fork(parent, FIRST - 1)
    ring.exec(parent)
    ring.map(parent, 0x10000, "/one")
    ring.fork(child, parent)
    ring.fork(parent, parent, thread)
    ring.exec(parent)
    ring.map(parent, 0x20000, "/two")
    ring.map(child, 0x30000, "/late")
    lives.read()
    assert paths(lives, child) == [["/one", "/late"]]
    assert paths(lives, parent)[-2:] == [["/one"], ["/two"]]
    assert lives.at(thread) is None
    mapping = lives.at(child).history()[0][0]  # type: ignore[union-attr]
    assert (mapping.start, mapping.end, mapping.perms, mapping.inode) == (0x10000, 0x11000, "r-xp", 77)


def test_a_number_that_is_used_again_is_another_life() -> None:
    lives, ring = make()
    ring.fork(FIRST, FIRST - 1)
    ring.map(FIRST, 0x10000, "/old")
    ring.exit(FIRST)
    lives.read()
    assert paths(lives, FIRST) == [["/old"]]
    past = Past(lives, FIRST)
    assert past.images()[0] is False and not past.news()
    ring.fork(FIRST, FIRST - 1)
    ring.map(FIRST, 0x20000, "/new")
    lives.read()
    assert past.news()
    same, images = past.images()
    assert not same and [[one.path for one in image] for image in images] == [["/new"]]


def test_only_news_are_told() -> None:
    lives, ring = make()
    ring.fork(FIRST, FIRST - 1)
    ring.exec(FIRST)
    ring.map(FIRST, 0x10000, "/a")
    past = Past(lives, FIRST)
    assert [[one.path for one in image] for image in past.images()[1]] == [[], ["/a"]]
    ring.map(FIRST, 0x20000, "/b")
    same, images = past.images()
    assert same and [[one.path for one in image] for image in images] == [["/a", "/b"]]
    ring.exec(FIRST)
    ring.map(FIRST, 0x30000, "/c")
    same, images = past.images()
    assert same and [[one.path for one in image] for image in images] == [["/a", "/b"], ["/c"]]
    assert past.images() == (False, [])


def test_many_programs_and_many_processes(monkeypatch: Any) -> None:
    lives, ring = make()
    monkeypatch.setattr(module, "_REMEMBERED", 3)
    ring.fork(FIRST, FIRST - 1)
    for i in range(20):
        ring.exec(FIRST)
        ring.map(FIRST, 0x10000, f"/{i}")
    for pid in range(FIRST + 10, FIRST + 20):
        ring.fork(pid, FIRST)
        ring.exit(pid)
    ring.add(LOST, pack("<2Q", 1, 5))
    lives.read()
    assert paths(lives, FIRST)[-1] == ["/19"] and len(paths(lives, FIRST)) < 8
    assert [pid for pid in range(FIRST + 10, FIRST + 20) if lives.at(pid)] == [FIRST + 17, FIRST + 18, FIRST + 19]
    assert paths(lives, FIRST + 19) == [["/19"]]


def test_records_of_several_cpus_are_put_in_order() -> None:
    lives, ring = make()
    other = Ring()
    rings: list[Any] = [ring, other]
    lives._rings = rings
    ring.add(MMAP2, pack("<2I3Q2I2Q2I", FIRST, FIRST, 0x10000, 4096, 0, 8, 1, 77, 0, 5, 2) + b"/later\0\0", time=30)
    other.add(FORK, pack("<4IQ", FIRST, FIRST - 1, FIRST, FIRST - 1, 0), time=10)
    other.add(COMM, pack("<2I8s", FIRST, FIRST, b"new"), MISC_EXEC, time=20)
    lives.read()
    assert paths(lives, FIRST)[-1] == ["/later"]
