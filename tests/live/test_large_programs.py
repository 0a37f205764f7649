"""Programs that are large in one way or another: they run, or are refused in D's words; never by the verifier's.

The kernel's limits (jumps of 32,767 instructions, 64 maps a program, a million verified instructions) are met by cutting a probe's
clauses into chunks that tail calls join (backend/bpf/image.py).
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="the kernel engine needs root")


def dtrace(tmp_path: Path, text: str, *words: str) -> subprocess.CompletedProcess[str]:
    script = tmp_path / "large.d"
    script.write_text(text)
    return subprocess.run([ROOT / "dtrace", "-q", *words, "-s", script], capture_output=True, text=True, timeout=100)


def many(form: str, count: int) -> str:
    return "\n".join(form.replace("#", str(i)) for i in range(count))


@root_only
def test_more_maps_than_a_program_may_name(tmp_path: Path) -> None:
    done = dtrace(tmp_path, many("BEGIN { trace(#); @a# = sum(#); }", 100) + "BEGIN { exit(0); }")
    assert (done.stderr, done.returncode) == ("", 0)
    numbers, _, sums = done.stdout.partition("\n")
    assert numbers == "".join(map(str, range(100)))
    assert [int(line) for line in sums.split()] == list(range(100))


@root_only
def test_longer_than_a_jump(tmp_path: Path) -> None:
    """`this` variables, predicates and faults are the same on both sides of a cut."""
    clauses = many('BEGIN /x == #/ { this->y += x; x++; printf("%d %d %s\\n", x, this->y, probename); }', 700)
    done = dtrace(tmp_path, f"int x; int z; this int y; {clauses} BEGIN {{ trace(1 / z); }} BEGIN {{ trace(this->y); exit(7); }}")
    assert done.returncode == 7
    assert done.stderr.count("divide-by-zero") == 1
    lines = done.stdout.splitlines()
    assert lines[:700] == [f"{x + 1} {x * (x + 1) // 2} BEGIN" for x in range(700)]
    assert lines[700] == str(699 * 700 // 2)


@root_only
def test_chunks_of_a_probe_with_an_index(tmp_path: Path) -> None:
    """Of system calls one program serves many probes: each chunk must know which it is."""
    clauses = many("syscall::getppid:entry, syscall::getuid:entry /pid == $target/ { @a#[probefunc] = count(); }", 70)
    program = "import os\nfor i in range(5): os.getppid()\nfor i in range(3): os.getuid()"
    script = tmp_path / "calls.py"
    script.write_text(program)
    done = dtrace(tmp_path, clauses, "-c", f"/usr/bin/env python3 -I -S {script}", "-x", "aggsortkey")
    assert (done.stderr, done.returncode) == ("", 0)
    rows = [line.split() for line in done.stdout.splitlines() if line.strip()]
    assert len(rows) == 140
    assert all(int(count) >= {"getppid": 5, "getuid": 3}[name] for name, count in rows)
    assert len({(name, count) for name, count in rows}) == 2


@root_only
def test_temporaries_share_room(tmp_path: Path) -> None:
    done = dtrace(tmp_path, 'string s; BEGIN { s = "ab"; ' + many('printf("%s ", strjoin(s, "#"));', 150) + " exit(0); }")
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.split() == [f"ab{i}" for i in range(150)]


@root_only
def test_scratch_beyond_a_per_cpu_value(tmp_path: Path) -> None:
    """A per-CPU map's value may have 32 KiB; strings of 40 KB need more."""
    done = dtrace(tmp_path, 'string s; BEGIN { s = "ab"; trace(s); this->t = s; trace(this->t); exit(0); }', "-x", "strsize=40000")
    assert (done.stdout, done.stderr, done.returncode) == ("abab\n", "", 0)


@root_only
def test_deep_and_long_expressions(tmp_path: Path) -> None:
    right = "(x + " * 200 + "x" + ")" * 200
    left = " + ".join(["x"] * 900)
    choice = "".join(f"x == {i} ? {i + 7} : " for i in range(2, 200)) + "5"
    both = " && ".join(f"x != {i}" for i in range(2, 900))
    done = dtrace(tmp_path, f"int x; BEGIN {{ x = 1; }} BEGIN /{both}/ {{ printf(\"%d %d %d\", {right}, {left}, {choice}); exit(0); }}")
    assert (done.stdout, done.stderr, done.returncode) == ("201 900 5\n", "", 0)


def test_what_is_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    done = dtrace(tmp_path, "BEGIN { x = " + "(" * 5000 + "1" + ")" * 5000 + "; }", "-e")
    assert done.returncode == 1 and done.stderr.endswith("program is nested too deeply\n")


@root_only
def test_many_string_functions_in_a_clause(tmp_path: Path) -> None:
    """More rounds of loops than the verifier walks: they become functions."""
    calls = many('printf("%s%d ", basename(s), index(s, "x#"));', 60)
    done = dtrace(tmp_path, f'string s; BEGIN {{ s = "abc/defx7"; {calls} exit(0); }}')
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.split() == [f"defx7{7 if i == 7 else -1}" for i in range(60)]


FUNCTIONS = (
    "count()", "sum(#)", "avg(#)", "min(7 - #)", "max(# - 7)", "stddev(# * x)", "quantize(# * x - 9)", "lquantize(#, 0, 900, 10)",
    "llquantize(# * #, 10, 0, 6, 20)",
)  # fmt: skip


def updates(keys: str, count: int) -> list[str]:
    return [f"@a{i}{keys} = {FUNCTIONS[i % len(FUNCTIONS)]};".replace("#", str(i)) for i in range(count)]


@root_only
@pytest.mark.parametrize("name", ["self->v#", "g#"])
def test_many_variables_in_one_clause(tmp_path: Path, name: str) -> None:
    text = "BEGIN { n = 0; " + many(f"{name} = # + 1;", 1000) + "} BEGIN { " + many(f"n += {name};", 1000) + "} BEGIN { "
    text += many(f"{name} = 0;", 50) + f'printf("%d %d", n, {name.replace("#", "3")} + {name.replace("#", "60")}); exit(0); }}'
    done = dtrace(tmp_path, text)
    assert (done.stdout, done.stderr, done.returncode) == ("500500 61\n", "", 0)


@root_only
@pytest.mark.parametrize("keys", ["", '["k", x]', "[probename, probefunc, x]"])
def test_many_aggregations_in_one_clause(tmp_path: Path, keys: str) -> None:
    """What shares maps in the kernel prints as the other engine does; clear and trunc take only their own."""
    statements = " ".join(updates(keys, 300))
    text = f"int x; BEGIN {{ x = 3; }} BEGIN {{ {statements} }} BEGIN {{ x = 5; {statements} }} BEGIN {{ exit(0); }}"
    text += "END { clear(@a7); clear(@a3); trunc(@a4); trunc(@a9); printa(@a18); }"
    kernel = dtrace(tmp_path, text, "-x", "engine=kernel")
    process = dtrace(tmp_path, text, "-x", "engine=process", "-c", "true")
    assert (kernel.stderr, kernel.returncode) == ("", 0)
    assert kernel.stdout == process.stdout and len(kernel.stdout) > 5000


@root_only
def test_many_arrays_and_strings_in_one_clause(tmp_path: Path) -> None:
    text = "struct p { int a; int b; }; " + many("struct p c#; self struct p d#;", 60)
    text += "BEGIN { " + many('a#[pid] = #; self->b#[#, "x"] = a#[pid]; self->s# = "s#";', 60)
    text += many("c#.b = #; self->d# = c#; self->d#.a = 1;", 60)
    text += "} BEGIN { n = 0; m = 0; " + many('n += self->b#[#, "x"]; m += self->d#.b + self->d#.a; self->s1 = NULL;', 60)
    done = dtrace(tmp_path, text + 'printf("%d %d %s %s %d", n, m, self->s7, self->s59, self->s1 == NULL); exit(0); }')
    assert (done.stdout, done.stderr, done.returncode) == ("1770 1830 s7 s59 1\n", "", 0)


@root_only
def test_what_many_variables_of_threads_leave_is_forgotten(tmp_path: Path) -> None:
    """Room for 120 threads, of which 300 come and go."""
    script = tmp_path / "forks.py"
    script.write_text("import os\nfor i in range(300):\n  if os.fork() == 0:\n    os.getppid()\n    os._exit(0)\n  os.wait()\n")
    text = "syscall::getppid:entry /progenyof($target)/ { " + many("self->v# = # + 1;", 60) + " n++; } END { trace(n >= 300); }"
    done = dtrace(tmp_path, text, "-x", f"dynvarsize={120 * 60 * 80}", "-c", f"/usr/bin/env python3 -I -S {script}")
    assert (done.stdout, done.returncode) == ("1\n", 0)
    # The kernel frees a thread some time after its end, on a slow machine long after. If none were forgotten, 180 * 60 would be lost.
    lost = sum(int(line.split()[1]) for line in done.stderr.splitlines())
    assert lost < 60 * 60


@root_only
def test_shared_aggregations_lose_nothing_to_trunc(tmp_path: Path) -> None:
    """Every update is printed once, whatever trunc takes away in between."""
    rounds = 20_000
    script = tmp_path / "calls.py"
    script.write_text(f"import os\nf = os.getppid\nfor i in range({rounds}): f()\n")
    text = "syscall::getppid:entry /pid == $target/ { n++; " + many("@a#[cpu] = count(); @b#[n & 3] = max(n); @c# = sum(1);", 16) + "}"
    text += "tick-20ms, END { " + many('printa("a# %@d\\n", @a#); trunc(@a#); printa("c# %@d\\n", @c#); clear(@c#); trunc(@b#);', 16)
    done = dtrace(tmp_path, text + '} END { printf("n %d\\n", n); }', "-c", f"/usr/bin/env python3 -I -S {script}")
    assert (done.stderr, done.returncode) == ("", 0)
    sums: dict[str, int] = {}
    for name, count in (line.split() for line in done.stdout.splitlines() if line.strip()):
        sums[name] = sums.get(name, 0) + int(count)
    total = sums.pop("n")
    assert total >= rounds and len(sums) == 32
    assert set(sums.values()) == {total}
