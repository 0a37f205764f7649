"""Providers: names, identifiers and ways to attach, with the kernel's answers replaced."""

from __future__ import annotations

import pytest

from pydtrace.d import types as ty
from pydtrace.d.tree import ProbeDesc
from pydtrace.linux import tracefs
from pydtrace.options import Options
from pydtrace.providers import fbt, syscall
from pydtrace.providers.dtrace import Dtrace
from pydtrace.providers.fbt import Fbt
from pydtrace.providers.profile import Profile
from pydtrace.providers.syscall import Syscall, c_type, calls


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
        (1, "dtrace:::BEGIN", ("begin",)),
        (2, "dtrace:::END", ("end",)),
        (3, "dtrace:::ERROR", ("error",)),
    ]
    assert [p.name for p in provider.match(desc("BEGIN"))] == ["BEGIN"]
    assert provider.match(desc("syscall:::BEGIN")) == []
    assert [p.name for p in provider.match(number(3))] == ["ERROR"]


def test_profile() -> None:
    provider = Profile("kernel", Options())
    listed = provider.match(desc("profile:::"))
    assert len(listed) == 13 and listed[0].id == 4000 and listed[0].name == "profile-97"
    (tick,) = provider.match(desc("tick-1s"))
    assert tick.attach == ("tick", 10**9) and tick.id == 4013
    assert provider.match(desc("tick-1s")) == [tick]
    assert provider.match(desc("profile-1234"))[0].attach == ("profile", 10**9 // 1234)
    assert provider.match(desc("tick-200us"))[0].attach == ("tick", 200_000)
    for refused in ("tick-199us", "tick-", "tick-0", "tick-x", "profile-10000", "BEGIN"):
        assert provider.match(desc(refused)) == []


def test_syscall() -> None:
    provider = Syscall("kernel", Options())
    entry, leave = provider.match(desc("syscall::openat:"))
    assert (entry.id, leave.id) == (100 + 2 * 257, 101 + 2 * 257)
    assert str(entry) == "syscall:vmlinux:openat:entry" and entry.attach == ("sys_enter", 257) and leave.attach == ("sys_exit", 257)
    assert entry.args is not None and [a.name for a in entry.args] == ["int", "const char *", "int", "umode_t"]
    assert [p.function for p in provider.match(desc("syscall::open*:entry"))] == ["openat", "openat2"]
    assert len(provider.match(desc("syscall:::"))) == 10
    assert [p.function for p in provider.match(desc("syscall::fstat:entry"))] == ["newfstat"]
    assert provider.match(desc("syscall::nosuch:entry")) == [] and provider.match(desc("syscall::mseal:entry")) == []
    assert provider.match(number(entry.id)) == [entry]
    assert Syscall("process", Options()).match(desc("syscall::read:entry"))[0].mechanism == "ptrace"


def test_all_types_parse() -> None:
    for call in calls().values():
        for of in call.args() or ():
            assert ty.is_scalar(of), (call.name, of)
    assert c_type("const char *const *").name == "const char **"


def test_fbt_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracefs, "filter_functions", lambda: tracefs.Unreadable("x"))
    provider = Fbt("kernel", Options())
    entry, leave = provider.match(desc("fbt::sys_read:"))
    assert (entry.id, entry.attach, entry.mechanism) == (10000, ("sys_enter", 0), "raw_syscalls")
    assert (leave.id, leave.attach) == (10001, ("sys_exit", 0))
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
    assert (probe.id, probe.attach, probe.mechanism) == (20005, ("fbt", "ext4_readdir", True), "kprobe.multi")
    assert provider.match(number(20005)) == [probe]
    (alias,) = provider.match(desc("fbt::sys_read:entry"))
    assert alias.attach == ("fbt_syscall", "__x64_sys_read", False, 0) and alias.mechanism == "kprobe.multi"
    assert [p.function for p in provider.match(desc("fbt::vfs*:entry"))] == ["vfs_read"]
