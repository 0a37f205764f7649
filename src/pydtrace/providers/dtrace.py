"""The dtrace provider: BEGIN, END and ERROR. Every engine fires these itself, so there is nothing to find."""

from __future__ import annotations

from ..dif.attach import Own
from .base import Probe, glob_match

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..d.tree import ProbeDesc
    from ..options import Options


class Dtrace:
    __slots__ = ("_probes",)
    name = "dtrace"

    def __init__(self, engine: str = "kernel", options: Options | None = None) -> None:
        own = (Own("begin"), Own("end"), Own("error"))
        self._probes = [Probe(i, "dtrace", "", "", of.name.upper(), of, "built in", []) for i, of in enumerate(own, 1)]

    def match(self, desc: ProbeDesc) -> list[Probe]:
        if desc.id >= 0:
            return [p for p in self._probes if p.id == desc.id]
        if not (glob_match(desc.provider, "dtrace") and glob_match(desc.module, "") and glob_match(desc.function, "")):
            return []
        return [p for p in self._probes if glob_match(desc.name, p.name)]
