"""Kernel variables by backtick: where their types come from, and what is read for a per-CPU one."""

from __future__ import annotations

import pytest

from pydtrace.d.symbols import KernelSymbol
from pydtrace.d.types import INT, Type
from pydtrace.dif.compile import Source, compile_program
from pydtrace.dif.printer import listing
from pydtrace.errors import UserError
from pydtrace.options import Options
from pydtrace.providers.dtrace import Dtrace


class Kernel:
    """Three variables: one BTF describes, for each CPU; one everybody knows; one that nobody describes."""

    def tagged(self, kind: str, tag: str, module: str = "") -> None:
        return None

    def typedef(self, name: str, module: str = "") -> None:
        return None

    def function(self, name: str) -> None:
        return None

    def enumerator(self, name: str) -> tuple[int, Type] | None:
        return (7, INT) if name == "SEVEN" else None

    def symbol(self, module: str, name: str) -> KernelSymbol | None:
        known = {"counter": KernelSymbol(0x100, INT, 0x5000), "max_pfn": KernelSymbol(0x2000, None), "dark": KernelSymbol(0x3000, None)}
        return known.get(name)


def compiled(text: str) -> str:
    program = compile_program([Source(text, "script")], [Dtrace()], Options(), {}, [], Kernel())
    return listing(program.clauses[-1].function)


def test_a_per_cpu_variable_is_read_where_this_cpu_has_it() -> None:
    words = [line.split()[1] for line in compiled("BEGIN { trace(`counter); }").splitlines()[1:]]
    assert words[:7] == ["begin", "builtin", "mul", "add", "load", "add", "load"]


def test_types_are_known_declared_or_missing() -> None:
    assert "8 False" in compiled("BEGIN { trace(`max_pfn); }")
    assert "2 True" in compiled("extern short dark; BEGIN { trace(`dark); }")
    assert "12288" in compiled("BEGIN { trace(&`dark); }")
    with pytest.raises(UserError) as error:
        compiled("BEGIN { trace(`dark); }")
    assert error.value.tag == "D_SYM_NOTYPES" and "extern" in (error.value.hint or "")
    with pytest.raises(UserError) as error:
        compiled("BEGIN { `max_pfn = 1; }")
    assert error.value.tag == "D_OP_WRITE"


def test_a_tag_of_a_kernel_enum_is_a_constant() -> None:
    assert "put        7" in compiled("BEGIN { trace(SEVEN); }")
