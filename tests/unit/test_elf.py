"""The ELF reader on good, cut and damaged files."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from pydtrace.elf.file import ElfFile, open_elf
from pydtrace.errors import TargetError


def _data() -> bytes:
    return Path(sys.executable).resolve().read_bytes()[:200_000]


def test_not_elf(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"#!/bin/sh\n")
    with pytest.raises(TargetError, match="not an ELF"):
        open_elf(str(path))
    path.write_bytes(b"")
    with pytest.raises(TargetError, match="not an ELF"):
        open_elf(str(path))
    with pytest.raises(TargetError, match="No such file"):
        open_elf(str(tmp_path / "none"))


def test_offsets_and_addresses() -> None:
    elf = open_elf(str(Path(sys.executable).resolve()))
    offset = elf.offset_of_address(elf.entry)
    assert offset is not None
    assert elf.address_of_offset(offset) == elf.entry
    assert elf.interpreter
    assert elf.functions == sorted(elf.functions, key=lambda row: (row[1], row[0]))


def test_damaged_files_do_not_crash() -> None:
    good = _data()
    source = random.Random(2)
    for _ in range(60):
        data = bytearray(good[: source.choice((64, 500, 5000, len(good)))])
        for _ in range(source.randrange(1, 30)):
            data[source.randrange(6, min(len(data), 4096))] = source.randrange(256)
        elf = ElfFile("x", bytes(data))
        for look in ("functions", "needed", "soname", "build_id", "interpreter"):
            getattr(elf, look)
