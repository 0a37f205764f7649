"""Providers: names, identifiers and ways to attach, with the kernel's answers replaced."""

from __future__ import annotations

import pytest

from pydtrace.d import types as ty
from pydtrace.d.kerneltypes import KernelTypes
from pydtrace.d.tree import ProbeDesc
from pydtrace.dif.attach import Function, Own, SystemCall, Timer
from pydtrace.linux import features, tracefs
from pydtrace.options import Options
from pydtrace.providers import fbt, syscall
from pydtrace.providers.ctypes import CTypes
from pydtrace.providers.dtrace import Dtrace
from pydtrace.providers.fbt import Fbt
from pydtrace.providers.profile import Profile
from pydtrace.providers.syscall import Syscall, calls

NO_TYPES = KernelTypes(lambda module: None, lambda module, name: 0)


def desc(text: str) -> ProbeDesc:
    parts = [""] * (4 - len(text.split(":"))) + text.split(":")
    return ProbeDesc(1, parts[0], parts[1], parts[2], parts[3], text)


def number(n: int) -> ProbeDesc:
    return ProbeDesc(1, "", "", "", "", str(n), n)


@pytest.fixture(autouse=True)
def _all_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syscall, "_known", {"read", "write", "openat", "newfstat", "openat2"})


def test_dtrace() -> None:
    provider = Dtrace("kernel", Options())
    assert [(p.id, str(p), p.attach) for p in provider.match(desc("dtrace:::"))] == [
        (1, "dtrace:::BEGIN", Own("begin")),
        (2, "dtrace:::END", Own("end")),
        (3, "dtrace:::ERROR", Own("error")),
    ]
    assert [p.name for p in provider.match(desc("BEGIN"))] == ["BEGIN"]
    assert provider.match(desc("syscall:::BEGIN")) == []
    assert [p.name for p in provider.match(number(3))] == ["ERROR"]


def test_profile() -> None:
    provider = Profile("kernel", Options())
    listed = provider.match(desc("profile:::"))
    assert len(listed) == 13 and listed[0].id == 4000 and listed[0].name == "profile-97"
    (tick,) = provider.match(desc("tick-1s"))
    assert tick.attach == Timer(10**9, False) and tick.id == 4013
    assert provider.match(desc("tick-1s")) == [tick]
    assert provider.match(desc("profile-1234"))[0].attach == Timer(10**9 // 1234, True)
    assert provider.match(desc("tick-200us"))[0].attach == Timer(200_000, False)
    for refused in ("tick-199us", "tick-", "tick-0", "tick-x", "profile-10000", "BEGIN"):
        assert provider.match(desc(refused)) == []


def test_syscall() -> None:
    provider = Syscall("kernel", Options())
    entry, leave = provider.match(desc("syscall::openat:"))
    assert (entry.id, leave.id) == (100 + 2 * 257, 101 + 2 * 257)
    assert str(entry) == "syscall:vmlinux:openat:entry" and entry.attach == SystemCall(257, False) and leave.attach == SystemCall(257, True)
    args = provider.arguments(entry, NO_TYPES)
    assert args is not None and [a.name for a in args] == ["int", "char *", "int", "umode_t"]
    assert [p.function for p in provider.match(desc("syscall::open*:entry"))] == ["openat", "openat2"]
    assert len(provider.match(desc("syscall:::"))) == 10
    assert [p.function for p in provider.match(desc("syscall::fstat:entry"))] == ["newfstat"]
    assert provider.match(desc("syscall::nosuch:entry")) == [] and provider.match(desc("syscall::mseal:entry")) == []
    assert provider.match(number(entry.id)) == [entry]
    assert Syscall("process", Options()).match(desc("syscall::read:entry"))[0].mechanism == "ptrace"


def test_all_types_parse() -> None:
    for call in calls().values():
        for of in call.arguments(CTypes(NO_TYPES)) or ():
            assert ty.is_scalar(of), (call.name, of)
    assert CTypes(NO_TYPES).type("const char *const *").name == "char **"


def test_fbt_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracefs, "filter_functions", lambda: tracefs.Unreadable("x"))
    provider = Fbt("kernel", Options())
    entry, leave = provider.match(desc("fbt::sys_read:"))
    assert (entry.id, entry.attach, entry.mechanism) == (10000, SystemCall(0, False), "raw_syscalls")
    assert (leave.id, leave.attach) == (10001, SystemCall(0, True))
    names = {p.function for p in provider.match(desc("fbt::sys_*:entry"))}
    assert names == {"sys_read", "sys_write", "sys_openat", "sys_newfstat", "sys_openat2"}
    assert provider.match(desc("fbt::vfs_read:entry")) == []
    assert Fbt("process", Options()).match(desc("fbt::sys_read:entry"))[0].mechanism == "ptrace"


def test_fbt_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [("vmlinux", "vfs_read"), ("vmlinux", "vfs_read.cold"), ("ext4", "ext4_readdir"), ("vmlinux", "__x64_sys_read")]
    monkeypatch.setattr(tracefs, "filter_functions", lambda: rows)
    monkeypatch.setattr(fbt, "_mechanism", lambda wish: "kprobe.multi")
    provider = Fbt("kernel", Options())
    (probe,) = provider.match(desc("fbt:ext4::return"))
    assert (probe.id, probe.attach, probe.mechanism) == (20003, Function("ext4_readdir", True), "kprobe.multi")
    assert provider.match(number(20003)) == [probe]
    (alias,) = provider.match(desc("fbt::sys_read:entry"))
    assert alias.attach == Function("__x64_sys_read", False, 0) and alias.mechanism == "kprobe.multi"
    assert [p.function for p in provider.match(desc("fbt::vfs*:entry"))] == ["vfs_read"]


def planned(monkeypatch: pytest.MonkeyPatch, best: str, wish: str, text: str) -> list[tuple[str, tuple[object, ...]]]:
    """Mechanism and attachment of all that the description means, on a kernel whose best is given."""
    rows = [("vmlinux", f"vfs_{i}") for i in range(2000)] + [("ext4", "ext4_readdir")]
    rows += [("vmlinux", f"__x64_sys_{name}") for name in ("read", "write", "openat", "newfstat", "openat2")]
    monkeypatch.setattr(tracefs, "filter_functions", lambda: rows)
    monkeypatch.setattr(fbt, "_mechanism", lambda wish: best if wish == "auto" else wish)
    monkeypatch.setattr(fbt, "_SOME", 6)
    monkeypatch.setattr(fbt, "function_words", lambda name: (0, 0) if name == "vfs_7" else (1, 9) if name == "vfs_8" else (1, 2))
    monkeypatch.setattr(features, "FENTRY", best in ("kprobe.multi", "fentry"))
    options = Options()
    options.set("fbtmech", wish)
    provider = Fbt("kernel", options)
    probes = provider.match(desc(text))
    provider.plan(probes)
    return [(p.mechanism, p.attach) for p in probes]


def test_fbt_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    def means(*how: str) -> list[str]:
        return [mechanism for mechanism, _ in planned(monkeypatch, *how)]

    for best in ("kprobe.multi", "fentry"):  # a few have trampolines
        assert planned(monkeypatch, best, "auto", "fbt::sys_read:") == [
            ("fentry", Function("__x64_sys_read", False, 0)),
            ("fentry", Function("__x64_sys_read", True, 0)),
        ]
    assert means("kprobe.multi", "auto", "fbt::vfs_7:entry") == ["kprobe.multi"]  # not in BTF
    assert means("kprobe.multi", "auto", "fbt::vfs_8:return") == ["kprobe.multi"]  # too many arguments
    assert means("fentry", "auto", "fbt::ext4_readdir:return") == ["kprobe"]  # a module's
    assert set(means("kprobe.multi", "auto", "fbt::sys_*:")) == {"kprobe.multi"}
    two = [("raw_syscalls", SystemCall(0, False)), ("raw_syscalls", SystemCall(0, True))]
    assert planned(monkeypatch, "fentry", "auto", "fbt::sys_*:")[:2] == two
    assert set(means("fentry", "fentry", "fbt::sys_*:")) == {"fentry"}
    assert set(means("kprobe", "auto", "fbt::sys_*:")) == {"raw_syscalls"}
    monkeypatch.setattr(fbt, "_TWICE", {"__x64_sys_write"})  # a call that comes back in the child too
    assert [m for m in means("fentry", "auto", "fbt::sys_*:") if m != "raw_syscalls"] == ["fentry"]
    assert set(means("fentry", "kprobe", "fbt::sys_*:")) == {"kprobe"}
    assert means("fentry", "auto", "fbt::vfs_?:entry") == ["fentry"] * 7 + ["kprobe"] * 2 + ["fentry"]
    assert set(means("fentry", "auto", "fbt::vfs_*:entry")) == {"kprobe"}  # more than trampolines are for
    assert set(means("fentry", "fentry", "fbt::vfs_*:entry")) == {"fentry", "kprobe"}


def test_fbt_plan_can_be_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    planned(monkeypatch, "fentry", "auto", "fbt::sys_*:")
    provider = Fbt("kernel", Options())
    many = provider.match(desc("fbt::sys_*:"))
    provider.plan(many)
    provider.plan(many[:1])
    assert (many[0].mechanism, many[0].attach) == ("fentry", Function("__x64_sys_read", False, 0))
    assert (many[1].mechanism, many[1].attach) == ("raw_syscalls", SystemCall(0, True))


def test_functions_of_one_name_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracefs, "filter_functions", lambda: [("vmlinux", "same"), ("ext4", "same"), ("vmlinux", "x.isra.0")])
    monkeypatch.setattr(fbt, "_mechanism", lambda wish: "kprobe.multi")
    found = Fbt("kernel", Options()).match(desc("fbt:::entry"))
    assert [(p.module, p.function) for p in found if not p.function.startswith("sys_")] == [("vmlinux", "same")]
