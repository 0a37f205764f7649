"""cwd, root, fds[], getf() and d_path(): on both engines the paths are those of /proc, as the one sees them who traces."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")

# Opens files of all kinds, tells their numbers, and when told to, makes a call on each.
TARGET = r"""
import ctypes, os, select, socket, sys, threading
place, how = sys.argv[1:]
libc = ctypes.CDLL(None, use_errno=True)
def done(result):
    if result: raise OSError(ctypes.get_errno())
def at(path, flags=os.O_RDONLY):
    fds.append(os.open(path, flags, 0o600))
fds = []
os.chdir(place)
def main():
    global fds, kept
    if how == "thread":
        done(libc.unshare(0x600))
        os.mkdir("mine"); os.chdir("mine")
        fds.append(os.dup(1))
        at("."); at("/etc"); at("mine", os.O_CREAT | os.O_RDWR)
    elif how == "mounts":
        done(libc.unshare(0x20000))
        done(libc.mount(b"none", b"/", None, 0x44000, None))
        os.mkdir("a b\\c")
        done(libc.mount(b"none", b"a b\\c", b"tmpfs", 0, None))
        os.makedirs("a b\\c/d/e")
        os.mkdir("bound")
        done(libc.mount(b"a b\\c/d", b"bound", None, 0x1000, None))
        for path in ("a b\\c", "a b\\c/d/e", "bound", "bound/e", "/", "/proc/self/status"):
            at(path)
        at("bound/e/gone", os.O_CREAT | os.O_RDWR); os.unlink("bound/e/gone")
        os.mkdir("away")
        done(libc.mount(b"none", b"away", b"tmpfs", 0, None))
        os.makedirs("away/x/y")
        at("away"); at("away/x/y")
        done(libc.umount2(b"away", 2))
        os.chdir("bound/e")
    elif how == "root":
        os.makedirs("jail/etc/x")
        for path in ("/etc/passwd", "jail"):
            at(path)
        os.chroot("jail")
        at("/etc"); at("/")
        os.chdir("/etc")
        at("x")
    else:
        here = "/proc/self/"
        for path in ("/", "/etc/passwd", "/dev/null", "/proc", here + "status", here + "ns/mnt", here + "ns/net", "/sys/kernel", "."):
            at(path)
        at("gone", os.O_CREAT | os.O_RDWR | os.O_APPEND); os.unlink("gone")
        os.mkdir("gone too"); at("gone too"); os.rmdir("gone too")
        fds += [os.memfd_create("hello"), *os.pipe(), socket.socket().detach(), socket.socket(socket.AF_UNIX).detach(), os.eventfd(0)]
        fds.append(os.pidfd_open(os.getpid()))
        kept = select.epoll(); fds.append(kept.fileno())
        os.lseek(fds[1], 17, 0)
        for name in ("n" * 255, "o" * 255, "p" * 200, "q"):  # more than strsize
            os.mkdir(name); os.chdir(name); at(".")
        at("gone", os.O_CREAT | os.O_RDWR | os.O_TRUNC | os.O_CLOEXEC); os.unlink("gone")
    print(threading.get_native_id(), *fds, flush=True)
    sys.stdin.readline()
    for fd in fds:
        try: os.fdatasync(fd)
        except OSError: pass
if how == "thread":
    thread = threading.Thread(target=main); thread.start(); thread.join()
else:
    main()
"""
CLAUSE = """
syscall::fdatasync:entry
/pid == $target/
{
    printf("%s\\n%s\\n%s\\n%s|%s\\n%d %x\\n", fds[arg0].fi_pathname, cwd, root, fds[arg0].fi_mount, fds[arg0].fi_fs, fds[arg0].fi_offset,
        fds[arg0].fi_oflags);
    printf("%s\\n%s\\n%s\\n%s\\n", xlate <fileinfo_t> (getf(arg0)).fi_pathname, fds[arg0].fi_name, basename(fds[arg0].fi_pathname),
        fds[arg0].fi_dirname);
}
"""
LINES = 9


class Target:
    """A process of files: `fds`, and what its files are called, by what `of` says of one."""

    def __init__(self, place: Path, how: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", TARGET, str(place), how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.pid = self.process.pid
        self.tid, *self.fds = [int(word) for word in self.process.stdout.readline().split()]
        self.proc = f"/proc/{self.pid}/task/{self.tid}"
        assert self.fds

    def link(self, name: str) -> str:
        return os.readlink(f"{self.proc}/{name}")

    def facts(self, fd: int) -> dict[str, str]:
        with open(f"{self.proc}/fdinfo/{fd}") as file:
            return dict(line.rstrip().split(":\t", 1) for line in file if ":\t" in line)

    def mount(self, fd: int) -> tuple[str, str]:
        """Where the file's mount is, and what it is."""
        number = self.facts(fd)["mnt_id"]
        for whose in ("/proc/self", self.proc):
            with open(f"{whose}/mountinfo") as file:
                for words in (line.split(" ") for line in file):
                    if words[0] == number:
                        return words[4].replace("\\040", " ").replace("\\134", "\\"), words[words.index("-") + 1]
        return "<none>", ""


def traced(target: Target, engine: str, strsize: int) -> list[list[str]]:
    """What the clause says of each file."""
    words = ["-xengine=" + engine, "-q", f"-xstrsize={strsize}", "-p", str(target.pid), "-n", 'BEGIN { printf("ready\\n"); }' + CLAUSE]
    with subprocess.Popen(
        [sys.executable, "-m", "pydtrace", *words], env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, cwd="/",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as run:  # fmt: skip
        assert run.stdout is not None and run.stderr is not None and target.process.stdin is not None
        first = run.stdout.readline()
        target.process.stdin.write("go\n")
        target.process.stdin.flush()
        out, err = run.communicate(timeout=60)
    assert first == "ready\n" and not err
    lines = out.rstrip("\n").split("\n")
    return [lines[i : i + LINES] for i in range(0, len(lines), LINES)]


@contextmanager
def started(place: Path, how: str) -> Iterator[Target]:
    made = Target(place, how)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.communicate(timeout=10)


@pytest.mark.parametrize("engine", ["kernel", "process"])
@pytest.mark.parametrize(("how", "strsize"), [("files", 256), ("files", 2048), ("mounts", 256), ("root", 256), ("thread", 256)])
def test_as_in_proc(how: str, engine: str, strsize: int, tmp_path: Path) -> None:
    with started(tmp_path, how) as target:
        compare(target, engine, strsize)


def compare(target: Target, engine: str, strsize: int) -> None:
    most, longest = strsize - 1, 0
    expected = []
    for fd in target.fds:
        path, facts, (mount, kind) = target.link(f"fd/{fd}"), target.facts(fd), target.mount(fd)
        cut, longest = path[:most], max(longest, len(path))
        expected.append(
            [
                cut, target.link("cwd")[:most], target.link("root"), mount, kind,
                    f"{facts['pos']} {int(facts['flags'], 8) & ~os.O_CLOEXEC:x}",
                cut, os.path.basename(cut) or "/", os.path.basename(cut) or "/", os.path.dirname(cut) or ".",
            ]
        )  # fmt: skip
    got = [[*of[:3], *of[3].split("|"), *of[4:]] for of in traced(target, engine, strsize)]
    assert len(got) == len(expected)
    for one, other in zip(got, expected, strict=True):
        if not other[4]:  # a mount that /proc does not tell of
            assert one[4] in ("pipefs", "sockfs", "anon_inodefs", "pidfs", "nsfs", "tmpfs")
            other[4] = one[4]
        assert one == other
    assert longest > 600 or len(got) < 15
