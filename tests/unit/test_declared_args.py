"""args[] of a provider that declares what they are made of: other raw arguments, other types, translators."""

from __future__ import annotations

import pytest

from pydtrace.backend.python.compile import compile_clause
from pydtrace.backend.python.machine import Machine
from pydtrace.d.tree import ProbeDesc
from pydtrace.dif.attach import Own
from pydtrace.dif.compile import Source, compile_program
from pydtrace.errors import UserError
from pydtrace.options import Options
from pydtrace.providers.base import Probe

PROGRAM = """
struct out { int n; int twice; string text; };
translator struct out < short T > { n = T; twice = T + T; text = lltostr(T); };
"""


class NoTypes:
    def tagged(self, kind: str, tag: str, module: str = "") -> None:
        return None

    def typedef(self, name: str, module: str = "") -> None:
        return None

    def symbol(self, module: str, name: str) -> None:
        return None

    def function(self, name: str) -> None:
        return None


class Provider:
    name = "test"

    def __init__(self) -> None:
        declared = ((2, "short", "struct out *"), (0, "long", ""), (1, "int", "unsigned char"), (0, "long", "struct none"))
        self.probe = Probe(1, "test", "", "", "one", Own("begin"), "", None, declared)

    def match(self, desc: ProbeDesc) -> list[Probe]:
        return [self.probe]


def run(clause: str, args: tuple[int, ...]) -> list[object]:
    provider = Provider()
    program = compile_program([Source(PROGRAM + clause, "script")], [provider], Options(), {}, [], NoTypes(), "process")
    machine = Machine()
    machine.fire(provider.probe, [compile_clause(c, machine) for c in program.clauses], args + (0,) * 10)
    return [tuple(record[3]) for record in machine.take()]


def test_translated() -> None:
    clause = "test:::one { trace(args[0]->n); trace(args[0]->twice); trace(args[0]->text); }"
    assert run(clause, (1, 2, 65536 + 7)) == [(7, 14, b"7")]


def test_other_number_and_type() -> None:
    assert run("test:::one { trace(args[1]); trace(args[2]); trace(arg1); }", (5, 300, 0)) == [(5, 44, 300)]


@pytest.mark.parametrize(
    ("clause", "tag", "text"),
    [
        ("test:::one { trace(args[3].x); }", "D_ARGS_XLATOR", "translator for args[3] from long to struct none is not defined"),
        ("test:::one { trace(args[4]); }", "D_ARGS_IDX", None),
        ("test:::one { trace(args[0]); }", "D_CG_DYN", "expression cannot evaluate to result of dynamic type"),
        ("test:::one { trace(args[0]->none); }", "D_TYPE_MEMBER", "none is not a member of struct out"),
    ],
)
def test_errors(clause: str, tag: str, text: str | None) -> None:
    with pytest.raises(UserError) as caught:
        run(clause, (1, 2, 3))
    assert caught.value.tag == tag
    assert text is None or caught.value.text == text
