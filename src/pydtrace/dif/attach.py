"""What a probe is attached to: a small description for each kind of thing that fires. Providers make them; the engines, which know the
mechanisms, match them.

A match over `Attach` that ends in `never` is complete: mypy finds the engine that does not know a new kind.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, NoReturn


class _Thing:
    """Equal when kind and words are."""

    __slots__: tuple[str, ...] = ()

    def _words(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._words() == other._words()

    def __hash__(self) -> int:
        return hash(self._words())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._words()))})"


class Own(_Thing):
    """BEGIN, END or ERROR: the engine fires it itself."""

    __slots__ = ("name",)

    def __init__(self, name: Literal["begin", "end", "error"]) -> None:
        self.name: Literal["begin", "end", "error"] = name


class Timer(_Thing):
    """Each `period` nanoseconds; `everywhere`: on every CPU, in what runs there (profile), else on one (tick)."""

    __slots__ = ("period", "everywhere")

    def __init__(self, period: int, everywhere: bool) -> None:
        self.period = period
        self.everywhere = everywhere


class SystemCall(_Thing):
    """A system call by its number, at its entry or its return."""

    __slots__ = ("number", "leaving")

    def __init__(self, number: int, leaving: bool) -> None:
        self.number = number
        self.leaving = leaving


class Function(_Thing):
    """A function of the kernel; `call` is the number of the system call whose body it is."""

    __slots__ = ("name", "leaving", "call")

    def __init__(self, name: str, leaving: bool, call: int | None = None) -> None:
        self.name = name
        self.leaving = leaving
        self.call = call


class UserFunction(_Thing):
    """A function of a process, by its address."""

    __slots__ = ("pid", "address", "leaving")

    def __init__(self, pid: int, address: int, leaving: bool) -> None:
        self.pid = pid
        self.address = address
        self.leaving = leaving


class GuestFunction(_Thing):
    """A function of a guest's kernel, by its address; `call`: it is the body of a system call."""

    __slots__ = ("address", "leaving", "call")

    def __init__(self, address: int, leaving: bool, call: bool) -> None:
        self.address = address
        self.leaving = leaving
        self.call = call


Attach = Own | Timer | SystemCall | Function | UserFunction | GuestFunction


def never(attach: NoReturn) -> NoReturn:
    """The end of a complete match."""
    raise AssertionError(f"unknown attachment {attach}")
