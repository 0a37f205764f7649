"""Probe descriptions for `-l`: text to `ProbeDesc`, without a compilation.

`field` is where the last part belongs: `-f write` names a function, `-P syscall` a provider. Parts are right-aligned at it.
"""

from __future__ import annotations

from ..d.tree import ProbeDesc
from ..errors import UserError

_FIELDS = ("provider", "module", "function", "name")


def descriptions(text: str, field: str) -> list[ProbeDesc]:
    """One for each part between commas. UserError when there are too many colons."""
    found = []
    for part in text.split(","):
        word = part.strip()
        if field == "id" or (field == "name" and word.isdigit()):
            if not word.isdigit():
                raise UserError(f"invalid probe specifier {text}: invalid probe identifier")
            found.append(ProbeDesc(1, "", "", "", "", word, int(word)))
            continue
        pieces = word.split(":")
        last = _FIELDS.index(field)
        if len(pieces) > last + 1:
            raise UserError(f"invalid probe specifier {text}: probe description has too many fields")
        pieces = [""] * (last + 1 - len(pieces)) + pieces + [""] * (3 - last)
        provider, module, function, name = pieces
        found.append(ProbeDesc(1, provider, module, function, name, word))
    return found
