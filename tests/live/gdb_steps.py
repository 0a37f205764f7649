"""Run inside gdb: step through a program and compare our stack with gdb's after each round. Prints `steps N different M guessed G`,
and the first differences; steps where gdb has a frame that is not code do not count.

    STEPS=1000 STRIDE=7 SRC=…/src gdb -nx -batch -x gdb_steps.py PROGRAM
"""

import os
import sys

import gdb  # type: ignore[import-not-found]

sys.path.insert(0, os.environ["SRC"])
from pydtrace.elf.symbols import Symbolizer  # noqa: E402
from pydtrace.elf.unwind import Stack, frames  # noqa: E402

NAMES = ["rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", *(f"r{n}" for n in range(8, 16)), "rip"]
MOST = 60


def read(addr, size):
    try:
        return bytes(gdb.selected_inferior().read_memory(addr, size))
    except gdb.MemoryError:
        return b""


def theirs():
    found = []
    frame = gdb.newest_frame()
    while frame is not None and len(found) < MOST:
        # Frames of inlined and tail-called functions have no return address: gdb makes them up from debug information.
        if frame.type() not in (gdb.INLINE_FRAME, gdb.TAILCALL_FRAME):
            found.append(frame.pc())
        frame = frame.older()
    while found and found[-1] == 0:
        found.pop()
    return found


for command in (
    "pagination off", "confirm off", "debuginfod enabled off", "startup-with-shell off", "backtrace past-main on", "backtrace past-entry on"
):  # fmt: skip
    gdb.execute(f"set {command}")
gdb.execute("handle SIGUSR1 nostop noprint pass")
gdb.execute("break main")
gdb.execute("run >/dev/null")
gdb.execute("delete")
symbols = Symbolizer(gdb.selected_inferior().pid)
steps = different = guessed = 0
for _ in range(int(os.environ["STEPS"])):
    gdb.execute(f"stepi {os.environ['STRIDE']}", to_string=True)
    if not gdb.selected_inferior().pid:
        break
    regs = [int(gdb.parse_and_eval(f"(unsigned long)${name}")) & (1 << 64) - 1 for name in NAMES]
    ours = frames(symbols, regs, Stack(regs[7], read(regs[7], 2048), read), MOST)
    expected = theirs()
    if not all(symbols.is_code(addr) for addr in expected):
        guessed += 1  # gdb, in code without frame information (crtstuff's)
        continue
    steps += 1
    if ours != expected:
        different += 1
        if different < 5:
            print("ours", [symbols.text(a) for a in ours], "gdb", [symbols.text(a) for a in expected])
print("steps", steps, "different", different, "guessed", guessed)
gdb.execute("kill")
