"""Copied result == in-place, on the real CPU (invariants 6, 9, 10, 13, 16): each form from random registers, flags, vector registers
and memory, in its place, in a slot near it and (where it addresses memory by RIP) in one 6 GiB away. Afterwards all of it must be equal.

`PYDTRACE_STATES` is how many states a form; make soak takes 100,000.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import harness_c
import targets_c

from pydtrace.x86.decide import decide
from pydtrace.x86.slot import build_slot

STATES = int(os.environ.get("PYDTRACE_STATES", "2000"))
ALL = (1 << 64) - 1
REGISTERS = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split()

# name: (bytes, what registers must be). "mem": points into memory; a number: random & it; a word of TARGETS: an address.
# DISP stands for the displacement to a cell, REL8 and REL32 for one to the branch's target.
FORMS: dict[str, tuple[str, dict[str, object]]] = {
    "push_rbp": ("55", {}),
    "push_rsp": ("54", {}),
    "push_r12": ("4154", {}),
    "push_imm": ("6887654321", {}),
    "push_rip": ("ff35DISP", {}),
    "pop_rbx": ("5b", {}),
    "pop_rsp": ("5c", {}),
    "pop_rip": ("8f05DISP", {}),
    "sub_rsp": ("4883ec18", {}),
    "mov_rbp_rsp": ("4889e5", {}),
    "lea_rsp": ("488d642408", {}),
    "lea_rip": ("488d05DISP", {}),
    "mov_load": ("488b4308", {"rbx": "mem"}),
    "mov_store": ("4889442410", {}),
    "mov_load_rip": ("488b05DISP", {}),
    "mov_store_rip": ("48891dDISP", {}),
    "mov_esi_rip": ("8b35DISP", {}),
    "mov_imm_rip": ("c705DISP78563412", {}),
    "cmp_imm_rip": ("803dDISP41", {}),
    "add_r9_rip": ("4c010dDISP", {}),
    "xor_eax": ("31c0", {}),
    "test_rdi": ("4885ff", {}),
    "inc": ("48ffc0", {}),
    "lock_inc": ("f048ff03", {"rbx": "mem"}),
    "lock_xadd_rip": ("f0480fc105DISP", {}),
    "shl_cl_rip": ("48d325DISP", {}),
    "mul_rip": ("48f725DISP", {}),
    "mulx_rip": ("c4e2fbf615DISP", {}),
    "cmpxchg16b_rip": ("480fc70dDISP", {}),
    "cmpxchg_rip": ("480fb10dDISP", {}),
    "bsr": ("480fbdc7", {}),
    "cmov": ("480f44c1", {}),
    "setg_rip": ("0f9f05DISP", {}),
    "sse_load_rip": ("f30f6f05DISP", {}),
    "sse_add_rip": ("660ffe0dDISP", {}),
    "sse_store": ("0f1103", {"rbx": "mem"}),
    "avx_rip": ("c5f9fe05DISP", {}),
    "avx3_rip": ("c46139fe05DISP", {}),
    "rep_stosb": ("f3aa", {"rdi": "mem", "rcx": 7, "flags": "cld"}),
    "rep_movsq": ("f348a5", {"rdi": "mem", "rsi": "mem", "rcx": 3}),
    "repe_cmpsb": ("f3a6", {"rdi": "mem", "rsi": "mem", "rcx": 15}),
    "lodsb": ("ac", {"rsi": "mem"}),
    "pushf": ("9c", {}),
    "popf": ("9d", {"top": 0xCD5}),
    "lahf": ("9f", {}),
    "sahf": ("9e", {}),
    "cld": ("fc", {}),
    "std": ("fd", {}),
    "leave": ("c9", {"rbp": "mem"}),
    "enter": ("c8100000", {}),
    "xchg_rsp": ("48870424", {}),
    "bswap": ("480fc8", {}),
    "cqo": ("4899", {}),
    "ret": ("c3", {"top": "next"}),
    "ret16": ("c21000", {"top": "taken"}),
    "rep_ret": ("f3c3", {"top": "taken"}),
    "call_rel": ("e8REL32", {}),
    "call_rax": ("ffd0", {"rax": "taken"}),
    "call_r12": ("41ffd4", {"r12": "taken"}),
    "jmp_rdx": ("ffe2", {"rdx": "taken"}),
    "jmp_mem": ("ff2424", {"top": "taken"}),
    "syscall": ("0f05", {"rax": "getppid"}),
    "loop": ("e2REL8", {"rcx": 3}),
    "loope": ("e1REL8", {"rcx": 3}),
    "loopne": ("e0REL8", {"rcx": 3}),
    "jrcxz": ("e3REL8", {"rcx": 1}),
    "jecxz": ("67e3REL8", {"rcx": 0x700000001}),
    **{f"jcc8_{n:x}": (f"7{n:x}REL8", {}) for n in range(16)},
    **{f"jcc32_{n:x}": (f"0f8{n:x}REL32", {}) for n in range(16)},
}  # fmt: skip


class _State(ctypes.Structure):
    _fields_ = [("r", ctypes.c_uint64 * 16), ("flags", ctypes.c_uint64), ("marker", ctypes.c_uint64), ("rest", ctypes.c_ubyte * 1088)]


class _Form(ctypes.Structure):
    _fields_ = [
        ("keep", ctypes.c_uint64 * 16),
        ("add", ctypes.c_uint64 * 16),
        ("top_keep", ctypes.c_uint64),
        ("top_add", ctypes.c_uint64),
    ]


class Cpu:
    """Memory for code, near and far, and the library that runs it."""

    def __init__(self, library: str) -> None:
        self.lib = ctypes.CDLL(library)
        for name in ("mem_at", "stack_at", "next_at", "taken_at"):
            getattr(self.lib, name).restype = ctypes.c_uint64
        libc = ctypes.CDLL(None)
        libc.mmap.restype = ctypes.c_uint64
        libc.mmap.argtypes = (ctypes.c_uint64, ctypes.c_uint64, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_uint64)
        self.base = 0x1234_5600_0000
        self.far = self.base + (6 << 30)
        for at in (self.base, self.far):
            flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x100000
            assert libc.mmap(at, 65536, 7, flags, -1 & ALL, 0) == at
        self.cell = self.base + 0x2000

    @staticmethod
    def write(at: int, data: bytes) -> None:
        ctypes.memmove(at, data, len(data))

    def jump(self, at: int, to: int) -> None:
        self.write(at, b"\xff\x25\0\0\0\0" + to.to_bytes(8, "little"))

    def check(self, name: str, states: int) -> str:
        """"" or what is different."""
        text, wants = FORMS[name]
        addr, target = self.base + 0x1000, self.base + 0x1040
        length = len(text.replace("DISP", "00000000").replace("REL32", "00000000").replace("REL8", "00")) // 2
        tail = len(text.split("DISP")[1]) // 2 if "DISP" in text else 0
        assert tail + length < 64
        for word, size, to in (("DISP", 4, self.cell), ("REL32", 4, target), ("REL8", 1, target)):
            text = text.replace(word, (to - addr - length).to_bytes(size, "little", signed=True).hex())
        code = bytes.fromhex(text)
        assert len(code) == length
        decision = decide(code, addr)
        assert decision.kind == "slot", decision
        self.write(addr, code)
        self.jump(decision.next, self.lib.next_at())
        self.jump(target, self.lib.taken_at())
        entries = (ctypes.c_uint64 * 3)(addr, 0, 0)
        far = decision.patch >= 0
        for n, at in ((1, self.base + 0x3000), (2, self.far)):
            if n == 2 and not far:
                continue
            built = build_slot(decision, at)
            if n == 2 and built is None:
                assert name in ("push_rip", "pop_rip"), f"{name}: no slot far away"
                continue
            assert built is not None
            self.write(at, built.code)
            entries[n] = at
        form = _Form()
        places = {"next": decision.next, "taken": target, "getppid": 110, "mem": self.lib.mem_at()}
        for n, register in enumerate(REGISTERS):
            want = wants.get(register, ALL)
            form.keep[n], form.add[n] = (want, 0) if isinstance(want, int) else (0, places[str(want)])
        top = wants.get("top", 0)
        form.top_keep, form.top_add = (top, 0) if isinstance(top, int) else (0, places[str(top)])
        first = (_State * 3)()
        seed = zlib.crc32(name.encode())
        bad = self.lib.check(entries, ctypes.c_uint64(seed), ctypes.c_long(states), ctypes.byref(form), ctypes.c_void_p(self.cell),
                             ctypes.c_long(144 if far else 0), first)  # fmt: skip
        if not bad:
            return ""
        differ = [
            f"{register}: {first[0].r[n]:#x} became {first[1].r[n]:#x}, in a slot {first[2].r[n]:#x}"
            for n, register in enumerate(REGISTERS)
            if first[1].r[n] != first[2].r[n]
        ]
        more = [(one.flags, one.marker) for one in first]
        return f"{name}: {bad} of {states}: {differ} flags and way {more}"


def main(library: str) -> None:
    cpu = Cpu(library)
    for name in FORMS:
        print(name, cpu.check(name, STATES) or "ok", flush=True)


@pytest.mark.timeout(600)
def test_invariants_6_9_10_13_16_slots_do_what_the_cpu_does() -> None:
    library = targets_c.build(harness_c.SOURCE, "-shared", "-fPIC", "-Wl,-Bsymbolic")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, __file__, library], capture_output=True, text=True, env=environment, timeout=590)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, f"ended by {done.returncode} behind {lines[-1:]}: {done.stderr[-2000:]}"
    assert [line for line in lines if not line.endswith(" ok")] == []
    assert len(lines) == len(FORMS)


if __name__ == "__main__":
    main(sys.argv[1])
