"""What is suggested for a probe description that matches nothing."""

from __future__ import annotations

import pytest

from pydtrace.d.tree import ProbeDesc
from pydtrace.dif.hints import nearest
from pydtrace.options import Options
from pydtrace.providers.dtrace import Dtrace
from pydtrace.providers.profile import Profile
from pydtrace.providers.syscall import Syscall


@pytest.mark.parametrize(
    ("description", "hint"),
    [
        ("sycall::write:entry", "did you mean 'syscall'?"),
        ("syscall::wriet:entry", "did you mean 'syscall::write:entry'?"),
        ("syscall::write:entyr", "did you mean 'syscall::write:entry'?"),
        ("::opena:return", "did you mean '::openat:return'?"),
        (":::BEGINN", "did you mean ':::BEGIN'?"),
        ("dtrace:::EROR", "did you mean 'dtrace:::ERROR'?"),
        ("syscall::nothinglikeit:entry", "dtrace -l lists the probes of this machine"),
    ],
)
def test_nearest(description: str, hint: str) -> None:
    options = Options()
    providers = [Dtrace(), Profile("kernel", options), Syscall("kernel", options)]
    assert nearest(ProbeDesc(1, *description.split(":"), description), providers).endswith(hint)
