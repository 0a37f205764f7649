"""Destructive actions on processes of our own: signals arrive, a stopped process stays stopped, memory changes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DTRACE = os.path.join(ROOT, "dtrace")
ENGINES = ["kernel", "process"]


def _needs(engine: str) -> None:
    if engine == "kernel" and os.geteuid() != 0:
        pytest.skip("the kernel engine needs root")


def _trace(engine: str, program: str, target: str, tmp_path: object, *more: str) -> subprocess.CompletedProcess[str]:
    path = os.path.join(str(tmp_path), "target.py")
    with open(path, "w") as file:
        file.write(target)
    command = [DTRACE, "-wq", "-x", f"engine={engine}", *more, "-n", program, "-c", f"{sys.executable} {path}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("engine", ENGINES)
def test_raise(engine: str, tmp_path: object) -> None:
    _needs(engine)
    target = (
        "import os, signal\ngot = []\nsignal.signal(signal.SIGUSR1, lambda *a: got.append(1))\n"
        "os.getppid()\nos.getppid()\nos.write(1, b'%d signals\\n' % len(got))"
    )
    done = _trace(engine, "syscall::getppid:entry /pid == $target/ { raise(10); }", target, tmp_path)
    assert (done.stdout.split("\n")[0], done.stderr) == ("2 signals", "")


@pytest.mark.parametrize("engine", ENGINES)
def test_stop(engine: str, tmp_path: object) -> None:
    _needs(engine)
    code = "import os, time\nwhile 1: os.getppid(); time.sleep(.01)"
    target = subprocess.Popen([sys.executable, "-c", code])
    try:
        time.sleep(0.2)
        program = "syscall::getppid:entry /pid == $target/ { stop(); trace(1); exit(0); }"
        command = [DTRACE, "-wq", "-x", f"engine={engine}", "-n", program, "-p", str(target.pid)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert (done.stdout, done.stderr, done.returncode) == ("1\n", "", 0)
        assert _state(target.pid) == "T"
        target.send_signal(signal.SIGCONT)
        assert _state(target.pid) in "RS"
    finally:
        target.kill()
        target.wait()


def _state(pid: int) -> str:
    time.sleep(0.1)
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]


WRITER = "import os\nfor n in 'abc': os.write(1, b'original tex%s\\n' % n.encode())"
EDITOR = """
syscall::write:entry /pid == $target && ++n == 1/ { copyoutstr("HELLO", arg1, 6); }
syscall::write:entry /pid == $target && n == 2/ { copyoutstr("HELLO", arg1, 5); }
syscall::write:entry /pid == $target && n == 3/ { this->p = (char *)alloca(4); this->p[1] = 'x'; copyout(this->p, arg1 + 9, 3); }
syscall::write:entry /pid == $target/ { copyout(alloca(8), arg1, 0); }
syscall::write:entry /pid == $target && n == 3/ { copyout(alloca(8), 8, 8); trace("never"); }
"""


def test_copyout(tmp_path: object) -> None:
    done = _trace("process", EDITOR, WRITER, tmp_path)
    assert done.stdout.startswith("HELLO\0al texa\nHELLOnal texb\noriginal \0x\0c\n"), done
    assert [line.split(": ", 2)[2].split(" at ")[0] for line in done.stderr.splitlines()] == ["invalid address (0x8)"]


def test_copyout_in_the_kernel(tmp_path: object) -> None:
    """Written where the kernel allows it, else refused in one line before anything is enabled."""
    _needs("kernel")
    from pydtrace.linux.features import WRITE_USER

    done = _trace("kernel", EDITOR, WRITER, tmp_path)
    if WRITE_USER:
        assert done.stdout.startswith("HELLO\0al texa\nHELLOnal texb\noriginal \0x\0c\n"), done
    else:
        assert done.returncode == 1 and done.stdout == ""
        assert done.stderr.startswith("dtrace: could not enable tracing: copyout( ) and copyoutstr( ) are not available on this kernel: ")
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "action", ['system("true")', 'freopen("x")', "raise(0)", "stop()", 'copyoutstr("", 0, 0)', "copyout(alloca(1), 0, 0)", "return(0)"]
)
def test_only_with_w(engine: str, action: str) -> None:
    _needs(engine)
    command = [DTRACE, "-x", f"engine={engine}", "-c", "true", "-n", f"BEGIN {{ {action}; exit(0); }}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("dtrace: could not enable tracing: Destructive actions not allowed\n")
