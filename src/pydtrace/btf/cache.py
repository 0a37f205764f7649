"""The index of a BTF blob, kept on disk.

We run as root, so the file must be one that nobody else could have written, and reading it must not be able to run
anything: it is three arrays of numbers behind a header, in a directory that is ours and closed to others. Whatever is wrong (no home,
a foreign owner, a full disk, a file cut short) means "no cache", silently: the index is then made anew.

    header   magic, key, number of offsets, number of names (4 words of 64 bits)
    names    64-bit words      offsets   32-bit words

The key is a checksum of the blob's length, its header and pages taken from all over it. Two kernels whose BTF agrees in that would have
to have the same layout of types; a wrong index can still only give wrong types, for every access to the blob is bounds-checked.
"""

from __future__ import annotations

import mmap
import os
from binascii import crc32
from struct import pack, unpack_from

from ..linux.kept import store
from .reader import Btf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_MAGIC = 0x3158444946544250  # "PBTFIDX1"
_HEADER = 32


def key(data: bytes | mmap.mmap) -> int:
    """64 bits that tell this blob from others: two checksums over samples, and its length."""
    size = len(data)
    step = max(4096, size // 8 & ~4095)
    left = right = size
    for at in range(0, size, step):
        page = bytes(data[at : at + 4096])
        left = crc32(page, left)
        right = crc32(page[::-1], right)
    right = crc32(bytes(data[-4096:]), right)
    return left << 32 | right


def directory() -> str | None:
    """Our directory, made if need be; None where there is none that only we can write."""
    root = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    if not os.path.isabs(root):
        return None
    path = os.path.join(root, "pydtrace")
    try:
        for place in (root, path):
            # under sudo the home may be another user's: put nothing of root's there
            if not os.path.lexists(place) and os.stat(os.path.dirname(place)).st_uid == os.geteuid():
                os.mkdir(place, 0o700)
        for place in (root, path):  # whoever may write the parent may put another directory in our place
            found = os.lstat(place)
            if found.st_uid != os.geteuid() or found.st_mode & 0o170022 != 0o040000:
                return None
    except OSError:
        return None
    return path


def open_indexed(data: bytes | mmap.mmap, base: Btf | None = None) -> Btf:
    """A `Btf` with both indexes: from the cache, or made and put there."""
    btf = Btf(data, base)
    place = directory()
    if place is None:
        return btf  # searching names costs less than an index that is used once
    mark = key(data) ^ (key(base.data) if base else 0)
    path = os.path.join(place, f"btf-{mark:016x}")
    if not _load(btf, path, mark):
        _store(path, mark, btf.offsets, btf.build_names())
    return btf


def _load(btf: Btf, path: str, mark: int) -> bool:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        status = os.fstat(fd)
        if status.st_uid != os.geteuid() or status.st_mode & 0o170022 != 0o100000 or status.st_size < _HEADER:
            return False
        view = memoryview(mmap.mmap(fd, status.st_size, mmap.MAP_PRIVATE, mmap.PROT_READ))
    except (OSError, ValueError):
        return False
    finally:
        os.close(fd)
    magic, stored, offsets, names = unpack_from("4Q", view)
    middle = _HEADER + 8 * names
    if magic != _MAGIC or stored != mark or middle + 4 * offsets != len(view):
        return False
    btf.use_index(view[middle:].cast("I"), view[_HEADER:middle].cast("Q"))
    return True


def _store(path: str, mark: int, offsets: Sequence[int], names: Sequence[int]) -> None:
    store(path, [pack("4Q", _MAGIC, mark, len(offsets), len(names)), memoryview(names), memoryview(offsets)])  # type: ignore[arg-type]
