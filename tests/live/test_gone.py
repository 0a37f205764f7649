"""Names for addresses of processes that are gone when their records are read: children, programs before an exec, removed files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest
from targets_c import build

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the kernel engine needs root")

# Forks children that make a call and are gone; the last one runs this program anew, which does the same.
CHILDREN = r"""
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
__attribute__((noinline)) void child(int n) {
    syscall(SYS_getppid);
    if (n == 4) execl("/proc/self/exe", "again", "x", (char *)0);
    _exit(n);
}
__attribute__((noinline)) void again(void) { syscall(SYS_getppid); _exit(0); }
int main(int argc, char **argv) {
    if (argc > 1) again();
    for (int i = 0; i < 5; i++) {
        if (!fork()) child(i);
        while (wait(0) > 0);
    }
    return 0;
}
"""


def run(text: str, *words: str) -> str:
    # All records are read at the end: by then every child is gone.
    command = [os.path.join(ROOT, "dtrace"), "-x", "bufpolicy=fill", "-qn", text, *words]
    done = subprocess.run(command, capture_output=True, timeout=60, text=True)
    assert not done.returncode and not done.stderr.strip(), done.stderr
    return re.sub(r"\+0x[0-9a-f]+$", "", done.stdout, flags=re.MULTILINE)


def test_children_and_programs_before_an_exec() -> None:
    program = build(CHILDREN, "-fomit-frame-pointer")
    name = os.path.basename(program)
    lines = run("syscall::getppid:entry /ppid == $target/ { ustack(3); usym(uregs[R_RIP]); }", "-c", program).splitlines()
    frames = [line.strip() for line in lines if line.startswith("   ")]
    one, two = ["libc.so.6`syscall", f"{name}`child", f"{name}`main"], ["libc.so.6`syscall", f"{name}`again"]
    assert frames[:15] == one * 5
    assert frames[15:17] == two
    assert sum(line.strip() == "libc.so.6`syscall" for line in lines if line.startswith("  l")) == 6, lines


def test_aggregation_by_the_stacks_of_children() -> None:
    program = build(CHILDREN, "-fomit-frame-pointer")
    text = "syscall::getppid:entry /ppid == $target/ { @[ustack(2), usym(uregs[R_RIP])] = count(); }"
    found = run(text, "-c", program)
    assert found.count("`child\n") == 5 and found.count("`again\n") == 1, found
    assert "0x" not in found


def test_a_child_in_another_mount_name_space(tmp_path: object) -> None:
    """Its files are not where we see them, and soon nowhere."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("unshare is not installed")
    program = build(CHILDREN, "-static", "-fomit-frame-pointer")
    hidden = f"{tmp_path}/elsewhere"
    os.mkdir(hidden)
    script = f"mount -t tmpfs none {hidden} && cp {program} {hidden}/inside && {hidden}/inside; sleep 0.2"
    if subprocess.run([unshare, "-m", "true"], check=False, capture_output=True).returncode:
        pytest.skip("no mount name spaces here")
    path = f"{tmp_path}/run"
    with open(path, "w") as file:
        file.write(script)
    found = run('syscall::getppid:entry /execname == "inside"/ { ustack(2); }', "-c", f"{unshare} -m sh {path}")
    assert found.count("inside`child") == 5, found


def test_a_program_that_is_removed_soon(tmp_path: object) -> None:
    program = build(CHILDREN, "-fomit-frame-pointer")
    path = f"{tmp_path}/run"
    with open(path, "w") as file:
        file.write(f"cp {program} {tmp_path}/soon; {tmp_path}/soon; sleep 0.2; rm {tmp_path}/soon; cp /bin/true {tmp_path}/soon")
    found = run('syscall::getppid:entry /execname == "soon"/ { ustack(2); }', "-c", f"sh {path}")
    assert found.count("soon`child") == 5, found
