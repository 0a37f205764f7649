"""Any text at all: the front end and both back ends answer with a program or with one error of D, never with a traceback, and soon.

Inputs are the scripts of tests/programs and the reference's command lines, broken at random: words are exchanged, tokens and bytes are
deleted, doubled, moved, taken from other scripts. What still compiles goes through both back ends (their pure part). PYDTRACE_FUZZ says
how many (2,000), PYDTRACE_SEED which; a failure prints the input.
"""

from __future__ import annotations

import os
import random
import re
import sys
import time

import pytest

from pydtrace.backend.bpf.image import build
from pydtrace.backend.bpf.layout import Config
from pydtrace.backend.python.compile import compile_clause
from pydtrace.backend.python.machine import Machine
from pydtrace.d.kerneltypes import KernelTypes
from pydtrace.dif.compile import Source, compile_program
from pydtrace.errors import InternalError, UserError
from pydtrace.options import Options
from pydtrace.providers.dtrace import Dtrace
from pydtrace.providers.profile import Profile

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = os.path.join(os.path.dirname(HERE), "programs")
COUNT = int(os.environ.get("PYDTRACE_FUZZ", "2000"))
SEED = int(os.environ.get("PYDTRACE_SEED", "1"))
SLOW = 1.0  # seconds: an answer that takes longer is a hang to a user
_TOKEN = re.compile(r"\s+|\w+|\"(?:[^\"\\\n]|\\.)*\"|->|\+\+|--|<<|>>|&&|\|\||\^\^|[<>=!]=|.", re.S)
_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_SPICE = [
    "0", "1", "-1", "2147483648", "18446744073709551616", "0x", "099", "'ab'", "''", '"', "\\", "/*", "*/", "//", "#", "`", "@", "@a",
    "$1", "$$x", "self->", "this->", "x", "x[1]", "x[1,2]", "(int)", "(string)", "(struct s *)", "sizeof", "sizeof(", "stringof",
    "xlate <", "inline int i = 1;", "translator", "struct s { int a; };", "union", "enum { A = 1 };", "typedef", "int", "string", "void",
    "if (", ") else {", "{", "}", "(", ")", "[", "]", "?", ":", "::", ";", ",", ".", "->a", "&", "*", "/", "%", "!", "~", "+=", "=", "==",
    "printf(", "trace(", "printa(", "@ = count()", "quantize(", "lquantize(1, 2, 3)", "llquantize(1, 2, 3, 4, 5)", "stack()", "ustack(",
    "copyin(", "copyinstr(", "alloca(", "speculate(", "exit(0)", "BEGIN", "END", "ERROR", "tick-1s", "profile:::", "\x00", "\x80", "ÿ",
    "é", "arg0", "args[0]", "curthread", "execname", "NULL", "%s", "%d", "%@d", "\n", "#pragma D option quiet\n", "#line 1\n", "strjoin(",
    "substr(", "tracemem(", "print(", "clear(@)", "trunc(@, 1)", "normalize(@,",
]  # fmt: skip


def corpus() -> list[str]:
    """Programs that are right seven times: those that are wrong, most of the scripts, end early in the compiler."""
    texts = []
    for at, _, names in sorted(os.walk(PROGRAMS)):
        for name in sorted(names):
            if name.endswith(".d"):
                with open(os.path.join(at, name), encoding="utf-8", errors="replace") as file:
                    texts += [file.read()] * (1 if os.path.basename(at) == "errors" else 7)
    sys.path.insert(0, PROGRAMS)
    from reference import cases

    texts += [word for case in cases() for word in case.words if "{" in word]
    assert len(texts) > 50
    return texts


# What earlier runs found, whole: each ended in a traceback.
FOUND = {
    "BEGIN { exit(0); }\nint m[2][2147000000]; BEGIN { m[1][0] = 1; }": "D_DECL_ARRBIG",
    "this int m[0x7fffffff][3]; BEGIN { this->m[0][0] = 1; }": "D_DECL_ARRBIG",
    "int a[4294967295]; BEGIN { exit(0); }": "D_DECL_ARRBIG",
    "this int m[100000000]; BEGIN { this->m[1] = 1; exit(0); }": "program",
    "BEGIN { bcopy(alloca(8), alloca(8), 0x1122334455667788); }": "program",
    "inline int two[int a, int b] (int) a + b; BEGIN { exit(two[3, 1]); }": "D_SYNTAX",
    "inline int c = 0; BEGIN { s = stack(); s = c; u = usym(0); u = c + 0; }": "program",
    "BEGIN { exit(0); }1, $2 { exit(0); }": "D_MACRO_UNDEF",
    "#pragma D option defaultargs\nBEGIN { exit(0); }1, $2, $$3); exit(0); }": "D_SYNTAX",
}


@pytest.mark.parametrize("text", FOUND)
def test_found(text: str) -> None:
    assert attempt(text, False) == FOUND[text]


def changed(rng: random.Random, tokens: list[list[str]], words: list[str]) -> str:
    """One of the texts with one to four words exchanged: most are still D, of other types than the author thought."""
    text = list(rng.choice(tokens))
    for _ in range(rng.choice((1, 1, 2, 4))):
        places = [i for i, word in enumerate(text) if word[0].isalnum() or word[0] in '"_']
        if places:
            text[rng.choice(places)] = rng.choice(words)
    return "".join(text)


def broken(rng: random.Random, tokens: list[list[str]]) -> str:
    """One of the texts, changed in one to six places without any respect for its grammar."""
    text = list(rng.choice(tokens))
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        at = rng.randrange(len(text) + 1)
        what = rng.randrange(6)
        if what == 0:
            del text[at : at + rng.choice((1, 1, 2, 5))]
        elif what == 1:
            text[at:at] = text[at : at + rng.choice((1, 3, 10))]
        elif what == 2:
            text.insert(at, rng.choice(_SPICE))
        elif what == 3 and text:
            text[min(at, len(text) - 1)] = rng.choice(_SPICE)
        elif what == 4:
            other = rng.choice(tokens)
            start = rng.randrange(len(other) + 1)
            text[at:at] = other[start : start + rng.choice((1, 3, 10, 40))]
        elif text:
            at = min(at, len(text) - 1)
            word = text[at]
            place = rng.randrange(len(word) + 1)
            text[at] = word[:place] + chr(rng.choice((0, 9, 10, 34, 39, 47, 92, 96, 127, 255, rng.randrange(256)))) + word[place + 1 :]
    return "".join(text)


def attempt(text: str, cli: bool) -> str:
    """What became of a text: 'program', or the error's tag."""
    options = Options()
    options.set("argref")
    providers = [Dtrace(), Profile()]
    no_types = KernelTypes(lambda module: None, lambda module, name: 0)  # a machine without BTF
    try:
        program = compile_program([Source(text, "cli" if cli else "script", "name")], providers, options, {"target": "1"}, ["a"], no_types)
        machine = Machine(program.strsize)
        for clause in program.clauses:
            compile_clause(clause, machine)
            for probe in clause.probes:
                probe.index = 0
        build(program, Config(2))
    except InternalError:
        raise
    except UserError as error:
        return error.tag or "error"
    return "program"


def test_any_text_is_answered() -> None:
    rng = random.Random(SEED)
    tokens = [_TOKEN.findall(_COMMENT.sub("", text)) for text in corpus()]
    words = sorted({word for text in tokens for word in text if word[0].isalnum() or word[0] in '"_'})
    answers: dict[str, int] = {}
    for number in range(COUNT):
        text = broken(rng, tokens) if number % 3 == 0 else changed(rng, tokens, words)
        start = time.process_time()
        try:
            answer = attempt(text, number % 4 == 0)
        except BaseException as error:
            raise AssertionError(f"input {number} of seed {SEED}: {type(error).__name__}: {error}\n{text!r}") from error
        assert time.process_time() - start < SLOW, f"input {number} of seed {SEED} took long: {text!r}"
        answers[answer] = answers.get(answer, 0) + 1
    assert answers.get("program", 0) > COUNT // 50 and answers.get("D_SYNTAX", 0) > COUNT // 20, answers
