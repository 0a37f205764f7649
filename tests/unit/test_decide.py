"""Every byte sequence gets exactly one decision, and slots keep their promises."""

from __future__ import annotations

import random

import pytest

from pydtrace.x86.decide import decide, return_sites
from pydtrace.x86.slot import SLOT_SIZE, build_slot

ADDR = 0x5555_5555_4000
SLOT = 0x5555_4000_0000


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("f30f1efa", "goto"),
        ("90", "goto"),
        ("0f1f440000", "goto"),
        ("eb05", "goto"),
        ("e900000000", "goto"),
        ("55", "slot"),
        ("4883ec18", "slot"),
        ("c3", "slot"),
        ("f3c3", "slot"),
        ("c21000", "slot"),
        ("9c", "slot"),
        ("f048ff00", "slot"),
        ("f3aa", "slot"),
        ("488b0510000000", "slot"),
        ("7405", "slot"),
        ("0f8410000000", "slot"),
        ("e305", "slot"),
        ("ff25 10000000", "slot"),
        ("e800000000", "slot"),
        ("41ffd4", "slot"),
        ("ffd4", "call"),
        ("3effd0", "call"),
        ("ff1510000000", "slot"),
        ("ff1424", "call"),
        ("64ff142510000000", "call"),
        ("0f05", "slot"),
        ("0f34", "refuse"),
        ("cc", "refuse"),
        ("cd80", "refuse"),
        ("f1", "refuse"),
        ("0f0b", "refuse"),
        ("0f0b78656e90", "refuse"),
        ("9d", "slot"),
        ("48cf", "refuse"),
        ("cb", "refuse"),
        ("8ed0", "refuse"),
        ("c7f800000000", "refuse"),
        ("f4", "refuse"),
        ("06", "refuse"),
        ("", "refuse"),
        ("d5", "refuse"),
        ("66e80000", "refuse"),
    ],
)
def test_kind(code: str, kind: str) -> None:
    decision = decide(bytes.fromhex(code), ADDR)
    assert decision.kind == kind, decision
    assert (kind == "refuse") == bool(decision.reason)


def test_every_opcode() -> None:
    tail = bytes(range(0x01, 0x0F))
    prefixes = [b"", b"\x66", b"\xf2", b"\xf3", b"\x48", b"\x67", b"\xf0", b"\x2e", b"\x64"]
    for prefix in prefixes:
        for escape in (b"", b"\x0f", b"\x0f\x38", b"\x0f\x3a", b"\xc5", b"\x62"):
            for opcode in range(256):
                _check(prefix + escape + bytes((opcode,)) + tail)


def test_random_bytes() -> None:
    source = random.Random(1)
    for _ in range(20000):
        _check(source.randbytes(15))


def _check(code: bytes) -> None:
    decision = decide(code, ADDR)
    assert decision.kind in ("goto", "slot", "call", "refuse")
    assert (decision.kind == "refuse") == bool(decision.reason)
    if decision.kind == "slot":
        for at in (SLOT, 0x7FFF_0000_0000):
            built = build_slot(decision, at)
            if built is None:
                assert decision.patch >= 0
                continue
            assert len(built.code) == SLOT_SIZE
            assert built.places[0].rip == ADDR and built.places[0].plain
            assert decision.form == "call" or decision.next in {place.rip for place in built.places.values()}
            assert set(built.code[built.length : SLOT_SIZE - len(built.data)]) <= {0xCC}


def test_rip_relative_is_moved() -> None:
    decision = decide(bytes.fromhex("488b0510000000"), ADDR)
    built = build_slot(decision, SLOT)
    assert built is not None
    disp = int.from_bytes(built.code[3:7], "little", signed=True)
    assert SLOT + 7 + disp == ADDR + 7 + 0x10


def test_return_sites() -> None:
    # cmp edi,0; je +1; ret; jmp out; ret
    code = bytes.fromhex("83ff00 7401 c3 e900100000 c3")
    assert return_sites(code, ADDR) == [ADDR + 5, ADDR + 6, ADDR + 11]
    assert return_sites(code + b"\x06", ADDR) == []


@pytest.mark.parametrize("code", ["f0ff00", "f0480fb10d10000000", "f00fc105 10000000", "f0480fc70d10000000", "8703", "f00fab03"])
def test_invariant_12_locked_instructions_are_copied_whole(code: str) -> None:
    raw = bytes.fromhex(code)
    decision = decide(raw, ADDR)
    assert (decision.kind, decision.form, decision.code) == ("slot", "copy", raw)


def test_invariant_30_the_landing_pad_is_left_alone() -> None:
    assert decide(bytes.fromhex("f30f1efa55"), ADDR).target == ADDR + 4
