"""-C: the system's preprocessor, and pcpp where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KINDS = [
    pytest.param("cpp", marks=pytest.mark.skipif(shutil.which("cpp") is None, reason="cpp is not installed")),
    pytest.param("pcpp", marks=pytest.mark.skipif(find_spec("pcpp") is None, reason="pcpp is not installed (an optional dependency)")),
]
SCRIPT = """#!/usr/sbin/dtrace -Cs
#include "own.h"
#include <other.h>
#if defined(__SUNW_D) && defined(__linux) && !defined(GONE)
BEGIN { printf("%d %d %d %x\\n", OWN, other, GIVEN, __SUNW_D_VERSION); exit(0); }
#endif
"""


def dtrace(kind: str, cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": ":".join([str(ROOT / "src"), *sys.path]), "LC_ALL": "C.UTF-8"}
    if kind == "pcpp":
        environment["PATH"] = "/nonexistent"
    command = [sys.executable, "-m", "pydtrace", "-xengine=process", "-q", *words]
    return subprocess.run([*command, "-c", "/bin/true"], cwd=cwd, env=environment, text=True, capture_output=True, timeout=60)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/a.d").write_text(SCRIPT)
    (tmp_path / "sub/own.h").write_text("#define OWN 1\n")
    (tmp_path / "headers").mkdir()
    (tmp_path / "headers/other.h").write_text("inline int other = 2;\n")
    return tmp_path


@pytest.mark.parametrize("kind", KINDS)
def test_includes_and_macros(kind: str, script: Path) -> None:
    run = dtrace(kind, script, "-C", "-I", "headers", "-D", "GIVEN=3", "-DGONE", "-U", "GONE", "-s", "sub/a.d")
    assert (run.stdout, run.stderr, run.returncode) == ("1 2 3 2000001\n\n", "", 0)


@pytest.mark.parametrize("kind", KINDS)
def test_by_options(kind: str, script: Path) -> None:
    run = dtrace(kind, script, "-xcpp", "-xincdir=headers", "-xdefine=GIVEN", "-s", "sub/a.d")
    assert (run.stdout, run.returncode) == ("1 2 1 2000001\n\n", 0)


@pytest.mark.parametrize("kind", KINDS)
def test_failure(kind: str, script: Path) -> None:
    run = dtrace(kind, script, "-C", "-s", "sub/a.d")
    assert run.returncode == 1
    first, *_, last = run.stderr.splitlines()
    assert "sub/a.d:3:" in first and "other.h" in first
    assert last == "dtrace: failed to compile script sub/a.d: Preprocessor failed to process input program"


@pytest.mark.parametrize("kind", KINDS)
def test_lines(kind: str, script: Path) -> None:
    """Errors name the line of the script, or an included file and its line."""
    (script / "b.d").write_text("#ifdef X\n" + "int x;\n" * 20 + "#endif\n\nBEGIN\n{\n\ttrace(nosuch);\n}\n")
    run = dtrace(kind, script, "-Cs", "b.d")
    assert run.stderr == "dtrace: failed to compile script b.d: line 26: failed to resolve nosuch: Unknown variable name\n"
    (script / "headers/other.h").write_text("\nint x x;\n")
    run = dtrace(kind, script, "-C", "-Iheaders", "-DGIVEN", "-s", "sub/a.d")
    assert run.stderr.endswith('headers/other.h", line 2: syntax error near "x"\n')


@pytest.mark.skipif(shutil.which("cpp") is None, reason="cpp is not installed")
def test_headers_are_shown(script: Path) -> None:
    run = dtrace("cpp", script, "-CH", "-Iheaders", "-DGIVEN", "-s", "sub/a.d")
    assert run.returncode == 0 and ". sub/own.h\n" in run.stderr and ". headers/other.h\n" in run.stderr


@pytest.mark.parametrize(
    ("path", "text"), [("/bin/false", "Preprocessor failed to process input program"), ("/nosuch", "Preprocessor not found")]
)
def test_path(path: str, text: str, script: Path) -> None:
    run = dtrace("", script, "-C", f"-xcpppath={path}", "-s", "sub/a.d")
    assert (run.stderr, run.returncode) == (f"dtrace: failed to compile script sub/a.d: {text}\n", 1)


def test_command_line_text_is_not_preprocessed(script: Path) -> None:
    run = dtrace("", script, "-C", "-xcpppath=/bin/false", "-n", "BEGIN { exit(0); }")
    assert run.returncode == 0
