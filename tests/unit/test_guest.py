"""What the guest engine reads: packets, a compressed symbol table, first instructions. Real machines: tests/lab/test_guest_kernels.py."""

from __future__ import annotations

import itertools
import random
import socket
import threading
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pydtrace.errors import TargetError
from pydtrace.guest import kallsyms
from pydtrace.guest.remote import Remote, _plain, _wrapped, memory
from pydtrace.guest.sites import emulate

BASE = 0xFFFFFFFF81000000


def test_packets() -> None:
    assert _wrapped(b"g") == b"$g#67"
    assert _plain(b'0* 1}\x03}]') == b"00001#}"  # a run of four, two escapes
    assert memory(b"00ff") == b"\0\xff" and memory(b"E14") == b"" and memory(b"zz") == b""


class Stub:
    """A stub with memory at 0x1000 and one vCPU, which says that it has stopped before it is asked, as QEMU's does."""

    def __init__(self, answers: dict[bytes, bytes]) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.answers = answers
        self.seen: list[bytes] = []
        self.raw = b""
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        peer, _ = self.listener.accept()
        peer.sendall(b"$T05thread:01;#07")
        buffer = b""
        while data := peer.recv(4096):
            buffer += data
            self.raw += data
            while (end := buffer.find(b"#")) >= 0 and len(buffer) >= end + 3:
                text, buffer = buffer[buffer.find(b"$") + 1 : end], buffer[end + 3 :]
                self.seen.append(text)
                answer = self.answers.get(text.split(b":")[0], self.memory(text) if text[:1] == b"m" else b"")
                if text != b"c":
                    peer.sendall(b"+" + _wrapped(answer))

    @staticmethod
    def memory(text: bytes) -> bytes:
        at, size = (int(word, 16) for word in text[1:].split(b","))
        data = bytes((at + i) & 0xFF for i in range(max(min(size, 0x3000 - at), 0))) if at >= 0x1000 else b""
        return data.hex().encode() if data else b"E14"


def test_a_conversation() -> None:
    registers = b"".join(pack("<Q", n) for n in range(17)).hex().encode() + b"46020000" + b"10000000" * 6
    words = {b"qfThreadInfo": b"m01,02", b"qsThreadInfo": b"l"}
    stub = Stub(words | {b"qSupported": b"PacketSize=40", b"?": b"T05thread:01;", b"g": registers})
    remote = Remote("127.0.0.1", stub.port)
    assert remote.packet == 64 and remote.initial.thread == "01" and remote.threads() == ["01", "02"]
    assert remote.values(remote.exchange([b"g"])[0])["rip"] == 16
    assert remote.read(0x1010, 600) == bytes((0x10 + i) & 0xFF for i in range(600))  # in pieces of what a packet holds
    assert len(remote.read(0x2FF0, 64)) == 16 and remote.read(0x10, 8) == b""
    assert remote.read_many([(0x1000, 2), (0, 2), (0x1002, 2)]) == [b"\0\1", b"", b"\2\3"]
    assert remote.set_register("rip", 0x1234) == b"P10=3412000000000000"
    with pytest.raises(TargetError, match="refused Z0,1,1: not supported"):
        remote.go(b"Z0,1,1")
    remote.close()
    stub.thread.join(5)  # it has read all
    assert remote.running and stub.seen[-1] == b"c"
    assert b"+$" not in stub.raw  # an acknowledgement would stop QEMU's machine


def test_no_stub() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(TargetError, match=f"no stub at 127.0.0.1:{port}: Connection refused"):
        Remote("127.0.0.1", port)


# ---- symbol tables, made as scripts/kallsyms.c lays them out


def table(symbols: list[tuple[int, str]], *, old: bool, order: bool = False) -> bytes:
    """`symbols` are (address, type and name). `old`: offsets before the names (until 6.3); `order`: their order too (6.1.y)."""
    tokens = [bytes([i]) if i >= 32 else b"" for i in range(256)]
    pairs = [b"sys_", b"__", b"vfs", b"e_"]
    tokens[1 : 1 + len(pairs)] = pairs
    tokens = [token or b"?" for token in tokens]
    names, marks = b"", []
    for index, (_, name) in enumerate(symbols):
        if index % 256 == 0:
            marks.append(len(names))
        data, at = b"", 0
        raw = name.encode()
        while at < len(raw):
            number = next((1 + i for i, pair in enumerate(pairs) if raw.startswith(pair, at)), raw[at])
            data += bytes([number])
            at += len(tokens[number])
        head = bytes([len(data)]) if len(data) < 128 else bytes([0x80 | len(data) & 0x7F, len(data) >> 7])
        names += head + data

    def aligned(data: bytes, to: int = 8) -> bytes:
        return data + bytes(-len(data) % to)

    offsets = aligned(b"".join(pack("<i", BASE - 1 - at if at >= BASE else at) for at, _ in symbols)) + pack("<Q", BASE)
    body = aligned(pack("<I", len(symbols))) + aligned(names) + aligned(b"".join(pack("<I", mark) for mark in marks))
    if order:
        shuffled = random.Random(1).sample(range(len(symbols)), len(symbols))
        body += aligned(b"".join(bytes([i >> 16, i >> 8 & 255, i & 255]) for i in shuffled))
    text = b"".join(token + b"\0" for token in tokens)
    places = itertools.accumulate((len(token) + 1 for token in tokens[:-1]), initial=0)
    body += aligned(text) + aligned(b"".join(pack("<H", place) for place in places))
    return offsets + body if old else body + offsets


@pytest.mark.parametrize("old", [True, False], ids=["until 6.3", "since"])
@pytest.mark.parametrize("order", [True, False], ids=["names in order", "plain"])
def test_a_symbol_table_is_found(old: bool, order: bool) -> None:
    symbols = [(0x1F880, "Acurrent_task"), (BASE, "T_text")]
    symbols += [(BASE + 16 * i, f"t__do_sys_{'x' * (i % 60)}{i}_function_of_some_length") for i in range(1, 5000)]
    symbols.append((BASE + 0x100000, "T" + "long_" * 40))
    noise = random.Random(2).randbytes(5000).replace(b"0\x001", b"....") + bytes(24)
    digits = b"".join(b"%d\0" % i for i in range(10))  # as if a table began
    found = kallsyms.find(noise + digits + bytes(4) + noise + table(symbols, old=old, order=order) + noise)
    assert found is not None
    assert [(at, kind + name) for at, kind, name in found.symbols()] == symbols


@given(st.binary(max_size=2000))
def test_what_is_no_table_is_not_taken_for_one(data: bytes) -> None:
    assert kallsyms.find(data + b"".join(b"%d\0" % i for i in range(10)) + data) is None


@pytest.mark.parametrize(
    "code, does",
    [
        ("f30f1efa0f1f", (4, "")), ("0f1f44000055", (5, "")), ("5548 89e541 57", (1, "rbp")), ("415741564155", (2, "r15")),
        ("544889e50000", None), ("e81234567890", None), ("4883ec180000", None),
    ],
)  # fmt: skip
def test_first_instructions(code: str, does: tuple[int, str] | None) -> None:
    assert emulate(bytes.fromhex(code)) == does
