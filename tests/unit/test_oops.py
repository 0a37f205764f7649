"""Reading deaths: what the kernel prints in its several generations, and what is said of it."""

from __future__ import annotations

import os
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pydtrace.oops.disasm import lines
from pydtrace.oops.parse import Oops, parse
from pydtrace.oops.reading import readings
from pydtrace.oops.report import report

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# The trace with which this project begins (10 November 2012), its code broken over lines as it was posted.
ORIGIN = """\
[26881.316402] Call Trace:
[26881.316412] [<ffffffff81664a82>] ? system_call_fastpath+0x16/0x1b
[26881.316417] Code: ff ff ff ff 00 00 00 00 00 10 00 81 ff ff ff ff
00 10 00 81 ff ff ff ff 55 6e 10 00 03 8e 03 a0 ff ff ff ff 00 00
00 00 55 90 90 <00> 00 ...
"""

# A stock 6.12 in the lab, sysrq c while `dtrace -n fbt::__handle_sysrq:` was tracing by fentry.
PANIC = """\
[   17.207568] sysrq: Trigger a crash
[   17.208482] Kernel panic - not syncing: sysrq triggered crash
[   17.208921] CPU: 0 UID: 0 PID: 191 Comm: sh Not tainted 6.12.95+deb12-amd64 #1  Debian 6.12.95-1~bpo12+1
[   17.209438] Call Trace:
[   17.210217]  <TASK>
[   17.210417]  panic+0x344/0x3a0
[   17.210704]  sysrq_handle_crash+0x1a/0x20
[   17.210794]  __handle_sysrq+0xa7/0x1a0
[   17.210879]  bpf_trampoline_6442531307+0x79/0x120
[   17.211154]  __handle_sysrq+0x9/0x1a0
[   17.211613]  ? alloc_fd+0xb4/0x170
[   17.213177]  entry_SYSCALL_64_after_hwframe+0x76/0x7e
[   17.213407] RIP: 0033:0x7f4d628f4350
[   17.213680] Code: b8 01 00 00 00 0f 05 <48> 3d 00 f0 ff ff 77 58 c3
[   17.214126] RSP: 002b:00007fff2a5cb6d8 EFLAGS: 00000202 ORIG_RAX: 0000000000000001
[   17.214285] RAX: ffffffffffffffda RBX: 0000000000000002 RCX: 00007f4d628f4350
[   17.214954]  </TASK>
"""


def _one(text: str) -> Oops:
    (found,) = parse(text.splitlines())
    return found


def test_the_origin() -> None:
    oops = _one(ORIGIN)
    assert oops.code[oops.mark - 3 : oops.mark + 2] == b"\x55\x90\x90\x00\x00"
    assert [(place.function, place.address, place.proven) for place in oops.trace] == [("system_call_fastpath", 0xFFFFFFFF81664A82, False)]
    (told,) = readings(oops)
    assert told.startswith("A lost step:") and "(55: push rbp) with 2 nops behind it" in told
    marked = [line for line in report(oops, 1).splitlines() if line.startswith("  >")]
    assert len(marked) == 1 and "00 00" in marked[0] and "add byte ptr [rax], al" in marked[0]


@pytest.mark.parametrize(
    "code, told",
    [
        ("00 00 55 90 <00> 00", "1 nop behind"),  # the first design
        ("ff ff 55 <00> 00", "nothing behind"),
        ("00 00 48 89 e5 90 90 <ff> ff", "mov rbp, rsp"),
        ("00 00 41 57 90 <0f> 0b", "push r15"),
        ("00 00 00 00 <00> 00", None),  # no instruction there
        ("e8 12 34 56 78 48 89 c3 <00> 00", None),  # code that flows on: no slot
    ],
)
def test_slots(code: str, told: str | None) -> None:
    found = readings(_one(f"RIP: 0010:0xffffffffa0038e03\nCode: {code}"))
    assert (told in found[0]) if told else not found


def test_no_slot_inside_a_function() -> None:
    assert not readings(_one("RIP: 0010:vfs_read+0x41/0x300\nCode: 00 00 55 90 90 <00> 00"))


def test_a_panic_under_fentry() -> None:
    oops = _one(PANIC)
    assert (oops.head, oops.comm, oops.pid, oops.cpu, oops.kernel) == (
        "Kernel panic - not syncing: sysrq triggered crash", "sh", 191, 0, "6.12.95+deb12-amd64"
    )  # fmt: skip
    assert not oops.code and not oops.registers and oops.rip is None  # those are the program's that asked for it
    assert [place.function for place in oops.trace if not place.proven] == ["alloc_fd"]
    assert readings(oops) == ["The call trace has the trampoline of a BPF program (fentry, fexit)."]
    assert "bpf_trampoline_6442531307+0x79    <- the trampoline of a BPF program" in report(oops, 1)


def test_a_traced_return() -> None:
    # Seen on 6.1 under a kretprobe: the address is the trampoline's, the symbol that of the function before it.
    oops = _one("Kernel panic - not syncing: x\nCall Trace:\n <TASK>\n __handle_sysrq.cold+0x44/0x11c\n trace_clock_x86_tsc+0x20/0x20\n")
    assert "a return that is traced" in readings(oops)[0]


NEW = """\
<1>[  100.000000] BUG: kernel NULL pointer dereference, address: 0000000000000010
<1>[  100.000001] #PF: supervisor read access in kernel mode
<4>[  100.000002] Oops: 0000 [#1] PREEMPT SMP PTI
<4>[  100.000003] CPU: 1 PID: 4242 Comm: my prog Kdump: loaded Tainted: G           OE      6.1.0-40-amd64 #1
<4>[  100.000004] RIP: 0010:example_read+0x8/0x40 [example]
<4>[  100.000005] Code: 90 90 90 90 e8 1b 2c 3d 4e 48 8b 47 <48> 8b 40 10 c3 cc
<4>[  100.000006] RSP: 0018:ffffa0d780c5bdf8 EFLAGS: 00010246
<4>[  100.000007] RAX: 0000000000000000 RBX: ffff8b2a41f3c400 RCX: 0000000000000000
<4>[  100.000008] R13: 0000000000020000 R14: 0000000000000000 R15: 0000000000000000
<4>[  100.000009] FS:  00007f1c2c9d6740(0000) GS:ffff8b2a7bd00000(0000) knlGS:0000000000000000
<4>[  100.000010] CR2: 0000000000000010 CR3: 0000000103c6e000 CR4: 00000000000006e0
<4>[  100.000011] Call Trace:
<4>[  100.000012]  <TASK>
<4>[  100.000013]  vfs_read+0xa5/0x320
<4>[  100.000014] RIP: 0033:0x7f1c2cad21fd
<4>[  100.000015] Code: 31 c0 e9 c6 <48> 3d 00 f0 ff ff
<4>[  100.000016] RSP: 002b:00007ffd9b2b3c18 EFLAGS: 00000246
<4>[  100.000017]  </TASK>
<4>[  100.000018] ---[ end trace 0000000000000000 ]---
<4>[  100.000019] RIP: 0010:example_read+0x8/0x40 [example]
<4>[  100.000020] Code: 90 90 90 90 e8 1b 2c 3d 4e 48 8b 47 <48> 8b 40 10 c3 cc
"""


@pytest.mark.parametrize(
    "prefix",
    ["", "> ", "Nov 10 12:00:01 host kernel: ", "2026-11-10T12:00:01.123456+01:00 host kernel: ", "kern  :warn  : "],
    ids=["plain", "mail", "syslog", "journal", "dmesg -x"],
)
def test_one_death_however_it_is_logged(prefix: str) -> None:
    text = "".join(f"{prefix}{line[3:] if prefix else line}\n" for line in NEW.splitlines())
    oops = _one(text)
    assert oops.head.startswith("BUG: kernel NULL pointer dereference") and "Oops: 0000 [#1]" in oops.head
    assert oops.rip is not None and str(oops.rip) == "example`example_read+0x8"
    assert (oops.comm, oops.pid, oops.cpu, oops.kernel) == ("my prog", 4242, 1, "6.1.0-40-amd64")
    assert oops.fault == 0x10 and oops.mark == 12 and len(oops.code) == 18
    assert oops.registers["RSP"] == 0xFFFFA0D780C5BDF8 and oops.registers["CR2"] == 0x10
    assert readings(oops) == [
        "example_read begins with a call: ftrace, a kprobe on it or a BPF program was tracing it.",
        "It accessed 0x10: a NULL pointer, a member at offset 16.",
    ]


def test_older_kernels() -> None:
    oops = _one(
        "BUG: unable to handle kernel paging request at dead000000000108\n"
        "IP: [<ffffffffa0341d99>] list_walk+0x19/0x240 [mod]\n"
        "Oops: 0000 [#1] SMP \n"
        "Pid: 77, comm: cat Not tainted 3.2.0-4-amd64 #1\n"
        "RIP: 0010:[<ffffffffa0341d99>]  [<ffffffffa0341d99>] list_walk+0x19/0x240 [mod]\n"
        "Call Trace:\n [<ffffffff81123456>] ? vfs_read+0x96/0x140\n [<ffffffff81000000>] kretprobe_trampoline+0x0/0x40\n"
    )
    assert oops.rip is not None and (oops.rip.address, str(oops.rip)) == (0xFFFFFFFFA0341D99, "mod`list_walk+0x19")
    assert (oops.comm, oops.pid, oops.kernel) == ("cat", 77, "3.2.0-4-amd64")
    assert readings(oops) == [
        "The call trace has the return of a kretprobe.",
        "It accessed 0xdead000000000108: the next pointer of a list entry that was removed.",
    ]


def test_a_program() -> None:
    oops = _one(
        "[  5.1] crash[812]: segfault at 8 ip 000055d3c0a7f139 sp 00007ffe0d1b5a30 error 4 in crash[55d3c0a7f000+1000] likely on CPU 1\n"
        "[  5.1] Code: 55 48 89 e5 48 8b 05 <48> 8b 40 08 5d c3\n"
    )
    assert (oops.comm, oops.pid, oops.file, oops.fault) == ("crash", 812, "crash", 8)
    assert oops.rip is not None and oops.rip.address == 0x55D3C0A7F139
    assert "mov rax, qword ptr [rax + 8]" in report(oops, 1)


@pytest.mark.parametrize(
    "code, function, told",
    [
        ("cc <48> 89 e5", "int3: 0000\nRIP: 0010:vfs_read+0x1/0x100", "just before the instruction pointer"),
        ("90 90 <cc> 48", "BUG: x\nRIP: 0010:vfs_read+0x0/0x100", "is at the instruction pointer"),
        ("f3 0f 1e fa e8 00 01 02 03 <0f> 0b", "kernel BUG at x\nRIP: 0010:vfs_read+0x9/0x100", "begins with a call"),
        ("e9 00 01 02 03 <0f> 0b", "kernel BUG at x\nRIP: 0010:vfs_read+0x5/0x100", "begins with a jump"),
        ("cc 00 01 02 03 04 05 <0f> 0b", "kernel BUG at x\nRIP: 0010:vfs_read+0x7/0x100", "begins with a breakpoint"),
    ],
)
def test_probe_sites(code: str, function: str, told: str) -> None:
    assert told in readings(_one(f"{function}\nCode: {code}"))[0]


def test_several_in_one_log() -> None:
    found = parse((ORIGIN + NEW + PANIC).splitlines())
    assert [oops.line for oops in found] == [1, 6, 6 + NEW.count("\n") + 1]


def test_decoding_meets_the_mark() -> None:
    code = bytes.fromhex("4889e5488b0500000000488b4008c3")
    found = lines(code, 10, 0x1000)
    assert [(line.at, line.text.split(" ")[0]) for line in found] == [(0, "mov"), (3, "mov"), (10, "mov"), (14, "ret")]
    assert b"".join(line.code for line in found) == code


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from((NEW + ORIGIN + PANIC + "Code: <00\nRIP: 0010:\njunk").splitlines()) | st.text(max_size=40)))
def test_any_log_is_read(log: list[str]) -> None:
    for number, oops in enumerate(parse(log), 1):
        text = report(oops, number)
        assert text.startswith(f"Oops {number}, line {oops.line}: ")
        assert b"".join(line.code for line in lines(oops.code, oops.mark, 0)) == oops.code


def test_the_command(tmp_path: object) -> None:
    dtrace = os.path.join(ROOT, "dtrace")
    done = subprocess.run([dtrace, "decode-oops"], input=ORIGIN, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and "A lost step" in done.stdout and not done.stderr
    path = f"{tmp_path}/log"
    with open(path, "wb") as file:
        file.write(b"nothing\xff\x00 here\n")
    done = subprocess.run([dtrace, "decode-oops", path], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "dtrace: nothing here that a dying kernel or program prints\n")
    done = subprocess.run([dtrace, "decode-oops", path + "x"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 1 and done.stderr == f"dtrace: failed to open {path}x: No such file or directory\n"
