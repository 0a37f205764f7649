"""A word that another CPU reads while it is stored never has a value that was not stored."""

from __future__ import annotations

import mmap
import os
import time
from struct import unpack_from

import pytest

from pydtrace.linux.words import store


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two CPUs: one that stores, one that reads")
def test_a_word_is_stored_in_one_piece() -> None:
    memory = mmap.mmap(-1, mmap.PAGESIZE)
    store(memory, 8, 1)
    reader = os.fork()
    if reader == 0:
        wrong = 0
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            for _ in range(1000):
                wrong += unpack_from("Q", memory, 8)[0] not in (1, 1 << 63 | 0xFFFF)
        os._exit(min(wrong, 100))
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        for _ in range(1000):
            store(memory, 8, 1)
            store(memory, 8, 1 << 63 | 0xFFFF)
    assert os.waitstatus_to_exitcode(os.waitpid(reader, 0)[1]) == 0
    assert memory[:8] == bytes(8) and memory[16:24] == bytes(8)
