"""What this kernel can do: each feature a value with a name, the version it came with, and a probe.

Versions are for the message only; the probe decides, for distributions carry features back and administrators switch them off.
A probe tries the thing in the smallest way that leaves nothing behind, and is run once, at the first question. Where a probe
would have to attach to something, it asks for something impossible instead and tells by the error how far the kernel came.
"""

from __future__ import annotations

import errno
import os
from struct import pack

from . import bpf
from . import bpf_const as C

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_RETURN_0 = pack("<BBhiBBhi", 0xB7, 0, 0, 0, 0x95, 0, 0, 0)  # r0 = 0; exit


class Feature:
    """One ability. True as a condition when the kernel has it; `reason` says why not."""

    __slots__ = ("_known", "_probe", "name", "reason", "since")

    def __init__(self, name: str, since: str, probe: Callable[[], str]) -> None:
        self.name = name
        self.since = since
        self.reason = ""
        self._probe = probe
        self._known: bool | None = None

    @property
    def available(self) -> bool:
        """The probe's answer, asked once."""
        if self._known is None:
            try:
                self.reason = self._probe()
            except bpf.ProgramRefused as error:
                self.reason = os.strerror(error.errno)
            except OSError as error:
                self.reason = error.strerror or str(error)
            self._known = not self.reason
        return self._known

    def __bool__(self) -> bool:
        return self.available

    def __repr__(self) -> str:
        return f"Feature({self.name}, {self.since}, {'yes' if self.available else 'no: ' + self.reason})"


def _bpf() -> str:
    os.close(bpf.map_create(C.MAP_TYPE_ARRAY, 4, 8, 1, 0, "pyd_probe"))
    return ""


def _ringbuf() -> str:
    import mmap

    os.close(bpf.map_create(C.MAP_TYPE_RINGBUF, 0, 0, mmap.PAGESIZE, 0, "pyd_probe"))
    return ""


def _raw_tp() -> str:
    os.close(bpf.prog_load(C.PROG_TYPE_RAW_TRACEPOINT, _RETURN_0, name="pyd_probe"))
    return ""


def _test_run() -> str:
    fd = bpf.prog_load(C.PROG_TYPE_RAW_TRACEPOINT, _RETURN_0, name="pyd_probe")
    try:
        bpf.prog_test_run(fd)
    finally:
        os.close(fd)
    return ""


def _pmu(name: str) -> str:
    from . import perf

    try:
        perf.pmu(name)
    except OSError:
        return f"this kernel has no {name} events"
    os.close(bpf.prog_load(C.PROG_TYPE_KPROBE, _RETURN_0, name="pyd_probe"))
    return ""


def _kprobe_multi() -> str:
    fd = bpf.prog_load(C.PROG_TYPE_KPROBE, _RETURN_0, name="pyd_probe", expected_attach_type=C.TRACE_KPROBE_MULTI)
    try:
        os.close(bpf.kprobe_multi(fd, syms=["no such function"]))
    except OSError as error:
        # the name was looked up: so the link type is there
        if error.errno in (errno.ESRCH, errno.ENOENT):
            return ""
        return "it was built without FPROBE" if error.errno == errno.EOPNOTSUPP else error.strerror or str(error)
    finally:
        os.close(fd)
    return ""


def _uprobe_multi() -> str:
    fd = bpf.prog_load(C.PROG_TYPE_KPROBE, _RETURN_0, name="pyd_probe", expected_attach_type=C.TRACE_UPROBE_MULTI)
    try:
        os.close(bpf.uprobe_multi(fd, "/", [0]))
    except OSError as error:
        # a directory holds no code: EBADF is said by uprobe_multi alone
        return "" if error.errno == errno.EBADF else error.strerror or str(error)
    finally:
        os.close(fd)
    return ""


def _trampoline(attach_type: int) -> str:
    try:
        os.close(bpf.prog_load(C.PROG_TYPE_TRACING, _RETURN_0, name="pyd_probe", expected_attach_type=attach_type, attach_btf_id=1))
    except bpf.ProgramRefused as error:
        # type 1 is never a function; a kernel that says so knows fentry and has BTF
        return "" if "is not a function" in error.log else os.strerror(error.errno)
    return ""


def _cookie() -> str:
    call = pack("<BBhi", 0x85, 0, 0, C.FUNC_get_attach_cookie)
    os.close(bpf.prog_load(C.PROG_TYPE_TRACEPOINT, call + _RETURN_0, name="pyd_probe"))
    return ""


def _task_pt_regs() -> str:
    # r1 = bpf_get_current_task_btf(); bpf_task_pt_regs(r1)
    code = pack("<BBhi", 0x85, 0, 0, 158) + pack("<BBhi", 0xBF, 0x01, 0, 0) + pack("<BBhi", 0x85, 0, 0, 175)
    os.close(bpf.prog_load(C.PROG_TYPE_RAW_TRACEPOINT, code + _RETURN_0, name="pyd_probe"))
    return ""


def _atomics() -> str:
    # r0 = 0; *(u64 *)(r10 - 8) = r0; compare and exchange it
    code = pack("<BBhi", 0xB7, 0, 0, 0) + pack("<BBhi", 0x7B, 0x0A, -8, 0) + pack("<BBhi", 0xDB, 0x0A, -8, 0xF1)
    os.close(bpf.prog_load(C.PROG_TYPE_RAW_TRACEPOINT, code + _RETURN_0, name="pyd_probe"))
    return ""


def _write_user() -> str:
    # probe_write_user(0, r10 - 8, 8), with those 8 bytes zeroed
    code = pack("<BBhi", 0x7A, 10, -8, 0) + pack("<BBhi", 0xB7, 1, 0, 0) + pack("<BBhi", 0xBF, 0xA2, 0, 0) + pack("<BBhi", 0x07, 2, 0, -8)
    code += pack("<BBhi", 0xB7, 3, 0, 8) + pack("<BBhi", 0x85, 0, 0, 36)
    return _helper(C.PROG_TYPE_RAW_TRACEPOINT, code, "it does not let BPF programs write user memory (a locked-down kernel does not)")


def _override() -> str:
    # override_return(context, 0): the context is in r1
    code = pack("<BBhi", 0xB7, 2, 0, 0) + pack("<BBhi", 0x85, 0, 0, 58)
    return _helper(C.PROG_TYPE_KPROBE, code, "it was built without CONFIG_BPF_KPROBE_OVERRIDE")


def _helper(kind: int, code: bytes, why: str) -> str:
    """Whether programs of a kind may call what `code` calls."""
    try:
        os.close(bpf.prog_load(kind, code + _RETURN_0, name="pyd_probe"))
    except bpf.ProgramRefused:
        return why
    return ""


def _task_btf() -> str:
    call = pack("<BBhi", 0x85, 0, 0, C.FUNC_get_current_task_btf)
    os.close(bpf.prog_load(C.PROG_TYPE_RAW_TRACEPOINT, call + _RETURN_0, name="pyd_probe"))
    return ""


def _loop() -> str:
    # of a call with wrong arguments the verifier says so when it knows the helper
    call = pack("<BBhi", 0x85, 0, 0, C.FUNC_loop)
    try:
        os.close(bpf.prog_load(C.PROG_TYPE_RAW_TRACEPOINT, call + _RETURN_0, name="pyd_probe"))
    except bpf.ProgramRefused as error:
        return "" if "unknown func" not in error.log and "invalid func" not in error.log else os.strerror(error.errno)
    return ""


BPF = Feature("bpf", "4.4", _bpf)
RAW_TP = Feature("raw_tp", "4.17", _raw_tp)
KPROBE_PERF = Feature("kprobe_perf", "4.17", lambda: _pmu("kprobe"))
WRITE_USER = Feature("write_user", "4.8", _write_user)
OVERRIDE = Feature("override_return", "4.16", _override)
UPROBE_PERF = Feature("uprobe_perf", "4.17", lambda: _pmu("uprobe"))
FENTRY = Feature("fentry", "5.5", lambda: _trampoline(C.TRACE_FENTRY))
MODIFY_RETURN = Feature("fmod_ret", "5.7", lambda: _trampoline(C.MODIFY_RETURN))
RINGBUF = Feature("ringbuf", "5.8", _ringbuf)
TEST_RUN = Feature("test_run", "5.10", _test_run)
TASK_PT_REGS = Feature("task_pt_regs", "5.15", _task_pt_regs)
ATOMICS = Feature("atomics", "5.12", _atomics)
TASK_BTF = Feature("task_btf", "5.11", _task_btf)
COOKIE = Feature("cookie", "5.15", _cookie)
LOOP = Feature("loop", "5.17", _loop)
KPROBE_MULTI = Feature("kprobe_multi", "5.18", _kprobe_multi)
UPROBE_MULTI = Feature("uprobe_multi", "6.6", _uprobe_multi)

ALL = (
    BPF, RAW_TP, KPROBE_PERF, UPROBE_PERF, FENTRY, RINGBUF, TEST_RUN, TASK_BTF, ATOMICS, TASK_PT_REGS, COOKIE, LOOP, KPROBE_MULTI,
    UPROBE_MULTI,
)  # fmt: skip
