"""The 67 command lines of the reference, byte for byte: stdout, stderr and status.

Masked on both sides, because they differ from run to run or by construction: CPU numbers, probe ids, addresses, stack frames, the offset
in a fault message (BPF pc there, DIF offset here), and the mechanism that our `-lv` adds. What needs later features, or where the
reference itself falls short, is listed by name in EXPECTED_FAILURES with the reason; such a test that passes is reported as XPASS.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))
from reference import Case, cases  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

EXPECTED_FAILURES = {
    "-V": "the reference says its own name",
    "-n BEGIN { trace(timestamp > 0); trace(vtimestamp); exit(0); }": "the reference has no vtimestamp and faults",
    "-Sen BEGIN { exit(0); }": "-S prints DIF and our own eBPF, not the reference's",
    '-n BEGIN { printf("%k", stack()); exit(0); }': "stack() is a value since the reference's 2.0.4",
    '-c sh -c "exit 3" -n proc:::exit { trace(args[0]); }': "the proc provider is of the next issue",
}

_ROW = re.compile(r"^[ \d]{3} [ \d]{6} (?= *\S*:\S+ )", re.M)
_FLOW = re.compile(r"^[ \d]{3}(?= +(?:[=-]>|<[=-]|\|) )", re.M)
_LISTED = re.compile(r"^[ \d]{5}(?= +\S+ )", re.M)

# How long those run that do not end by themselves: emulated, a start takes seconds.
_WHILE = 20 if os.environ.get("PYDTRACE_FORKED") == "1" else 2


def _mask(text: str, case: Case) -> str:
    if any(word.startswith("-l") for word in case.words):
        text = _LISTED.sub("   ID", text)
        text = re.sub(r"\n\tMechanism\n\t\t.*\n", "", text)
        if "-l" in case.words:  # in which order probes of one description are listed is nobody's promise
            text = "".join(sorted(text.splitlines(True)))
    text = _ROW.sub("CPU     ID ", text)
    text = _FLOW.sub("CPU", text)
    text = re.sub(r"0x[0-9a-f]{6,}", "0xADDRESS", text)
    text = re.sub(r" +\d{12,}$", " ADDRESS", text, flags=re.M)
    text = re.sub(r"(?:^ {14}\S.*\n)+", "FRAMES\n", text, flags=re.M)
    text = re.sub(r"for probe ID \d+", "for probe ID N", text)
    text = re.sub(r"at (?:BPF pc|DIF offset) \d+", "at OFFSET", text)
    if "ERROR" in case.name:
        text = re.sub(r"0 1 0 \d+ 1 0", "0 1 0 OFFSET 1 0", text)
    if "trace(execname)" in case.name:
        text = re.sub(r"entry   .{33}", "entry   EXECNAME", text)
    return text


def _run(case: Case) -> tuple[str, str, int]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DTRACE", "_DTRACE"))}
    environment["LC_ALL"] = "C.UTF-8"
    process = subprocess.Popen(
        [os.path.join(ROOT, "dtrace"), *case.words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    writer = None
    if "syscall::write:entry" in case.name:  # somebody has to write
        writer = subprocess.Popen(
            [sys.executable, "-c", "import os, time\nwhile 1: os.write(1, b'x'); time.sleep(.01)"], stdout=subprocess.DEVNULL
        )
    ended = False
    try:
        try:
            out, err = process.communicate(timeout=_WHILE if case.status == 124 else 120)
        except subprocess.TimeoutExpired:
            ended = True
            process.send_signal(signal.SIGTERM)
            try:
                out, err = process.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                out, err = process.communicate()
                return out.decode(errors="replace"), err.decode(errors="replace"), -9
    finally:
        if writer:
            writer.kill()
            writer.wait()
    status = 124 if ended and process.returncode == 0 else process.returncode
    return out.decode(errors="replace"), err.decode(errors="replace"), status


CASES = cases()


def test_all_are_there() -> None:
    assert len(CASES) == 67
    assert not set(EXPECTED_FAILURES) - {case.name for case in CASES}


@pytest.mark.skipif(os.geteuid() != 0, reason="the reference's programs trace the whole system: root only")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name[:70] or "(no arguments)")
def test_reference(case: Case, request: pytest.FixtureRequest) -> None:
    if case.name in EXPECTED_FAILURES:
        request.applymarker(pytest.mark.xfail(reason=EXPECTED_FAILURES[case.name], strict=False))
    out, err, status = _run(case)
    assert (_mask(out, case), _mask(err, case), status) == (_mask(case.stdout, case), _mask(case.stderr, case), case.status)
