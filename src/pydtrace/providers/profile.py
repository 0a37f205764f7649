"""The profile provider: `profile-N` on every CPU, `tick-N` on one.

N is a rate in Hz, or a period with a unit. There are infinitely many such probes, so they are made when asked for by their exact name;
a pattern sees the usual ones and those made before. Periods below 200 microseconds are refused: they match nothing.
"""

from __future__ import annotations

from ..dif.attach import Timer
from ..options import parse_rate
from .base import Probe, glob_match

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..d.tree import ProbeDesc
    from ..options import Options

_FIRST_ID = 4000
_SHORTEST = 200_000
_USUAL = tuple(f"profile-{n}" for n in (97, 199, 499, 997, 1999, 4001, 4999)) + tuple(f"tick-{n}" for n in (1, 10, 100, 500, 1000, 5000))
_MECHANISM = {"kernel": "perf cpu-clock", "process": "timer"}


def period(text: str) -> int | None:
    """Nanoseconds between firings, of `97`, `10ms`, `1sec`; None when that is no rate or too fast."""
    nanoseconds = parse_rate(text + "hz" if text.isascii() and text.isdigit() else text)
    return nanoseconds if nanoseconds is not None and nanoseconds >= _SHORTEST else None


class Profile:
    __slots__ = ("_probes", "_mechanism")
    name = "profile"

    def __init__(self, engine: str = "kernel", options: Options | None = None) -> None:
        self._mechanism = _MECHANISM.get(engine, "timer")
        self._probes: dict[str, Probe] = {}
        for name in _USUAL:
            self._make(name)

    def _make(self, name: str) -> Probe | None:
        kind, dash, rate = name.partition("-")
        ns = period(rate) if dash and kind in ("profile", "tick") else None
        if ns is None:
            return None
        probe = Probe(_FIRST_ID + len(self._probes), "profile", "", "", name, Timer(ns, kind == "profile"), self._mechanism, [])
        self._probes[name] = probe
        return probe

    def match(self, desc: ProbeDesc) -> list[Probe]:
        if desc.id >= 0:
            return [p for p in self._probes.values() if p.id == desc.id]
        if not (glob_match(desc.provider, "profile") and glob_match(desc.module, "") and glob_match(desc.function, "")):
            return []
        found = [p for p in self._probes.values() if glob_match(desc.name, p.name)]
        if not found:
            made = self._make(desc.name)
            found = [made] if made else []
        return found
