"""Threads and processes that begin, become another program, and end.

A new thread or process may report before its parent's event does, or after; its first stop is kept in `tracer.early` until the
parent has told whose it is. A vfork or CLONE_VM child shares its parent's memory. Children that are not to be followed are handed to the
breakpoint layer for cleaning and then let go; one that shares memory stays traced, silently, up to its exec or exit, since it would
die at the first of our breakpoints.
"""

from __future__ import annotations

import os

from ..linux import ptrace
from .facts import quietly, shares_memory, status_field
from .space import Space, Thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .tracer import Tracer


def new_space(tracer: Tracer, pid: int) -> Space:
    space = Space(pid)
    tracer.spaces.add(space)
    return space


def born(tracer: Tracer, parent: Thread, event: int) -> None:
    tid = ptrace.geteventmsg(parent.tid)
    pid = status_field(tid, b"Tgid:") or tid
    same_process = pid == parent.pid
    shares = same_process or event == ptrace.EVENT_VFORK or (event == ptrace.EVENT_CLONE and shares_memory(parent))
    if shares:
        space = parent.space
    else:
        space = new_space(tracer, pid)
    child = tracer.threads[tid] = Thread(tid, pid, space, parent.options)
    child.silent = parent.silent if same_process else parent.silent or not tracer.follow
    if not shares and tracer.breakpoints is not None:
        tracer.breakpoints.forked(parent.space, space)
    if not parent.silent:
        if same_process:
            tracer.on_thread(parent, child)
        else:
            tracer.on_fork(parent, pid, {1: "fork", 2: "vfork"}.get(event, "clone"))
    early = tracer.early.pop(tid, None)
    if early is None:
        early = await_birth(tid)
    if early is None:
        del tracer.threads[tid]
        return
    if not os.WIFSTOPPED(early):
        drop(tracer, child, early)
        return
    child.stopped = True
    if child.silent and not same_process and not shares:
        let_go(tracer, child)
        return
    tracer.leave(child)


def await_birth(tid: int) -> int | None:
    """A new child stops before its first instruction: this wait is short."""
    try:
        return ptrace.wait(tid)[1]
    except ChildProcessError:
        return None


def let_go(tracer: Tracer, child: Thread) -> None:
    """A process we do not follow: clean its memory and detach."""
    try:
        if tracer.breakpoints is not None:
            tracer.breakpoints.remove_space(child.space)
    finally:
        quietly(ptrace.detach, child.tid, child.signo)
        tracer.threads.pop(child.tid, None)
        close_space(tracer, child.space)


def executed(tracer: Tracer, thread: Thread) -> Thread:
    former = ptrace.geteventmsg(thread.tid)
    if former != thread.tid and former in tracer.threads:
        state = tracer.threads[former]
        thread.in_syscall, thread.nr, thread.sysargs = state.in_syscall, state.nr, state.sysargs
    for other in [t for t in tracer.threads.values() if t.pid == thread.pid and t is not thread]:
        tracer.threads.pop(other.tid, None)
    old = thread.space
    thread.space = new_space(tracer, thread.pid)
    thread.resume_at = None
    if tracer.breakpoints is not None:
        tracer.breakpoints.execed(thread, old)
        if not tracer.alive(old):
            tracer.breakpoints.forget_space(old)
    close_space(tracer, old)
    if thread.silent:
        quietly(ptrace.detach, thread.tid, 0)
        tracer.threads.pop(thread.tid, None)
        close_space(tracer, thread.space)
    else:
        tracer.on_exec(thread)
    return thread


def drop(tracer: Tracer, thread: Thread, status: int | None) -> None:
    tracer.threads.pop(thread.tid, None)
    if not thread.silent:
        tracer.on_thread_exit(thread)
    if not tracer.alive(thread.space) and tracer.breakpoints is not None:
        tracer.breakpoints.forget_space(thread.space)
    close_space(tracer, thread.space)
    if thread.tid == thread.pid:
        for process in tracer.processes:
            if process.pid == thread.pid:
                process.note_exit(status)
        if not thread.silent:
            tracer.on_exit(thread.pid, status or 0)
    if not tracer.threads:
        tracer.unmask()


def close_space(tracer: Tracer, space: Space) -> None:
    if not tracer.alive(space):
        tracer.spaces.discard(space)
        space.close()
