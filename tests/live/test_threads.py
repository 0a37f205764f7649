"""self-> variables of threads that come and go: a number that is used again is another thread, and what the dead have left goes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest

from pydtrace.api import Session
from pydtrace.linux import bpf

LAST = "/proc/sys/kernel/ns_last_pid"

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="the kernel engine needs root"),
    pytest.mark.skipif(not os.access(LAST, os.W_OK), reason=f"without {LAST} a process id cannot be asked for again"),
]


class Child:
    """A process that makes one getppid() when told to, and ends."""

    def __init__(self, number: int = 0) -> None:
        told, self._tell = os.pipe()
        if number:
            with open(LAST, "w") as file:
                file.write(str(number - 1))
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._tell)
            os.read(told, 1)
            os.getppid()
            os._exit(0)
        os.close(told)

    def go(self) -> None:
        os.write(self._tell, b"x")
        os.close(self._tell)
        os.waitpid(self.pid, 0)


def again(number: int) -> Child:
    """A new process of the same number; another program may be quicker, then it is tried once more."""
    for _ in range(50):
        child = Child(number)
        if child.pid == number:
            return child
        child.go()
    pytest.skip("the process id was taken each time")


def wait(condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + 30
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize(
    ("update", "value"),
    [("++self->n;", "self->n"), ("self->a[7]++;", "self->a[7]"), ('self->s = self->s == "" ? "new" : "old";', 'self->s == "old" ? 2 : 1')],
)
def test_a_number_used_again_is_another_thread(update: str, value: str) -> None:
    first = Child()
    with Session() as session:
        session.option("quiet")
        session.arguments = [str(first.pid), str(os.getpid())]  # another program may have the number for a while
        session.add(f"self string s; syscall::getppid:entry /pid == $1 && ppid == $2/ {{ {update} trace((int)({value})); }}")
        session.go()
        first.go()
        again(first.pid).go()
        seen: list[object] = []
        assert wait(lambda: seen.extend(row[3][0] for row in session.drain(0.05)) or len(seen) == 2), seen
        assert seen == [1, 1]


def test_a_thread_keeps_its_values() -> None:
    with Session() as session:
        session.option("quiet")
        session.arguments = [str(os.getpid())]
        session.add("syscall::getppid:entry /pid == $1/ { ++self->n; trace(self->n); self->s = 3; }")
        session.add("syscall::getppid:return /pid == $1 && self->s/ { trace(self->s); self->s = 0; trace(self->s); }")
        session.go()
        os.getppid()
        os.getppid()
        seen = [value for row in session.drain(1) for value in row[3]]
        assert seen == [1, 3, 0, 2, 3, 0]


def test_what_threads_have_left_goes() -> None:
    children = [Child() for _ in range(40)]
    with Session() as session:
        session.option("quiet")
        session.arguments = [str(os.getpid())]
        session.add("syscall::getppid:entry /ppid == $1/ { self->n = 1; self->text = execname; @ = count(); }")
        session.go()
        held = [fd for name, fd in session.engine._maps.items() if name.startswith("self")]
        assert len(held) == 2

        numbers = {child.pid for child in children}

        def left() -> set[int]:
            """Of our children; what earlier tests have started may be running still."""
            return {int.from_bytes(key, "little") & (1 << 22) - 1 for fd in held for key in bpf.map_keys(fd, 8)} & numbers

        def gone() -> bool:
            """All but two: on a busy machine the kernel now and then keeps a dead process for minutes, by a reference that others hold."""
            return len(left()) <= 2

        children[0].go()
        assert wait(gone), left()
        for child in children[1:20]:
            child.go()
        assert wait(gone), left()
        (aggregation,) = session.program.aggregations
        assert session.engine.aggregation(aggregation)[()][0] >= 20
        for child in children[20:]:
            child.go()
