"""The processes whose addresses the kernel engine shows: a Symbolizer for each, fed with what `Lives` knows of those that are gone."""

from __future__ import annotations

from ..elf.symbols import Symbolizer
from ..linux.proc import online_cpus
from .lives import Life, Lives

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..elf.file import ElfFile
    from ..elf.maps import Mapping

_AT_ONCE = 32  # processes that were there before us whose mappings are noted in one go
_KEPT = 8192  # Symbolizers; one that is wanted again is made again


class Past:
    """What is new of a process's life, for its Symbolizer."""

    __slots__ = ("_image", "_life", "_lives", "_pid", "_size")

    def __init__(self, lives: Lives, pid: int) -> None:
        self._lives = lives
        self._pid = pid
        self._life: Life | None = None
        self._image = self._size = 0

    def news(self) -> bool:
        """Whether `images` would give something."""
        life = self._lives.at(self._pid)
        return life is not None and (life is not self._life or len(life.images[-1]) != self._size or life.execs != self._image)

    def images(self) -> tuple[bool, list[list[Mapping]]]:
        """The mappings of each image since the last asking, the oldest first, and whether the first of them is the last one told of."""
        self._lives.read()
        if not self.news():
            return False, []
        life = self._lives.at(self._pid)
        assert life is not None
        history = life.history()
        same = life is self._life
        if same:
            history = history[-1 - min(life.execs - self._image, len(history) - 1) :]
        self._life, self._image, self._size = life, life.execs, len(life.images[-1])
        return same, history

    def roots(self) -> list[str]:
        life = self._lives.at(self._pid)
        return [] if life is None else life.roots()

    def file(self, one: Mapping) -> ElfFile | None:
        """A mapped file that can no longer be opened."""
        return self._lives.file(one.path, one.inode)



class Users:
    """Symbolizers by process. Without `targets` every process that is there already may be meant."""

    def __init__(self, targets: list[int]) -> None:
        self._lives = Lives(online_cpus())
        self._known: dict[int, tuple[Symbolizer, Past]] = {}
        self._targets = frozenset(targets)
        self._around: list[int] | None = None if targets else self._lives.others()
        for pid in targets:  # while they live: they stand at their start, their libraries mapped
            self._lives.note(pid)
            self.at(pid)

    def at(self, pid: int) -> Symbolizer:
        found = self._known.get(pid)
        if found is None:
            past = Past(self._lives, pid)
            found = self._known[pid] = Symbolizer(pid, past=past), past
            if len(self._known) > _KEPT:
                del self._known[next(old for old in self._known if old not in self._targets)]
        elif found[1].news():
            found[0].refresh()
        return found[0]

    def look(self) -> None:
        """Take in what has happened to processes."""
        self._lives.read()
        if self._around:
            for pid in self._around[-_AT_ONCE:]:
                self._lives.note(pid)
            del self._around[-_AT_ONCE:]

    def close(self) -> None:
        self._lives.close()
