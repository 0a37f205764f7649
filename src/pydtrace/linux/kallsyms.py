"""The kernel's symbols, from /proc/kallsyms.

Reading costs tens of milliseconds and parsing all of it ten times that, so: read at the first question, keep the raw lines,
sort them as bytes (fixed-width hexadecimal sorts as numbers do), bisect, and take apart only the line that was asked for.
A name is found by searching the text.

Where several names share an address the global one (upper-case type) wins, then the one that is not for 32-bit callers (a system call
without arguments has one body for both), then the one with fewer leading underscores.
Where the kernel hides addresses (kptr_restrict) all are zero: `hidden` is true, names can be listed but not placed.
"""

from __future__ import annotations

from bisect import bisect_left

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

PATH = "/proc/kallsyms"
_COMPAT = b"__ia32_"
_FIRST = 1 << 63  # kernel addresses are in the upper half on the machines we run on; lower ones are per-CPU offsets


class Kallsyms:
    """Lazy index over the symbol table. Module of the core kernel is "vmlinux"."""

    __slots__ = ("_cache", "_lines", "_path", "_text")

    def __init__(self, path: str = PATH, text: bytes | None = None) -> None:
        """From a file, or from `text`: the lines of another kernel."""
        self._path = path
        self._text = b"\n" + text if text is not None else None
        self._lines: list[bytes] | None = None
        self._cache: dict[int, tuple[str, str, int] | None] = {}

    def _read(self) -> bytes:
        if self._text is None:
            with open(self._path, "rb") as f:
                self._text = b"\n" + f.read()
        return self._text

    def _sorted(self) -> list[bytes]:
        if self._lines is None:
            lines = self._read().split(b"\n")
            lines.sort()
            del lines[: bisect_left(lines, b"%016x" % _FIRST)]
            self._lines = lines
        return self._lines

    @property
    def hidden(self) -> bool:
        """Whether addresses are withheld from us."""
        return not self._sorted()

    def lookup(self, address: int) -> tuple[str, str, int] | None:
        """(module, symbol, offset) of the symbol at or before the address; None for what is no kernel address."""
        if address in self._cache:
            return self._cache[address]
        found = self._lookup(address)
        if len(self._cache) < 65536:
            self._cache[address] = found
        return found

    def _lookup(self, address: int) -> tuple[str, str, int] | None:
        lines = self._sorted()
        if address < _FIRST or address >= 1 << 64 or not lines:
            return None
        end = bisect_left(lines, b"%016x~" % address)  # behind all lines of this address: "~" sorts after the space
        if not end:
            return None
        head = lines[end - 1][:16]
        choice = min(lines[bisect_left(lines, head, 0, end) : end], key=_rank)
        base, _, symbol, module = _parts(choice)
        return module, symbol, address - base

    def address(self, name: str, module: str | None = None) -> int | None:
        """Address of the named symbol (in that module), a per-CPU one's offset; None when there is none or it is hidden."""
        text = self._read()
        wanted = b" " + name.encode()
        at = text.find(wanted)
        while at >= 0:
            after = text[at + len(wanted) : at + len(wanted) + 1]
            if after in (b"\n", b"\t", b""):
                start = text.rfind(b"\n", 0, at) + 1
                stop = text.find(b"\n", at)
                base, _, _, owner = _parts(text[start : stop if stop >= 0 else len(text)])
                if base and (module is None or owner == module):
                    return base
            at = text.find(wanted, at + 1)
        return None

    def span(self, name: str) -> tuple[int, int]:
        """First address of the symbol of that name and that of what follows it; (0, 0) where it is unknown."""
        start = self.address(name, "vmlinux")
        if not start:
            return 0, 0
        lines = self._sorted()
        end = bisect_left(lines, b"%016x~" % start)
        return start, _parts(lines[end])[0] if end < len(lines) else start

    def module_start(self, module: str, address: int) -> int:
        """The lowest address of the module that holds `address`; of the core kernel, that of its text."""
        if module == "vmlinux":
            return self.address("_stext") or self.address("_text") or address
        starts = [_parts(line)[0] for line in self._sorted() if line.endswith(b"[%b]" % module.encode())]
        return min(starts, default=address)

    def functions(self) -> Iterator[tuple[str, str, int]]:
        """(module, symbol, address) of every symbol in a text section, by address."""
        for line in self._sorted():
            if line[17:18] in b"tTwW":
                base, _, symbol, module = _parts(line)
                yield module, symbol, base


def _parts(line: bytes) -> tuple[int, str, str, str]:
    head, _, owner = line.partition(b"\t")
    number, kind, name = head.split(b" ", 2)
    return int(number, 16), kind.decode(), name.decode(), owner.strip(b" []").decode() or "vmlinux"


def _rank(line: bytes) -> tuple[bool, bool, bool, int]:
    name = line[19:]
    return not line[17:18].isupper(), line[17:18] not in b"tT", name.startswith(_COMPAT), len(name) - len(name.lstrip(b"_"))
