"""What D says of a thread and its stack, against the thread's own word and the kernel's."""

from __future__ import annotations

import os
import subprocess

import pytest
from targets_c import build

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ENGINES = ["kernel", "process"] if os.geteuid() == 0 else ["process"]

# Says how much CPU time it has used, in the buffer of a write that fails; other threads compete for the CPUs.
CPUTIME = r"""
#include <pthread.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>
static volatile long x;
static void *spin(void *a) { for (;;) x++; }
int main(void) {
    pthread_t t;
    for (int i = 0; i < 3; i++) pthread_create(&t, 0, spin, 0);
    for (int i = 0; i < 100; i++) {
        struct timespec ts;
        uint64_t ns;
        for (volatile int k = 0; k < 200000; k++);
        if (i % 10 == 0) usleep(300);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
        ns = ts.tv_sec * 1000000000ull + ts.tv_nsec;
        write(-1, &ns, 8);
    }
    return 0;
}
"""


def dtrace(engine: str, text: str, command: str, *more: str) -> str:
    words = [os.path.join(ROOT, "dtrace"), "-x", f"engine={engine}", *more, "-qn", text, "-c", command]
    done = subprocess.run(words, capture_output=True, timeout=60, text=True)
    assert not done.returncode and not done.stderr.strip(), done.stderr
    return done.stdout


@pytest.mark.parametrize("engine", ENGINES)
def test_vtimestamp_is_the_threads_own_cpu_time(engine: str) -> None:
    text = (
        "syscall::write:entry /pid == $target && (int)arg0 == -1/"
        '{ printf("%d %d\\n", vtimestamp, *(uint64_t *)copyin(arg1, 8)); }'
    )
    rows = [[int(n) for n in line.split()] for line in dtrace(engine, text, build(CPUTIME)).splitlines() if line.strip()]
    assert len(rows) == 100
    ours = [row[0] for row in rows]
    assert ours == sorted(ours)
    differences = sorted(a - b for a, b in rows)
    assert differences[0] > -100_000 and differences[90] < 100_000, differences
