"""The journal of changed bytes, as the next dtrace reads it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pydtrace.breakpoint import journal


def test_journals_that_vanish_do_not_hide_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tracers end while we look: theirs are gone between the listing and the opening."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    folder = Path(journal.directory())
    wanted = []
    for n in range(20):
        path = folder / f"{9000000 + n}-77.breakpoints"
        if n % 2:
            path.symlink_to(folder / "gone")
        else:
            path.write_text(f"+ 123 55 {n:x} 55\n")
            wanted.append(str(path))
    (folder / f"{os.getpid()}-{journal.start_time(os.getpid())}.breakpoints").write_text("+ 123 55 99 55\n")  # of a tracer that lives
    seen: list[str] = []
    monkeypatch.setattr(journal, "repair", seen.append)
    journal.repair_left(123)
    assert sorted(seen) == sorted(wanted)
    seen.clear()
    journal.repair_left(12)
    assert seen == []


def test_what_a_journal_leaves_to_do(tmp_path: Path) -> None:
    """Bytes put back, spaces gone, and processes that are not the same any more are left alone."""
    path = tmp_path / "one.breakpoints"
    me, started = os.getpid(), journal.start_time(os.getpid())
    path.write_text(f"+ {me} {started} 10 55\n- {me} 10\n+ {me} 1 20 55\n+ 4000000 5 30 55\nx 4000000\nnonsense\n")
    assert journal.repair(str(path)) == 0
    assert not path.exists()
    assert journal.repair(str(path)) == 0
