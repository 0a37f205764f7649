"""32-bit programs under the kernel engine: names, stacks by frame pointers, and their system calls, which are not those of our numbers."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the kernel engine needs root")

# No libc is needed. Call 64 is its getppid, and a 64-bit program's semget.
PROGRAM = r"""
__attribute__((noinline)) int call(int n, void *a) {
    int r;
    __asm__ volatile("int $0x80" : "=a"(r) : "a"(n), "b"(a), "c"(0), "d"(0) : "memory");
    return r;
}
__attribute__((noinline)) int spin(int n) { volatile int x = 0; while (n-- > 0) x++; return x; }
__attribute__((noinline)) int deep(int n) { return n ? deep(n - 1) + 1 : spin(10000000); }
void _start(void) {
    for (int i = 0; i < 30; i++) { deep(2); call(64, 0); }
    call(1, 0);
}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> str:
    gcc = shutil.which("gcc")
    if gcc is None:
        pytest.skip("gcc is not installed")
    path = str(tmp_path_factory.mktemp("narrow") / "narrow")
    flags = "-m32 -O1 -fno-omit-frame-pointer -fno-optimize-sibling-calls -fno-pic -no-pie -nostdlib -static -fcf-protection=none"
    made = subprocess.run([gcc, *flags.split(), "-x", "c", "-", "-o", path], input=PROGRAM, text=True, capture_output=True)
    if made.returncode:
        pytest.skip("gcc makes no 32-bit programs here")
    try:
        subprocess.run([path], timeout=60)
    except OSError:
        pytest.skip("this kernel runs no 32-bit programs")
    return path


def dtrace(text: str, program: str) -> str:
    command = [os.path.join(ROOT, "dtrace"), "-x", "engine=kernel", "-qn", text, "-c", program]
    done = subprocess.run(command, capture_output=True, timeout=60, text=True)
    assert not done.returncode and not done.stderr.strip(), done.stderr
    return done.stdout


def test_stacks_and_names(program: str) -> None:
    found = dtrace("profile-97 /pid == $target && arg1/ { @[ustack(4)] = count(); @u[ufunc(arg1)] = count(); }", program)
    stack = [line.strip().split("+")[0] for line in found.splitlines() if "`" in line]
    assert stack[:4] == ["narrow`spin", "narrow`deep", "narrow`deep", "narrow`deep"], found
    assert "narrow`spin  " in found


def test_its_system_calls_are_not_ours(program: str) -> None:
    assert dtrace("syscall::semget:,syscall::getppid: /pid == $target/ { @[probefunc] = count(); }", program).strip() == ""
