"""The checks of return(): by fmod_ret, which all of the lab's kernels have for the security hooks, and only for those.

A program of ours opens itself again and again; dtrace has security_file_open refuse that, for its process only. It must be refused while
dtrace runs, nobody else must be, and it must be over when dtrace ends: of itself, by a signal, by SIGKILL.
"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import time
from collections.abc import Callable

from common import ROOT, Wrong, dtrace, expect, good

HOOK = "fbt::security_file_open:entry"
# What is refused, and with what words.
REFUSED = (
    ("fbt::vfs_read:entry { return(-1); }", "return() not allowed for fbt:vmlinux:vfs_read:entry"),
    ("fbt::security_file_open:return { return(-1); }", "return() not allowed for fbt:vmlinux:security_file_open:return"),
    ("fbt::security_d_instantiate:entry { return(-1); }", "return() not allowed for fbt:vmlinux:security_d_instantiate:entry"),
    (HOOK + " { return(0); }", "return(0) not allowed for fbt:vmlinux:security_file_open:entry"),
)


class Opener:
    """The program that opens itself."""

    def __init__(self, target: str) -> None:
        self.process = subprocess.Popen([target, "opener"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def opens(self) -> int:
        """What came of it: an error number, or 0."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("now\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


def _refusing(opener: Opener, value: str) -> subprocess.Popen[str]:
    """dtrace, refusing."""
    program = f"""
        BEGIN {{ printf("begun\\n"); }}
        {HOOK} /pid == {opener.process.pid}/ {{ @opened[stringof(args[0]->f_path.dentry->d_name.name)] = count(); return({value}); }}
        fbt::security_file_open:return /pid == {opener.process.pid}/ {{ @returned[(int)arg1] = count(); }}
    """
    argv = [str(ROOT / "dtrace"), "-wqn", program]
    running = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout is not None
    line = running.stdout.readline()
    if line != "begun\n":
        raise Wrong(f"{line!r}, {running.communicate()[1]!r}")
    return running


def refused() -> str:
    """What cannot be is said in one line."""
    for text, wanted in REFUSED:
        done = dtrace("-wqn", text)
        expect("status", done.returncode, 1)
        said = [line for line in done.stderr.splitlines() if line != "dtrace: allowing destructive actions"]
        if len(said) != 1 or wanted not in said[0]:
            raise Wrong(f"{text}: {done.stderr}")
    done = dtrace("-qn", HOOK + " { return(-1); }")
    if done.returncode != 1 or "Destructive actions not allowed" not in done.stderr:
        raise Wrong(f"without -w: {done.stderr}")
    return f"{len(REFUSED) + 1} programs, a line each"


def acts(target: str, end: int) -> str:
    """It is refused until dtrace ends by that signal, and nobody else is."""
    opener = Opener(target)
    running = None
    try:
        expect("before", opener.opens(), 0)
        running = _refusing(opener, f"-{errno.EACCES}")
        expect("while armed", [opener.opens() for _ in range(5)], [errno.EACCES] * 5)
        with open(target, "rb") as file:
            expect("another process", len(file.read(4)), 4)
        running.send_signal(end)
        out, err = running.communicate(timeout=120)
        expect("status", running.returncode, -end if end == signal.SIGKILL else 0)
        if end != signal.SIGKILL:
            words = out.split()
            expect("what was counted", words, [os.path.basename(target), "5", f"-{errno.EACCES}", "5"])
        until = time.monotonic() + 60
        while (after := opener.opens()) != 0 and time.monotonic() < until:
            time.sleep(0.1)
        expect("afterwards", after, 0)
        return f"EACCES to 5 of 5 opens, to nobody else; none after {signal.Signals(end).name}"
    finally:
        if running is not None and running.poll() is None:
            running.kill()
            running.communicate()
        opener.end()


def zero(target: str) -> str:
    """A 0 that is known only when it fires is a fault, and the function runs."""
    opener = Opener(target)
    try:
        running = _refusing(opener, "pid - pid")
        expect("open", opener.opens(), 0)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=120)
        if "illegal operation" not in err:
            raise Wrong(f"no fault was told: {err!r}")
    finally:
        opener.end()
    return "a fault, and the file is opened"


def cut(target: str) -> str:
    """A program so long that it is cut into chunks: the value is kept from the first to the last; and there are two values."""
    clauses = "".join(f'{HOOK} /pid == $target/ {{ @[{n}] = sum({n}); this->s{n} = strjoin("a", execname); }}\n' for n in range(40))
    text = f"{HOOK} /pid == $target/ {{ return(-1); }}\n{HOOK} /pid == $target/ {{ return(-{errno.EBUSY}); }}\n{clauses}"
    done = good(dtrace("-wqn", text, "-c", f"{target} open"))
    expect("the target says", done.stdout.split()[0], str(errno.EBUSY))
    return "the last of two values, through 42 clauses"


def checks(target: str) -> list[tuple[str, Callable[..., str], tuple[object, ...]]]:
    """Name, check, its arguments."""
    return [
        ("return(): refused", refused, ()),
        ("return(): acts", acts, (target, signal.SIGINT)),
        ("return(): killed", acts, (target, signal.SIGKILL)),
        ("return(): zero", zero, (target,)),
        ("return(): cut", cut, (target,)),
    ]
