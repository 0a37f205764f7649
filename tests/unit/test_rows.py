"""The rows that programs in the kernel search, against what elf/cfi.py says of each address."""

from __future__ import annotations

import os
import random
import shutil
import sys
from bisect import bisect_right
from struct import iter_unpack

import pytest

from pydtrace.elf import cfi
from pydtrace.elf.file import open_elf
from pydtrace.elf.maps import read_maps
from pydtrace.elf.rows import BP, END, NONE, SAME, SIGNAL, SP, base_of, rows


def objects() -> list[str]:
    names = ("libc.so", "ld-linux", "libc-", "ld-")
    mapped = {one.path for one in read_maps(os.getpid()) if one.executable}
    return sorted(path for path in mapped if path.rpartition("/")[2].startswith(names)) + [shutil.which("bash") or sys.executable]


@pytest.mark.parametrize("path", objects())
def test_rows_are_what_the_frame_information_says(path: str) -> None:
    elf = open_elf(path)
    table = list(iter_unpack("<IHBB", rows(elf)))
    starts = [row[0] for row in table]
    assert starts == sorted(set(starts)) and len(table) > 1000
    base = base_of(elf)
    chosen = random.Random(5)
    known = unknown = 0
    functions = elf.cfi.functions()
    for begin, _, _ in chosen.sample(functions, min(150, len(functions))):
        for addr in range(begin, begin + 120, 7):
            _, n, how, rbp = table[max(bisect_right(starts, addr - base) - 1, 0)]
            row = elf.cfi.row(addr)
            if row is None:
                assert how == NONE
                continue
            if how == NONE:
                unknown += 1
                continue
            known += 1
            if how == SIGNAL:
                assert row.signal
            elif how == END:
                assert row.rules[cfi.RA][0] == cfi.UNDEFINED
            elif how in (SP, BP):
                assert (row.expr, row.reg, row.offset) == (None, cfi.RSP if how == SP else cfi.RBP, 8 * n)
                assert row.rules[cfi.RA] == (cfi.AT, -8)
                if rbp != SAME:
                    assert row.rules.get(cfi.RBP) == ((cfi.AT, -8 * rbp) if rbp else None)
            else:
                assert row.expr is not None
    assert known > 500 and unknown < known / 50


def test_nonsense_is_no_table() -> None:
    """A file cut short gives fewer rows or none, never an error."""
    from pydtrace.elf.file import ElfFile

    path = objects()[0]
    with open(path, "rb") as file:
        data = bytearray(file.read())
    chosen = random.Random(7)
    elf = ElfFile(path, bytes(data))
    section = elf.section(".eh_frame")
    assert section is not None
    for _ in range(3):
        for _ in range(300):
            data[section.offset + chosen.randrange(section.size)] = chosen.randrange(256)
        rows(ElfFile(path, bytes(data)))
