"""Runs pytest in the guest: two processes side by side, each with its part of the tests (tests/conftest.py, PYDTRACE_PART).

    python lab/parts.py SECONDS [PYTEST ARGUMENTS]

Lines of progress are printed as they come, the rest when all have ended; so the tracebacks of one process stay together. When the time is
up the processes are interrupted, as by ^C, and tell what they have. Exit status 0, or the worst of pytest's.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARTS = 2
SUITE = ("tests/unit", "tests/programs", "tests/live")
PROGRESS = re.compile(r"[.sFxXE]+ +\[ *\d+%\]$")


class Part:
    """One process and what it has printed."""

    def __init__(self, argv: list[str], environment: dict[str, str]) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            argv, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if PROGRESS.match(line):
                print(line, end="", flush=True)
            else:
                self.lines.append(line)

    def ended(self, until: float) -> int:
        """Its status; 0 also when there was no test for it."""
        try:
            status = self.process.wait(max(0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGINT)
            status = self.process.wait()
        self.reader.join()
        return 0 if status == 5 else status


def run(seconds: float, arguments: list[str], parts: int = PARTS) -> tuple[int, str]:
    """The worst status, and the output of all parts."""
    until = time.monotonic() + seconds
    argv = [sys.executable, "-m", "pytest", "--timeout=600", "-p", "no:cacheprovider", "--tb=short", "-rfEs"]
    argv += arguments or SUITE
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    environment.update(PYTHONUNBUFFERED="1", PYDTRACE_FORKED="1")  # progress as it comes; starts that cost less
    environment.pop("PYDTRACE_LAB", None)
    running = [Part(argv, {**environment, "PYDTRACE_PART": f"{n}/{parts}"}) for n in range(parts)]
    worst = max(part.ended(until) for part in running)
    return worst, "".join("".join(part.lines) for part in running)


def told(text: str) -> dict[str, int]:
    """How many tests passed, failed, were skipped..., by pytest's last lines."""
    found: dict[str, int] = {}
    for line in re.findall(r"^=* ?((?:\d+ \w+(?:, )?)+) in [\d.]+s", text, re.M):
        for count, word in re.findall(r"(\d+) (\w+)", line):
            found[word] = found.get(word, 0) + int(count)
    return found


if __name__ == "__main__":
    worst, said = run(float(sys.argv[1]), sys.argv[2:])
    print(said, end="")
    print("all parts:", ", ".join(f"{count} {word}" for word, count in sorted(told(said).items())) or "nothing was run")
    sys.exit(worst)
