"""Files kept from run to run: whole, and ours alone."""

from __future__ import annotations

import os
from pathlib import Path

from pydtrace.linux.kept import load, store


def test_what_is_stored_is_loaded(tmp_path: Path) -> None:
    path = str(tmp_path / "kept")
    assert load(path) == b""
    store(path, [b"one", memoryview(b"two")])
    assert load(path) == b"onetwo" and os.listdir(tmp_path) == ["kept"]
    assert os.stat(path).st_mode & 0o777 == 0o600


def test_what_others_could_have_written_is_not(tmp_path: Path) -> None:
    path = str(tmp_path / "kept")
    store(path, [b"data"])
    os.symlink(path, tmp_path / "link")
    assert load(str(tmp_path / "link")) == b""
    os.chmod(path, 0o622)
    assert load(path) == b""


def test_no_place(tmp_path: Path) -> None:
    store(str(tmp_path / "missing" / "kept"), [b"data"])
    assert os.listdir(tmp_path) == []
