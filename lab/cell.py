"""The checks of one cell of the matrix: run as root in the guest, by lab/matrix. Prints a line a check: verdict, name, figures; by tabs.

What is checked, for each mechanism the kernel has (kprobe.multi, fentry, kprobe) forced by -x fbtmech, and for the choice of `auto`:

    missing    a mechanism that the kernel lacks is refused by one line
    named      -lv says the mechanism
    counts     all fbt::sys_*: armed at once; entries and returns of the target's calls are as many as the target says
    asleep     many threads asleep in one call: each entry has its return, or is told as missed
    values     typed args[], the calls' own arguments, errno, curthread, stack(), caller
    module     a module's function, its name in stacks, a variable of it (modules.py)
    killed     dtrace ended by SIGKILL in the middle

and what return() does (returned.py).

After each of them the kernel holds what it held before: programs, maps, links, kprobes, traced functions. At the end the kernel's log
has no complaint. `tests` runs the project's own tests of the kernel engine, so that this kernel's verifier sees their programs; `soak` is
`counts` with a given number of firings.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from common import ROOT, Wrong, dtrace, expect, good

sys.path.insert(0, str(ROOT / "src"))

import returned  # noqa: E402
from modules import module  # noqa: E402

from pydtrace.linux import bpf, features  # noqa: E402

MECHANISMS = {"kprobe.multi": features.KPROBE_MULTI, "fentry": features.FENTRY, "kprobe": features.KPROBE_PERF}
COMPLAINT = re.compile(r"WARNING:|BUG:|Oops|Call Trace|general protection|unable to handle|\bstall|lockup|hung|blocked for more", re.I)
KPROBES, TRACED = Path("/sys/kernel/debug/kprobes/list"), Path("/sys/kernel/tracing/enabled_functions")
SLEEPERS = 60
# The project's tests that the matrix runs, for this kernel's verifier and variables; lab/suite runs all.
TESTS = {
    "kernel engine": [f"tests/live/test_{name}.py" for name in ("kernel_engine", "linux_bpf", "threads", "large_programs")],
    "paths, locks, packets": [f"tests/live/test_{name}.py" for name in ("paths", "psinfo", "locks", "differential_network", "pcap")],
    "kernel values": ["tests/live/test_kernel_variables.py", "tests/live/test_kernel_values.py"],
    "stacks": ["tests/programs/test_programs.py", "-k", "stacks and kernel"],
}
BEGUN = "lab: the checks begin"


def held() -> dict[str, object]:
    """What the kernel has of anybody's tracing."""
    found: dict[str, object] = {"programs": {h.id for h in bpf.programs()}, "maps": {h.id for h in bpf.maps()}}
    found["links"] = {h.id for h in bpf.links()}
    found["kprobes"] = KPROBES.read_text().splitlines()
    found["traced functions"] = len(TRACED.read_text().splitlines())
    return found


def released(before: dict[str, object], seconds: float) -> None:
    """The kernel holds no more than before; it frees after grace periods."""
    until = time.monotonic() + seconds
    while (now := held()) != before:
        if time.monotonic() > until:
            left = {what: now[what] for what in now if now[what] != before[what]}
            raise Wrong(f"left behind: {str(left)[:300]}")
        time.sleep(0.1)


class Cell:
    """The checks, on this kernel. `target` is the compiled lab/target.c."""

    def __init__(self, target: str, calls: int, only: str = "") -> None:
        self.target = target
        self.only = only
        self.calls = calls
        self.failed = self.log_read = False
        self.has = {name: bool(feature) for name, feature in MECHANISMS.items()}
        self.log = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.log, 0, os.SEEK_END)
        with open("/dev/kmsg", "w") as log:
            log.write(BEGUN + "\n")

    def check(self, name: str, method: Callable[..., str], *args: object) -> None:
        """Run it, see that nothing stays, print the verdict."""
        if not re.search(self.only, name):
            return
        begun, before = time.monotonic(), held()
        try:
            figures = method(*args)
            released(before, 120)
            verdict = "ok"
        except Wrong as wrong:
            verdict, figures = "FAILED", str(wrong)
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            verdict, figures = "FAILED", f"{type(error).__name__}: {error}"
        self.failed |= verdict != "ok"
        figures = " ".join(figures.split())
        print(f"{verdict}\t{name}\t{figures} ({time.monotonic() - begun:.1f} s)", flush=True)

    # ---- the checks

    def missing(self, mechanism: str) -> str:
        done = dtrace("-x", f"fbtmech={mechanism}", "-n", "fbt::sys_getppid:entry")
        expect("status", done.returncode, 1)
        expect("output", done.stdout, "")
        if done.stderr.count("\n") != 1 or f"fbtmech={mechanism} is not available on this kernel" not in done.stderr:
            raise Wrong(f"not one clear line: {done.stderr}")
        return "refused: " + done.stderr.strip().rpartition(": ")[2]

    def named(self, mechanism: str) -> str:
        def said(what: str) -> list[str]:
            text = good(dtrace("-x", f"fbtmech={mechanism}", "-lvn", what)).stdout
            return sorted(set(re.findall(r"Mechanism\n\t\t(\S+)", text)))

        one, many = said("fbt::sys_getppid:"), said("fbt::sys_*:")
        if mechanism == "auto":
            expect("of a few", one, ["fentry"])
            expect("of many", many, ["kprobe.multi"] if self.has["kprobe.multi"] else ["fentry", "raw_syscalls"])
        else:
            expect("of one", one, [mechanism])
            expect("of many", many, [mechanism])
        return f"sys_getppid by {one[0]}, sys_* by {' and '.join(many)}"

    def counts(self, mechanism: str, calls: int, timeout: float = 900) -> str:
        script = "fbt::sys_*: /pid == $target/ { @[probefunc, probename] = count(); } fbt::sys_*: { @all = count(); }"
        done = good(dtrace("-x", f"fbtmech={mechanism}", "-n", script, "-c", f"{self.target} calls {calls}", timeout=timeout))
        counted = {(name, side): int(n) for name, side, n in re.findall(r"^ +(sys_\w+) +(entry|return) +(\d+)$", done.stdout, re.M)}
        total = 0
        told = re.findall(r"^(sys_\w+) (\d+)$", done.stdout, re.M)
        expect("calls told", [name for name, _ in told], ["sys_getppid", "sys_getpgid", "sys_getsid"])
        for name, n in told:
            for side in ("entry", "return"):
                expect(f"{name}:{side}", counted.get((name, side)), int(n))
                total += int(n)
        every = int(re.findall(r"^ +(\d+)$", done.stdout, re.M)[-1])
        if every < sum(counted.values()):
            raise Wrong(f"{every} firings in all, {sum(counted.values())} of the target")
        armed = re.findall(r"matched (\d+) probe", done.stderr)[0]
        return f"{int(armed) // 2} probes armed; {total:,} firings of the target's calls, none lost; {every:,} in all"

    def asleep(self, mechanism: str) -> str:
        script = "fbt::sys_clock_nanosleep: /pid == $target/ { @[probename] = count(); }"
        done = dtrace("-qx", f"fbtmech={mechanism}", "-n", script, "-c", f"{self.target} sleepers {SLEEPERS}")
        expect("status", done.returncode, 0)
        counted = {side: int(n) for side, n in re.findall(r"^ +(entry|return) +(\d+)$", done.stdout, re.M)}
        expect("entries", counted.get("entry"), SLEEPERS)
        returns, missed = counted.get("return", 0), sum(map(int, re.findall(r"(\d+) missed firing", done.stderr)))
        if mechanism == "kprobe":  # its pool is small; kernels before 6.7 do not count what it misses, which may be of other sleepers too
            tells = tuple(map(int, os.uname().release.split(".")[:2])) >= (6, 7)
            if not returns or (tells and returns + missed < SLEEPERS):
                raise Wrong(f"{SLEEPERS} entries, {returns} returns, {missed} told as missed")
            return f"{SLEEPERS} entries, {returns} returns, {missed if tells else 'unknown'} missed: kretprobe's pool"
        expect("returns and missed", (returns, missed), (SLEEPERS, 0))
        return f"{SLEEPERS} entries, {SLEEPERS} returns"

    def values(self, mechanism: str) -> str:
        name = os.path.basename(self.target)
        script = """
            fbt::sys_openat:entry /pid == $target/ { printf("open %s %d\\n", copyinstr(args[1]), args[2]); }
            fbt::sys_openat:return /pid == $target/ { printf("opened %d %d\\n", (int)args[1], errno); }
            fbt::vfs_read:entry /pid == $target/ {
                printf("read %s %d\\n", stringof(args[0]->f_path.dentry->d_name.name), args[2]); stack(3); printf("caller %a\\n", caller);
            }
            fbt::vfs_read:return /pid == $target/ { printf("got %d\\n", args[1]); stack(2); printf("caller %a\\n", caller); }
            fbt::sys_getppid:entry /pid == $target/ {
                printf("thread %d %d %d %s\\n", curthread->pid == tid, curthread->tgid == pid, curthread->real_parent->tgid == ppid,
                    curthread->comm);
                stack(1);
            }
            fbt::sys_getppid:return /pid == $target/ { printf("parent %d\\n", args[1] == ppid); stack(1); }
        """
        done = good(dtrace("-qx", f"fbtmech={mechanism}", "-n", script, "-c", f"{self.target} file"))
        seen = [re.sub(r"\+0x[0-9a-f]+", "+", line.strip()) for line in done.stdout.splitlines() if line.strip()]
        kernel = "vmlinux`"
        expect(
            "lines",
            seen,
            [
                f"open {self.target} 0", "opened 3 0", f"read {name} 37",
                *(f"{kernel}{f}+" for f in ("vfs_read", "ksys_read", "do_syscall_64")), f"caller {kernel}ksys_read+",
                "got 37", *(f"{kernel}{f}+" for f in ("ksys_read", "do_syscall_64")), f"caller {kernel}ksys_read+",
                "open /not there 0", "opened -2 2",
                f"thread 1 1 1 {name}", f"{kernel}__x64_sys_getppid+", "parent 1", f"{kernel}do_syscall_64+",
            ],
        )  # fmt: skip
        return f"{len(seen)} lines as expected"

    def killed(self, mechanism: str) -> str:
        what = "fbt::sys_*:" if mechanism == "auto" else "fbt::sys_getp*:"
        argv = [str(ROOT / "dtrace"), "-qx", f"fbtmech={mechanism}", "-n", f"BEGIN {{ printf(\"begun\"); }} {what} {{ @ = count(); }}"]
        running = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        assert running.stdout is not None
        try:
            expect("first word", running.stdout.read(5), b"begun")
            programs = len(bpf.programs())
        finally:
            running.send_signal(signal.SIGKILL)
            running.wait()
        return f"{what} with {programs} programs loaded"

    def tests(self, *files: str) -> str:
        argv = [sys.executable, "-m", "pytest", "--timeout=600", "-p", "no:cacheprovider", "-x", *files]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYDTRACE_FORKED": "1"}
        environment.pop("PYDTRACE_LAB", None)
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL)
        if done.returncode:
            wrong = [line for line in done.stdout.splitlines() if line.startswith(("E  ", "FAILED", "ERROR"))]
            raise Wrong(" / ".join(wrong[:20]) or done.stdout[-500:] + done.stderr[-500:])
        return done.stdout.strip().splitlines()[-1]

    def complaints(self) -> str:
        """The kernel's log since the cell began."""
        lines = []
        while True:
            try:
                lines.append(os.read(self.log, 8192).decode(errors="replace").partition(";")[2].splitlines()[0])
            except BlockingIOError:
                break
            except BrokenPipeError:
                raise Wrong("the log has overrun its buffer") from None
        if BEGUN not in lines and not self.log_read:
            raise Wrong("the log cannot be read")
        self.log_read = True
        found = [line for line in lines if COMPLAINT.search(line)]
        if found:
            raise Wrong(f"{len(found)} complaints: {' / '.join(found[:3])}")
        return f"{len(lines)} lines, no complaint"

    # ---- what is run

    def all(self) -> None:
        """Every check but the soak."""
        for mechanism, there in [*self.has.items(), ("auto", True)]:
            if not there:
                self.check(f"{mechanism}: missing", self.missing, mechanism)
                continue
            self.check(f"{mechanism}: named", self.named, mechanism)
            self.check(f"{mechanism}: values", self.values, mechanism)
            self.check(f"{mechanism}: module", module, mechanism, self.target)
            self.check(f"{mechanism}: asleep", self.asleep, mechanism)
            self.check(f"{mechanism}: killed", self.killed, mechanism)
            self.check(f"{mechanism}: counts", self.counts, mechanism, self.calls)
        for name, method, arguments in returned.checks(self.target):
            self.check(name, method, *arguments)
        for name, files in TESTS.items():
            self.check(f"tests: {name}", self.tests, *files)
        self.check("kernel log", self.complaints)

    def soak(self, firings: int, wanted: str) -> None:
        """`counts` with at least so many firings, by the mechanisms named, or all there are."""
        for mechanism in wanted.split(",") if wanted else [name for name, there in self.has.items() if there]:
            calls = -(-firings * 2 // 7) + 3 & ~3  # a round of four calls getppid is seven calls in all; each fires twice
            self.check(f"{mechanism}: soak", self.counts, mechanism, calls, 36000)
            self.check("kernel log", self.complaints)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("target")
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--soak", type=int, default=0, metavar="FIRINGS")
    parser.add_argument("--mechanisms", default="")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    cell = Cell(options.target, options.calls, options.only)
    print(f"kernel\t{os.uname().release}", flush=True)
    if options.soak:
        cell.soak(options.soak, options.mechanisms)
    else:
        cell.all()
    return int(cell.failed)


if __name__ == "__main__":
    sys.exit(main())
