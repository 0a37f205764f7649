"""Addresses and memory as text, and json, three ways: in the live kernel, on the Python back end, and by Python's own library.

Addresses are compared with socket.inet_ntop and ipaddress; DTrace differs from the C library in one place, see `_inet6`. JSON texts are
made with their values, which the json module confirms; texts that were damaged are only compared between the two engines.
PYDTRACE_STRINGS sets how many expressions are made (160).
"""

from __future__ import annotations

import ipaddress
import json
import os
import random
import socket
import sys
from typing import Any

import pytest

sys.path.insert(0, os.path.dirname(__file__))
from test_differential import kernel_only  # noqa: E402
from test_differential_strings import _kernel, _python  # noqa: E402

EXPRESSIONS = int(os.environ.get("PYDTRACE_STRINGS", "160"))
PER_PROGRAM = 40
SIZES = [256, 64, 16, 2, 300, 40]


# ---- addresses


def _inet6(raw: bytes, strict: bool) -> str:
    """To DTrace six words of 0 are the prefix of an address of IPv4, but in :: and ::1; to the C library only when the next is not 0."""
    text = socket.inet_ntop(socket.AF_INET6, raw)
    if raw[:12] == bytes(12) and int.from_bytes(raw, "big") > 1:
        text = "::" + socket.inet_ntop(socket.AF_INET, raw[12:])
    assert ipaddress.IPv6Address(text).packed == raw
    return text.split(":")[-1] if "." in text and not strict else text


def _address(rng: random.Random) -> bytes:
    words = [rng.choice([0, 0, 0, rng.randrange(1 << rng.randint(0, 16)), 0xFFFF]) for _ in range(8)]
    if rng.random() < 0.3:
        words[:6] = rng.choice([[0] * 6, [0] * 5 + [0xFFFF], [0] * 5 + [0xFFFE]])
    return b"".join(word.to_bytes(2, "big") for word in words)


def _link(raw: bytes) -> str:
    return ":".join(f"{c:02x}" for c in raw)


def _addresses(rng: random.Random, size: int) -> tuple[str, list[bytes]]:
    lines, wants = ["int family; int strict;"], []
    for _ in range(PER_PROGRAM):
        raw = _address(rng) + rng.randbytes(8)
        v4, v6 = socket.inet_ntop(socket.AF_INET, raw[:4]), raw[:16]
        n, c = rng.choice([0, 1, 5, 13, 25]), rng.choice([0, 46, 255])
        bytes_of = raw[: max(n - 1, 0)].replace(b"\0", bytes([c])).split(b"\0")[0]
        call, want = rng.choice(
            [
                ("inet_ntoa(p)", v4), ("inet_ntoa6(p)", _inet6(v6, False)), ("inet_ntoa6(p, 0)", _inet6(v6, False)),
                ("inet_ntoa6(p, 7)", _inet6(v6, True)), ("inet_ntop(2, p)", v4), ("inet_ntop(10, p)", _inet6(v6, True)),
                ("inet_ntop(family = 2, p)", v4), ("inet_ntop(family = 10, p)", _inet6(v6, True)), ("link_ntop(1, p)", _link(raw[:6])),
                ("link_ntop(32, p)", _link(raw[:20])), ("link_ntop(family = 32, p)", _link(raw[:20])),
                (f"memstr(p, {c}, {n})", bytes_of.decode("latin-1")), (f"memstr(p, {c}, family = {n})", bytes_of.decode("latin-1")),
            ]
        )  # fmt: skip
        stores = " ".join(f"*((uint64_t *)p + {i}) = {int.from_bytes(raw[8 * i : 8 * i + 8], 'little'):#x};" for i in range(3))
        lines.append(f"BEGIN {{ p = alloca(24); {stores} trace({call}); }}")
        wants.append(want.encode("latin-1")[: size - 1])
    return "\n".join(lines), wants


@kernel_only
@pytest.mark.parametrize("seed", range(max(1, EXPRESSIONS // PER_PROGRAM)))
def test_addresses(seed: int) -> None:
    size = SIZES[seed % len(SIZES)]
    text, wants = _addresses(random.Random(seed), size)
    ours, theirs = _python(text, size), _kernel(text, size)
    wrong = [(i, ours[i], theirs[i], want) for i, want in enumerate(wants) if not ours[i] == theirs[i] == (want,)]
    assert not wrong, wrong[:3]


# ---- JSON


class Text:
    """A random JSON text: `raw` and, by selector, what it must give."""

    def __init__(self, rng: random.Random, most: int) -> None:
        self.rng = rng
        self.most = most
        self.values: dict[str, str] = {}
        self.raw = self._space() + self._value("", True) + self._space()
        self.data = json.loads(self.raw)

    def _space(self) -> str:
        return "".join(self.rng.choice(" \t\n\r") for _ in range(self.rng.choice([0, 0, 0, 1, 2])))

    def _string(self) -> str:
        pieces = ["a", "b", "key", "{", "]", ",", ":", " ", '\\"', "\\\\", "\\n", "\\u00e9", "\\/", "true", "1"]
        return "".join(self.rng.choice(pieces) for _ in range(self.rng.randint(0, 5)))

    def _scalar(self) -> str:
        numbers = ["0", "-1", "12", "3.25", "-0.5", "1e5", "2E+3", "7.5e-10", "123456789012345678901234567890"]
        return self.rng.choice([self.rng.choice(numbers), "true", "false", "null", f'"{self._string()}"'])

    def _value(self, path: str, top: bool = False) -> str:
        kind = self.rng.choice(["[]", "{}"] if top else ["[]", "{}", "scalar", "scalar", "scalar"] if len(path) < self.most else ["scalar"])
        parts = []
        if kind == "[]":
            for i in range(self.rng.randint(0, 4)):
                index = self.rng.choice([f"[{i}]", f".{i}", f"[0{i}]"])
                parts.append(self._space() + self._value(path + index) + self._space())
        elif kind == "{}":
            for key in self.rng.sample(["a", "b", "key", "", "0", "long name", 'x\\"y', "\\u0041", "ab"], self.rng.randint(0, 4)):
                value = self._value(f"{path}.{key}")
                parts.append(f'{self._space()}"{key}"{self._space()}:{self._space()}{value}{self._space()}')
        text = self._scalar() if kind == "scalar" else kind[0] + (",".join(parts) or self._space()) + kind[1]
        if not top and path[:2] != ".[":  # the key "" with a bracket behind it can only be said elsewhere than in front
            self.values[path[1:] if path[0] == "." else path] = text
        return text

    def question(self) -> tuple[str, str | None]:
        """A selector and its answer."""
        if self.values and self.rng.random() < 0.8:
            path = self.rng.choice(list(self.values))
            raw = self.values[path]
            assert path[:1] == "[" or not path or self._walk(path) == json.loads(raw)
            return path, raw[1:-1] if raw[0] == '"' else raw
        return self.rng.choice(["[9]", "[-1]", "9.a", "[77][0]"] if isinstance(self.data, list) else ["zz", "zz.a", "zz[0]", "A"]), None

    def _walk(self, path: str) -> Any:
        at = self.data
        for element in path.replace("]", "").replace("[", ".").split("."):
            at = at[json.loads(f'"{element}"')] if isinstance(at, dict) else at[int(element)]
        return at


def _quoted(text: str) -> str:
    return '"' + "".join(f"\\x{c:02x}" for c in text.encode()) + '"'


def _questions(rng: random.Random, size: int, damage: bool, count: int) -> tuple[str, list[tuple[str, str, str | None]]]:
    lines, asked = ["string s; string path;"], []
    while len(asked) < count:
        text = Text(rng, rng.choice([0, 4, 20]))
        path, want = text.question()
        raw = text.raw
        if damage:
            at = rng.randint(0, len(raw))
            raw = raw[:at] + rng.choice(["", "", *'{}[]",:\\-+.eExXu0tnf \n']) + raw[at + rng.randint(0, 2) :]
        if len(raw.encode()) >= size or len(path) >= size:
            continue
        selector = "path" if rng.random() < 0.5 else _quoted(path)
        lines.append(f'BEGIN {{ s = {_quoted(raw)}; path = {_quoted(path)}; x = json(s, {selector}); trace(x == NULL ? "NULL" : x); }}')
        asked.append((raw, path, want))
    return "\n".join(lines), asked


def _ask(seed: int, size: int, damage: bool, count: int = PER_PROGRAM) -> None:
    text, asked = _questions(random.Random(seed), size, damage, count)
    ours, theirs = _python(text, size), _kernel(text, size)
    wrong = []
    for i, (raw, path, want) in enumerate(asked):
        wanted = ours[i] if damage else (("NULL" if want is None else want).encode(),)
        if not ours[i] == theirs[i] == wanted:
            wrong.append((raw, path, "python", ours[i], "kernel", theirs[i], "wanted", wanted))
    assert not wrong, wrong[:3]


@kernel_only
@pytest.mark.parametrize("damage", [False, True], ids=["valid", "damaged"])
@pytest.mark.parametrize("seed", range(max(1, EXPRESSIONS // PER_PROGRAM)))
def test_json(seed: int, damage: bool) -> None:
    _ask(seed, [256, 120, 1000][seed % 3], damage)


@kernel_only
def test_without_bpf_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a kernel before 5.17."""
    from pydtrace.linux import features

    monkeypatch.setattr(features.LOOP, "_known", False)
    _ask(7, 64, True, 4)
    text, wants = _addresses(random.Random(7), 64)
    assert [_kernel(text, 64)[i] for i in range(len(wants))] == [(want,) for want in wants]


@kernel_only
def test_a_large_text() -> None:
    """The largest strsize: a value behind 24,000 characters."""
    size = 65536
    lines = ["string e[int]; int n;", f"BEGIN {{ e[0] = {_quoted('[1,{},')}; e[1] = {_quoted('1,[2],')}; }}"]
    lines += [f"BEGIN {{ e[{i}] = strjoin(e[{i - 1}], e[{i - 1}]); }}" for i in range(2, 14)]
    lines.append(f"BEGIN {{ s = strjoin(e[0], strjoin(e[13], {_quoted(chr(34) + 'end' + chr(34) + ']')})); trace(strlen(s)); }}")
    lines.append('BEGIN { trace(json(s, "[8194]")); trace(json(s, "8193")); trace(json(s, "[8195]") == NULL); }')
    for result in (_python("\n".join(lines), size), _kernel("\n".join(lines), size)):
        assert result[13] == (6 + 6 * 4096 + 6,)
        assert result[14] == (b"end", b"[2]", 1)
