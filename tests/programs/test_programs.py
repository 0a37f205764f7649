"""D programs with their expected output, on every engine that can run them: README.md says in what form."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))
from forked import Server  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
ENGINES = ("kernel", "process")
# PYDTRACE_FORKED=1: without the start of the interpreter each time (lab/suite).
FORKED = Server() if os.environ.get("PYDTRACE_FORKED") == "1" else None
_DIRECTIVE = re.compile(r"^[ /]\*+ @(\w+): (.*?)(?: \*/)?$", re.M)


class Script:
    """A script and what its directives say."""

    def __init__(self, path: str) -> None:
        self.path = path
        with open(path, encoding="utf-8") as file:
            found = _DIRECTIVE.findall(file.read())
        self.words = dict(found)
        unknown = set(self.words) - {"engines", "args", "operands", "target", "status", "mask", "sort", "env"}
        assert not unknown, f"{path}: unknown directives {unknown}"
        self.masks = [value.split(" => ") for word, value in found if word == "mask"]
        self.env = dict(value.split("=", 1) for word, value in found if word == "env")
        self.engines = self.words.get("engines", "kernel process").split()
        assert self.engines and set(self.engines) <= set(ENGINES), path

    def masked(self, text: str) -> str:
        for pattern, replacement in self.masks:
            text = re.sub(pattern, replacement, text, flags=re.M)
        return "".join(sorted(text.splitlines(True))) if "sort" in self.words else text

    def run(self, engine: str) -> tuple[str, str, int]:
        target = self.words.get("target", "true" if engine == "process" else "")
        command = [
            os.path.join(ROOT, "dtrace"), "-x", f"engine={engine}", *shlex.split(self.words.get("args", "")),
            "-s", os.path.basename(self.path), *(["-c", target] if target else []), *shlex.split(self.words.get("operands", "")),
        ]  # fmt: skip
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("DTRACE", "_DTRACE"))}
        environment.update(LC_ALL="C.UTF-8", TZ="UTC", _DTRACE_TESTING="1", **self.env)
        if FORKED is not None and "LC_ALL" not in self.env:
            return FORKED.run(command, os.path.dirname(self.path), environment, 120)
        # A session of its own: in a container whose leader is outside of its process namespace, $sid would be 0.
        done = subprocess.run(
            command, cwd=os.path.dirname(self.path), env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
            start_new_session=True,
        )  # fmt: skip
        return done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"), done.returncode


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def _scripts() -> list[Script]:
    return [Script(os.path.join(at, name)) for at, _, names in sorted(os.walk(HERE)) for name in sorted(names) if name.endswith(".d")]


SCRIPTS = _scripts()
RUNS = [(script, engine) for script in SCRIPTS for engine in script.engines]


def _name(run: tuple[Script, str]) -> str:
    return f"{os.path.relpath(run[0].path, HERE)[:-2]}-{run[1]}"


@pytest.mark.parametrize("run", RUNS, ids=_name)
def test_program(run: tuple[Script, str]) -> None:
    script, engine = run
    if engine == "kernel" and os.geteuid() != 0:
        pytest.skip("the kernel engine needs root")
    out, err, status = script.run(engine)
    base = script.path[:-2]
    if os.environ.get("PYDTRACE_UPDATE") == "1" and engine == script.engines[0]:
        for suffix, text in ((".out", out), (".err", err)):
            if text or suffix == ".out":
                with open(base + suffix, "w", encoding="utf-8", newline="") as file:
                    file.write(text)
            elif os.path.exists(base + suffix):
                os.remove(base + suffix)
    assert os.path.exists(base + ".out"), "no .out: PYDTRACE_UPDATE=1 writes it"
    expected = script.masked(_read(base + ".out")), script.masked(_read(base + ".err")), int(script.words.get("status", "0"))
    assert (script.masked(out), script.masked(err), status) == expected
