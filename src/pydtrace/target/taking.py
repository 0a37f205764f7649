"""Taking the targets and letting them go again, whole."""

from __future__ import annotations

import os
import signal
import time

from ..errors import TargetError
from ..linux import ptrace
from .births import new_space
from .facts import quietly, state, status_field
from .space import Space, Thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .process import Process
    from .tracer import Tracer

_OPTIONS = (
    ptrace.O_TRACESYSGOOD
    | ptrace.O_TRACEFORK
    | ptrace.O_TRACEVFORK
    | ptrace.O_TRACECLONE
    | ptrace.O_TRACEEXEC
    | ptrace.O_TRACEVFORKDONE
)


def attach(tracer: Tracer) -> None:
    """Take every thread, stopped. A launched process is already held."""
    tracer.masked = {s for s in signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD}) if isinstance(s, signal.Signals)}
    tracer.holding = tracer.started = True
    try:
        for process in tracer.processes:
            take(tracer, process)
        tracer.settle()
        for process in tracer.processes:
            if not any(thread.pid == process.pid for thread in tracer.threads.values()):
                raise TargetError(f"process {process.pid} exited while it was being grabbed")
    except TargetError:
        give_up(tracer)
        raise


def give_up(tracer: Tracer) -> None:
    """Not all could be taken: a command that nobody traces must not run."""
    for process in tracer.processes:
        if process.own:
            process.kill()
    try:
        detach(tracer)
    except TargetError:
        pass  # the next detach will say so


def take(tracer: Tracer, process: Process) -> None:
    pid = process.pid
    space = new_space(tracer, pid)
    if process.traced:
        options = _OPTIONS | (ptrace.O_EXITKILL if process.own else 0)
        try:
            ptrace.setoptions(pid, options)
        except ProcessLookupError:
            raise TargetError(f"process {pid} is gone") from None
        thread = tracer.threads[pid] = Thread(pid, pid, space, options)
        thread.stopped = True
        thread.mid_call = process.mid_call
        thread.signo = process.pending_signal
        process.pending_signal = 0
    else:
        seize_all(tracer, pid, space)
        process.traced = True


def seize_all(tracer: Tracer, pid: int, space: Space) -> None:
    # New threads may appear while we go: look again until a pass finds nothing new. Threads made by seized ones
    # come to us by themselves, with EVENT_CLONE.
    while True:
        try:
            found = [int(name) for name in os.listdir(f"/proc/{pid}/task")]
        except OSError:
            found = []
        new = [tid for tid in found if tid not in tracer.threads]
        if not new:
            break
        for tid in new:
            try:
                ptrace.seize(tid, _OPTIONS)
            except ProcessLookupError:
                continue
            except PermissionError as error:
                if tracer_of(tid) == os.getpid():
                    continue  # cloned by a seized thread: its parent's event will bring it
                other = tracer_of(tid)
                why = f"already traced by process {other}" if other else f"{error.strerror}"
                raise TargetError(f"failed to grab pid {pid}: {why}") from None
            tracer.threads[tid] = Thread(tid, pid, space, _OPTIONS)
            quietly(ptrace.interrupt, tid)
        if all(tracer_of(tid) == os.getpid() for tid in new if tid not in tracer.threads):
            break


def tracer_of(tid: int) -> int:
    return status_field(tid, b"TracerPid:")



def detach(tracer: Tracer) -> None:
    """Restore every byte and let the target run without us. Safe at any moment, also after its exit.

    A thread that cannot be stopped cannot be let go either: then every byte is restored all the same (one byte may be written while
    others run), whoever can be is let go, and a TargetError says so; detach may be called again.
    """
    if not tracer.started:
        return
    failure: TargetError | None = None
    try:
        tracer.stop_all()
    except TargetError as error:
        failure = error
    for space in list(tracer.spaces):
        if tracer.breakpoints is not None and tracer.alive(space):
            try:
                tracer.breakpoints.remove_space(space)
            except TargetError as error:  # its memory cannot be opened: it is going, or has become another user's
                failure = failure or error
    if failure is not None and tracer.breakpoints is not None and tracer.breakpoints.armed():
        raise failure
    left = []
    for thread in list(tracer.threads.values()):
        try:
            ptrace.detach(thread.tid, thread.signo)
        except ProcessLookupError:
            left.append(thread)
    tracer.threads = {thread.tid: thread for thread in part(tracer, left)}
    if tracer.threads:
        pid = next(iter(tracer.threads.values())).pid
        raise failure or TargetError(f"process {pid} cannot be let go yet: a thread does not stop")
    for space in tracer.spaces:
        space.close()
    tracer.spaces.clear()
    for process in tracer.processes:
        process.traced = False
    tracer.started = False
    tracer.unmask()


def part(tracer: Tracer, left: list[Thread]) -> list[Thread]:
    """Threads that could not be let go: they were killed while stopped, and their process cannot end until their tracer has waited
    for them; or they are about to stop. Returns those that do neither in a second.

    The leader comes last; it may also be one that left long before its threads, and then has nothing to report.
    """
    stuck = []
    tracer.holding = True
    for thread in sorted(left, key=lambda one: one.tid == one.pid):
        end = time.monotonic() + 1
        tid = 0
        try:
            while not tid and time.monotonic() < end:
                tid, status = ptrace.wait(thread.tid, block=False)
                if not tid:
                    time.sleep(0.002)
                    continue
                tracer.report(tid, status)
                if os.WIFSTOPPED(status):
                    quietly(ptrace.detach, tid, thread.signo)
        except ChildProcessError:
            continue
        if not tid and state(thread.tid) not in "ZX":
            stuck.append(thread)
    tracer.holding = False
    return stuck
