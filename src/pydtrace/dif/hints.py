"""What somebody may have meant by a probe description that matches nothing.

Asked for only when a program fails, and answered in some hundredths of a second: providers that can name what they have without making
probes of it do so (`functions_named`), and only names that resemble what was written are compared letter by letter.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ..d.tree import ProbeDesc

_MOST = 400  # names compared letter by letter


def nearest(desc: ProbeDesc, providers: list[Any]) -> str:
    """A hint for `desc`."""
    names = [p.name for p in providers]
    if desc.provider.startswith("pid") and desc.provider[3:].isdecimal() and desc.provider not in names:
        return f"the process engine has probes of the processes of -c and -p: -p {desc.provider[3:]}"
    if _plain(desc.provider) and desc.provider not in names:
        near = _close(desc.provider, names)
        return f"providers here: {', '.join(names)}" + (f"; did you mean '{near}'?" if near else "")
    asked = [p for p in providers if p.name == desc.provider] or providers
    if _plain(desc.function):
        known: list[str] = []
        for provider in asked:
            if hasattr(provider, "functions_named"):
                known += provider.functions_named(desc.function)
        if desc.function not in known:
            near = _close(desc.function, known)
            if near:
                return f"did you mean '{desc.provider}:{desc.module}:{near}:{desc.name}'?"
    if _plain(desc.name):
        near = _close(desc.name, _probe_names(desc, asked))
        if near:
            return f"did you mean '{desc.provider}:{desc.module}:{desc.function}:{near}'?"
    return "dtrace -l lists the probes of this machine"


def reason(desc: ProbeDesc, providers: list[Any]) -> tuple[str, str, str] | None:
    """Why a description of a process's probes matches nothing: tag, text, hint. None for other providers."""
    name = desc.provider
    for provider in providers:
        if provider.name == name and hasattr(provider, "explain"):
            found: tuple[str, str, str] | None = provider.explain(desc)
            return found
    if not name.startswith("pid") or not name[3:].isdecimal() or any(p.name == name for p in providers):
        return None
    if not 0 < int(name[3:]) < 1 << 31:
        return "D_PROC_BADPID", f"'{name}' does not contain a valid pid", "processes have numbers from 1 on"
    try:
        os.stat(f"/proc/{name[3:]}")
    except FileNotFoundError:
        return "D_PROC_GRAB", f"failed to grab process {name[3:]}", "there is no such process"
    return None


def _plain(field: str) -> bool:
    return bool(field) and not any(c in field for c in "*?[\\")


def _probe_names(desc: ProbeDesc, providers: list[Any]) -> list[str]:
    """Names of probes: of one function where one is named, and else of providers whose probes have no function."""
    from ..d.tree import ProbeDesc as Description

    wanted = Description(desc.line, desc.provider, desc.module, desc.function, "", "")
    found: list[str] = []
    for provider in providers:
        if _plain(desc.function) or not hasattr(provider, "functions_named"):
            found += [probe.name for probe in provider.match(wanted)]
    return found or ["entry", "return"]


def _close(word: str, names: Iterable[str]) -> str:
    from difflib import get_close_matches

    start, length = word[:1].lower(), len(word)
    likely = [n for n in dict.fromkeys(names) if n[:1].lower() == start and abs(len(n) - length) <= 3 and n != word][:_MOST]
    near = get_close_matches(word, likely, 1, 0.7)
    return near[0] if near else ""
