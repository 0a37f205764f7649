"""The BTF reader over blobs made by hand, with and without the index of names, on its own and split."""

from __future__ import annotations

import os
from struct import pack

import pytest

from pydtrace.btf import cache, reader
from pydtrace.btf.reader import Btf
from pydtrace.errors import TargetError


class Maker:
    """Writes BTF: records are words, names become string offsets."""

    def __init__(self, base: Maker | None = None) -> None:
        self.str_first = len(base.strings) if base else 0
        self.known = dict(base.known) if base else {}
        self.strings = b"" if base else b"\0"
        self.types = b""

    def name(self, text: str) -> int:
        if not text:
            return 0
        if text not in self.known:  # BTF holds each string once
            self.known[text] = self.str_first + len(self.strings)
            self.strings += text.encode() + b"\0"
        return self.known[text]

    def add(self, kind: int, name: str, third: int, *words: int, vlen: int = 0, kflag: int = 0) -> None:
        self.types += pack(f"{3 + len(words)}I", self.name(name), kflag << 31 | kind << 24 | vlen, third, *words)

    def blob(self) -> bytes:
        head = pack("HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(self.types), len(self.types), len(self.strings))
        return head + self.types + self.strings


def kernel() -> Maker:
    m = Maker()
    m.add(reader.KIND_INT, "int", 4, 1 << 24 | 32)  # 1
    m.add(reader.KIND_PTR, "", 1)  # 2
    m.add(reader.KIND_ARRAY, "", 0, 1, 1, 7)  # 3
    m.add(reader.KIND_STRUCT, "point", 12, m.name("x"), 1, 0, m.name("y"), 1, 32, vlen=2)  # 4
    m.add(reader.KIND_STRUCT, "bits", 4, m.name("a"), 1, 3 << 24 | 0, m.name("b"), 1, 5 << 24 | 3, vlen=2, kflag=1)  # 5
    m.add(reader.KIND_ENUM, "colour", 4, m.name("RED"), 1, m.name("NONE"), 0xFFFFFFFF, vlen=2, kflag=1)  # 6
    m.add(reader.KIND_ENUM64, "wide", 8, m.name("BIG"), 1, 2, vlen=1)  # 7
    m.add(reader.KIND_FUNC_PROTO, "", 1, m.name("p"), 2, 0, 0, vlen=2)  # 8
    m.add(reader.KIND_FUNC, "do_it", 8)  # 9
    m.add(reader.KIND_TYPEDEF, "point", 10 + 1)  # 10
    m.add(reader.KIND_CONST, "", 4)  # 11
    m.add(reader.KIND_DATASEC, ".data", 8, 1, 0, 4, vlen=1)  # 12
    m.add(reader.KIND_VAR, "v", 1, 1)  # 13
    m.add(reader.KIND_DECL_TAG, "t", 4, 0xFFFFFFFF)  # 14
    m.add(reader.KIND_FWD, "later", 0)  # 15
    return m


@pytest.fixture(params=[False, True], ids=["search", "index"])
def btf(request: pytest.FixtureRequest) -> Btf:
    made = Btf(kernel().blob())
    if request.param:
        made.build_names()
    return made


def test_find_by_name_and_kind(btf: Btf) -> None:
    assert btf.count == 16
    assert btf.find("point", reader.KIND_STRUCT) == 4
    assert btf.find("point", reader.KIND_TYPEDEF) == 10
    assert btf.find("point", reader.KIND_UNION) == 0
    assert btf.find_all("point") == [4, 10]
    assert btf.find("oint", reader.KIND_STRUCT) == 0
    assert btf.find("", reader.KIND_PTR) == 0
    assert btf.find("later", reader.KIND_FWD) == 15


def test_records(btf: Btf) -> None:
    point = btf.type(4)
    assert (point.kind, point.name, point.size, point.vlen) == (reader.KIND_STRUCT, "point", 12, 2)
    assert [(m.name, m.type, m.bit_offset, m.bit_size) for m in point.members] == [("x", 1, 0, 0), ("y", 1, 32, 0)]
    assert [(m.bit_offset, m.bit_size) for m in btf.type(5).members] == [(0, 3), (3, 5)]
    assert btf.type(6).values == [("RED", 1), ("NONE", -1)]
    assert btf.type(7).values == [("BIG", 1 | 2 << 32)]
    assert btf.type(3).array == (1, 1, 7)
    assert btf.type(1).int_bits == (reader.INT_SIGNED, 0, 32)
    assert btf.type(0).name == "void"
    assert btf.skip(10).id == 4
    proto = btf.func_proto("do_it")
    assert proto is not None and proto.type == 1 and proto.params == [("p", 2), ("", 0)]
    assert btf.func_proto("undone") is None


@pytest.mark.parametrize("indexed", [False, True])
def test_split(indexed: bool) -> None:
    below = kernel()
    base = Btf(below.blob())
    m = Maker(below)
    m.add(reader.KIND_STRUCT, "mine", 4, m.name("p"), 4, 0, vlen=1)  # 16
    m.add(reader.KIND_FUNC, "do_more", 8)  # 17
    module = Btf(m.blob(), base)
    if indexed:
        base.build_names()
        module.build_names()
    assert module.count == 18
    assert module.find("mine", reader.KIND_STRUCT) == 16
    assert module.find("point", reader.KIND_STRUCT) == 4
    assert module.type(module.type(16).members[0].type).name == "point"
    proto = module.func_proto("do_more")
    assert proto is not None and proto.id == 8 and proto.params[0][0] == "p"


def test_damaged() -> None:
    good = kernel().blob()
    with pytest.raises(TargetError):
        Btf(b"\x7fELF" + good)
    with pytest.raises(TargetError):
        Btf(good[:-4])
    with pytest.raises(TargetError):
        Btf(good).type(99)
    broken = Maker()
    broken.add(25, "x", 0)
    with pytest.raises(TargetError):
        Btf(broken.blob()).find("x", 1)


def test_cache(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", f"{tmp_path}/c")
    data = kernel().blob()
    cache.open_indexed(data)
    place = cache.directory()
    assert place is not None
    (name,) = os.listdir(place)
    monkeypatch.setattr(Btf, "_scan", lambda self: pytest.fail("the cache was not used"))
    again = cache.open_indexed(data)
    assert again.count == 16 and again.find("point", reader.KIND_TYPEDEF) == 10
    monkeypatch.undo()
    # cut short, or writable by others: made anew
    monkeypatch.setenv("XDG_CACHE_HOME", f"{tmp_path}/c")
    os.truncate(f"{place}/{name}", 40)
    assert cache.open_indexed(data).find("point", reader.KIND_STRUCT) == 4
    os.chmod(place, 0o777)
    assert cache.directory() is None
    assert cache.open_indexed(data).find("point", reader.KIND_STRUCT) == 4
