"""Fetch what the guests are made of: kernels, the hypervisor, busybox. Nothing is ever installed from here.

The machine's own apt does the work, so its mirror, proxy and keys are the ones used; but it runs on a private
configuration (own sources list, own lists, an empty status file), so that suites the machine does not use can be asked
without adding anything to the system. A package is downloaded, unpacked into the cache, and that is all.

    cache/apt/SUITE/            private apt state of one suite
    cache/tree/PACKAGE/         an unpacked package
    cache/KERNEL.json           which packages make up that kernel, written last: its presence means complete

The one exception to "never installed" is QEMU itself, which has too many libraries to be unpacked aside: root gets it
by an ordinary apt-get install, anyone else a message that says what to ask for.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Where each kernel comes from, best first: the smaller index wins.
SUITES = {"6.1": ("bookworm",), "6.12": ("bookworm-backports", "trixie")}
# The hypervisor and busybox do not vary with the guest's kernel.
TOOLS_SUITE = "bookworm"
XEN = "xen-hypervisor-4.17-amd64"
BUSYBOX = "busybox-static"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
QEMU = "qemu-system-x86_64"

# Names by which an apt source may call a Debian release; the first of its sources with such a name is the mirror.
_RELEASES = ("bookworm", "trixie", "forky", "bullseye", "sid", "stable", "testing", "unstable", "oldstable", "oldoldstable")


class LabError(Exception):
    """The lab cannot do what was asked; the text says why and what would help."""


def cache_dir() -> Path:
    """The lab's folder in the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME")
    path = Path(base) if base else Path.home() / ".cache"
    path = path / "pydtrace-lab"
    path.mkdir(parents=True, exist_ok=True)
    return path.resolve()


@contextmanager
def cache_lock() -> Iterator[None]:
    """One fetcher or builder at a time: several runs may start together on an empty cache."""
    with open(cache_dir() / "lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def say(text: str) -> None:
    """Progress, for the user, apart from the command's output."""
    print(f"lab: {text}", file=sys.stderr, flush=True)


def _run(*argv: str, cwd: Path | None = None) -> str:
    done = subprocess.run(argv, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        tail = (done.stderr or done.stdout).strip()[-800:]
        raise LabError(f"{' '.join(argv)} failed ({done.returncode}): {tail}")
    return done.stdout


def _mirrors() -> tuple[str, str | None]:
    """The machine's Debian mirror, and its security mirror."""
    listing = _run("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages")
    main = security = None
    for line in listing.splitlines():
        uri, _, release = line.partition(" ")
        if release in _RELEASES:
            main = main or uri
        elif release.removesuffix("-security") in _RELEASES:
            security = security or uri
    if main is None:
        raise LabError("the machine's apt sources name no Debian mirror to fetch kernels from")
    return main, security


class Suite:
    """One Debian suite, seen through a private apt configuration."""

    __slots__ = ("config", "name", "root")

    def __init__(self, name: str) -> None:
        self.name = name
        self.root = cache_dir() / "apt" / name
        self.config = self.root / "apt.conf"

    def update(self) -> None:
        """Write the configuration and fetch the suite's index."""
        for sub in ("lists/partial", "cache/archives/partial"):
            (self.root / sub).mkdir(parents=True, exist_ok=True)
        main, security = _mirrors()
        options = "[targets=Packages" + (f" signed-by={KEYRING}" if os.path.exists(KEYRING) else "") + "]"
        lines = [f"deb {options} {main} {self.name} main"]
        if security and not self.name.endswith("-backports"):
            lines.append(f"deb {options} {security} {self.name}-security main")
        (self.root / "sources.list").write_text("\n".join(lines) + "\n")
        (self.root / "status").write_text("")
        # The #clear lines drop the machine's hooks: they are about its own lists, not ours.
        self.config.write_text(
            "#clear APT::Update::Post-Invoke;\n#clear APT::Update::Post-Invoke-Success;\n"
            f'Dir::Etc::sourcelist "{self.root}/sources.list";\n'
            'Dir::Etc::sourceparts "/dev/null";\nDir::Etc::preferences "/dev/null";\nDir::Etc::preferencesparts "/dev/null";\n'
            f'Dir::State::lists "{self.root}/lists";\nDir::State::status "{self.root}/status";\nDir::Cache "{self.root}/cache";\n'
            f'APT::Sandbox::User "";\nAPT::Architecture "amd64";\nAcquire::Languages "none";\n'
        )
        _run("apt-get", "-c", str(self.config), "update", "-qq", "--error-on=any")

    def kernel_package(self) -> str:
        """The package the suite's linux-image-amd64 stands for."""
        record = _run("apt-cache", "-c", str(self.config), "show", "--no-all-versions", "linux-image-amd64")
        for line in record.splitlines():
            if line.startswith("Depends:"):
                for part in line[8:].split(","):
                    package = part.split()[0]
                    if package.startswith("linux-image-"):
                        return package
        raise LabError(f"linux-image-amd64 of {self.name} depends on no kernel")

    def unpack(self, package: str) -> Path:
        """Download a package and unpack it into the cache; its tree."""
        tree = cache_dir() / "tree" / package
        if tree.exists():
            return tree
        say(f"fetching {package} ({self.name})")
        with tempfile.TemporaryDirectory(dir=cache_dir()) as scratch:
            _run("apt-get", "-c", str(self.config), "-qq", "download", package, cwd=Path(scratch))
            (deb,) = Path(scratch).glob("*.deb")
            new = Path(scratch) / "tree"
            _run("dpkg-deb", "-x", str(deb), str(new))
            tree.parent.mkdir(exist_ok=True)
            new.chmod(0o755)
            new.rename(tree)
        return tree


class Parts:
    """The files a guest is made of."""

    __slots__ = ("busybox", "modules", "release", "vmlinuz", "xen")

    def __init__(self, release: str, kernel_tree: Path, busybox_tree: Path, xen_tree: Path) -> None:
        self.release = release
        self.vmlinuz = kernel_tree / "boot" / f"vmlinuz-{release}"
        modules = kernel_tree / "lib/modules" / release
        self.modules = modules if modules.exists() else kernel_tree / "usr/lib/modules" / release
        self.busybox = busybox_tree / "bin/busybox" if (busybox_tree / "bin/busybox").exists() else busybox_tree / "usr/bin/busybox"
        (self.xen,) = sorted(xen_tree.glob("boot/xen-*.gz"))[-1:]


def _index_modules(tree: str, release: str) -> None:
    """What a package's installation would do, so that modprobe works in the guest; the lab itself needs no depmod."""
    depmod = shutil.which("depmod", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if depmod:
        subprocess.run([depmod, "-b", tree, release], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def _fetch(kernel: str) -> dict[str, str]:
    if os.uname().machine != "x86_64":
        raise LabError("the lab's guests are x86_64; so must this machine be")
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise LabError(f"{tool} is needed to fetch Debian's kernels")
    tools = Suite(TOOLS_SUITE)
    tools.update()
    found: dict[str, str] = {XEN: str(tools.unpack(XEN)), BUSYBOX: str(tools.unpack(BUSYBOX))}
    reasons = []
    for name in SUITES[kernel]:
        suite = tools if name == TOOLS_SUITE else Suite(name)
        try:
            if suite is not tools:
                suite.update()
            package = suite.kernel_package()
            if not package.startswith(f"linux-image-{kernel}."):
                raise LabError(f"{name} has {package}")
            found["kernel"] = str(suite.unpack(package))
            found["release"] = package.removeprefix("linux-image-")
            _index_modules(found["kernel"], found["release"])
            return found
        except LabError as error:
            reasons.append(str(error))
    raise LabError(f"no kernel {kernel}: " + "; ".join(reasons))


def parts(kernel: str, *, refresh: bool = False) -> Parts:
    """The parts of a guest with that kernel; fetched on first use, or again (if there is a newer one) with refresh."""
    index = cache_dir() / f"{kernel}.json"
    with cache_lock():
        if refresh or not index.exists():
            found = _fetch(kernel)
            scratch = index.with_suffix(".new")
            scratch.write_text(json.dumps(found, indent=1) + "\n")
            scratch.rename(index)
        else:
            found = json.loads(index.read_text())
    return Parts(found["release"], Path(found["kernel"]), Path(found[BUSYBOX]), Path(found[XEN]))


def need_qemu() -> str:
    """The path of QEMU; root gets it installed where it is missing."""
    path = shutil.which(QEMU)
    if path is None and os.geteuid() == 0 and shutil.which("apt-get"):
        say("installing qemu-system-x86")
        with cache_lock():
            os.environ.setdefault("DEBIAN_FRONTEND", "noninteractive")
            try:
                _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "qemu-system-x86")
            except LabError:
                _run("apt-get", "update", "-qq")
                _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "qemu-system-x86")
        path = shutil.which(QEMU)
    if path is None:
        raise LabError(f"{QEMU} is needed: apt-get install qemu-system-x86")
    return path
