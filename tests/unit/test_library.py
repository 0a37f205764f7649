"""The D libraries: the index is up to date, everything in them compiles, constants are the C compiler's."""

from __future__ import annotations

import os
import re
import shutil
import sys

import pytest

from pydtrace.d.declare import Scope
from pydtrace.d.kerneltypes import KernelTypes
from pydtrace.d.library import HERE, Library

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "tools"))
import gen_library  # noqa: E402


def _index() -> str:
    with open(os.path.join(HERE, "index"), encoding="ascii") as file:
        return file.read()


def test_index() -> None:
    assert gen_library.index() == _index(), "run tools/gen_library.py index"


def _scope(engine: str) -> Scope:
    from pydtrace.btf.kernel import kernel_btf

    return Scope(256, KernelTypes(kernel_btf, lambda module, name: 0), Library(engine))


@pytest.mark.parametrize("engine", ["kernel", "process"])
def test_every_definition_compiles(engine: str) -> None:
    scope = _scope(engine)
    names = {line.split(" ")[0] for line in _index().splitlines() if line.split(" ")[1].rpartition("/")[0] in ("", engine)}
    assert len(names) > 500
    for name in sorted(names):
        assert scope.library is not None
        scope.library.load(scope, name)
        if not name.startswith("xlate:"):
            assert name in scope.inlines or name in scope.typedefs, name


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler to compare with")
def test_constants_are_the_compilers() -> None:
    from pydtrace.d.check import Checker
    from pydtrace.d.values import constant_value

    scope = _scope("kernel")
    for file, (headers, _, _) in gen_library.CONSTANTS.items():
        with open(os.path.join(HERE, file), encoding="ascii") as text:
            names = re.findall(r"^inline \w+ (\w+)", text.read(), re.M)
        for name, value in gen_library.values(headers, names).items():
            inline = scope.inline(name)
            assert inline is not None
            Checker(scope, None, "", False).expr(inline.value)
            assert constant_value(inline.value) == value, name
