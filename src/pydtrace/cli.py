"""The `dtrace` command: flags to a Session, errors to one line each.

The command is a thin client of the API: it reads its flags (by hand: DTrace's getopt allows operands between flags, and importing a
parser would cost more than the whole start), makes one `Session`, and prints tables for `-l`. Everything is imported when it is
needed, so `dtrace -n 'BEGIN { exit(0); }'` pays only for what it runs.

Exit status: 0, or what `exit()` said; 1 for an error; 2 for wrong usage. SIGINT before anything is enabled ends the command at once,
silently, with 0 as it does later: to stop tracing is not an error. (END has not been enabled then and does not fire.)
"""

from __future__ import annotations

import gc
import os
import sys

from . import stdio
from .errors import DTraceError, UsageError, UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from .api import Session
    from .d.types import Type
    from .options import Options
    from .providers.base import Probe

_FLAGS = "3:6:aAb:Bc:CD:ef:FGhHi:I:lL:m:n:o:p:P:qs:SU:vVwx:X:Z"
# Flags that are another way to set an option.
_OPTIONS = {
    "a": "grabanon", "b": "bufsize", "C": "cpp", "D": "define", "F": "flowindent", "H": "cpphdrs", "I": "incdir", "L": "libdir",
    "q": "quiet", "S": "verbose", "U": "undef", "v": "stability", "w": "destructive", "X": "stdc", "Z": "zdefs",
}  # fmt: skip
_FIELDS = {"P": "provider", "m": "module", "f": "function", "n": "name", "i": "id"}


class _Usage(Exception):
    """Wrong usage that is answered by the whole usage text."""


class Request:
    """The command line, read. `programs` are (flag, argument) in order; `settings` are (flag, option, value)."""

    __slots__ = ("flags", "modes", "programs", "settings", "commands", "pids", "output", "operands")

    def __init__(self) -> None:
        self.flags: set[str] = set()
        self.modes = 0  # how often one of -G, -h, -l, -V was given
        self.programs: list[tuple[str, str]] = []
        self.settings: list[tuple[str, str, str | None]] = []
        self.commands: list[str] = []
        self.pids: list[str] = []
        self.output: str | None = None
        self.operands: list[str] = []

    @staticmethod
    def read(argv: list[str]) -> Request:
        """getopt, operands allowed anywhere; `--` ends the flags."""
        request = Request()
        index = 0
        while index < len(argv):
            word = argv[index]
            index += 1
            if word == "--":
                request.operands += argv[index:]
                break
            if word == "--help":
                request.flags.add("help")
                continue
            if not word.startswith("-") or word == "-":
                request.operands.append(word)
                continue
            at = 1
            while at < len(word):
                flag = word[at]
                at += 1
                place = _FLAGS.find(flag)
                if place < 0 or flag == ":":
                    raise _Usage(f"invalid option -- '{flag}'")
                if _FLAGS[place + 1 : place + 2] != ":":
                    request._flag(flag)
                    continue
                value = word[at:]
                if not value:
                    if index >= len(argv):
                        raise _Usage(f"option requires an argument -- '{flag}'")
                    value = argv[index]
                    index += 1
                request._valued(flag, value)
                break
        return request

    def _flag(self, flag: str) -> None:
        if flag in _OPTIONS:
            self.settings.append((flag, _OPTIONS[flag], None))
        self.flags.add(flag)
        self.modes += flag in "GhlV"

    def _valued(self, flag: str, value: str) -> None:
        if flag in "Pmfnis":
            self.programs.append((flag, value))
        elif flag in _OPTIONS:
            self.settings.append((flag, _OPTIONS[flag], value))
        elif flag == "x":
            name, equals, text = value.partition("=")
            self.settings.append(("x", name, text if equals else None))
        elif flag == "c":
            self.commands.append(value)
        elif flag == "p":
            self.pids.append(value)
        elif flag == "o":
            self.output = value
        elif flag + value not in ("32", "64") and flag in "36":
            raise _Usage(f"invalid argument -- -{flag}{value}")


def _complain(text: str, hint: str | None = None) -> None:
    if hint and sys.stderr.isatty():
        text += f" (hint: {hint})"
    stdio.tell(f"dtrace: {stdio.printable(text)}\n")


def main(argv: list[str] | None = None) -> int:
    """The command; gives the exit status. `argv` without the command's name."""
    try:
        return _main(sys.argv[1:] if argv is None else argv)
    except _Usage as error:
        if error.args:
            _complain(str(error.args[0]))
        from .usage import USAGE

        stdio.tell(USAGE)
        return 2
    except DTraceError as error:
        _complain(error.text, error.hint)
        return error.status
    except BrokenPipeError:
        stdio.drop_stdout()
        return 0
    except KeyboardInterrupt:
        return 0
    except Exception as error:
        if "DTRACE_DEBUG" in os.environ:
            raise
        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        where = f" ({os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno})" if place else ""
        _complain(f"internal error: {type(error).__name__}: {error}{where}", "please report it; DTRACE_DEBUG=1 shows where")
        return 1


def script() -> NoReturn:
    """The entry point of the command: never returns. Leaves without the interpreter's tear-down, which costs milliseconds."""
    status = 0
    try:
        gc.set_threshold(200_000)  # what is loaded stays: walking it again and again is a twentieth of a start
        quiet_interrupt()
        stdio.fill()
        try:  # what `ps` and curthread->comm show
            with open("/proc/self/comm", "w") as file:
                file.write("dtrace")
        except OSError:
            pass
        status = main()
        stdio.tell("")
        sys.stdout.flush()
    except (OSError, KeyboardInterrupt):
        pass
    os._exit(status & 0xFF)


def quiet_interrupt() -> None:
    """Until a run begins and counts them, SIGINT ends the command: nothing is in the kernel or in a target then that outlives us."""
    import _signal as signal

    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda *_: os._exit(0))


def _main(argv: list[str]) -> int:
    if not argv:
        raise _Usage
    if argv[0] == "decode-oops":
        return _decode_oops(argv[1:])
    request = Request.read(argv)
    flags = request.flags
    if "help" in flags:
        from .usage import HELP

        stdio.show(HELP)
        return 0
    if request.modes > 1:
        raise UsageError("only one of the [-GhlV] options can be specified at a time")
    if "V" in flags:
        from . import __version__

        stdio.show(f"dtrace: pydtrace {__version__}\n")
        return 0
    for flag, what in (("G", "making ELF objects"), ("h", "making header files"), ("A", "anonymous tracing")):
        if flag in flags:
            raise UserError(f"{what} (-{flag}) is not available")
    if not request.programs and not flags & {"a", "l"}:
        raise _Usage
    from .api import Session

    with Session() as session:
        _settings(session, request)
        session.output_file = request.output
        for command in request.commands:
            session.launch(command)
        for pid in request.pids:
            if not pid.isdigit():
                raise UserError(f"invalid pid '{pid}'")
            session.grab(int(pid))
        _sources(session, request)
        if "l" in flags:
            _list(session, "v" in flags)
            return 0
        session.prepare(check="e" in flags)
        if session.options.integer("verbose"):
            stdio.tell(session.disassembly())
        report = session.options.integer("stability")
        if "e" in flags:
            if report:
                stdio.show(_stability(session, True))
            return 0
        if not session.options.integer("quiet"):
            for line in session.notices():
                _complain(line)
        if report:
            stdio.show(_stability(session, False))
        if session.program is not None and not session.program.clauses and not session.options.integer("grabanon"):
            raise UserError("no probes matched")
        if session.options.integer("destructive") and not session.options.integer("quiet"):
            _complain("allowing destructive actions")
        return session.run()


def _decode_oops(files: list[str]) -> int:
    """Each death in the files, or in standard input, for people; status 1 if there is none."""
    from .oops.parse import parse
    from .oops.report import report

    number = 0
    for name in files or ["-"]:
        for oops in parse(_read(name).decode("utf-8", "replace").splitlines()):
            number += 1
            stdio.show(("\n" if number > 1 else "") + report(oops, number))
    if not number:
        raise UserError("nothing here that a dying kernel or program prints", hint="a log with lines like RIP:, Code: and Call Trace:")
    return 0


def _read(name: str) -> bytes:
    """A file's content; `-` is standard input."""
    try:
        if name == "-":
            return sys.stdin.buffer.read()
        with open(name, "rb") as file:
            return file.read()
    except OSError as error:
        raise UserError(f"failed to open {name}: {error.strerror}") from None


def _settings(session: Session, request: Request) -> None:
    from .options import TABLE

    for name, value in os.environ.items():
        if name.startswith("DTRACE_OPT_") and name[11:].lower() in TABLE:
            _set(session, name, name[11:].lower(), value, default=True)
    for flag, option, text in request.settings:
        told = option if flag == "x" else text
        _set(session, f"-{flag} {told}" if told else f"-{flag}", option, text)
    if session.options.integer("debug"):
        os.environ["DTRACE_DEBUG"] = "1"


def _set(session: Session, told: str, option: str, value: str | None, default: bool = False) -> None:
    try:
        session.option(option, value, default=default)
    except UserError as error:
        raise UserError(f"failed to set {told}: {error.text}", hint=error.hint) from None


def _sources(session: Session, request: Request) -> None:
    session.arguments = request.operands
    for flag, argument in request.programs:
        if flag == "s":
            text = _read(argument)
            if session.options.integer("cpp"):
                text = _preprocessed(text, argument, session.options)
            session.add(text.decode("utf-8", "surrogateescape"), name=argument)
        else:
            session.add(argument, field=_FIELDS[flag])


def _preprocessed(text: bytes, name: str, options: Options) -> bytes:
    from .session.preprocess import preprocess

    try:
        return preprocess(text, name, options)
    except UserError as error:
        raise UserError(f"failed to compile script {name}: {error.text}", hint=error.hint) from None


def _list(session: Session, verbose: bool) -> None:
    """What cannot be matched is told, but is no failure."""
    from .output.sink import Sink

    found = session.probes()
    sink = Sink(session.output_file)
    sink.write(_HEADER)
    for text, probes in found:
        if not probes:
            sink.flush()
            _complain(f"failed to match {text}: No probe matches description")
        for probe in probes:
            sink.write(_row(probe))
            if verbose:
                sink.write(_describe(probe, session.argument_types(probe)))
    sink.flush()
    sink.close()


_HEADER = f"{'ID':>5} {'PROVIDER':>10} {'MODULE':>17} {'FUNCTION':>33} NAME\n"
_NAMES = "\t\tIdentifier Names: {}\n\t\tData Semantics:   {}\n\t\tDependency Class: {}\n"


def _row(probe: Probe) -> str:
    return f"{probe.id:>5} {probe.provider:>10} {probe.module:>17} {probe.function:>33} {probe.name}\n"


def _describe(probe: Probe, types: list[Type]) -> str:
    from .d.stability import description, provider, words

    descs = words(description((probe.provider, probe.module, probe.function, probe.name)))
    text = "\n\tProbe Description Attributes\n" + _NAMES.format(*descs)
    text += "\n\tArgument Attributes\n" + _NAMES.format(*words(provider(probe.provider)[4]))
    text += "\n\tArgument Types\n"
    if probe.declared:
        text += "".join(f"\t\targs[{i}]: {shown or native}\n" for i, (_, native, shown) in enumerate(probe.declared))
    elif types:
        text += "".join(f"\t\targs[{i}]: {argument.name}\n" for i, argument in enumerate(types))
    else:
        text += "\t\tNone\n"
    return text + f"\n\tMechanism\n\t\t{probe.mechanism}\n\n"


def _stability(session: Session, probes: bool) -> str:
    """The report of -v; with `probes`, those of each clause as well."""
    text = ""
    for source, (kind, name, descs, statement) in zip(session.sources, session.stability(), strict=True):
        text += f"\nStability attributes for {kind} {name}:\n"
        text += "\n\tMinimum Probe Description Attributes\n" + _NAMES.format(*descs)
        text += "\n\tMinimum Statement Attributes\n" + _NAMES.format(*statement)
        if not probes:
            text += "\n"
            continue
        for matched in source.probes:
            text += "\n" + _HEADER + "".join(_row(probe) + _describe(probe, session.argument_types(probe)) for probe in matched)
    return text
