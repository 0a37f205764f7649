"""What an engine is to the session.

    engine = …; engine.providers(); engine.enable(program); engine.go(); repeat engine.drain(); engine.stop(); engine.close()

`enable` compiles for the back end, loads and attaches; nothing fires before `go`, which fires BEGIN. `drain` gives records
`(probe, clause index, cpu, values)`, in order; values are decoded, one for each field: int, bytes (strings up to their NUL), tuples of
addresses (of a stack the first is the pid, 0 for the kernel's). A fault is the record
`(probe, -1, cpu, (clause index, code, value, offset))`.
`stop` detaches all and fires END, whose records the next `drain` gives. `close` is idempotent and leaves nothing armed.
"""

from __future__ import annotations

from ..errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from ..dif.program import Aggregation, Program
    from ..providers.base import Probe, Provider

    Record = tuple[Probe, int, int, tuple[Any, ...]]

    class Engine(Protocol):
        name: str
        notes: list[str]  # what the user should know of the probes that have been made
        lowered: dict[str, int]  # what had to be made smaller than its option says: 'buffer', 'aggregation', 'dynamic variable', to what

        def providers(self) -> list[Provider]: ...
        def enable(self, program: Program) -> None: ...
        def code(self, program: Program) -> str:
            """What the back end makes of the program, for -S; nothing is enabled."""
            ...

        def go(self) -> None: ...
        def drain(self, timeout: float) -> list[Record]:
            """Wait at most `timeout` seconds when there is nothing."""
            ...

        def stopped(self) -> bool:
            """exit() was called or the target has ended."""
            ...

        def aggregation(self, agg: Aggregation, *, take: bool = False, cpus: bool = False) -> dict[tuple[Any, ...], list[int]]:
            """Values since the last taking by key tuple (int, bytes, or tuple for stacks), as words of d/aggdata.py, summed over the CPUs.

            With `take` they are given for good: what comes later is counted from nothing, and no update is lost or given twice.
            With `cpus`, which must be the same at each call, the CPU's number is the last part of the key."""
            ...

        def cpus(self) -> list[int]:
            """The CPUs that `aggregation` may tell of."""
            ...

        def drops(self) -> dict[str, dict[int, int]]:
            """Counts since the last call, by kind (output.text.DROPS), by CPU."""
            ...

        @property
        def pid(self) -> int:
            """The target, or 0."""
            ...

        def ksym(self, address: int) -> str:
            """``module`symbol+0xoff``, or `0xaddress`."""
            ...

        def usym(self, pid: int, address: int) -> str: ...
        def uplace(self, pid: int, address: int) -> str:
            """`object:0xoffset` (of the object's own addresses), or `0xaddress`."""
            ...

        def stop(self) -> None: ...
        def close(self) -> None: ...


def wanted_cpu(cpu: int) -> None:
    """UserError unless the CPU that option `cpu` names is there to be traced."""
    from ..linux.proc import online_cpus

    if cpu not in online_cpus():
        raise UserError(f"CPU {cpu} is not online", hint=f"CPUs here: {', '.join(map(str, online_cpus()))}")
