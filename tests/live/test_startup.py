"""What a plain program loads: start-up is mostly imports, so rooms that it does not need must not come in by the way."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SOURCE = os.path.join(os.path.dirname(__file__), "../../src")
CHILD = """
import os, sys
sys.path[:0] = [sys.argv.pop(1)]
before = set(sys.modules)
from pydtrace.cli import main
status = main(["-qn", "BEGIN { exit(0); }"])
print(*sorted(set(sys.modules) - before), file=sys.stderr)
os._exit(status)
"""
MOST = 88  # of ours: their imports are half of a start
# What a plain program has no use for, by subject. A name stands for all that is in the package, too.
IDLE = """
    pydtrace.btf pydtrace.elf pydtrace.x86 pydtrace.target pydtrace.breakpoint pydtrace.backend.python pydtrace.engine.process
    pydtrace.output.aggregates pydtrace.output.histograms pydtrace.output.snapshots pydtrace.output.effects pydtrace.output.objects
    pydtrace.d.printf pydtrace.d.render pydtrace.d.stability pydtrace.d.directives pydtrace.d.provider pydtrace.d.libdirs
    pydtrace.d.declarations pydtrace.dif.printer pydtrace.dif.hints
    pydtrace.providers.fbt pydtrace.providers.syscall pydtrace.providers.syscalls_table pydtrace.providers.ctypes pydtrace.providers.profile
    pydtrace.backend.bpf.strings pydtrace.backend.bpf.routine pydtrace.backend.bpf.memory pydtrace.backend.bpf.stacks
    pydtrace.backend.bpf.ustack pydtrace.backend.bpf.thread pydtrace.backend.bpf.threadkey pydtrace.backend.bpf.fentry
    pydtrace.backend.bpf.aggregate pydtrace.backend.bpf.aggregations pydtrace.backend.bpf.funcinfo pydtrace.backend.bpf.disasm
    pydtrace.engine.aggregations pydtrace.engine.speculations pydtrace.engine.contexts pydtrace.engine.functions pydtrace.engine.merge
    pydtrace.linux.perf pydtrace.linux.features pydtrace.linux.kallsyms pydtrace.linux.tracefs
    typing dataclasses enum re collections functools json inspect argparse subprocess logging pathlib rich
""".split()


@pytest.mark.skipif(os.geteuid() != 0, reason="the kernel engine needs root")
def test_modules_of_a_plain_program() -> None:
    done = subprocess.run([sys.executable, "-I", "-S", "-c", CHILD, SOURCE], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    loaded = done.stderr.split()
    idle = [name for name in loaded if any(name == other or name.startswith(other + ".") for other in IDLE)]
    assert not idle
    ours = [name for name in loaded if name.startswith("pydtrace")]
    assert len(ours) <= MOST, f"{len(ours)} modules: {' '.join(ours)}"
