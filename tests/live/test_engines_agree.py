"""What a record holds is the same on both engines: one value for each field, those that are constant for the probe too."""

from __future__ import annotations

import os

import pytest

import pydtrace

TEXT = 'BEGIN { printf("%s %s %d %s", probename, probeprov, 7, "x"); trace(probefunc); exit(0); }'


@pytest.mark.parametrize("engine", ["kernel", "process"])
def test_values_of_a_record(engine: str) -> None:
    if engine == "kernel" and os.geteuid() != 0:
        pytest.skip("the kernel engine needs root")
    with pydtrace.Session() as session:
        session.option("engine", engine)
        if engine == "process":
            session.launch("true")
        session.compile(TEXT)
        session.go()
        (record,) = list(session.records())
    assert record.values == (b"BEGIN", b"dtrace", 7, b"x", b"", 0)
