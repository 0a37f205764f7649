"""What the checks of a cell share: a run of the command, and how to say that something is not as it should be."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Wrong(Exception):
    """A check has failed; the text says how."""


def expect(what: str, seen: object, wanted: object) -> None:
    """They are equal."""
    if seen != wanted:
        raise Wrong(f"{what}: {seen!r}, not {wanted!r}")


def dtrace(*argv: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
    """A run of the command, ended if it takes too long."""
    return subprocess.run([str(ROOT / "dtrace"), *argv], capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)


def good(done: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    """It ended well and had nothing to say but what matched."""
    said = [line for line in done.stderr.splitlines() if " matched " not in line]
    if done.returncode or said:
        raise Wrong(f"status {done.returncode}, {' / '.join(said) or 'silent'}")
    return done
