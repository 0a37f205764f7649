"""What is installed is all that is there: each file of the package that is no source is named in pyproject.toml."""

from __future__ import annotations

import glob
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PACKAGE = os.path.join(ROOT, "src", "pydtrace")


def test_data_files_are_named() -> None:
    with open(os.path.join(ROOT, "pyproject.toml"), encoding="utf-8") as file:
        line = re.search(r"^\[tool\.setuptools\.package-data\]\npydtrace = \[(.*)\]$", file.read(), re.M)
    assert line is not None
    patterns = re.findall(r'"([^"]+)"', line.group(1))
    named = {path for pattern in patterns for path in glob.glob(os.path.join(PACKAGE, pattern))}
    there = {
        os.path.join(at, name)
        for at, _, names in os.walk(PACKAGE)
        for name in names
        if not name.endswith((".py", ".pyc", ".s")) and "__pycache__" not in at
    }
    assert there and named == there
