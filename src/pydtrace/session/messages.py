"""How programs are named in messages, and what is said when they are enabled. Texts are DTrace's, byte for byte."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..dif.compile import Source


def shown(source: Source) -> str:
    """A clause's text as messages name it: up to the first of `{ / ;`, a trailing blank included."""
    text = source.text
    for index, char in enumerate(text):
        if char in "{/;":
            return text[:index]
    return text


def matched(source: Source) -> str:
    """`description 'BEGIN ' matched 1 probe`."""
    what = f"script '{source.name}'" if source.kind == "script" else f"description '{shown(source)}'"
    return f"{what} matched {source.matched} probe{'' if source.matched == 1 else 's'}"
