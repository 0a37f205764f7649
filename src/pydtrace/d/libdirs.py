"""Libraries of -L, `-x libdir` and `-x syslibdir`: whole files, compiled before the program.

Every `*.d` of a directory is one. `#pragma D depends_on library NAME` puts it behind NAME, of the same directory; a library whose
provider or module is missing is left out, and so are those that depend on it. Clauses in a library are nobody's.
"""

from __future__ import annotations

import os

from ..errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class _File:
    __slots__ = ("path", "text", "libraries", "needs")

    def __init__(self, path: str) -> None:
        self.path = path
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            self.text = file.read()
        self.libraries: list[str] = []
        self.needs: list[tuple[str, str]] = []
        for line in self.text.splitlines():
            words = line.lstrip().lstrip("#").split()
            if line.lstrip().startswith("#") and words[:3] == ["pragma", "D", "depends_on"] and len(words) > 4:
                if words[3] == "library":
                    self.libraries.append(words[4])
                else:
                    self.needs.append((words[3], words[4]))


def libraries(directories: list[str], has: Callable[[str, str], bool]) -> list[tuple[str, str]]:
    """(path, text) of the libraries that can be had, in the order in which they are to be compiled. A directory that is not there is
    empty."""
    found: list[tuple[str, str]] = []
    for directory in directories:
        try:
            names = sorted(name for name in os.listdir(directory) if name.endswith(".d"))
            files = {name: _File(os.path.join(directory, name)) for name in names}
        except OSError:
            continue
        missing: set[str] = set()
        for name in _ordered(files):
            file = files[name]
            if any(kind in ("provider", "module") and not has(kind, what) for kind, what in file.needs) or missing & set(file.libraries):
                missing.add(name)
            else:
                found.append((file.path, file.text))
    return found


def _ordered(files: dict[str, _File]) -> list[str]:
    done: dict[str, bool] = {}  # False while we are in it
    order: list[str] = []

    def visit(name: str) -> None:
        done[name] = False
        for other in files[name].libraries:
            if other not in files:
                raise UserError(f"invalid library dependency in {files[name].path}: {other}", tag="D_PRAGMA_DEPEND")
            if other not in done:
                visit(other)
            elif not done[other]:
                raise UserError(f"cyclical dependency: {files[name].path} => {files[other].path}", tag="D_PRAGMA_DEPEND")
        done[name] = True
        order.append(name)

    for name in files:
        if name not in done:
            visit(name)
    return order
