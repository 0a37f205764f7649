"""Structs, unions, arrays and bit-fields against gcc: random declarations, their sizes and offsets, and the bytes that assignments make.

One D program declares many types; each gets random values, some of them changed again by compound assignments, and is traced. gcc lays out
the same declarations and does the same. D must have the same sizes, offsets and member values on both back ends, and the same bytes
where there are members (what lies between them is nobody's promise).
"""

from __future__ import annotations

import random
import shutil
import subprocess
from typing import Any

import pytest
from test_differential import compiled, kernel_only, kernel_run, outcome, python_records

INTEGERS = {
    "char": 8, "signed char": 8, "unsigned char": 8, "short": 16, "unsigned short": 16, "int": 32, "unsigned int": 32, "long": 64,
    "unsigned long": 64, "long long": 64, "_Bool": 8,
}  # fmt: skip
PER_PROGRAM = 12


class Maker:
    """Random members; `leaves` are (path, whether it is a bit-field) of those that can be assigned."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.count = 0
        self.leaves: list[tuple[str, bool]] = []

    def name(self) -> str:
        self.count += 1
        return f"m{self.count}"

    def members(self, depth: int, path: str) -> str:
        return " ".join(self.member(depth, path) for _ in range(self.rng.randint(1, 6)))

    def member(self, depth: int, path: str) -> str:
        rng, kind = self.rng, self.rng.random()
        of = rng.choice(list(INTEGERS))
        if kind < 0.4:
            bits = 1 if of == "_Bool" else INTEGERS[of]
            if rng.random() < 0.15:
                return f"{of} : {rng.choice([0, rng.randint(1, bits)])};"
            name, width = self.name(), rng.randint(1, bits)
            self.leaves.append((path + name, True))
            return f"{of} {name} : {width};"
        if kind < 0.65 or depth > 2:
            name = self.name()
            self.leaves.append((path + name, False))
            return f"{of} {name};"
        if kind < 0.8:
            name, first, second = self.name(), rng.randint(1, 4), rng.randint(1, 3)
            if rng.random() < 0.5:
                self.leaves += [(f"{path}{name}[{i}]", False) for i in range(first)]
                return f"{of} {name}[{first}];"
            self.leaves += [(f"{path}{name}[{i}][{j}]", False) for i in range(first) for j in range(second)]
            return f"{of} {name}[{first}][{second}];"
        if kind < 0.85:
            return f"void *{self.name()};"
        what = rng.choice(["struct", "union"])
        if rng.random() < 0.4:
            return f"{what} {{ {self.members(depth + 1, path)} }};"
        name = self.name()
        return f"{what} {{ {self.members(depth + 1, path + name + '.')} }} {name};"


def _made(rng: random.Random, number: int) -> tuple[str, list[str], list[str]]:
    """A type's declaration, its assignments, and the members to look at."""
    while True:
        maker = Maker(rng)
        body = maker.members(0, "")
        if maker.leaves:
            break
    declaration = f"{rng.choice(['struct', 'union'])} t{number} {{ {body} }} v{number};"
    steps = []
    for path, bits in rng.sample(maker.leaves, min(len(maker.leaves), 8)):
        value = rng.choice([0, 1, -1, 127, 128, 255, -(2**31), 2**31 - 1, rng.getrandbits(62), -rng.getrandbits(40)])
        steps.append(f"v{number}.{path} = {value}{'LL' if abs(value) >= 2**31 else ''};")
        if rng.random() < 0.5:
            steps.append(f"v{number}.{path} {rng.choice(['|=', '&=', '^=', '+=', '-='])} {rng.randint(1, 200)};" if not bits else "")
        elif not bits and rng.random() < 0.5:
            steps.append(f"v{number}.{path}++;")
    return declaration, [s for s in steps if s], [path for path, _ in maker.leaves]


def _offsets(paths: list[str]) -> list[str]:
    """The members of the outermost level that offsetof may name; bit-fields it may not."""
    return [p for p in paths if "." not in p and "[" not in p]


@kernel_only
@pytest.mark.skipif(not shutil.which("gcc"), reason="needs gcc")
@pytest.mark.parametrize("seed", range(6))
def test_layout_is_gccs(tmp_path: Any, seed: int) -> None:
    rng = random.Random(seed)
    made = [_made(rng, n) for n in range(PER_PROGRAM)]
    d, c = [m[0] for m in made], ["#include <stdio.h>", "#include <stddef.h>", *[m[0] for m in made], "int main(void) {"]
    for n, (declaration, steps, paths) in enumerate(made):
        kind = declaration.split()[0]
        plain = [p for p in _offsets(paths) if f" {p} :" not in declaration]
        asked = [f"sizeof (v{n})", f"sizeof ({kind} t{n})", *[f"offsetof({kind} t{n}, {p})" for p in plain]]
        values = [f"(long)v{n}.{p}" for p in paths]
        d.append(f"BEGIN {{ {' '.join(steps)} {' '.join(f'trace({a});' for a in [*asked, *values])} }}")
        c.append("".join(steps) + "".join(f'printf("%ld ", (long)({a}));' for a in [*asked, *values]) + 'puts("");')
    d.append("BEGIN { exit(0); }")
    source, program = tmp_path / "l.c", tmp_path / "l"
    source.write_text("\n".join([*c, "return 0; }"]))
    subprocess.run(["gcc", "-w", "-O0", "-fwrapv", "-o", str(program), str(source)], check=True)
    lines = subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout.splitlines()
    text = "\n".join(d)
    ours, theirs = outcome(python_records(compiled(text))), outcome(kernel_run(compiled(text))[0])
    for n, line in enumerate(lines):
        want = tuple(int(x) for x in line.split())
        assert tuple(ours[n]) == want, (made[n], ours[n], want)
        assert tuple(theirs[n]) == want, (made[n], theirs[n], want)
