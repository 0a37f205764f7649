"""`python -m pydtrace`: the dtrace command."""

from __future__ import annotations

from .cli import script

script()
