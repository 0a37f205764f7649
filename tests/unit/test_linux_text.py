"""The readers of the kernel's text files, over texts of ours."""

from __future__ import annotations

import os

from pydtrace.linux import proc, tracefs
from pydtrace.linux.kallsyms import Kallsyms

SYMBOLS = """\
0000000000000000 A fixed_percpu_data
ffffffff81000000 T _text
ffffffff81000040 t __local
ffffffff81000040 T public
ffffffff81000100 d table
ffffffffc0000000 t mod_init\t[mod]
ffffffff81000200 T public_more
"""


def symbols(tmp_path: object, text: str) -> Kallsyms:
    with open(f"{tmp_path}/k", "w") as f:
        f.write(text)
    return Kallsyms(f"{tmp_path}/k")


def test_kallsyms(tmp_path: object) -> None:
    k = symbols(tmp_path, SYMBOLS)
    assert not k.hidden
    assert k.lookup(0xFFFFFFFF81000041) == ("vmlinux", "public", 1)
    assert k.lookup(0xFFFFFFFF8100003F) == ("vmlinux", "_text", 0x3F)
    assert k.lookup(0xFFFFFFFFC0000010) == ("mod", "mod_init", 0x10)
    assert k.lookup(0xFFFFFFFF80000000) is None
    assert k.lookup(0x400000) is None
    assert k.lookup((1 << 64) - 1) == ("mod", "mod_init", (1 << 64) - 1 - 0xFFFFFFFFC0000000)
    assert k.address("public") == 0xFFFFFFFF81000040
    assert k.address("public_more") == 0xFFFFFFFF81000200
    assert k.address("mod_init", "mod") == 0xFFFFFFFFC0000000
    assert k.address("mod_init", "vmlinux") is None
    assert k.address("ublic") is None
    assert [n for _, n, _ in k.functions()] == ["_text", "public", "__local", "public_more", "mod_init"]


def test_kallsyms_of_one_address(tmp_path: object) -> None:
    text = "".join(f"ffffffff81000000 {kind}\n" for kind in ("t __do_sys_getppid", "T __ia32_sys_getppid", "T __x64_sys_getppid"))
    assert symbols(tmp_path, text).lookup(0xFFFFFFFF81000001) == ("vmlinux", "__x64_sys_getppid", 1)


def test_kallsyms_hidden(tmp_path: object) -> None:
    k = symbols(tmp_path, "0000000000000000 T _text\n0000000000000000 T public\n")
    assert k.hidden and k.address("public") is None and k.lookup(1 << 63) is None


def test_format() -> None:
    fields = tracefs.parse_format(
        "name: x\nID: 1\nformat:\n\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
        "\tfield:__data_loc char[] name;\toffset:24;\tsize:4;\tsigned:1;\n\tfield:const char * p;\toffset:32;\tsize:8;\tsigned:0;\n"
    )
    assert [(f.name, f.type, f.offset, f.size, f.signed) for f in fields] == [
        ("comm", "char[16]", 8, 16, False),
        ("name", "__data_loc char[]", 24, 4, True),
        ("p", "const char *", 32, 8, False),
    ]


def test_unreadable_is_false() -> None:
    value = tracefs.Unreadable("x", PermissionError(1, "no"))
    assert not value and len(value) == 0 and value.reason == "no"


def test_proc() -> None:
    assert proc.parse_cpus("0-2,5\n") == [0, 1, 2, 5]
    assert proc.parse_cpus("\n") == []
    m = proc.Mapping("55d0-66e0 r-xp 00001000 fe:00 12  /a b (deleted)\n")
    assert (m.start, m.end, m.offset, m.inode, m.path, m.executable) == (0x55D0, 0x66E0, 0x1000, 12, "/a b (deleted)", True)
    me = os.getpid()
    status = proc.status(me)
    assert status is not None and status.pid == me and status.ppid == os.getppid() and status.euid == os.geteuid()
    assert me in proc.tasks(me) and me in proc.pids() and (proc.start_time(me) or 0) > 0
    gone = 1 << 30
    assert (proc.status(gone), proc.comm(gone), proc.start_time(gone), proc.tasks(gone), proc.maps(gone)) == (None, None, None, [], [])
