"""Call frame information: every row of a file against pyelftools; damaged information."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from pydtrace.elf.cfi import AT, RA, RBP, Cfi, sleb, uleb
from pydtrace.elf.expr import Unknown, evaluate
from pydtrace.elf.file import ElfFile, open_elf


def _python() -> str:
    return str(Path(sys.executable).resolve())


def _rows(path: str, most: int):
    """(address, CFA's register or None for an expression, offset, rules) as pyelftools reads them."""
    from elftools.dwarf.callframe import FDE, ZERO
    from elftools.elf.elffile import ELFFile

    with open(path, "rb") as file:
        entries = [e for e in ELFFile(file).get_dwarf_info().EH_CFI_entries() if isinstance(e, FDE) and not isinstance(e, ZERO)]
        for entry in random.Random(1).sample(entries, min(most, len(entries))):
            start, end = entry["initial_location"], entry["initial_location"] + entry["address_range"]
            table = entry.get_decoded().table
            for i, line in enumerate(table):
                until = table[i + 1]["pc"] if i + 1 < len(table) else end
                for addr in {line["pc"], until - 1}:
                    if start <= line["pc"] <= addr < until:
                        yield addr, line


def test_rows_as_pyelftools() -> None:
    path = _python()
    cfi = Cfi(open_elf(path))
    count = 0
    for addr, line in _rows(path, 300):
        row = cfi.row(addr)
        assert row is not None, hex(addr)
        rule = line["cfa"]
        if rule.expr is not None:
            assert row.expr == bytes(rule.expr), hex(addr)
        else:
            assert (row.expr, row.reg, row.offset) == (None, rule.reg, rule.offset), hex(addr)
        for reg in (3, RBP, 12, 13, 14, 15, RA):
            theirs = line.get(reg)
            if theirs is not None and theirs.type == "OFFSET":
                assert row.rules[reg] == (AT, theirs.arg), (hex(addr), reg)
            elif theirs is None:
                assert reg not in row.rules, (hex(addr), reg)
        count += 1
    assert count > 500


def test_outside_of_every_function() -> None:
    cfi = Cfi(open_elf(_python()))
    assert cfi.row(0) is None
    assert cfi.row(1 << 60) is None


def test_damaged_information_gives_no_row_or_some_row_but_never_a_traceback() -> None:
    data = Path(_python()).read_bytes()
    whole = ElfFile("x", data)
    section = whole.section(".eh_frame")
    assert section is not None
    source = random.Random(3)
    addresses = [source.randrange(section.addr) for _ in range(40)]
    for _ in range(20):
        bad = bytearray(data)
        for _ in range(200):
            bad[section.offset + source.randrange(min(section.size, 20000))] = source.randrange(256)
        cfi = Cfi(ElfFile("x", bytes(bad)))
        for addr in addresses:
            cfi.row(addr)


def test_numbers() -> None:
    assert uleb(b"\xe5\x8e\x26", 0) == (624485, 3)
    assert sleb(b"\x9b\xf1\x59", 0) == (-624485, 3)
    assert sleb(b"\x7e", 0) == (-2, 1)


def test_expressions() -> None:
    regs = [0] * 17
    regs[7], regs[16] = 0x1000, 0x2B
    # a PLT entry's: rsp + 8 + ((rip & 15) >= 11) * 8
    plt = bytes.fromhex("770880003f1a3b2a332422")
    assert evaluate(plt, regs, lambda addr: None) == 0x1010
    regs[16] = 0x22
    assert evaluate(plt, regs, lambda addr: None) == 0x1008
    assert evaluate(b"\x77\xa0\x01\x06", regs, lambda addr: addr * 2) == 2 * (0x1000 + 160)
    with pytest.raises(Unknown):
        evaluate(b"\x77\x00\x06", regs, lambda addr: None)
    with pytest.raises(Unknown):
        evaluate(b"\x22", regs, lambda addr: None)
