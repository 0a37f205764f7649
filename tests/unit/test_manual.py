"""The man page and the completion name every option and every flag there is, and no other."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest

from pydtrace.cli import _FLAGS
from pydtrace.options import IDLE, TABLE

DOCS = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "docs")
REFUSED = {"3", "6", "a", "A", "B", "G", "h"}  # accepted for the sake of old command lines, or refused with a message


def _text(name: str) -> str:
    with open(os.path.join(DOCS, name), encoding="utf-8") as file:
        return file.read()


def test_the_manual_names_all_options() -> None:
    section = _text("dtrace.1").split(".SH OPTIONS\n")[1].split(".SH ")[0]
    acting = set(re.findall(r"^\.TP\n\.B (\w+)$", section, re.M))
    idle = set(section.split("do nothing here:\n.BR ")[1].split()) - {'","', '"', ",", "."}
    assert acting | {word.strip('",') for word in idle} - {""} == set(TABLE)
    assert not acting & {name for names in IDLE for name in names.split()}


def test_the_manual_names_all_flags() -> None:
    flags = set(_FLAGS) - {":"} - REFUSED
    assert {flag for flag in flags if "\\-" + flag not in _text("dtrace.1")} == set()


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
@pytest.mark.parametrize(
    "line, expected",
    [
        ("dtrace -x strs", ["strsize="]),
        ("dtrace -x qu", ["quiet", "quietresize"]),
        ("dtrace -n syscall:vmlinux:getpp", ["getppid:"]),
        ("dtrace -n syscall:vmlinux:getppid:e", ["entry"]),
        ("dtrace -P prof", ["profile"]),
    ],
)
def test_completion(line: str, expected: list[str]) -> None:
    script = f"""
        dtrace() {{
            printf '%s\\n' 'ID P M F N' '1 syscall vmlinux getppid entry' '2 syscall vmlinux getppid return' '3 profile _ _ tick-1'
        }}
        compopt() {{ :; }}
        source {DOCS}/dtrace.bash
        COMP_LINE='{line}' COMP_POINT={len(line)}
        COMP_WORDS=({line}) COMP_CWORD=2
        _dtrace
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=20)
    assert (done.stderr, done.stdout.split()) == ("", expected)


def test_completion_knows_all_options() -> None:
    words = _text("dtrace.bash").split('_dtrace_options="\n')[1].split('"')[0].split()
    assert {word.rstrip("=") for word in words} == set(TABLE)
    assert {word.rstrip("=") for word in words if word.endswith("=")} == {name for name in TABLE if TABLE[name][0] != "bool"}
