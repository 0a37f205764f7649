"""What every part of D's grammar stands on: its words, the current token, and the two bounds.

One token of lookahead, plus a look at the raw text where C's grammar needs to know what is a type. A name is a type when it is a keyword
or a built-in typedef, when this program declared it, or when the caller's `known_type` says so; the last is asked only where the text
could be a type at all, because its answer may cost a walk through the kernel's types.

Nesting is bounded twice, so that neither we nor any later walk over the tree runs out of stack: `depth` while descending, and
`height`, the height of the expression tree just built (a long `a + b + c…` descends nowhere but grows as tall).
"""

from __future__ import annotations

from ..errors import UserError
from .depth import MOST_HIGH, MOST_NESTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from .lexer import Lexer

BASE = frozenset(("void", "char", "short", "int", "long", "float", "double", "signed", "unsigned", "_Bool", "string"))
QUALIFIERS = frozenset(("const", "volatile", "restrict"))
AGGREGATES = frozenset(("struct", "union", "enum"))
SPECIFIERS = BASE | QUALIFIERS | AGGREGATES
STORAGE = frozenset(("self", "this", "typedef", "extern", "static", "auto", "register"))
_RESERVED = frozenset("if else for while do switch case default break continue goto return".split())
KEYWORDS = SPECIFIERS | STORAGE | _RESERVED | frozenset("inline translator provider sizeof stringof offsetof xlate".split())
TYPEDEFS = frozenset(
    """int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t intptr_t uintptr_t size_t ssize_t ptrdiff_t uchar_t ushort_t
    uint_t ulong_t u_longlong_t longlong_t id_t pid_t caddr_t processorid_t psetid_t chipid_t lgrp_id_t taskid_t dprojid_t poolid_t zoneid_t
    timestruc_t ipaddr_t in6_addr_t netstackid_t""".split()
)
WORDCHARS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_`")


class Grammar:
    """The text being parsed, and what has been learnt of it so far."""

    __slots__ = ("lex", "types", "shadows", "known", "depth", "height")

    def __init__(self, lex: Lexer, type_names: set[str] | None, known: Callable[[str], bool] | None) -> None:
        self.lex = lex
        self.types: set[str] = set() if type_names is None else type_names
        self.shadows: set[str] = set()  # declared variables: they hide typedefs of the kernel
        self.known = known
        self.depth = 0
        self.height = 0

    def at(self, text: str) -> bool:
        return self.lex.text == text and self.lex.kind in ("op", "id")

    def accept(self, text: str) -> bool:
        if self.lex.text == text and self.lex.kind in ("op", "id"):
            self.lex.next()
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.accept(text):
            self.lex.unexpected()

    def name(self) -> str:
        """Read a plain identifier."""
        lex = self.lex
        if lex.kind != "id":
            lex.unexpected()
        text = lex.text
        lex.next()
        return text

    def fail(self, text: str, tag: str, line: int | None = None) -> NoReturn:
        raise UserError(text, tag=tag, line=self.lex.at if line is None else line)

    def enter(self) -> None:
        self.depth += 1
        if self.depth > MOST_NESTED:
            self.fail("program is nested too deeply", "D_SYNTAX")

    def grow(self, *heights: int) -> None:
        self.height = max(heights, default=0) + 1
        if self.height > MOST_HIGH:
            self.fail("expression is too long", "D_SYNTAX")

    def is_typedef(self, name: str) -> bool:
        if name in self.types or name in TYPEDEFS:
            return True
        if name in self.shadows or name in KEYWORDS or self.known is None or not self.known(name):
            return False
        if assigned(self.lex.src, name):  # a variable, though the kernel has a type of that name (`code`, `config`)
            self.shadows.add(name)
            return False
        return True


def assigned(text: str, name: str) -> bool:
    """Whether a program assigns to a global variable of that name."""
    at = text.find(name)
    while at >= 0:
        before, after = text[:at].rstrip()[-2:], text[at + len(name) :]
        if not at or text[at - 1] not in WORDCHARS:
            rest = after.lstrip()
            if before != "->" and before[-1:] not in ("@", "`", ".") and after[:1] not in WORDCHARS and _assigns(rest):
                return True
        at = text.find(name, at + 1)
    return False


def _assigns(text: str) -> bool:
    """Whether an operator that writes comes first."""
    if text[:2] in ("++", "--") or text[:3] in ("<<=", ">>="):
        return True
    return text[1:2] == "=" if text[:1] in tuple("+-*/%&|^") else text[:1] == "=" and text[1:2] != "="
