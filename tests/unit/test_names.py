"""Names of addresses: aliases, stripped files and what stands for their symbols elsewhere, maps of code made at run time."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from pydtrace.elf.file import ElfFile, open_elf
from pydtrace.elf.jit import JitMap
from pydtrace.elf.maps import Mapping, parse_maps
from pydtrace.elf.symbols import Symbolizer

SOURCE = r"""
__attribute__((noinline)) static int hidden(int x) { __asm__ volatile(""); return x + 1; }
__attribute__((noinline)) int shown(int x) { return hidden(x) * 3; }
int _alias(int) __attribute__((alias("shown")));
int __alias(int) __attribute__((alias("shown")));
int zalias(int) __attribute__((weak, alias("shown")));
__asm__("bare: nop\nnop\nret\n.type bare, @function\n");
int main(void) { return shown(1); }
"""

needs = pytest.mark.skipif(not all(map(shutil.which, ("gcc", "objcopy", "strip", "nm", "xz"))), reason="no gcc, binutils or xz")


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


@pytest.fixture
def program(tmp_path: Path) -> str:
    source, made = tmp_path / "p.c", tmp_path / "p"
    source.write_text(SOURCE)
    _run("gcc", "-O2", "-rdynamic", "-o", str(made), str(source))
    return str(made)


def _addresses(path: str) -> dict[str, int]:
    rows = [line.split() for line in _run("nm", path).splitlines()]
    return {row[2]: int(row[0], 16) for row in rows if len(row) == 3}


@needs
def test_the_best_of_several_names(program: str) -> None:
    names, at = open_elf(program).names, _addresses(program)
    assert names.at(at["shown"]) == ("shown", 0)
    assert names.at(at["shown"] + 2) == ("shown", 2)
    assert names.at(at["hidden"] + 1) == ("hidden", 1)
    assert names.at(at["bare"] + 1) == ("bare", 1)  # of size 0
    assert names.at(at["main"] - 0x100000) is None


@needs
def test_stripped_has_its_dynamic_names(program: str) -> None:
    at = _addresses(program)
    _run("strip", program)
    names = open_elf(program).names
    assert names.at(at["shown"] + 1) == ("shown", 1)
    assert names.at(at["hidden"] + 1) is None


@needs
@pytest.mark.parametrize("where", ["p.debug", ".debug/p.debug"])
def test_debug_link(program: str, where: str) -> None:
    at, folder = _addresses(program), Path(program).parent
    (folder / ".debug").mkdir()
    debug = str(folder / where)
    _run("objcopy", "--only-keep-debug", program, debug)
    _run("strip", program)
    _run("objcopy", f"--add-gnu-debuglink={debug}", program)
    assert open_elf(program).names.at(at["hidden"] + 1) == ("hidden", 1)
    (folder / "q.c").write_text("int main(void) { return 2; }")
    _run("gcc", "-o", debug, str(folder / "q.c"))  # another program: neither its build id nor its checksum fits
    copy = str(folder / "copy")
    _run("cp", program, copy)
    assert open_elf(copy).names.at(at["hidden"] + 1) is None


@needs
def test_debug_link_by_checksum_where_there_is_no_build_id(program: str) -> None:
    at, debug = _addresses(program), program + ".debug"
    _run("objcopy", "--remove-section=.note.gnu.build-id", program)
    _run("objcopy", "--only-keep-debug", program, debug)
    _run("strip", program)
    _run("objcopy", f"--add-gnu-debuglink={debug}", program)
    assert open_elf(program).build_id is None
    assert open_elf(program).names.at(at["hidden"] + 1) == ("hidden", 1)
    with open(debug, "ab") as file:
        file.write(b"x")
    copy = program + ".copy"
    _run("cp", program, copy)
    assert open_elf(copy).names.at(at["hidden"] + 1) is None


@needs
def test_mini_debug_information(program: str) -> None:
    at, mini = _addresses(program), program + ".mini"
    _run("objcopy", "-S", "--keep-symbol=hidden", "--remove-section=.gdb_index", program, mini)
    _run("xz", "-f", mini)
    _run("strip", program)
    _run("objcopy", f"--add-section=.gnu_debugdata={mini}.xz", program)
    assert open_elf(program).names.at(at["hidden"] + 1) == ("hidden", 1)
    assert open_elf(program).names.at(at["shown"] + 1) == ("shown", 1)


@needs
def test_mini_debug_information_that_is_none(program: str) -> None:
    at = _addresses(program)
    junk = program + ".junk"
    Path(junk).write_bytes(b"\xfd7zXZ\0 junk")
    _run("strip", program)
    _run("objcopy", f"--add-section=.gnu_debugdata={junk}", program)
    assert open_elf(program).names.at(at["hidden"] + 1) is None


def test_every_function_of_libc_is_found_at_its_middle() -> None:
    libc = Symbolizer(os.getpid()).object("libc")
    if libc is None:
        pytest.skip("this Python is not linked to a shared libc")
    names = libc.elf.names
    covered = 0
    for name, value, size in ElfFile("x", libc.elf.data[:]).functions:
        found = names.at(value + size // 2)
        if size > 1 and found is not None:
            assert value + size // 2 - found[1] >= value  # itself, an alias, or a smaller one within
            covered += found[1] == size // 2 or found[0] == name
    assert covered > 1000


# ---- a process


def test_the_vdso_has_names() -> None:
    maps = [one for one in parse_maps(Path("/proc/self/maps").read_text()) if one.path == "[vdso]"]
    if not maps:
        pytest.skip("no vdso here")
    symbols = Symbolizer(os.getpid())
    vdso = symbols.object_at(maps[0].start)
    assert vdso is not None and vdso.name == "linux-vdso.so.1"
    value, size = vdso.elf.symbol("__vdso_clock_gettime") or (0, 0)
    assert size and symbols.text(vdso.bias + value + 1) in ("linux-vdso.so.1`clock_gettime+0x1", "linux-vdso.so.1`__vdso_clock_gettime+0x1")


@needs
def test_mappings_of_a_process_that_has_ended(program: str) -> None:
    at = _addresses(program)
    offset = open_elf(program).offset_of_address(at["shown"])
    assert offset is not None
    base = 0x550000000000
    inode = os.stat(program).st_ino
    maps = [Mapping(base, base + 0x1000, "r-xp", offset & -4096, inode, program)]
    gone = Symbolizer(1 << 30, maps)
    addr = base + (offset & 4095)
    assert gone.text(addr + 1) == "p`shown+0x1"
    assert gone.start(addr + 1, False) == addr and gone.start(addr + 1, True) == base
    assert gone.place(addr + 1) == f"p:0x{at['shown'] + 1:x}"
    assert gone.text(base - 1) == f"0x{base - 1:x}"
    value, size = next((v, n) for name, v, n in open_elf(program).functions if name == "main")
    end = base + (at["main"] & 4095) + size  # where a call that does not return, at the end of main, would return to
    assert value == at["main"] and gone.text(end) == f"p`main+0x{size:x}"
    # the name is now another file's: no names, rather than wrong ones
    Path(program + ".new").write_bytes(Path(program).read_bytes())
    os.replace(program + ".new", program)
    assert Symbolizer(1 << 30, maps).text(addr + 1) == f"0x{addr + 1:x}"
    assert gone.text(addr + 1) == "p`shown+0x1"


def test_what_was_mapped_before_is_still_known() -> None:
    symbols = Symbolizer(os.getpid())
    libc = symbols.object("libc") or symbols.objects[0]
    known = symbols.text(libc.start + 100)
    symbols._take([one for one in symbols.maps if one.path != libc.path])
    symbols._looked = time.monotonic() + 60  # /proc, which still has it, is not asked
    assert symbols.object_at(libc.start + 100) is libc
    assert symbols.text(libc.start + 100) == known


def test_code_made_at_run_time(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    path = tmp_path / "tmp" / "perf-7.map"
    path.write_text("1000 20 Lfoo;::bar baz\n1020 8 next\nnonsense\n1000 10 again\n")
    jit = JitMap(7, str(tmp_path), os.getuid())
    assert jit.at(0x1008) == ("again", 8)
    assert jit.at(0x1018) is None
    assert jit.at(0x1027) == ("next", 7)
    assert jit.at(0x1028) is None
    with open(path, "a") as file:
        file.write("1028 8 later\n")
    assert jit.at(0x1028) == ("later", 0)


def test_somebody_elses_map_is_not_believed(tmp_path: Path) -> None:
    if os.getuid():
        pytest.skip("only root can give a file to somebody else")
    (tmp_path / "tmp").mkdir()
    path = tmp_path / "tmp" / "perf-7.map"
    path.write_text("1000 20 fake\n")
    os.chown(path, 12345, -1)
    assert JitMap(7, str(tmp_path), 54321).at(0x1000) is None
    assert JitMap(7, str(tmp_path), 12345).at(0x1000) == ("fake", 0)
    path.unlink()
    path.symlink_to("/proc/self/maps")
    assert JitMap(7, str(tmp_path), 0).at(0x1000) is None
