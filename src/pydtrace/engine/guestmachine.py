"""What clauses of the guest engine may ask: a vCPU's registers, the guest's memory through its page tables, the task that runs on it.

Kernel and user addresses are read alike: the page tables of a vCPU in the kernel have both.
"""

from __future__ import annotations

from ..backend.python.machine import Fault, Machine
from ..guest.kernel import Kernel
from ..guest.remote import Remote

_M = (1 << 64) - 1
_BADADDR, _ILLOP = 1, 3
_OURS = (0xFFFF_4000_0000_0000 >> 44, 0xFFFF_5000_0000_0000 >> 44)  # the machine's own addresses
_ARGUMENTS = ("rdi", "rsi", "rdx", "rcx", "r8", "r9")
_PT_REGS = (112, 104, 96, 56, 72, 64)  # where struct pt_regs has a system call's arguments
_UREGS = (
    "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi", "",
    "rip", "cs", "eflags", "rsp", "ss",
)  # fmt: skip


class Arguments:
    """arg0 to arg9 of a function that has just been entered, read when asked for."""

    __slots__ = ("_call", "_machine")

    def __init__(self, machine: GuestMachine, call: bool) -> None:
        self._machine = machine
        self._call = call  # its one argument is the caller's registers, which hold the call's own

    def __getitem__(self, n: int) -> int:
        machine = self._machine
        if self._call:
            return machine.word(machine.regs["rdi"] + _PT_REGS[n]) if n < 6 else 0
        return machine.regs[_ARGUMENTS[n]] if n < 6 else machine.word(machine.regs["rsp"] + 8 + 8 * (n - 6))


class GuestMachine(Machine):
    """A Machine over the stopped vCPU whose registers are `regs`; with none, the tracer itself is what fires."""

    __slots__ = ("comm", "kernel", "offsets", "regs", "remote", "task")

    def __init__(self, strsize: int, remote: Remote, kernel: Kernel) -> None:
        super().__init__(strsize)
        self.remote = remote
        self.kernel = kernel
        self.regs: dict[str, int] = {}
        self.offsets: dict[str, int] = {}
        self.task = 0
        self.comm = b""

    def word(self, addr: int, size: int = 8) -> int:
        return int.from_bytes(self._read(addr & _M, size), "little")

    def _read(self, addr: int, size: int) -> bytes:
        data = self._bytes(addr, size)
        if len(data) != size:
            raise Fault(_BADADDR, addr)
        return data

    def _bytes(self, addr: int, size: int) -> bytes:
        """What can be read of these. BEGIN, END and tick fire while the machine runs: it is held for the moment. A hit that this cuts short
        comes again, for the vCPU still stands at the breakpoint."""
        remote = self.remote
        if not remote.running:
            return remote.read(addr, size) if self.regs else b""
        remote.interrupt()
        try:
            return remote.read(addr, size) if self.kernel.mapped() else b""
        finally:
            remote.go()

    def read_kernel(self, addr: int, size: int) -> bytes:
        return super().read_kernel(addr, size) if addr >> 44 in _OURS else self._read(addr, size)

    def read_kernel_str(self, addr: int, most: int) -> bytes:
        return super().read_kernel_str(addr, most) if addr >> 44 in _OURS else self.read_user_str(addr, most)

    def read_user(self, addr: int, size: int) -> bytes:
        return self._read(addr, size)

    def read_user_str(self, addr: int, most: int) -> bytes:
        found = b""
        while len(found) < most:
            # Up to the end of the page: what is behind it may not be there.
            size = min(most - len(found), 4096 - (addr + len(found)) % 4096)
            data = self._bytes(addr + len(found), size)
            end = data.find(0)
            if end >= 0:
                return found + data[:end]
            if len(data) < size:
                break
            found += data
        else:
            return found
        raise Fault(_BADADDR, addr)

    def get_execname(self) -> bytes:
        return self.comm if self.regs else b"dtrace"

    def get_curthread(self) -> int:
        if not self.task:
            raise Fault(_ILLOP, 0)
        return self.task

    def _id(self, name: str) -> int:
        at = self.offsets.get(name)
        if at is None or "cred" not in self.offsets or not self.task:
            raise Fault(_ILLOP, 0)
        return self.word(self.word(self.task + self.offsets["cred"]) + at, 4)

    def get_uid(self) -> int:
        return self._id("uid")

    def get_gid(self) -> int:
        return self._id("gid")

    def get_ppid(self) -> int:
        at = self.offsets.get("real_parent")
        if at is None or not self.task:
            raise Fault(_ILLOP, 0)
        return self.word(self.word(self.task + at) + self.offsets["tgid"], 4)

    def get_caller(self) -> int:
        return self.word(self.regs["rsp"]) if self.regs else 0

    def stack(self, frames: int) -> tuple[int, ...]:
        from ..guest.orc import unwind

        return tuple(unwind(self.kernel, self.regs, frames)) if self.regs else ()

    def get_stackdepth(self) -> int:
        return len(self.stack(127))

    def ureg(self, n: int) -> int:
        name = _UREGS[n] if n < len(_UREGS) else ""
        if name not in self.regs:
            raise Fault(_ILLOP, n)
        return self.regs[name]
