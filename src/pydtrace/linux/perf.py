"""perf_event_open(2): timers, and the kernel's k/uprobes as perf events.

Every event is opened disabled; the caller sets its program (`set_bpf`, or a link by `bpf.link_create` with a cookie) and enables
it. Closing the descriptor detaches. The probe kinds are dynamic PMUs: their type number and the place of the return bit
are read from sysfs, never assumed.
"""

from __future__ import annotations

import fcntl
import os
from struct import pack_into

from .syscall import address, buffer, check, numbers, syscall

_ATTR_SIZE = 112
_DISABLED = 1
TYPE_SOFTWARE, TYPE_TRACEPOINT = 1, 2
COUNT_SW_CPU_CLOCK, COUNT_SW_DUMMY = 0, 9
# Bits of the attribute's flags: mmap, comm, task, sample_id_all, mmap2, comm_exec, use_clockid; and of what is in a sample: the time.
_PROCESSES = 1 << 8 | 1 << 9 | 1 << 13 | 1 << 18 | 1 << 23 | 1 << 24 | 1 << 25
_SAMPLE_TIME = 4
_CLOCK_MONOTONIC = 1
_FLAG_FD_CLOEXEC = 8
_IOC_ENABLE, _IOC_DISABLE, _IOC_SET_BPF = 0x2400, 0x2401, 0x40042408
_DEVICES = "/sys/bus/event_source/devices"


class Pmu:
    """A dynamic event source: its type number, and the bit of `config` that asks for the return."""

    __slots__ = ("name", "retprobe", "type")

    def __init__(self, name: str) -> None:
        with open(f"{_DEVICES}/{name}/type") as f:
            self.type = int(f.read())
        with open(f"{_DEVICES}/{name}/format/retprobe") as f:
            self.retprobe = 1 << int(f.read().strip().rpartition(":")[2])
        self.name = name


_pmus: dict[str, Pmu] = {}


def pmu(name: str) -> Pmu:
    """The event source `kprobe` or `uprobe`; FileNotFoundError where this kernel has none."""
    found = _pmus.get(name)
    if found is None:
        found = _pmus[name] = Pmu(name)
    return found


def _open(
    what: str, kind: int, config: int, *, period: int = 0, config1: int = 0, config2: int = 0, pid: int = -1, cpu: int = 0
) -> int:
    attr = bytearray(_ATTR_SIZE)
    pack_into("IIQQ", attr, 0, kind, _ATTR_SIZE, config, period)
    pack_into("Q", attr, 40, _DISABLED)
    pack_into("QQ", attr, 56, config1, config2)
    block = buffer(bytes(attr))  # a name of its own: it must outlive the call
    return check(syscall(numbers()[1], address(block), pid, cpu, -1, _FLAG_FD_CLOEXEC), what)


def cpu_clock(period_ns: int, cpu: int) -> int:
    """A timer that fires every `period_ns` on the CPU (also when it is idle)."""
    return _open(f"open timer on CPU {cpu}", TYPE_SOFTWARE, COUNT_SW_CPU_CLOCK, period=period_ns, cpu=cpu)


def process_events(cpu: int) -> int:
    """Records of forks, execs, exits and mappings of code on a CPU (linux/perfring.py)."""
    attr = bytearray(_ATTR_SIZE)
    pack_into("IIQQQ", attr, 0, TYPE_SOFTWARE, _ATTR_SIZE, COUNT_SW_DUMMY, 0, _SAMPLE_TIME)
    pack_into("Q", attr, 40, _DISABLED | _PROCESSES)
    pack_into("I", attr, 92, _CLOCK_MONOTONIC)
    block = buffer(bytes(attr))
    return check(syscall(numbers()[1], address(block), -1, cpu, -1, _FLAG_FD_CLOEXEC), f"watch processes on CPU {cpu}")


def tracepoint(event_id: int, cpu: int = 0, pid: int = -1) -> int:
    """A tracepoint by its tracefs id. Dear to detach (71 ms): prefer raw tracepoints."""
    return _open(f"open tracepoint {event_id}", TYPE_TRACEPOINT, event_id, period=1, cpu=cpu, pid=pid)


def kprobe(symbol: str | None, address_or_offset: int = 0, *, ret: bool = False) -> int:
    """A kernel probe: by symbol and offset, or by address when the symbol is None. One event is enough: it fires on every CPU."""
    source = pmu("kprobe")
    name = buffer(symbol.encode() + b"\0") if symbol is not None else None
    return _open(
        f"probe {symbol or hex(address_or_offset)}",
        source.type,
        source.retprobe if ret else 0,
        config1=address(name) if name is not None else 0,
        config2=address_or_offset,
    )


def uprobe(path: str | bytes, offset: int, *, ref_ctr: int = 0, ret: bool = False, pid: int = -1) -> int:
    """A user probe at the file offset, in one process or in all (-1). `ref_ctr`: file offset of the USDT semaphore."""
    source = pmu("uprobe")
    name = buffer(os.fsencode(path) + b"\0")
    config = (source.retprobe if ret else 0) | ref_ctr << 32
    what = f"probe {os.fsdecode(path)}+{offset:#x}"
    return _open(what, source.type, config, config1=address(name), config2=offset, pid=pid, cpu=0 if pid == -1 else -1)


def set_bpf(fd: int, prog_fd: int) -> None:
    """Run the program at each firing."""
    fcntl.ioctl(fd, _IOC_SET_BPF, prog_fd)


def enable(fd: int) -> None:
    """Start."""
    fcntl.ioctl(fd, _IOC_ENABLE, 0)


def disable(fd: int) -> None:
    """Stop; what is closed need not be stopped."""
    fcntl.ioctl(fd, _IOC_DISABLE, 0)
