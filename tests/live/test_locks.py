"""mutex_*() and rw_*() in functions of the kernel that are called with a lock held."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
inline int __how[struct rw_semaphore *s] = rw_read_held(s) << 2 | rw_write_held(s) << 1 | rw_iswriter(s);
fbt:vmlinux:do_mmap:entry /progenyof($target)/ { @["mmap", __how[&curthread->mm->mmap_lock]] = count(); }
fbt:vmlinux:sys_getppid:entry /progenyof($target)/ { @["free", __how[&curthread->mm->mmap_lock]] = count(); }
fbt:vmlinux:anon_pipe_buf_release:entry
/progenyof($target)/
{
	this->m = &((struct pipe_inode_info *)arg0)->mutex;
	@["pipe", mutex_owned(this->m) << 1 | (mutex_owner(this->m) == curthread)] = count();
}
"""


def dtrace(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run([sys.executable, "-m", "pydtrace", *words], env=environment, capture_output=True, text=True, timeout=120)


def function_probes() -> bool:
    return os.geteuid() == 0 and "anon_pipe" in dtrace("-xengine=kernel", "-ln", "fbt:vmlinux:anon_pipe_buf_release:entry").stdout


@pytest.mark.skipif(not function_probes(), reason="needs fbt (the lab)")
def test_held(tmp_path: Path) -> None:
    script = tmp_path / "target.sh"
    script.write_text(f"echo hello | {sys.executable} -I -S -c 'import os; input(); os.getppid()'\n")
    run = dtrace("-xengine=kernel", "-q", "-n", PROGRAM, "-c", f"sh {script}")
    assert not run.stderr
    found = {tuple(line.split()[:2]) for line in run.stdout.splitlines() if len(line.split()) == 3}
    assert found == {("mmap", "3"), ("free", "0"), ("pipe", "3")}
