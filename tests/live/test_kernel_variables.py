"""Kernel variables by backtick, against what the kernel itself says of them in /proc and by system calls."""

from __future__ import annotations

import os
import re
import subprocess

import pytest
from test_differential import kernel_only

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = os.sysconf("SC_PAGESIZE")


def text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def listed() -> bool:
    """Whether this kernel's symbols are those of its variables, too."""
    try:
        return " max_pfn\n" in text("/proc/kallsyms")
    except OSError:
        return False


def modules() -> list[str]:
    try:
        return [line.split()[0] for line in text("/proc/modules").splitlines()]
    except OSError:
        return []


pytestmark = [
    kernel_only,
    pytest.mark.skipif(not os.path.exists("/sys/kernel/btf/vmlinux"), reason="the kernel has no BTF"),
    pytest.mark.skipif(not listed(), reason="the kernel does not list its variables: seen in the lab"),
]


def values(*expressions: str, form: str = "%d") -> list[str]:
    """What dtrace says of each."""
    program = "BEGIN { " + " ".join(f'printf("{form}|\\n", {e});' for e in expressions) + " exit(0); }"
    done = subprocess.run([os.path.join(ROOT, "dtrace"), "-qn", program], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout.split("|\n")[: len(expressions)]


def test_numbers() -> None:
    meminfo = re.search(r"MemTotal: +(\d+) kB", text("/proc/meminfo"))
    assert meminfo is not None
    memory = int(meminfo[1]) * 1024 // PAGE
    seen = values("`_totalram_pages.counter", "vmlinux`_totalram_pages.counter", "`nr_cpu_ids", "`panic_timeout", "`max_threads")
    assert seen == [str(memory)] * 2 + [seen[2], text("/proc/sys/kernel/panic").strip(), text("/proc/sys/kernel/threads-max").strip()]
    assert int(seen[2]) >= len(os.sched_getaffinity(0))


def test_max_pfn_ends_the_memory() -> None:
    ends = [int(end, 16) for end in re.findall(r"^[0-9a-f]+-([0-9a-f]+) : System RAM", text("/proc/iomem"), re.M)]
    assert ends and max(ends), "root sees addresses"
    assert values("`max_pfn", "vmlinux`max_pfn") == [str((max(ends) + 1) // PAGE)] * 2


def test_texts() -> None:
    seen = values("(string)`linux_banner", "stringof(`saved_command_line)", "`init_task.comm", "`init_uts_ns.name.release", form="%s")
    assert text("/proc/version").startswith(seen[0][:60])
    # the banner may be longer than strsize allows
    assert text("/proc/cmdline").strip().startswith(seen[1].strip()[:200])
    assert seen[2].startswith("swapper") and seen[3] == os.uname().release


def test_what_moves_is_read_each_time() -> None:
    def forks() -> int:
        found = re.search(r"^processes (\d+)", text("/proc/stat"), re.M)
        assert found is not None
        return int(found[1])

    before = forks()
    counted = int(values("`total_forks")[0])
    assert before < counted <= forks()
    program = """
        BEGIN { j = `jiffies; t = timestamp; }
        tick-50ms /`jiffies - j >= 20/ { printf("%d %d\\n", `jiffies - j, timestamp - t); exit(0); }
    """
    done = subprocess.run([os.path.join(ROOT, "dtrace"), "-qn", program], capture_output=True, text=True, timeout=120)
    ticks, ns = map(int, done.stdout.split())
    rate = ticks * 1e9 / ns
    assert any(hz * 0.8 < rate < hz * 1.2 for hz in (100, 250, 300, 1000)), rate


def test_per_cpu_variables_are_this_cpus() -> None:
    assert values("`runqueues.cpu == cpu", "(uint64_t)`runqueues.curr == (uint64_t)curthread", "`runqueues.nr_running >= 1") == ["1"] * 3


@pytest.mark.skipif("overlay" not in modules(), reason="no module overlay here")
def test_variables_of_modules() -> None:
    name = "stringof(((struct file_system_type *)&overlay`ovl_fs_type)->name)"
    assert values(name, form="%s") == ["overlay"]
    seen = values("&overlay`ovl_fs_type", "(uint64_t)&overlay`ovl_fs_type + 4", form="%a")
    assert seen == ["overlay`ovl_fs_type", "overlay`ovl_fs_type+0x4"]
    assert values("&`ovl_fs_type == &overlay`ovl_fs_type", "sizeof(struct overlay`ovl_fs) > 8") == ["1", "1"]
