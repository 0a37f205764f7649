"""Processes that come and go while we trace: what lay where in each, so that the addresses of one that has ended still have names.

A record may be read long after its process has gone, and /proc with it. So while user stacks or symbols are wanted the kernel's word
of forks, execs and mappings of code is kept (linux/perfring.py). Nothing is parsed but a record's first words until somebody asks for the
process, which mostly nobody does.

A *life* is a process number's: its parent at the time of the fork, and what has happened since, which begins anew with an exec (the
images before it are kept: a record may be from then). Of a process that was there before us /proc tells the mappings, when it first does
something; and where no target is named (so that any process may be meant) all of /proc is read once, as text, when there is time.

A file that is seen for the first time is opened at once: it may be removed, or its mount name space may be gone, before it is asked for.

How long: until as many others have ended since. The order of the CPUs' records is by time, for what one reading finds.
"""

from __future__ import annotations

import os
from struct import Struct

from ..elf.file import open_elf
from ..elf.maps import Mapping, parse_maps
from ..errors import TargetError
from ..linux.perfring import COMM, EXIT, FORK, MISC_EXEC, MMAP2, PerfRing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..elf.file import ElfFile

_REMEMBERED = 16384  # processes that have ended
_IMAGES = 4  # of one process, before the newest
_TASK = Struct("<4I").unpack_from
_PID = Struct("<I").unpack_from
_MAPPED = Struct("<3Q8xQ").unpack_from  # address, length, offset in the file, inode
_INODE = Struct("<Q").unpack_from
_PROT = Struct("<I").unpack_from
_NAME_AT = 64
_FILES = 4096
_ANCESTORS = 4


class Life:
    """What a process number has stood for. `images` are the programs it has run, the newest last: each the bodies of its MMAP2
    records. `execs` counts them; `whole` when the first began with an exec."""

    __slots__ = ("born", "execs", "images", "parent", "ppid", "text", "whole")

    def __init__(self, ppid: int, parent: Life | None) -> None:
        self.ppid = ppid
        self.parent = parent
        self.execs = 0
        self.born: int = 0 if parent is None else parent.execs  # which of the parent's programs it began as
        self.images: list[list[bytes]] = [[]]
        self.whole = False
        self.text = ""  # /proc/PID/maps, where we had a look at it

    def history(self) -> list[list[Mapping]]:
        """The mappings of each image, the oldest first; the first one's begin with what it had from its parent."""
        found = [[_mapping(body) for body in image] for image in self.images]
        if not self.whole:
            found[0] = (parse_maps(self.text) if self.text else self._inherited()) + found[0]
        return found

    def roots(self) -> list[str]:
        """Where it may have seen its root directory, when it is gone: that of its parent, and so on."""
        life: Life | None = self
        found: list[str] = []
        while life is not None and life.ppid and len(found) < _ANCESTORS:
            found.append(f"/proc/{life.ppid}/root")
            life = life.parent
        return found

    def _inherited(self) -> list[Mapping]:
        if self.parent is None:
            return []
        history = self.parent.history()
        return history[max(len(history) - 1 - (self.parent.execs - self.born), 0)]


class Lives:
    """The lives of this system's processes from now on."""

    __slots__ = ("_ended", "_files", "_lives", "_rings")

    def __init__(self, cpus: Iterable[int]) -> None:
        self._rings: list[PerfRing] = []
        self._lives: dict[int, Life] = {}
        self._ended: dict[int, None] = {}
        self._files: dict[tuple[int, str], ElfFile | None] = {}
        try:
            for cpu in cpus:
                self._rings.append(PerfRing(cpu))
        except OSError:
            self.close()  # a kernel that refuses: /proc must do

    def read(self) -> None:
        """Take in what has happened."""
        found: list[tuple[int, int, int, bytes]] = []
        for ring in self._rings:
            ring.read(found)
        if len(self._rings) > 1:
            found.sort()
        lives = self._lives
        for _, kind, misc, body in found:
            if kind == MMAP2:
                (pid,) = _PID(body)
                life = lives.get(pid) or self.note(pid)
                life.images[-1].append(body)
                self._file(pid, life, body)
            elif kind == FORK:
                pid, ppid, tid, _ = _TASK(body)
                if pid == tid:
                    lives[pid] = Life(ppid, lives.get(ppid) or self.note(ppid))
                    self._ended.pop(pid, None)
            elif kind == COMM:
                if misc & MISC_EXEC:
                    self._exec(_PID(body)[0])
            elif kind == EXIT:
                pid, _, tid, _ = _TASK(body)
                if pid == tid and pid in lives:
                    self._end(pid)

    def _exec(self, pid: int) -> None:
        life = self._lives.get(pid)
        if life is None:  # what /proc would show is the new program
            life = self._lives[pid] = Life(0, None)
        elif len(life.images) > _IMAGES:
            del life.images[0]
            life.whole, life.text = True, ""
        life.images.append([])
        life.execs += 1

    def _end(self, pid: int) -> None:
        self._ended[pid] = None
        if len(self._ended) > _REMEMBERED:
            oldest = next(iter(self._ended))
            del self._ended[oldest], self._lives[oldest]

    def _file(self, pid: int, life: Life, body: bytes) -> None:
        key = _INODE(body, 40)[0], os.fsdecode(body[_NAME_AT:].rstrip(b"\0"))
        files = self._files
        if key not in files:
            inode, path = key
            found = None
            for root in (f"/proc/{pid}/root", *life.roots(), "") if path[:1] == "/" and path[1:2] != "/" else ():
                try:
                    found = open_elf(root + path, path, inode)
                    break
                except TargetError:
                    continue
            if len(files) >= _FILES:
                del files[next(iter(files))]
            files[key] = found

    def file(self, path: str, inode: int) -> ElfFile | None:
        """A file that was mapped while we looked."""
        return self._files.get((inode, path))

    def at(self, pid: int) -> Life | None:
        """What is known of a process."""
        return self._lives.get(pid)

    def others(self) -> list[int]:
        """The processes there are."""
        return [int(name) for name in os.listdir("/proc") if name.isdecimal()]

    def note(self, pid: int) -> Life:
        """Begin the life of a process that was there before us, unless it is known."""
        life = self._lives.get(pid)
        if life is not None:
            return life
        life = self._lives[pid] = Life(0, None)
        try:
            with open(f"/proc/{pid}/maps", encoding="utf-8", errors="surrogateescape") as file:
                life.text = file.read()
        except OSError:
            pass
        return life

    def close(self) -> None:
        while self._rings:
            self._rings.pop().close()


def _mapping(body: bytes) -> Mapping:
    start, length, offset, inode = _MAPPED(body, 8)
    (prot,) = _PROT(body, _NAME_AT - 8)
    path = os.fsdecode(body[_NAME_AT:].rstrip(b"\0"))
    perms = ("r" if prot & 1 else "-") + ("w" if prot & 2 else "-") + ("x" if prot & 4 else "-") + "p"
    return Mapping(start, start + length, perms, offset, inode, "" if path.startswith("//anon") else path)
