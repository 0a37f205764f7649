"""String functions three ways: random strings and arguments in the live kernel, on the Python back end, and in a plain model.

The model is written from what the functions are documented to do, in other ways than the back ends do it (by sets of positions, by
regular expressions). Where Perl is the documented model and is there, it answers as well. PYDTRACE_STRINGS sets how many expressions
are made (240).
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
from typing import Any

import pytest

sys.path.insert(0, os.path.dirname(__file__))
from test_differential import kernel_only, outcome  # noqa: E402

from pydtrace.backend.python.compile import compile_clause  # noqa: E402
from pydtrace.backend.python.machine import Machine  # noqa: E402
from pydtrace.dif.compile import Source, compile_program  # noqa: E402
from pydtrace.engine.kernel import KernelEngine  # noqa: E402
from pydtrace.options import Options  # noqa: E402
from pydtrace.providers.dtrace import Dtrace  # noqa: E402

EXPRESSIONS = int(os.environ.get("PYDTRACE_STRINGS", "240"))
PER_PROGRAM = 40
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Null(Exception):
    """A string function was given NULL."""


class Model:
    """What the functions do, for strings of at most `most` characters. None is NULL."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.saved: bytes | None = None

    def strlen(self, s: bytes) -> int:
        return len(s)

    def strjoin(self, s: bytes, t: bytes) -> bytes:
        return s + t

    def _places(self, s: bytes, t: bytes) -> list[int]:
        return [i for i in range(len(s) - len(t) + 1) if s[i : i + len(t)] == t]

    def index(self, s: bytes, t: bytes, position: int = 0) -> int:
        if not t:
            return min(max(position, 0), len(s))
        return min((i for i in self._places(s, t) if i >= position), default=-1)

    def rindex(self, s: bytes, t: bytes, position: int | None = None) -> int:
        position = len(s) if position is None else position
        if not t:
            return min(max(position, 0), len(s))
        return max((i for i in self._places(s, t) if i <= position), default=-1)

    def strstr(self, s: bytes, t: bytes) -> bytes | None:
        places = self._places(s, t)
        return s[places[0] :] if places else None

    def strchr(self, s: bytes, c: int) -> bytes | None:
        return next((s[i:] for i in range(len(s) + 1) if (s + b"\0")[i] == c), None)

    def strrchr(self, s: bytes, c: int) -> bytes | None:
        return next((s[i:] for i in range(len(s), -1, -1) if (s + b"\0")[i] == c), None)

    def substr(self, s: bytes, start: int, length: int | None = None) -> bytes:
        first = start if start >= 0 else len(s) + start
        end = 1 << 40 if length is None else first + length if length >= 0 else len(s) + length
        return bytes(c for i, c in enumerate(s) if first <= i < end)

    def strtok(self, s: bytes | None, separators: bytes) -> bytes | None:
        if s is not None:
            self.saved = s
        if self.saved is None:
            return None
        other = b"[^" + re.escape(separators) + b"]" if separators else b"."
        found = re.search(other + b"+", self.saved, re.S)
        if found is None:
            self.saved = None
            return None
        self.saved = self.saved[found.end() + 1 :] if found.end() < len(self.saved) else None
        return found[0]

    def basename(self, s: bytes) -> bytes:
        if re.fullmatch(b"/+", s):
            return b"/"
        return re.search(b"([^/]*)/*$", s)[1] or b"." if s else b"."

    def dirname(self, s: bytes) -> bytes:
        found = re.fullmatch(b"(.*?)/*[^/]+/*", s, re.S)
        if found is None:
            return b"/" if s else b"."
        head = found[1]
        slash = s[len(head) : len(head) + 1] == b"/"
        return head or (b"/" if slash else b".")

    def cleanpath(self, s: bytes) -> bytes:
        old = None
        while s != old:
            old = s
            s = s.replace(b"//", b"/").replace(b"/./", b"/")
        while (at := (s + b"/").find(b"/../")) >= 0:
            before, rest = s[:at], s[at + 4 :]
            s = before[: max(before.rfind(b"/"), 0)] + b"/" + rest
        return s

    def lltostr(self, n: int, base: int = 10) -> bytes:
        if base != 10:
            n %= 1 << 64
        digits, m = "", abs(n)
        while m:
            digits, m = DIGITS[m % base] + digits, m // base
        prefix = {16: "0x", 8: "0" if n else ""}.get(base, "")
        return (("-" if n < 0 else "") + prefix + (digits or "0")).encode()

    def strtoll(self, s: bytes, base: int = 10) -> int:
        found = re.match(rb"[ \t]*([+-]?)((?:0x(?=[0-9a-f]))?)([0-9a-z]*)", s.lower() if base == 16 else s.lower())
        sign, prefix, digits = found[1], found[2], found[3]
        if prefix and base != 16:
            digits = prefix + digits
        value = 0
        for c in digits.decode():
            if DIGITS.index(c) >= base:
                break
            value = value * base + DIGITS.index(c)
        value = (-value if sign == b"-" else value) % (1 << 64)
        return value - (1 << 64) if value >> 63 else value

    def toupper(self, s: bytes) -> bytes:
        return bytes(c - 32 if chr(c) in "abcdefghijklmnopqrstuvwxyz" else c for c in s)

    def tolower(self, s: bytes) -> bytes:
        return bytes(c + 32 if chr(c) in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" else c for c in s)

    def call(self, name: str, *args: Any) -> Any:
        if any(a is None for a in args[1:] if not isinstance(a, int)) or (args[0] is None and name != "strtok"):
            raise Null
        result = getattr(self, name)(*args)
        return result[: self.most] if isinstance(result, bytes) else result


STRINGS = {  # name: arguments; s a string, c a character, p a position, n a number, b a base
    "strjoin": ["ss"], "strchr": ["sc"], "strrchr": ["sc"], "strstr": ["ss"], "substr": ["sp", "spp"], "strtok": ["ss"],
    "basename": ["s"], "dirname": ["s"], "cleanpath": ["s"], "lltostr": ["n", "nb"], "toupper": ["s"], "tolower": ["s"],
}  # fmt: skip
NUMBERS = {"strlen": ["s"], "index": ["ss", "ssp"], "rindex": ["ss", "ssp"], "strtoll": ["s", "sb"]}
ALPHABETS = ["ab", "aB/.", "/.", "./a/", " 0x1fz-+\t", "a, ;", "abcdefghij", "\x7f\x80\xff!"]


class Maker:
    """Random expressions: D text, and the function that the model computes them with."""

    def __init__(self, seed: int, size: int) -> None:
        self.rng = random.Random(seed)
        self.size = size
        self.variables: dict[str, bytes] = {}

    def text(self) -> bytes:
        rng = self.rng
        alphabet = rng.choice(ALPHABETS).encode("latin-1")
        length = rng.choice([0, 1, 1, 2, 3, 5, 8, rng.randint(0, 40), self.size - 2, self.size - 1, self.size + 3])
        return bytes(rng.choice(alphabet) for _ in range(min(length, 400)))

    def leaf(self) -> tuple[str, Any]:
        text = self.text()
        kind = self.rng.choice(["literal", "literal", "global", "element", "self", "this", "null"])
        if kind == "null" and self.rng.random() < 0.7:
            kind = "literal"
        if kind == "literal":
            return '"' + "".join(f"\\x{c:02x}" for c in text) + '"', lambda m: text[: m.most]
        if kind == "null":
            return "NULL", lambda m: None
        n = len(self.variables)
        name = {"global": f"g{n}", "element": f"e[{n}]", "self": f"self->s{n}", "this": f"this->t{n}"}[kind]
        self.variables[name] = text
        return name, lambda m: text[: m.most]

    def string(self, depth: int) -> tuple[str, Any]:
        if depth == 0 or self.rng.random() < 0.3:
            return self.leaf()
        return self.call(self.rng.choice(list(STRINGS)), depth - 1)

    def number(self) -> tuple[str, Any]:
        rng = self.rng
        value = rng.choice([0, 1, -1, 7, -8, 255, 2**31, -(2**31), 2**63 - 1, -(2**63), rng.randint(-(10**6), 10**6), rng.getrandbits(63)])
        return (f"({value}LL)" if value > -(2**63) else "(-9223372036854775807LL - 1)"), lambda m: value

    def call(self, name: str, depth: int) -> tuple[str, Any]:
        rng = self.rng
        made = []
        for kind in rng.choice(({**STRINGS, **NUMBERS})[name]):
            if kind == "s":
                made.append(self.string(depth))
            elif kind == "c":
                c = rng.choice([97, 98, 47, 46, 0, 255, 32])
                made.append((f"(char)0x{c:02x}" if rng.random() < 0.5 else f"'\\x{c:02x}'", lambda m, c=c: c))
            elif kind == "p":
                p = rng.choice([0, 1, -1, 2, -2, rng.randint(-12, 12), self.size, -self.size, 2**31 - 1, -(2**31)])
                made.append((f"({p})" if rng.random() < 0.5 else f"(zero + {p})", lambda m, p=p: p))
            elif kind == "b":
                b = rng.choice([2, 3, 8, 10, 16, 36, rng.randint(2, 36)])
                made.append((str(b) if rng.random() < 0.5 else f"(zero + {b})", lambda m, b=b: b))
            else:
                made.append(self.number())
        if name in ("strtok",) and rng.random() < 0.5 and made[0][0] == "NULL":
            made[0] = ("NULL", lambda m: None)
        return f"{name}({', '.join(t for t, _ in made)})", lambda m: m.call(name, *[f(m) for _, f in made])

    def expression(self) -> tuple[str, Any]:
        name = self.rng.choice([*STRINGS, *NUMBERS])
        return self.call(name, self.rng.choice([0, 1, 1, 2]))




def _program(text: str, size: int) -> Any:
    class NoTypes:
        def tagged(self, kind: str, tag: str) -> None:
            return None

        def typedef(self, name: str) -> None:
            return None

        def symbol(self, module: str, name: str) -> None:
            return None

    options = Options()
    options.set("strsize", str(size))
    return compile_program([Source(text, "script")], [Dtrace()], options, {}, [], NoTypes())


def _python(text: str, size: int) -> dict[int, Any]:
    program = _program(text, size)
    machine = Machine(size)
    machine.fire(program.clauses[0].probes[0], [compile_clause(c, machine) for c in program.clauses])
    return outcome(machine.take())


def _kernel(text: str, size: int) -> dict[int, Any]:
    options = Options()
    options.set("strsize", str(size))
    options.set("bpflog", "true")
    engine = KernelEngine(options)
    try:
        engine.enable(_program(text, size))
        engine.go()
        return outcome(engine.drain(0.2))
    finally:
        engine.close()


def _source(made: list[tuple[str, Any]], variables: dict[str, bytes]) -> str:
    quoted = {n: '"' + "".join(f"\\x{c:02x}" for c in v) + '"' for n, v in variables.items()}
    lines = ["int zero; string e[int];"]
    lines += [f"string {n};" for n in variables if n[0] == "g"]
    lines += [f"self string {n[6:]};" for n in variables if n[:4] == "self"]
    lines += [f"this string {n[6:]};" for n in variables if n[:4] == "this"]
    lines.append("BEGIN { " + " ".join(f"{n} = {v};" for n, v in quoted.items()) + " zero = 0; }")
    lines += [f"BEGIN {{ trace({text}); }}" for text, _ in made]
    lines.append("BEGIN { exit(0); }")
    return "\n".join(lines)


def _batches(count: int) -> list[tuple[int, int]]:
    sizes = [256, 256, 16, 2, 64, 40, 3, 1000]
    return [(seed, sizes[seed % len(sizes)]) for seed in range(max(1, count // PER_PROGRAM))]


def _check(seed: int, size: int) -> None:
    maker = Maker(seed, size)
    made = [maker.expression() for _ in range(PER_PROGRAM)]
    text = _source(made, maker.variables)
    ours, theirs = _python(text, size), _kernel(text, size)
    wrong = []
    saved: bytes | None = None
    for i, (d, function) in enumerate(made, 1):
        model = Model(size - 1)
        model.saved = saved  # strtok goes on in the next clause of the firing
        try:
            want = function(model)
            want = (b"" if want is None else want,)
        except Null:
            want = ("fault", 1)
        saved = model.saved
        if not (ours[i] == theirs[i] == want):
            wrong.append((d, "python", ours[i], "kernel", theirs[i], "model", want))
    assert not wrong, (wrong[:3], maker.variables)


@kernel_only
@pytest.mark.parametrize(("seed", "size"), _batches(EXPRESSIONS))
def test_three_ways(seed: int, size: int) -> None:
    _check(seed, size)


@kernel_only
@pytest.mark.parametrize("size", [7, 64])
def test_without_bpf_loop(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a kernel before 5.17."""
    from pydtrace.linux import features

    monkeypatch.setattr(features.LOOP, "_known", False)
    _check(1000 + size, size)


@kernel_only
def test_large_strings() -> None:
    """The largest strsize, searched for long needles that begin again and again."""
    size = 65536
    lines = [
        "string e[int]; int zero;",
        'BEGIN { e[0] = "' + "ab" * 15 + 'a"; e[1] = strjoin(e[0], e[0]); e[2] = strjoin(e[1], e[1]); zero = 0; }',
        *[f"BEGIN {{ e[{i}] = strjoin(e[{i - 1}], e[{i - 1}]); }}" for i in range(3, 14)],
        'BEGIN { trace(strlen(e[13])); trace(index(e[12], strjoin(e[11], "c"))); trace(rindex(e[13], e[10])); }',
        "BEGIN { trace(strlen(strstr(e[12], e[11]))); trace(strlen(toupper(e[13]))); trace(e[13] == e[11]); }",
        "BEGIN { trace(strlen(strrchr(e[13], 98))); trace(strlen(substr(e[13], -5))); trace(strlen(dirname(e[12]))); }",
    ]
    text = "\n".join(lines)
    whole = (b"ab" * 15 + b"a") * 8192
    e13, e12, e11, e10 = (whole[: min(31 << n, size - 1)] for n in (13, 12, 11, 10))
    want = [
        (len(e13), e12.find(e11 + b"c"), e13.rfind(e10)),
        (len(e12[e12.find(e11) :]), len(e13), 0),
        (len(e13) - e13.rfind(b"b"), 5, 1),
    ]
    for result in (_python(text, size), _kernel(text, size)):
        assert [result[i] for i in (12, 13, 14)] == want


@pytest.mark.skipif(not shutil.which("perl"), reason="needs perl")
def test_perl_agrees() -> None:
    """index, rindex and substr are Perl's."""
    rng = random.Random(7)
    model = Model(255)
    lines, wants = [], []
    for _ in range(400):
        s = "".join(rng.choice("ab") for _ in range(rng.randint(0, 6)))
        t = "".join(rng.choice("ab") for _ in range(rng.randint(0, 2)))
        p, n = rng.randint(-9, 9), rng.randint(-9, 9)
        for d, want in (
            (f'index("{s}","{t}",{p})', model.index(s.encode(), t.encode(), p)),
            (f'rindex("{s}","{t}",{p})', model.rindex(s.encode(), t.encode(), p)),
            (f'index("{s}","{t}")', model.index(s.encode(), t.encode())),
            (f'rindex("{s}","{t}")', model.rindex(s.encode(), t.encode())),
            (f'substr("{s}",{p},{n})', model.substr(s.encode(), p, n).decode()),
            (f'substr("{s}",{p})', model.substr(s.encode(), p).decode()),
        ):
            lines.append(f'$x = {d}; print defined($x) ? $x : "", "\\n";')
            wants.append((d, str(want)))
    done = subprocess.run(["perl", "-"], input="\n".join(lines).encode(), capture_output=True, timeout=20, check=True)
    answers = done.stdout.decode().split("\n")
    different = [(d, want, answer) for (d, want), answer in zip(wants, answers) if want != answer]
    assert not different, different[:5]
