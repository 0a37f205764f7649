"""A target that is an emulated CPU (unicorn): one thread, its memory, and the loop of a tracer. The breakpoint engine is the real one."""

from __future__ import annotations

import os
from typing import Any

import pytest

from pydtrace.linux import ptrace
from pydtrace.target.space import Space, Thread

unicorn = pytest.importorskip("unicorn", reason="unicorn, the emulated CPU, is not installed (make venv)")
from unicorn import x86_const as X  # noqa: E402

CODE, STACK, AREA, SIZE = 0x40000000, 0x60000000, 0x40100000, 0x10000
_SIGTRAP, _SI_KERNEL, _TRAP_TRACE = 5, 0x80, 2
_SEGMENTS = ("cs", "ss", "ds", "es", "fs", "gs")
_NAMES = [name for name in ptrace._REGISTERS if hasattr(X, f"UC_X86_REG_{name.upper()}") and name not in _SEGMENTS]


class EmulatedMemory:
    pid = 0

    def __init__(self, uc: Any) -> None:
        self.uc = uc

    def read(self, addr: int, size: int) -> bytes:
        try:
            return bytes(self.uc.mem_read(addr, size))
        except unicorn.UcError:
            return b""

    def write(self, addr: int, data: bytes) -> None:
        self.uc.mem_write(addr, data)
        self.uc.ctl_flush_tb()


class EmulatedSpace(Space):
    __slots__ = ("emulated",)

    def __init__(self, uc: Any) -> None:
        super().__init__(os.getpid())
        self.emulated = EmulatedMemory(uc)

    @property
    def memory(self) -> Any:
        return self.emulated


class EmulatedThread(Thread):
    __slots__ = ("code", "uc", "want")

    def __init__(self, uc: Any, space: EmulatedSpace) -> None:
        super().__init__(1, space.pid, space, 0)
        self.uc = uc
        self.want = "go"
        self.code = 0

    @property
    def regs(self) -> ptrace.Regs:
        if self._regs is None:
            self._regs = ptrace.Regs()
            for name in _NAMES:
                setattr(self._regs, name, self.uc.reg_read(getattr(X, f"UC_X86_REG_{name.upper()}")))
        return self._regs

    def set_regs(self, regs: ptrace.Regs) -> None:
        self._regs = regs
        for name in _NAMES:
            self.uc.reg_write(getattr(X, f"UC_X86_REG_{name.upper()}"), getattr(regs, name))

    def jump(self, rip: int) -> None:
        self.uc.reg_write(X.UC_X86_REG_RIP, rip)
        if self._regs is not None:
            self._regs.rip = rip

    def cause(self) -> tuple[int, int, int]:
        return _SIGTRAP, self.code, 0

    def step(self) -> None:
        self.want = "step"

    def go(self) -> None:
        self.want = "go"


class _Process:
    own = True
    pid = os.getpid()


class EmulatedTracer:
    """What Breakpoints needs of a tracer, and `run`. The program ends when it comes to `end`."""

    outlived = False
    holding = True

    def __init__(self, code: bytes) -> None:
        self.uc = unicorn.Uc(unicorn.UC_ARCH_X86, unicorn.UC_MODE_64)
        self.uc.mem_map(CODE, SIZE)
        self.uc.mem_map(STACK, SIZE)
        self.uc.mem_write(CODE, code)
        self.uc.reg_write(X.UC_X86_REG_RSP, STACK + SIZE - 256)
        self.uc.reg_write(X.UC_X86_REG_RIP, CODE)
        self.uc.hook_add(unicorn.UC_HOOK_INTR, self._interrupt)
        self.end = CODE + len(code)
        space = EmulatedSpace(self.uc)
        self.thread = EmulatedThread(self.uc, space)
        self.threads = {1: self.thread}
        self.spaces = {space}
        self.process = _Process()
        self.processes = (self.process,)
        self.breakpoints: Any = None
        self.fired: list[int] = []
        self._trapped = False

    def stop_all(self) -> None: ...

    def resume_all(self) -> None: ...

    def inject(self, space: Space, nr: int, *args: int) -> tuple[int, bytes]:
        """mmap."""
        self.uc.mem_map(AREA, args[1])
        return AREA, b""

    def _interrupt(self, uc: Any, number: int, _: object) -> None:
        self._trapped = number == 3
        uc.emu_stop()

    def run(self) -> str:
        """Up to the end ("end"), or to what is not ours."""
        thread, uc = self.thread, self.uc
        while True:
            thread.want = "go"
            if thread.stepping is not None:
                thread.stepping(thread)
            self._trapped = False
            try:
                uc.emu_start(uc.reg_read(X.UC_X86_REG_RIP), self.end, count=1 if thread.want == "step" else 0)
            except unicorn.UcError as error:
                return f"fault at {uc.reg_read(X.UC_X86_REG_RIP):#x}: {error}"
            rip = uc.reg_read(X.UC_X86_REG_RIP)
            if self._trapped and thread.space.memory.read(rip - 1, 1) != b"\xcc":
                rip += 1
                uc.reg_write(X.UC_X86_REG_RIP, rip)
            thread.forget_regs()
            if not self._trapped and thread.want == "go":
                return "end" if rip == self.end else f"strayed to {rip:#x}"
            thread.code = _SI_KERNEL if self._trapped else _TRAP_TRACE
            probes = self.breakpoints.hit(thread)
            if probes is None:
                return f"a trap at {rip:#x} that is not ours"
            self.fired += probes
            self.breakpoints.finish(thread)
            thread.forget_regs()
