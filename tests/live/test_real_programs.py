"""Real programs with a breakpoint on every function of theirs and of the C library, and on every return: they print what they print."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(120)
ROOT = Path(__file__).resolve().parents[2]

SHELL = """x=0; for i in 1 2 3 4 5; do x=$((x+i)); y=$(echo $x | sed s/1/2/); echo $x $y; done
type printf; printf '%s\\n' a b c | sort -r; (exit 3); echo $?; trap 'echo got' USR1; kill -USR1 $$; echo end
"""
SQL = """create table t(a,b); insert into t values(1,'x'),(2,'y'); select count(*), group_concat(b) from t;
with recursive c(n) as (select 1 union all select n+1 from c where n<50) select sum(n), avg(n) from c;
"""
C = "int add(int a, int b) { return a + b; }\nint main(void) { return add(1, 2) - 3; }\n"


def _programs(folder: Path) -> dict[str, list[str]]:
    (folder / "script").write_text(SHELL)
    (folder / "sql").write_text(SQL)
    (folder / "a.c").write_text(C)
    return {
        "bash": ["bash", f"{folder}/script"],
        "perl": ["perl", "-e", "print(join(q(,),map{$_*2}1..9),qq(\\n))"],
        "git": ["git", "--version"],
        "gcc": ["gcc", "-S", "-o", "-", f"{folder}/a.c"],
        "sqlite3": ["sqlite3", "-init", f"{folder}/sql", ":memory:", ".quit"],
    }


@pytest.mark.parametrize("name", ["bash", "perl", "git", "gcc", "sqlite3"])
def test_output_is_the_same(name: str, tmp_path: Path) -> None:
    command = _programs(tmp_path)[name]
    where = shutil.which(command[0])
    if where is None:
        pytest.skip(f"no {name} here")
    command[0] = where
    bare = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=False)
    own = "pid$target:libsqlite3::entry" if name == "sqlite3" else "pid$target:a.out::entry"
    clause = f"{own}, pid$target:libc::entry, pid$target:libc::return {{ @ = count(); }}"
    wanted = [sys.executable, "-m", "pydtrace", "-xengine=process", "-Z", "-qo", f"{tmp_path}/out", "-n", clause, "-c", " ".join(command)]
    run = subprocess.run(
        wanted, capture_output=True, stdin=subprocess.DEVNULL, timeout=100, env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, check=False
    )
    errors = [line for line in run.stderr.splitlines() if not line.startswith(b"dtrace: failed to create probe at ")]
    assert (run.stdout, errors) == (bare.stdout, bare.stderr.splitlines())
    assert int((tmp_path / "out").read_text()) > 50
