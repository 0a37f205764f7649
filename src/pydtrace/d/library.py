"""D's own libraries: d/library/*.d.

They are some thousand definitions, and a program uses three of them. So nothing is parsed until a name is asked for: `library/index` says
where each name's definition lies, as lines `NAME FILE OFFSET LENGTH`, and only that piece of the file is compiled. What it names itself is
found the same way. A translator's name is `xlate:` and its output type. Files of a sub-folder belong to the engine it is called
after: what the kernel engine reads from kernel structures, the process engine has from /proc. tools/gen_library.py index makes the index; a
test checks that it is up to date.

In our files a definition begins at the left margin and ends before the next line that does.

Libraries of the user's are d/libdirs.py.
"""

from __future__ import annotations

import os

from ..errors import UserError
from . import tree as t
from .parser import Macros, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .declare import Scope

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "library")


class Library:
    """Our libraries, for one engine. One per program: `loaded` are the names that its scope has from here."""

    __slots__ = ("engine", "loaded", "_index", "_outputs")

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self.loaded: set[str] = set()
        self._index: str | None = None
        self._outputs: dict[str, str] = {}  # `struct psinfo` -> `psinfo_t`

    def has(self, name: str) -> bool:
        return name in _COMPUTED or bool(self._find(name))

    def load(self, scope: Scope, name: str) -> bool:
        """Define `name` in the scope, if we have it and have not done so before."""
        if name in self.loaded:
            return False
        self.loaded.add(name)
        if name in _COMPUTED:
            define(scope, _COMPUTED[name](name), f"<{name}>")
            return True
        found = self._find(name)
        for file, offset, length in found:
            with open(os.path.join(HERE, file), "rb") as f:
                f.seek(offset)
                text = f.read(length).decode()
            define(scope, text, file)
        known = scope.typedefs.get(name)
        if found and known is not None:
            from .types import resolve

            self._outputs[resolve(known).name] = name
        return bool(found)

    def load_translators(self, scope: Scope, output: str) -> None:
        """Define the translators to the struct called `output`."""
        name = self._outputs.get(output)
        if name is not None:
            self.load(scope, f"xlate:{name}")

    def names(self) -> list[str]:
        """What a program may name: inlines and constants."""
        self._find("")
        words = (self._index or "").split()[0::4]
        return [word for word in dict.fromkeys(words) if ":" not in word and not word.startswith("__")]

    def _find(self, name: str) -> list[tuple[str, int, int]]:
        if self._index is None:
            with open(os.path.join(HERE, "index"), encoding="ascii") as f:
                self._index = "\n" + f.read()
        text, at = self._index, 0
        found: list[tuple[str, int, int]] = []
        while True:
            at = text.find(f"\n{name} ", at) + 1
            if not at:
                return found
            file, offset, length = text[at + len(name) + 1 : text.index("\n", at)].split(" ")
            folder = file.rpartition("/")[0]
            if not folder or folder == self.engine:
                found.append((file, int(offset), int(length)))


def _by_cpu(name: str) -> str:
    """An inline that gives what linux/topology.py knows of a CPU: conditions, one for each run of CPUs that are alike."""
    from ..linux import topology

    values = topology.packages() if name == "__chip" else topology.nodes()
    text = str(values[-1])
    for cpu in range(len(values) - 1, 0, -1):
        if values[cpu] != values[cpu - 1]:
            text = f"c < {cpu} ? {values[cpu - 1]} : {text}"
    return f"inline int {name}[int c] = {text};"


def _constant(name: str) -> str:
    """Of the machine: when it was started (ns since 1970), its CPUs, its pages of memory."""
    if name == "__boot":
        import time

        value = time.clock_gettime_ns(time.CLOCK_REALTIME) - time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    else:
        value = os.sysconf("SC_NPROCESSORS_ONLN" if name == "__online" else "SC_PHYS_PAGES")
    return f"inline int64_t {name} = {value};"


_COMPUTED = {"__boot": _constant, "__chip": _by_cpu, "__lgrp": _by_cpu, "__memory": _constant, "__online": _constant}


def define(scope: Scope, text: str, file: str) -> None:
    """Compile definitions of ours into the scope."""
    from .check import Checker

    program = parse(text, macros=Macros({}, []), known_type=scope.is_type)
    checker = Checker(scope, None, "", False)
    try:
        for item in program.items:
            if isinstance(item, t.Inline):
                checker.define_inline(item, library=True)
            elif isinstance(item, t.Translator):
                checker.define_translator(item, library=True)
            elif isinstance(item, t.VarDecl):
                checker.declare(item)
            elif isinstance(item, (t.StructDecl, t.EnumDecl)):
                checker.define(item)
    except UserError as error:
        raise UserError(f'"{file}": {error.text}', tag=error.tag, hint=error.hint) from None
