"""The command line: what each flag does and excludes, where output goes, and what is said of a wrong one. In this process."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pydtrace.cli import main
from pydtrace.usage import USAGE

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="the kernel engine needs root")
HEADER = "   ID   PROVIDER            MODULE                          FUNCTION NAME\n"
BEGIN = "    1     dtrace                                                     BEGIN\n"
END = "    2     dtrace                                                     END\n"
ERROR = "    3     dtrace                                                     ERROR\n"
DONE = "BEGIN { exit(0); }"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("_DTRACE_TESTING", "1")

    def call(*words: str) -> tuple[int, str, str]:
        status = main(list(words))
        out, err = capfd.readouterr()
        return status, out, err

    return call


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], ""),
        ([""], ""),
        (["-q"], ""),
        (["-n"], "dtrace: option requires an argument -- 'n'\n"),
        (["-x"], "dtrace: option requires an argument -- 'x'\n"),
        (["-y", "-n", DONE], "dtrace: invalid option -- 'y'\n"),
        (["-9"], "dtrace: invalid option -- '9'\n"),
        (["-qy", "-n", DONE], "dtrace: invalid option -- 'y'\n"),
        (["-33", "-n", DONE], "dtrace: invalid argument -- -33\n"),
        (["--", "-n", DONE], ""),
    ],
)
def test_wrong_usage(run: Run, words: list[str], text: str) -> None:
    assert run(*words) == (2, "", text + USAGE)


@pytest.mark.parametrize("words", [["-l", "-l"], ["-lV"], ["-V", "-V"], ["-G", "-h"], ["-h", "-n", DONE, "-l"], ["-l", "-G", "-V"]])
def test_one_mode_only(run: Run, words: list[str]) -> None:
    assert run(*words) == (2, "", "dtrace: only one of the [-GhlV] options can be specified at a time\n")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["-G", "-s", "x.d"], "making ELF objects (-G) is not available"),
        (["-h", "-s", "x.d"], "making header files (-h) is not available"),
        (["-A", "-n", DONE], "anonymous tracing (-A) is not available"),
        (["-p", "x", "-n", DONE], "invalid pid 'x'"),
        (["-p", "-1", "-n", DONE], "invalid pid '-1'"),
        (["-p", "0", "-n", DONE], "invalid process-ID: 0"),
        (["-p", "4194304", "-n", DONE], "No such process"),
        (["-c", "", "-n", DONE], "failed to execute: empty command"),
        (["-X", "q", "-n", DONE], "failed to set -X q: Invalid value for specified option"),
        (["-b", "1q", "-n", DONE], "failed to set -b 1q: Invalid value for specified option"),
        (["-x", "strsize", "-n", DONE], "failed to set -x strsize: Invalid value for specified option"),
        (["-x", "quiet=maybe", "-n", DONE], "failed to set -x quiet: Invalid value for specified option"),
        (["-x", "nosuch=1", "-n", DONE], "failed to set -x nosuch: Invalid option name"),
        (["-x", "", "-n", DONE], "failed to set -x: Invalid option name"),
        (["-s", "/nonexistent.d"], "failed to open /nonexistent.d: No such file or directory"),
    ],
)
def test_what_cannot_be_done(run: Run, words: list[str], text: str) -> None:
    assert run(*words) == (1, "", f"dtrace: {text}\n")


@needs_root
@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["-a"], "could not enable tracing: No anonymous tracing state"),
        (["-qa", "-n", DONE], "could not enable tracing: No anonymous tracing state"),
        (["-qb", "0", "-n", DONE], "could not enable tracing: Enabling exceeds size of buffer"),
        (["-i", "0"], "invalid probe specifier 0: invalid probe identifier 0: Unknown probe identifier"),
        (["-Zi", "99999999"], "invalid probe specifier 99999999: invalid probe identifier 99999999: Unknown probe identifier"),
        (["-li", "99999999"], "invalid probe specifier 99999999: invalid probe identifier 99999999: Unknown probe identifier"),
        (["-i", "i23"], "invalid probe specifier i23: probe description :::i23 does not match any probes"),
        (["-i", "-3"], "invalid probe specifier -3: probe description :::-3 does not match any probes"),
        (["-P", "4"], "invalid probe specifier 4: probe identifier 4 not permitted when specifying providers"),
        (["-m", "4"], "invalid probe specifier 4: probe identifier 4 not permitted when specifying modules"),
        (["-lf", "4.56"], "invalid probe specifier 4.56: probe identifier 4 not permitted when specifying functions"),
        (["-P", "foofile"], "invalid probe specifier foofile: probe description foofile::: does not match any probes"),
        (["-m", "profile"], "invalid probe specifier profile: probe description :profile:: does not match any probes"),
        (["-f", "read:"], "invalid probe specifier read:: probe description :read:: does not match any probes"),
        (["-f", "::read:"], "invalid probe specifier ::read:: probe description :read:: does not match any probes"),
        (["-m", ":no::"], 'invalid probe specifier :no::: invalid probe description ":no::": Overspecified probe description'),
        (["-lf", "a:::b"], 'invalid probe specifier a:::b: invalid probe description "a:::b": Overspecified probe description'),
        (["-P", "a:b"], 'invalid probe specifier a:b: invalid probe description "a:b": Overspecified probe description'),
        (["-n", "BEGIN", "{printf(1);}"], "invalid probe specifier BEGIN: extraneous argument '{printf(1);}' ($1 is not referenced)"),
        (["-li", "1", "2", "3"], "invalid probe specifier 1: extraneous argument '3' ($2 is not referenced)"),
    ],
)
def test_wrong_descriptions(run: Run, words: list[str], text: str) -> None:
    assert run(*words) == (1, "", f"dtrace: {text}\n")


@needs_root
@pytest.mark.parametrize(
    ("words", "rows", "failed"),
    [
        (["-P", "dtrace"], BEGIN + END + ERROR, []),
        (["-n", "dtrace:::BEGIN"], BEGIN, []),
        (["-n", "BEGIN,END"], BEGIN + END, []),
        (["-m", "dtrace:"], BEGIN + END + ERROR, []),
        (["-f", "dtrace::"], BEGIN + END + ERROR, []),
        (["-i", "2"], END, []),
        (["-i", "2,1"], END + BEGIN, []),
        (["-i", "dtrace:::E*"], END + ERROR, []),
        (["-n", "3"], ERROR, []),
        (["-P", "dtrace/arg0/"], BEGIN + END + ERROR, []),
        (["-P", 'dtrace/probename == "BEGIN"/{ printf("%d", 1); }'], BEGIN + END + ERROR, []),
        (["-n", "BEGIN { trace($$1); }", "operand"], BEGIN, []),
        (["-n", "BEGIN", "-n", "END", "-n", "BEGIN"], BEGIN + END + BEGIN, []),
        (["-n", "nosuch"], "", [":::nosuch"]),
        (["-m", "foobar"], "", [":foobar::"]),
        (["-f", ":vmlin::"], "", ["vmlin:::"]),
        (["-n", 'nosuch {printf("FOUND");}', "-i", "-3", "-n", "END,no"], END, [":::nosuch", ":::-3", ":::no"]),
        (["-eqFHBwvZ", "-32", "-n", "nosuch"], "", [":::nosuch"]),
    ],
)  # fmt: skip
def test_listing(run: Run, words: list[str], rows: str, failed: list[str]) -> None:
    if "arg0/" in words[1]:
        words = [words[0], words[1] + "{}"]
    text = "".join(f"dtrace: failed to match {desc}: No probe matches description\n" for desc in failed)
    assert run("-l", *words) == (0, HEADER + rows, text)


@needs_root
def test_listing_of_a_script(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.d").write_text("#pragma D option quiet\nBEGIN { trace(1); }\n\nEND, dtrace:::ERROR\n/pid/ { }\n1 { }\n")
    assert run("-l", "-s", str(tmp_path / "x.d")) == (0, HEADER + BEGIN + END + ERROR + BEGIN, "")
    (tmp_path / "x.d").write_text("BEGIN { trace(nosuch); }\n")
    told = f"dtrace: failed to compile script {tmp_path}/x.d: line 1: failed to resolve nosuch: Unknown variable name\n"
    assert run("-ls", str(tmp_path / "x.d")) == (1, "", told)


@needs_root
def test_output_files(run: Run, tmp_path: Path) -> None:
    """-o appends, whatever the mode; what is no data stays on standard error."""
    path = tmp_path / "out"
    assert run("-o", str(path), "-qn", 'BEGIN { printf("one\\n"); exit(0); }') == (0, "", "")
    assert run("-o", str(path), "-ln", "BEGIN") == (0, "", "")
    assert run("-n", 'BEGIN { printf("two\\n"); exit(3); }', "-o", str(path)) == (3, "", "dtrace: description 'BEGIN ' matched 1 probe\n")
    kept = path.read_text()
    assert kept.startswith(f"one\n\n{HEADER}{BEGIN}") and kept.endswith("two\n\n\n"), kept
    told = f"dtrace: failed to open output file '{tmp_path}/no/out': No such file or directory\n"
    for words in (["-ln", "BEGIN"], ["-qn", DONE]):
        assert run("-o", f"{tmp_path}/no/out", *words) == (1, "", told)


@pytest.mark.parametrize("words", [["-V"], ["-V", "-n", "nosuch syntax"], ["-qV"], ["-Vx", "nosuch"]])
def test_version(run: Run, words: list[str]) -> None:
    status, out, err = run(*words)
    assert (status, err) == (0, "") and out.startswith("dtrace: ") and out.count("\n") == 1


@needs_root
@pytest.mark.parametrize(
    "words",
    [
        ["-B"], ["-32"], ["-64"], ["-b", "64k"], ["-b64k"], ["-x", "bufsize=64k"], ["-xbufsize=64k"], ["-X", "s"], ["-Xt"], ["-H"],
        ["-I", "/x"], ["-L", "/nonexistent"], ["-D", "A=1"], ["-UA"], ["-w"], ["-Z"], ["-C"],
    ],
)  # fmt: skip
def test_flags_that_change_nothing_here(run: Run, words: list[str]) -> None:
    assert run(*words, "-qn", 'BEGIN { printf("x\\n"); exit(0); }') == (0, "x\n\n", "")


@needs_root
def test_several_programs_are_one(run: Run) -> None:
    """Operands may stand anywhere; they belong to all programs, each of which must name the last."""
    end = 'dtrace/probename == "END" && $1/{ printf("end\\n"); }'
    assert run("-n", 'BEGIN { printf("%d\\n", $1); }', "7", "-P", end, "-q", "-n", "1 { exit($1); }") == (7, "7\nend\n\n", "")


@needs_root
def test_the_last_of_two_settings_counts(run: Run) -> None:
    assert run("-b", "64k", "-b", "0", "-qn", DONE)[0] == 1
    assert run("-b", "0", "-b", "64k", "-qn", DONE) == (0, "\n", "")
    assert run("-q", "-xquiet=no", "-n", DONE)[2] == "dtrace: description 'BEGIN ' matched 1 probe\n"
