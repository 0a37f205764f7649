"""The running kernel's BTF, checked against bpftool where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from re import MULTILINE, findall

import pytest

from pydtrace.btf import kernel, reader

BTF = kernel.kernel_btf()
pytestmark = pytest.mark.skipif(BTF is None, reason="this kernel gives no BTF")


def test_task_struct() -> None:
    assert BTF is not None
    task = BTF.type(BTF.find("task_struct", reader.KIND_STRUCT))
    members = {m.name: m for m in task.members}
    assert task.size > 1000 and {"pid", "tgid", "comm", "mm", "real_parent"} <= members.keys()
    comm = BTF.type(members["comm"].type)
    assert comm.kind == reader.KIND_ARRAY and comm.array[2] == 16


@pytest.mark.skipif(shutil.which("bpftool") is None, reason="bpftool is not installed")
def test_against_bpftool() -> None:
    assert BTF is not None
    text = subprocess.run(["bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux"], capture_output=True, text=True, check=True).stdout
    heads = findall(r"^\[(\d+)\] (\w+) '(.*?)'(.*)", text, MULTILINE)
    assert len(heads) == BTF.count - 1
    for id, kind, name, rest in heads:
        ours = BTF.type(int(id))
        assert (reader.KIND_NAMES[ours.kind].upper(), ours.name or "(anon)") == (kind, name)
        for word in rest.replace(",", " ").split():
            key, _, value = word.partition("=")
            if key == "size":
                assert ours.size == int(value)
            elif key in ("type_id", "ret_type_id") and kind != "ARRAY":
                assert ours.type == int(value)
            elif key == "vlen":
                assert ours.vlen == int(value)
    for block in text.split("\n["):
        head, *lines = block.split("\n")
        if "STRUCT '" in head or "UNION '" in head:
            ours = BTF.type(int(head.lstrip("[").split("]")[0]))
            theirs = findall(r"^\t'(.*?)' type_id=(\d+) bits_offset=(\d+)(?: bitfield_size=(\d+))?", "\n".join(lines), MULTILINE)
            assert [(m.name or "(anon)", m.type, m.bit_offset, m.bit_size) for m in ours.members] == [
                (n, int(t), int(o), int(s or 0)) for n, t, o, s in theirs
            ]
