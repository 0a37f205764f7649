"""-L, libdir, syslibdir, nolibs: the user's own libraries."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
A = """#pragma D depends_on library b.d
#pragma D depends_on provider dtrace
inline int A = B + 1;
translator pair_t < int T > { first = T; second = A; };
"""
B = """/* first of all */
inline int B = 41;
typedef struct pair { int first; int second; } pair_t;
int counter;
BEGIN { trace("of a library"); }
"""


def dtrace(*words: str) -> tuple[str, str, int]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "pydtrace", "-xengine=process", "-xerrtags", "-q", *words, "-c", "/bin/true"]
    run = subprocess.run(command, env=environment, text=True, capture_output=True, timeout=60)
    return run.stdout, run.stderr, run.returncode


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    for name, text in (("a.d", A), ("b.d", B), ("c.d", "#pragma D depends_on module nosuch\ninline int C = nosuch;\n"), ("x.txt", "junk")):
        (tmp_path / name).write_text(text)
    (tmp_path / "d.d").write_text("#pragma D depends_on library c.d\ninline int D = C;\n")
    return tmp_path


def test_in_order(directory: Path) -> None:
    clause = 'BEGIN { counter++; printf("%d %d %d %d %d\\n", A, xlate<pair_t>(3).second, counter, sizeof (pair_t), SIGKILL); exit(0); }'
    for words in (["-L", str(directory)], [f"-xlibdir={directory}"], ["-L", "/nosuch", "-L", str(directory)]):
        assert dtrace(*words, "-n", clause) == ("42 42 1 8 9\n\n", "", 0)


def test_left_out(directory: Path) -> None:
    out, err, status = dtrace("-L", str(directory), "-n", "BEGIN { trace(D); }")
    assert status == 1 and err.endswith("[D_IDENT_UNDEF] in action list: failed to resolve D: Unknown variable name\n")


def test_instead_of_ours(directory: Path) -> None:
    assert dtrace(f"-xsyslibdir={directory}", "-n", "BEGIN { trace(A); exit(0); }")[0] == "42\n"
    assert "failed to resolve SIGKILL" in dtrace(f"-xsyslibdir={directory}", "-n", "BEGIN { trace(SIGKILL); }")[1]
    assert "failed to resolve A" in dtrace(f"-xlibdir={directory}", "-xnolibs", "-n", "BEGIN { trace(A); }")[1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\nint x x;", '[D_SYNTAX] "{path}", line 2: syntax error near "x"'),
        ("inline int E =\n nosuch;", '[D_IDENT_UNDEF] "{path}", line 2: failed to resolve nosuch: Unknown variable name'),
        ("#pragma D depends_on library zz.d", "[D_PRAGMA_DEPEND] invalid library dependency in {path}: zz.d"),
        ("#pragma D depends_on library e.d", "[D_PRAGMA_DEPEND] cyclical dependency: {path} => {path}"),
    ],
)
def test_errors(text: str, message: str, directory: Path) -> None:
    path = directory / "e.d"
    path.write_text(text)
    assert dtrace("-L", str(directory), "-n", "BEGIN") == ("", f"dtrace: invalid probe specifier BEGIN: {message.format(path=path)}\n", 1)
