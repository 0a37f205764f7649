"""BTF of the running kernel and its modules.

Since 6.16 the kernel lets its BTF be mapped, so that only the pages that are touched are read; before, it is read whole (5 MB, 1 ms).
"""

from __future__ import annotations

import mmap
import os

from .cache import open_indexed
from .reader import Btf

DIRECTORY = "/sys/kernel/btf"

_opened: dict[str, Btf | None] = {}


def kernel_btf(module: str | None = None) -> Btf | None:
    """The kernel's types, or a module's on top of them; None where the kernel gives none. Opened once."""
    name = module or "vmlinux"
    if name not in _opened:
        _opened[name] = _open(name)
    return _opened[name]


def modules() -> list[str]:
    """The modules that have BTF."""
    try:
        return sorted(n for n in os.listdir(DIRECTORY) if n != "vmlinux")
    except OSError:
        return []


def _open(name: str) -> Btf | None:
    base = None
    if name != "vmlinux":
        base = kernel_btf()
        if base is None or "/" in name:
            return None
    try:
        with open(f"{DIRECTORY}/{name}", "rb", buffering=0) as f:
            data: bytes | mmap.mmap
            try:
                data = mmap.mmap(f.fileno(), os.fstat(f.fileno()).st_size, mmap.MAP_PRIVATE, mmap.PROT_READ)
            except (OSError, ValueError):
                data = f.readall()
    except OSError:
        return None
    return open_indexed(data, base)
