"""What all tests share: where the sources are. Tests that need the kernel or root skip by themselves, with the reason."""

from __future__ import annotations

import os
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
if os.path.join(ROOT, "src") not in sys.path:
    sys.path.insert(0, os.path.join(ROOT, "src"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """PYDTRACE_PART=i/n: every n-th test only, from the i-th. So n processes share the tests (lab/parts.py)."""
    part = os.environ.get("PYDTRACE_PART")
    if part:
        first, every = map(int, part.split("/"))
        mine = items[first::every]
        config.hook.pytest_deselected(items=[item for n, item in enumerate(items) if n % every != first])
        items[:] = mine
