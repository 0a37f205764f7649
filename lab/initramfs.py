"""The initramfs of a guest: busybox, the first two stages, and the drivers needed to reach the host's files.

Written here, byte by byte, in cpio's "newc" form: no cpio, no depmod. Which modules go in, and in which order they are
loaded, is read from the modules themselves (`depends=` in their .modinfo), so a kernel that splits or merges a driver
(fscache went into netfs in 6.8) needs no new list. Not compressed: it is 4 MB at most, and an emulated machine copies
faster than it decompresses; modules of newer kernels come as .ko.xz and are unpacked here, for busybox's insmod.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

from packages import LabError, Parts, cache_dir, cache_lock

# What a guest needs: the virtio bus, ports for the command's output, 9p for the host's files, an overlay to write on.
WANTED = ("virtio_pci", "virtio_console", "9p", "9pnet_virtio", "overlay")
GUEST = Path(__file__).resolve().parent / "guest"


def _plain(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix != ".xz":
        return data
    try:
        import lzma
    except ImportError:  # a Python built without it
        return subprocess.run(["xz", "-dc"], input=data, capture_output=True, check=True).stdout
    return lzma.decompress(data)


def load_order(modules: Path, wanted: tuple[str, ...] = WANTED) -> list[tuple[str, bytes]]:
    """Names and contents of the wanted modules and all they depend on, each after what it needs; built-in ones left out."""
    files = {path.name.split(".ko")[0].replace("-", "_"): path for path in modules.rglob("*.ko*")}
    builtin = {Path(line).name.removesuffix(".ko").replace("-", "_") for line in (modules / "modules.builtin").read_text().split()}
    order: dict[str, bytes] = {}

    def visit(name: str) -> None:
        name = name.replace("-", "_")
        if name in order or name in builtin:
            return
        if name not in files:
            raise LabError(f"the kernel has no module {name}")
        data = _plain(files[name])
        found = re.search(rb"\0depends=([^\0]*)\0", data)
        for need in found.group(1).decode().split(",") if found else ():
            if need:
                visit(need)
        order[name] = data

    for name in wanted:
        visit(name)
    return list(order.items())


def _entry(name: str, mode: int, data: bytes = b"", rdev: tuple[int, int] = (0, 0)) -> bytes:
    raw = name.encode() + b"\0"
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, *rdev, len(raw), 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + raw
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def cpio(entries: list[tuple[str, int, bytes]]) -> bytes:
    """A newc archive of (name, mode, contents), with the console's device node, which process 1 wants before /dev is there."""
    body = b"".join(_entry(*entry) for entry in entries)
    return body + _entry("dev", 0o40755) + _entry("dev/console", 0o20600, rdev=(5, 1)) + _entry("TRAILER!!!", 0)


def build(parts: Parts) -> Path:
    """The initramfs for that kernel, from the cache if it was made of the same things."""
    stages = [(name, (GUEST / name).read_bytes()) for name in ("init", "stage2")]
    own = Path(__file__).read_bytes()
    digest = hashlib.sha256(b"".join([own, *(data for _, data in stages), str(parts.busybox).encode()])).hexdigest()[:16]
    target = cache_dir() / f"initramfs-{parts.release}-{digest}.cpio"
    with cache_lock():
        if not target.exists():
            for stale in cache_dir().glob(f"initramfs-{parts.release}-*"):
                stale.unlink()
            modules = load_order(parts.modules)
            entries = [("bin", 0o40755, b""), ("bin/busybox", 0o100755, parts.busybox.read_bytes()), ("modules", 0o40755, b"")]
            entries += [(f"modules/{name}.ko", 0o100644, data) for name, data in modules]
            entries.append(("modules/order", 0o100644, "\n".join(f"{name}.ko" for name, _ in modules).encode()))
            entries += [(name, 0o100755, data) for name, data in stages]
            scratch = target.with_suffix(".new")
            scratch.write_bytes(cpio(entries))
            scratch.rename(target)
    return target
