"""The target processes of `-c` and `-p`.

`launch` starts a command and hands it over stopped, at the point `evaltime` names:

* `exec`: the first instruction of the new image (the dynamic linker's);
* `preinit`, `postinit`: the program's entry, AT_ENTRY: all libraries are mapped, so their probes can be made. Linux's
  loader runs library constructors before it jumps there, hence both names mean the same point here;
* `main`: the function main of the program, or its entry where there is no such symbol.

The point is reached by one temporary breakpoint, restored before anyone sees the process. The child waits on a pipe
until it has been seized and only then calls exec, so nothing of it runs unobserved; a second pipe, closed by the exec,
carries the errno when the exec fails.

The engine then chooses: the kernel engine calls `resume_untraced()` and the process runs free of us; the process
engine gives it to a `Tracer`. `grab` merely names a running process: only the process engine stops it.

A launched process dies with us (PTRACE_O_EXITKILL while traced, `close` afterwards); a grabbed one never does.
"""

from __future__ import annotations

import os
import select
import signal
import struct

from ..elf.symbols import Symbolizer
from ..errors import TargetError, UserError
from ..linux import ptrace

_AT_ENTRY = 9
_LAUNCH_OPTIONS = ptrace.O_TRACESYSGOOD | ptrace.O_TRACEEXEC | ptrace.O_EXITKILL


class Process:
    """A process we trace. `status` is its wait status (None while it lives, or if it was not ours to wait for)."""

    __slots__ = ("_over", "args", "mid_call", "name", "own", "pending_signal", "pid", "pidfd", "status", "traced")

    def __init__(self, pid: int, *, own: bool, args: list[str], name: str) -> None:
        self.pid = pid
        self.own = own
        self.args = args
        self.name = name
        self.traced = False  # stopped by us and held with ptrace
        self.mid_call = False  # held inside its execve: see Tracer.inject
        self.pending_signal = 0  # to deliver when it is let go
        self.status: int | None = None
        self._over = False
        try:
            self.pidfd = os.pidfd_open(pid)
        except OSError as error:
            raise _no_such(pid, error) from None

    def __repr__(self) -> str:
        return f"<Process {self.pid} {self.name}>"

    def fileno(self) -> int:
        """Readable (poll, select) once the process has exited."""
        return self.pidfd

    def resume_untraced(self) -> None:
        """Let it run, without us: what the kernel engine wants."""
        if not self.traced:
            return
        self.traced = False
        try:
            ptrace.detach(self.pid, self.pending_signal)
        except ProcessLookupError:
            pass  # killed meanwhile; wait() will tell
        self.pending_signal = 0

    def note_exit(self, status: int | None) -> None:
        """The tracer has seen it go."""
        self._over = True
        self.status = status
        self.traced = False

    def poll(self) -> bool:
        """Has it exited? Never blocks. Not for a process that a Tracer holds: the tracer waits for it."""
        return self.wait(0)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for its exit, at most timeout seconds; true once it has exited."""
        if self._over:
            return True
        poller = select.poll()
        poller.register(self.pidfd, select.POLLIN)
        if not poller.poll(None if timeout is None else timeout * 1000):
            return False
        status: int | None = None
        if self.own:
            try:
                pid, status = ptrace.wait(self.pid, block=False)
                if pid == 0:
                    return False
            except ChildProcessError:
                status = None
            if status is not None and os.WIFSTOPPED(status):
                return False
        self.note_exit(status)
        return True

    @property
    def exit_text(self) -> str:
        """How it ended, for a message."""
        if self.status is None:
            return "exited"
        if os.WIFSIGNALED(self.status):
            return f"terminated by {signal.Signals(os.WTERMSIG(self.status)).name}"
        return f"exited with status {os.WEXITSTATUS(self.status)}"

    def kill(self) -> None:
        if not self._over:
            try:
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
            except OSError:
                pass

    def close(self) -> None:
        """A launched process is killed and reaped; a grabbed one goes on."""
        if self.pidfd < 0:
            return
        if self.own and not self._over:
            self.kill()
            try:
                while True:
                    _, status = ptrace.wait(self.pid)
                    if not os.WIFSTOPPED(status):
                        self.note_exit(status)
                        break
            except ChildProcessError:
                self.note_exit(None)
        elif self.traced:
            self.resume_untraced()
        os.close(self.pidfd)
        self.pidfd = -1


def split_command(command: str) -> list[str]:
    """At blanks only: no quotes, no escapes, as dtrace has always done it."""
    return command.split()


def launch(argv: list[str] | str, evaltime: str = "postinit") -> Process:
    """Start a command and hold it at its evaltime. Must be called in the thread that will trace."""
    if isinstance(argv, str):
        argv = split_command(argv)
    if not argv:
        raise UserError("failed to execute: empty command")
    go_read, go_write = os.pipe2(os.O_CLOEXEC)
    err_read, err_write = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        _child(argv, go_read, go_write, err_write)
    os.close(go_read)
    os.close(err_write)
    process: Process | None = None
    try:
        process = Process(pid, own=True, args=argv, name=os.path.basename(argv[0]))
        try:
            ptrace.seize(pid, _LAUNCH_OPTIONS)
        except OSError as error:
            raise TargetError(f"cannot trace {argv[0]}: {error.strerror}") from None
        os.write(go_write, b"g")
        _await_exec(process, err_read)
        if evaltime != "exec":
            _run_to_start(process, evaltime)
        return process
    except BaseException:
        if process is not None:
            process.close()
        raise
    finally:
        os.close(go_write)
        os.close(err_read)


def _child(argv: list[str], go_read: int, go_write: int, err_write: int) -> None:
    try:
        os.close(go_write)
        if os.read(go_read, 1) != b"g":
            os._exit(127)  # the parent died or gave up
        # Python ignores these; an ignored signal would stay ignored through the exec.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.execvp(argv[0], argv)
    except OSError as error:
        os.write(err_write, struct.pack("<i", error.errno or 0))
    finally:
        os._exit(127)


def _await_exec(process: Process, err_read: int) -> None:
    while True:
        _, status = ptrace.wait(process.pid)
        if not os.WIFSTOPPED(status):
            process.note_exit(status)
            raw = os.read(err_read, 4)
            reason = os.strerror(struct.unpack("<i", raw)[0]) if len(raw) == 4 else process.exit_text
            raise UserError(f"failed to execute {process.args[0]}: {reason}")
        if status >> 16 == ptrace.EVENT_EXEC:
            process.traced = process.mid_call = True
            return
        _pass_on(process, status)


def _pass_on(process: Process, status: int) -> None:
    """Let a stopped tracee go on from a stop that is not the one we wait for."""
    signo = os.WSTOPSIG(status)
    event = status >> 16
    try:
        if event == ptrace.EVENT_STOP and signo != signal.SIGTRAP:
            ptrace.listen(process.pid)
        else:
            ptrace.cont(process.pid, 0 if event else signo)
    except ProcessLookupError:
        pass


def entry_point(pid: int) -> int:
    """AT_ENTRY of a process: where its program starts once the loader is done."""
    with open(f"/proc/{pid}/auxv", "rb") as file:
        raw = file.read()
    for key, value in struct.iter_unpack("<QQ", raw[: len(raw) & -16]):
        if key == _AT_ENTRY:
            return int(value)
    return 0


def _run_to_start(process: Process, evaltime: str) -> None:
    addr = entry_point(process.pid)
    if evaltime == "main":
        program = Symbolizer(process.pid).executable
        found = program.elf.symbol("main") if program is not None else None
        if program is not None and found is not None:
            addr = found[0] + program.bias
    if addr and not _run_to(process, addr):
        raise TargetError(f"{process.args[0]} {process.exit_text} before its {evaltime} point")


def _run_to(process: Process, addr: int) -> bool:
    """Run the only thread up to addr; false if the process ended before. Signals on the way are delivered."""
    pid = process.pid
    memory = ptrace.Memory(pid)
    try:
        original = memory.read(addr, 1)
        if len(original) != 1:
            return True  # not mapped: stay where we are
        memory.write(addr, b"\xcc")
        ptrace.cont(pid)
        while True:
            _, status = ptrace.wait(pid)
            if not os.WIFSTOPPED(status):
                process.note_exit(status)
                return False
            if status >> 16 == ptrace.EVENT_EXEC:
                return True  # a constructor replaced the program; its memory is new
            if os.WSTOPSIG(status) == signal.SIGTRAP and not status >> 16:
                regs = ptrace.getregs(pid)
                if regs.rip == addr + 1:
                    memory.write(addr, original)
                    ptrace.setrip(pid, addr)
                    process.mid_call = False
                    return True
            _pass_on(process, status)
    except ProcessLookupError:
        _, status = ptrace.wait(pid)
        process.note_exit(status)
        return False
    finally:
        memory.close()


def _no_such(pid: int, error: OSError) -> UserError:
    reason = "No such process" if error.errno in (3, 22) else error.strerror
    return UserError(f"failed to grab pid {pid}: {reason}")


def grab(pid: int) -> Process:
    """Name a running process. Nothing happens to it until a Tracer attaches."""
    if pid <= 0:
        raise UserError(f"invalid process-ID: {pid}")
    if pid == os.getpid():
        raise UserError(f"failed to grab pid {pid}: that is dtrace itself")
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            args = file.read().decode(errors="replace").rstrip("\0").split("\0")
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as text:
            name = text.read().rstrip("\n")
    except OSError as error:
        raise _no_such(pid, error) from None
    return Process(pid, own=False, args=args, name=name)
