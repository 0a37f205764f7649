"""What every provider gives: probes, their arguments, and how each engine attaches them.

A `Probe` is a value; it is enabled nowhere. `attach` says what it is attached to (dif/attach.py): the provider knows the
names, the engine the mechanisms. Identifiers are fixed ranges per provider, so that listing one provider does not need
the others: dtrace 1-3, syscall 100 + 2 × call number (+1 for return), profile 4000…, fbt 10000….
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from ..d.tree import ProbeDesc
    from ..d.types import Type
    from ..dif.attach import Attach

    class Provider(Protocol):
        """`match` gives the probes a description means, in order of id; an empty list when none. A provider whose probes have typed
        arguments says which with `arguments(probe, kernel types)`, None when unknown; one that chooses mechanisms by what is
        wanted together has `plan(probes)`."""

        name: str

        def match(self, desc: ProbeDesc) -> list[Probe]: ...


class Probe:
    """`args` are the types of args[], None when unknown; `mechanism` is the word `-lv` shows; `index` is set when enabled (the dense
    number that records carry).

    A provider whose args[] are not simply the raw arguments says so in `declared`, one entry for each element of args[]: the number of the
    raw argument, its native type, and the type shown, all as D spells them. Where the two differ, a translator makes the one of the other
    (`(0, "struct task_struct *", "psinfo_t *")`); else the element is the raw argument as the type shown. The compiler then fills in
    `args` and `natives`, when a clause names args[]."""

    __slots__ = ("id", "provider", "module", "function", "name", "args", "attach", "mechanism", "index", "declared", "natives")

    def __init__(
        self,
        id: int,
        provider: str,
        module: str,
        function: str,
        name: str,
        attach: Attach,
        mechanism: str,
        args: list[Type] | None = None,
        declared: tuple[tuple[int, str, str], ...] | None = None,
    ) -> None:
        self.id = id
        self.provider = provider
        self.module = module
        self.function = function
        self.name = name
        self.attach = attach
        self.mechanism = mechanism
        self.args = args
        self.declared = declared
        self.natives: list[tuple[int, Type]] | None = None
        self.index = -1

    def __str__(self) -> str:
        return f"{self.provider}:{self.module}:{self.function}:{self.name}"


def settle(providers: Sequence[Provider], probes: list[Probe]) -> None:
    """Let providers choose the mechanisms of these probes, where the choice depends on which are wanted together."""
    for provider in providers:
        own = [p for p in probes if p.provider == provider.name]
        plan = getattr(provider, "plan", None) if own else None
        if plan is not None:
            plan(own)


def glob_match(pattern: str, text: str) -> bool:
    """DTrace's glob: `*`, `?`, `[…]` with ranges and `!`, `\\` escape; the empty pattern matches anything; the whole text must match."""
    if not pattern or pattern == "*":
        return True
    if not any(c in pattern for c in "*?[\\"):
        return pattern == text
    return _glob(pattern, 0, text, 0)


def _glob(p: str, i: int, s: str, j: int) -> bool:
    while i < len(p):
        c = p[i]
        if c == "*":
            return any(_glob(p, i + 1, s, k) for k in range(j, len(s) + 1))
        if j >= len(s):
            return False
        if c == "[":
            end = p.find("]", i + 2)
            if end < 0:
                return False
            body = p[i + 1 : end]
            negate = body[0] == "!"
            body = body[1:] if negate else body
            hit, k = False, 0
            while k < len(body):
                if k + 2 < len(body) and body[k + 1] == "-":
                    hit |= body[k] <= s[j] <= body[k + 2]
                    k += 3
                else:
                    hit |= body[k] == s[j]
                    k += 1
            if hit == negate:
                return False
            i = end
        elif c == "\\" and i + 1 < len(p):
            i += 1
            if p[i] != s[j]:
                return False
        elif c != "?" and c != s[j]:
            return False
        i += 1
        j += 1
    return j == len(s)
