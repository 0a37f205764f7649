"""Every tag of an error has a script that raises it: tests/programs/errors/TAG.d or TAG_what.d, and its answer begins with the tag."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "tests" / "programs" / "errors"
# Raised where no script can reach: by a provider that declares translated arguments, with its library left out (tests of the providers).
ELSEWHERE = {"D_ARGS_XLATOR"}
BEGINNINGS = {"D_LQUANT_MATCH", "D_LLQUANT_MATCH"}  # the name of the parameter follows


def raised() -> set[str]:
    """All tags that the sources name whole."""
    return {tag for path in (ROOT / "src" / "pydtrace").rglob("*.py") for tag in re.findall(r'"(D_[A-Z_]*[A-Z])"', path.read_text())}


def test_every_tag_has_a_script() -> None:
    names = {path.stem for path in SCRIPTS.glob("D_*.d")}
    without = {tag for tag in raised() - ELSEWHERE - BEGINNINGS if not any(n == tag or re.match(tag + r"_[a-z]", n) for n in names)}
    assert not without


def test_scripts_raise_what_their_names_say() -> None:
    wrong = []
    for path in SCRIPTS.glob("D_*.d"):
        tag = re.match(r"D_[A-Z_]*[A-Z]", path.stem)
        told = path.with_suffix(".err").read_text()
        if tag is None or ("errtags" in path.read_text() and f"[{tag[0]}] " not in told):
            wrong.append(path.name)
    assert not wrong
