"""Runs of the command without its start: forks of a process that has everything imported. For emulated machines: a start takes a second.

    python -I -S forked.py SOURCES SOCKET

The command itself is the same, from `cli.script` on, in a session of its own, with its arguments, environment, folder and files.
A request is a line of JSON with the files for stdout and stderr; the answers are the process id, and when it has ended its wait status.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = os.path.join(os.path.dirname(os.path.dirname(HERE)), "src")


class Server:
    """The process to fork from, as the tests see it."""

    def __init__(self) -> None:
        self.socket, theirs = socket.socketpair()
        command = [sys.executable, "-I", "-S", __file__, SOURCES, str(theirs.fileno())]
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], env=environment)
        theirs.close()

    def run(self, argv: list[str], cwd: str, env: dict[str, str], timeout: float) -> tuple[str, str, int]:
        """stdout, stderr, exit status, as of subprocess.run; so is the exception when it takes too long."""
        # Files with names: of a memfd the kernel does not guard the position when two processes write.
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            request = json.dumps({"argv": argv, "cwd": cwd, "env": env}).encode() + b"\n"
            self.socket.settimeout(timeout)
            socket.send_fds(self.socket, [request], [out.fileno(), err.fileno()])
            pid = int(self._line())
            try:
                status = int(self._line())
            except TimeoutError:
                os.kill(pid, 9)
                self.socket.settimeout(60)
                self._line()
                raise subprocess.TimeoutExpired(argv, timeout) from None
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode(errors="replace"))
        return texts[0], texts[1], os.waitstatus_to_exitcode(status)

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            byte = self.socket.recv(1)
            if not byte:
                raise ConnectionError("the process to fork from has ended")
            line += byte
        return line


def _child(request: dict[str, object], out: int, err: int) -> NoReturn:
    try:
        os.setsid()
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.closerange(3, 64)
        os.chdir(str(request["cwd"]))
        os.environ.clear()
        os.environ.update(request["env"])  # type: ignore[call-overload]
        sys.argv = list(request["argv"])  # type: ignore[call-overload]
        from pydtrace.cli import script

        script()
    finally:
        os._exit(70)


def _serve(sources: str, number: int) -> None:
    import pkgutil

    sys.path.insert(0, sources)
    prefix = sys.executable.rsplit("/", 2)[0]
    sys.path.append(f"{prefix}/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages")
    import pydtrace

    for module in pkgutil.walk_packages(pydtrace.__path__, "pydtrace."):
        if module.name not in ("pydtrace.__main__", "pydtrace.launch"):
            __import__(module.name)
    client = socket.socket(fileno=number)
    while True:
        text, fds, _, _ = socket.recv_fds(client, 1 << 20, 2)
        while text and not text.endswith(b"\n"):
            text += client.recv(1 << 20)
        if not text:
            return
        pid = os.fork()
        if pid == 0:
            _child(json.loads(text), *fds)
        for fd in fds:
            os.close(fd)
        client.sendall(b"%d\n" % pid)
        client.sendall(b"%d\n" % os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
