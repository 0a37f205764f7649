"""What ERROR records is printed before the message of the fault, and both before what comes after."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = """int zero;
BEGIN { printf("one\\n"); } BEGIN { trace(1 / zero); } BEGIN { trace(1 / zero); } BEGIN { printf("two\\n"); exit(0); }
ERROR { printf("error in %d\\n", arg2); }"""
EXPECTED = """one
error in 1
dtrace: error in dt_clause_1 for probe ID 1 (dtrace:::BEGIN): divide-by-zero at DIF offset N
error in 2
dtrace: error in dt_clause_2 for probe ID 1 (dtrace:::BEGIN): divide-by-zero at DIF offset N
two

"""


@pytest.mark.parametrize("engine", ["kernel", "process"])
def test_order(engine: str) -> None:
    if engine == "kernel" and os.geteuid() != 0:
        pytest.skip("the kernel engine needs root")
    command = [os.path.join(ROOT, "dtrace"), "-q", "-x", f"engine={engine}", "-n", PROGRAM, "-c", "true"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    assert re.sub(r"offset \d+", "offset N", done.stdout) == EXPECTED
