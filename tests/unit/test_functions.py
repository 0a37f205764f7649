"""Attaching to kernel functions, on a kernel of our own making: which calls are made of it, and what becomes of its refusals."""

from __future__ import annotations

import errno
from collections.abc import Sequence

import pytest

from pydtrace.backend.bpf.image import PROG_KPROBE, PROG_TRACING, Image, Sides
from pydtrace.dif.attach import Function
from pydtrace.engine.functions import Functions
from pydtrace.errors import UserError
from pydtrace.linux import bpf, perf, tracefs
from pydtrace.providers import fbt
from pydtrace.providers.base import Probe

ALL_ONES = (1 << 64) - 1


class Kernel:
    """Refuses the functions in `bad`; remembers links by number from 100."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, bad: dict[str, int]) -> None:
        self.bad = bad
        self.multi: list[tuple[list[str], list[int], bool]] = []
        self.single: list[tuple[str, bool]] = []
        self.programs: list[tuple[str, int]] = []
        names = ["__ia32_compat_sys_a", "__ia32_sys_read", "__x64_sys_read", "__ia32_sys_getppid", "vfs_read"]
        monkeypatch.setattr(tracefs, "filter_functions", lambda: [("vmlinux", n) for n in names])
        monkeypatch.setattr(bpf, "kprobe_multi", self.kprobe_multi)
        monkeypatch.setattr(bpf, "link_create", lambda *_: 300)
        monkeypatch.setattr(bpf, "raw_tracepoint_open", lambda name, program: 200)
        monkeypatch.setattr(bpf, "link_missed", lambda fd: 5 if fd == 300 else 1)
        monkeypatch.setattr(bpf, "recursion_misses", lambda fd: 0)
        monkeypatch.setattr(perf, "kprobe", self.kprobe)
        monkeypatch.setattr(perf, "enable", lambda fd: None)
        monkeypatch.setattr(fbt, "function_words", lambda name: (0, 0) if name in bad else (7, 1))

    def _refuse(self, names: Sequence[str]) -> None:
        for name in names:
            if name in self.bad:
                raise OSError(self.bad[name], "refused")

    def kprobe_multi(self, program: int, *, syms: list[str], cookies: list[int], retprobe: bool) -> int:
        self._refuse(syms)
        self.multi.append((syms, cookies, retprobe))
        return 100

    def kprobe(self, symbol: str, *, ret: bool) -> int:
        if self.bad.get(symbol) in (errno.EINVAL, errno.EACCES):
            self._refuse([symbol])
        self.single.append((symbol, ret))
        return 400

    def load(self, image: Image, kind: int, btf_id: int, values: dict[str, int] | None) -> int:
        self.programs.append((image.name, kind))
        return 50


def image(mechanism: str, names: list[str], ret: bool = False) -> Image:
    probes = [Probe(i, "fbt", "vmlinux", n, "return" if ret else "entry", Function(n, ret), mechanism) for i, n in enumerate(names)]
    for i, probe in enumerate(probes):
        probe.index = i
    made = Image("k", PROG_KPROBE, Sides(ret), probes)
    if mechanism != "fentry":
        return made
    outer = Image("f", PROG_TRACING, Sides(ret), probes)
    outer.other = made
    return outer


def test_many_at_once_without_the_bad_one(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel, links = Kernel(monkeypatch, {"c": errno.ESRCH}), list[int]()
    wanted = image("kprobe.multi", ["a", "b", "c", "d"])
    functions = Functions(kernel.load, links, 2, False)
    functions.attach(wanted)
    assert kernel.multi == [(["a", "b"], [0, 1], False), (["d"], [3], False)]
    assert kernel.single == [("c", False)]
    assert [p.mechanism for p in wanted.probes] == ["kprobe.multi", "kprobe.multi", "kprobe", "kprobe.multi"]
    assert links == [100, 100, 400, 300]
    assert functions.missed() == 7


def test_returns_have_company(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel(monkeypatch, {})
    Functions(kernel.load, [], 2, False).attach(image("kprobe.multi", ["a"], ret=True))
    # not the body that __x64_sys_getppid may be another name of
    assert kernel.multi == [(["a", "__ia32_compat_sys_a", "__ia32_sys_read"], [0, ALL_ONES, ALL_ONES], True)]
    Functions(kernel.load, [], 1024, False).attach(image("kprobe.multi", ["a", "b"], ret=True))
    assert kernel.multi[1] == (["a", "b"], [0, 1], True)  # CPUs enough
    Functions(kernel.load, [], 2, False).attach(image("kprobe.multi", ["__ia32_sys_read"], ret=True))
    assert kernel.multi[2] == (["__ia32_sys_read", "__ia32_compat_sys_a"], [0, ALL_ONES], True)


def test_what_has_no_trampoline_is_a_kprobe(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel(monkeypatch, {"b": errno.ENOENT})
    wanted = image("fentry", ["a", "b"], ret=True)
    Functions(kernel.load, [], 2, False).attach(wanted)
    assert kernel.programs == [("f", 25), ("k", 0)]
    assert kernel.single == [("b", True)]
    assert [p.mechanism for p in wanted.probes] == ["fentry", "kprobe"]


def test_what_cannot_be_probed(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel(monkeypatch, {"b": errno.EINVAL})
    Functions(kernel.load, [], 2, False).attach(image("kprobe", ["a", "b"]))  # one of several: left out
    assert kernel.single == [("a", False)]
    with pytest.raises(UserError, match="cannot probe b"):
        Functions(kernel.load, [], 2, False).attach(image("kprobe", ["b"]))


def test_no_permission_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for mechanism in ("kprobe.multi", "kprobe"):
        kernel = Kernel(monkeypatch, {"a": errno.EACCES})
        with pytest.raises(PermissionError):
            Functions(kernel.load, [], 2, False).attach(image(mechanism, ["a", "b"]))
