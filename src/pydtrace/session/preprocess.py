"""The C preprocessor for -C: the system's `cpp`, else the package pcpp where that is installed.

The program goes in on stdin, behind a line that says what file it is, so that messages and `#line`s name it; a first line `#!…` is
blanked, for no preprocessor takes it. Quoted includes are looked for beside the script. What the preprocessor says goes to our stderr.
"""

from __future__ import annotations

import os
import sys

from ..errors import UserError
from ..options import parse_version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..options import Options

_DEFINES = ("__linux", "__unix", "__SVR4", "__amd64", "__Linux", "__SUNW_D=1", "__SUNW_D_64")


def preprocess(text: bytes, name: str, options: Options) -> bytes:
    """The program `text` of the file `name`, preprocessed. UserError when that fails."""
    if text.startswith(b"#!"):
        text = text[text.find(b"\n") :] if b"\n" in text else b""
    beside = os.path.dirname(name) or "."
    path = options.text("cpppath")
    if path == "cpp" and not _installed(path):
        return _pcpp(text, name, beside, options)
    return _cpp(path, f'# 1 "{name}"\n'.encode() + text, beside, options)


def _defines(options: Options) -> list[str]:
    return [*_DEFINES, f"__SUNW_D_VERSION={parse_version(options.text('version')):#010x}"]


def _installed(name: str) -> bool:
    return any(os.access(os.path.join(at, name), os.X_OK) for at in os.environ.get("PATH", "/usr/bin:/bin").split(":"))


def _cpp(path: str, text: bytes, beside: str, options: Options) -> bytes:
    from subprocess import PIPE, run

    command = [path, *(f"-D{d}" for d in _defines(options)), "-U__GNUC__"]
    if options.text("stdc") == "s":
        command.append("-traditional-cpp")
    command += [*options.items("cppargs"), f"-I{beside}"]
    try:
        done = run(command, input=text, stdout=PIPE, check=False)
    except FileNotFoundError:
        raise UserError("Preprocessor not found", hint=f"there is no {path}") from None
    except OSError as error:
        raise UserError("Failed to exec preprocessor", hint=f"{path}: {error.strerror}") from None
    if done.returncode:
        raise UserError("Preprocessor failed to process input program")
    return done.stdout


def _pcpp(text: bytes, name: str, beside: str, options: Options) -> bytes:
    try:
        from pcpp import Action, OutputDirective, Preprocessor
    except ImportError:
        raise UserError("Preprocessor not found", hint="install cpp, or the Python package pcpp") from None
    from io import StringIO

    class Maker(Preprocessor):  # type: ignore[misc]
        """As cpp does it: an include that is not there is an error, not a line to pass on."""

        def on_include_not_found(self, is_malformed: bool, is_system_include: bool, curdir: str, includepath: str) -> None:
            self.on_error(self.lastdirective.source, self.lastdirective.lineno, f"{includepath}: No such file or directory")
            raise OutputDirective(Action.IgnoreAndRemove)

        def on_error(self, file: str, line: int, msg: str) -> None:
            sys.stderr.write(f"{file}:{line}: error: {msg.rstrip()}\n")
            self.return_code += 1

    maker = Maker()
    for define in _defines(options):
        _define(maker, define)
    for word in options.items("cppargs"):
        if word.startswith("-D"):
            _define(maker, word[2:])
        elif word.startswith("-U"):
            maker.undef(word[2:])
        elif word.startswith("-I"):
            maker.add_path(word[2:])
    maker.add_path(beside)
    maker.rewrite_paths = []  # files are called what they were called
    out = StringIO()
    maker.parse(text.decode("utf-8", "surrogateescape"), name)
    maker.write(out)
    if maker.return_code:
        raise UserError("Preprocessor failed to process input program")
    made = out.getvalue().replace(f'"{os.path.abspath(name)}"', f'"{name}"')
    return made.encode("utf-8", "surrogateescape")


def _define(maker: Any, define: str) -> None:
    name, equals, value = define.partition("=")
    maker.define(f"{name} {value if equals else '1'}")
