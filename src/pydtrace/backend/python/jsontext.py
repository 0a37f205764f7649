"""json(): a value in a JSON text, found by a selector.

The selector's elements, `top.list[2].name`, lead from the outer object or array inwards: a member's key, compared as it is written in the
text, or an index. The answer is the value as it is written, a string without its quotes; None when there is no such value or when the text
is no JSON up to there. What comes behind the value is not looked at.
"""

from __future__ import annotations

import re

from .subroutines import strtoll

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .machine import Machine

_SPACE = re.compile(rb"[ \t\n\r]*")
_STRING = re.compile(rb'"((?:[^"\\]|\\(?:u[0-9a-fA-F]{4}|[^u]))*)"', re.S)
_WORD = re.compile(rb"(?:true|false|null)(?![a-z])(?=.)", re.S)
# As lenient as DTrace is: behind an e any digits and signs; else a number ends at what cannot go on, but not at a sign, nor digits at an x.
_EXP = rb"[eE][-+0-9]*(?![-+0-9])(?=.)"
_ENDS = rb"(?![-+0-9eE])(?=.)"
_NUMBER = re.compile(rb"[-0-9][0-9]*(?:\.[0-9]*(?:%b|%b)|%b|(?![.xX])%b)" % (_EXP, _ENDS, _EXP, _ENDS), re.S)
_PIECE = re.compile(rb'[^"\[\]{}]+')


def json(m: Machine, text: bytes, selector: bytes) -> bytes | None:
    elements = selector[selector[:1] == b"[" :].replace(b"]", b"").replace(b"[", b".").split(b".")
    at = _past(text, 0)
    for element in elements:
        kind = text[at : at + 1]
        if kind == b"{":
            found = _member(text, at + 1, element)
        elif kind == b"[":
            found = _element(m, text, at + 1, element)
        else:
            return None
        if found is None:
            return None
        at = found
    end = _end(text, at)
    if end is None:
        return None
    return text[at + 1 : end - 1] if text[at] == 34 else text[at:end]


def _past(text: bytes, at: int) -> int:
    """Behind the white space."""
    space = _SPACE.match(text, at)
    assert space is not None
    return space.end()


def _member(text: bytes, at: int, key: bytes) -> int | None:
    """Where the value of the member `key` begins, in the object whose first member is at `at`."""
    while True:
        name = _STRING.match(text, _past(text, at))
        if name is None:
            return None
        at = _past(text, name.end())
        if text[at : at + 1] != b":":
            return None
        at = _past(text, at + 1)
        if name[1] == key:
            return at
        behind = _comma(text, at)
        if behind is None:
            return None
        at = behind


def _element(m: Machine, text: bytes, at: int, element: bytes) -> int | None:
    """Where the element of that index begins, in the array whose first is at `at`. What is no number is 0."""
    index = strtoll(m, element)
    if index >> 63:
        return None
    for _ in range(index):
        behind = _comma(text, _past(text, at))
        if behind is None:
            return None
        at = behind
    return _past(text, at)


def _comma(text: bytes, at: int) -> int | None:
    """Behind the comma that follows the value at `at`."""
    end = _end(text, at)
    if end is None:
        return None
    end = _past(text, end)
    return end + 1 if text[end : end + 1] == b"," else None


def _end(text: bytes, at: int) -> int | None:
    """The end of the value at `at`."""
    if text[at : at + 1] not in (b"{", b"["):
        for form in (_STRING, _WORD, _NUMBER):
            found = form.match(text, at)
            if found is not None:
                return found.end()
        return None
    braces = brackets = 0
    while at < len(text):
        c = text[at]
        if c == 34:
            string = _STRING.match(text, at)
            if string is None:
                return None
            at = string.end()
            continue
        braces += (c == 123) - (c == 125)
        brackets += (c == 91) - (c == 93)
        if braces < 0 or brackets < 0:
            return None
        at += 1
        if not braces and not brackets:
            return at
        piece = _PIECE.match(text, at)
        if piece is not None:
            at = piece.end()
    return None
