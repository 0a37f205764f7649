"""How deep a program may be nested, and the room that recursion needs for it.

The parser refuses what is deeper than MOST_NESTED, and trees of operators higher than MOST_HIGH: everything behind it goes down the tree by
recursion. At most four frames a level are needed (measured); Python's own limit of 1,000 frames would be met by a sum of 250 terms.
"""

from __future__ import annotations

import sys

MOST_NESTED = 600
MOST_HIGH = 1000
_FRAMES = 8000


class Deep:
    """`with Deep():` room for the deepest program that is let through."""

    __slots__ = ("_before",)

    def __enter__(self) -> None:
        self._before = sys.getrecursionlimit()
        sys.setrecursionlimit(max(self._before, _FRAMES))

    def __exit__(self, *_: object) -> None:
        sys.setrecursionlimit(self._before)
