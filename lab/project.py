"""The copy of the project that guests run: files of the host that change meanwhile would be seen half old, half new."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("src", "lab", "tests", "docs", "tools", "bench")
FILES = ("dtrace", "pyproject.toml", "README.md", "Makefile")


def snapshot(folder: Path, root: Path = ROOT) -> Path:
    """A copy below `folder` of what the guests need of the project; its environment is linked."""
    tree = folder / "project"
    leave = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*_cache")
    for name in FOLDERS:
        shutil.copytree(root / name, tree / name, ignore=leave)
    for name in FILES:
        shutil.copy2(root / name, tree / name)
    (tree / ".venv").symlink_to((root / ".venv").resolve())
    subprocess.run([tree / ".venv/bin/python", "-m", "compileall", "-q", tree / "src"], check=True)  # emulated, it takes a minute
    folder.chmod(0o755)  # tests become other users
    return tree
