"""lab/suite's inner half (lab/parts.py): every test is run once by one of the parts, and what they say is added up."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "lab"))

import parts  # noqa: E402

TESTS = """
import pytest
@pytest.mark.parametrize("n", range(5))
def test_number(n):
    open(f"{LOG}", "a").write(f"{n} ")
    if n == 3: pytest.skip("a reason")
    assert n != 2
"""


def test_parts_share_the_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "log"
    (tmp_path / "test_it.py").write_text(TESTS.replace("{LOG}", str(log)))
    (tmp_path / "conftest.py").write_bytes((ROOT / "tests/conftest.py").read_bytes())
    monkeypatch.setattr(parts, "ROOT", tmp_path)
    status, text = parts.run(60, ["test_it.py"])
    assert status == 1 and sorted(log.read_text().split()) == ["0", "1", "2", "3", "4"]
    assert parts.told(text) == {"passed": 3, "failed": 1, "skipped": 1, "deselected": 5}
    assert "assert 2 != 2" in text and "a reason" in text


def test_time_is_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "test_it.py").write_text("import time\ndef test_long():\n    time.sleep(30)\n")
    monkeypatch.setattr(parts, "ROOT", tmp_path)
    status, text = parts.run(3, ["test_it.py"], parts=1)
    assert status == 2 and "KeyboardInterrupt" in text
