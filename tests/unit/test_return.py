"""return() without a kernel: by which mechanism it can act, what is refused, and what the program made of it gives back."""

from __future__ import annotations

from struct import unpack

import pytest

from pydtrace.backend.bpf.image import build
from pydtrace.backend.bpf.layout import RETURNED, Config
from pydtrace.dif.attach import Function, SystemCall
from pydtrace.dif.compile import Source, compile_program
from pydtrace.dif.program import Program
from pydtrace.engine import permits
from pydtrace.errors import UserError
from pydtrace.linux import features
from pydtrace.options import Options
from pydtrace.providers import fbt
from pydtrace.providers.base import Probe

HOOK = Probe(20000, "fbt", "vmlinux", "security_file_open", "entry", Function("security_file_open", False), "fentry")
READ = Probe(20002, "fbt", "vmlinux", "vfs_read", "entry", Function("vfs_read", False), "fentry")
VOID = Probe(20004, "fbt", "vmlinux", "security_free", "entry", Function("security_free", False), "fentry")
ALIAS = Probe(10078, "fbt", "vmlinux", "sys_getpid", "entry", SystemCall(39, False), "raw_syscalls")


class Provider:
    name = "fbt"

    def match(self, desc: object) -> list[Probe]:
        return [p for p in (HOOK, READ, VOID, ALIAS) if p.function == desc.function]  # type: ignore[attr-defined]


def kernel(monkeypatch: pytest.MonkeyPatch, override: bool, modify: bool, listed: set[str] | None) -> None:
    """A kernel that can do this, and marks these functions."""
    for name, can in (("OVERRIDE", override), ("MODIFY_RETURN", modify)):
        monkeypatch.setattr(features, name, features.Feature(name, "5", lambda can=can: "" if can else "it cannot"))
    monkeypatch.setattr(permits, "_list", [listed])
    monkeypatch.setattr(fbt, "function_words", lambda name: (7 if name == "security_free" else 8, 2))
    monkeypatch.setattr(fbt, "returns_integer", lambda id: id == 8)


def program(text: str) -> Program:
    made = compile_program([Source(text, "script")], [Provider()], Options(), {}, [], None)
    for clause in made.clauses:
        for probe in clause.probes:
            probe.index = 0
    return made


def refusal(text: str) -> UserError:
    with pytest.raises(UserError) as error:
        permits.permit(program(text), True)
    return error.value


def test_what_may_return_by_what(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel(monkeypatch, True, True, {"vfs_read"})
    assert [permits.returns_by(p) for p in (HOOK, READ, VOID, ALIAS)] == ["fmod_ret", "kprobe", "", ""]
    kernel(monkeypatch, False, True, {"vfs_read", "__x64_sys_getpid"})
    assert [permits.returns_by(p) for p in (HOOK, READ, VOID, ALIAS)] == ["fmod_ret", "fmod_ret", "", "fmod_ret"]
    kernel(monkeypatch, False, True, set())
    assert [permits.returns_by(p) for p in (HOOK, READ, VOID, ALIAS)] == ["fmod_ret", "", "", ""]
    kernel(monkeypatch, True, False, None)  # the list cannot be read: the kernel will say
    assert [permits.returns_by(p) for p in (HOOK, READ)] == ["kprobe", "kprobe"]
    kernel(monkeypatch, False, False, set())
    assert permits.returns_by(HOOK) == ""


def test_an_alias_is_attached_to_its_body(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel(monkeypatch, False, True, {"__x64_sys_getpid"})
    probe = Probe(10078, "fbt", "vmlinux", "sys_getpid", "entry", SystemCall(39, False), "raw_syscalls")
    permits.returning(probe)
    assert (probe.mechanism, probe.attach) == ("fmod_ret", Function("__x64_sys_getpid", False, 39))


def test_what_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel(monkeypatch, False, True, set())
    assert refusal("fbt::vfs_read:entry { return(-1); }").text == "return() not allowed for fbt:vmlinux:vfs_read:entry"
    assert "security_* only" in (refusal("fbt::security_free:entry { return(-1); }").hint or "")
    zero = refusal("fbt::security_file_open:entry\n{ return(0); }")
    assert (zero.text, zero.line) == ("return(0) not allowed for fbt:vmlinux:security_file_open:entry", 2)
    permits.permit(program("fbt::security_file_open:entry { return(-1); }"), True)
    kernel(monkeypatch, False, False, set())
    assert refusal("fbt::security_file_open:entry { return(-1); }").text.startswith("return() is not available on this kernel: it cannot")


@pytest.mark.parametrize("chunk", [0, 1])
def test_the_program_gives_back_what_was_said(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    """Behind the last clause the word in scratch is read, and is what the program returns; also from each chunk."""
    monkeypatch.setattr(HOOK, "mechanism", "fmod_ret")
    config = Config(4)
    config.chunk = chunk
    text = "fbt::security_file_open:entry { return(-13); } fbt::security_file_open:entry { @ = count(); }"
    (image,) = build(program(text), config).images
    assert image.prog_type == 26 and image.other is None and len(image.chunks) == 2 * chunk
    end = [(0x79, 0x97, RETURNED, 0), (0x7A, 9, 0, 0), (0xBF, 0x70, 0, 0), (0x95, 0, 0, 0)]  # r7 = scratch, unclaimed, r0 = r7, exit
    for code in (image.code, *(part.code for part in image.chunks)):
        insns = [unpack("<BBhi", code[i : i + 8]) for i in range(0, len(code), 8)]
        assert any(insns[i : i + 4] == end for i in range(len(insns))), insns
