"""Control lines: `#pragma D …`, `#line`, `#error`, `#ident`.

A control line is words: integers, quoted strings, and whatever else stands between blanks. As in C, an empty one and a `#pragma` that
nobody knows mean nothing; an unknown directive or D pragma is an error.
"""

from __future__ import annotations

from ..errors import UserError
from .tree import Pragma

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .lexer import Lexer

    Word = tuple[str, str]  # kind: 'int', 'str' or 'id'; text

_PLAIN = ("error", "ident", "line")
_D = ("attributes", "binding", "depends_on", "option")


def control(lex: Lexer, text: str) -> None:
    """Do what the control line says; `text` is what follows the `#`, the lexer's position is its end."""
    words = split(lex, text)
    level = 0  # 1 behind `pragma`, 2 behind `pragma D`
    while words:
        kind, name = words[0]
        if kind == "int":
            _line(lex, words)
            return
        if kind != "id":
            lex.fail("invalid control directive", "D_PRAGCTL_INVAL")
        words = words[1:]
        if level == 0 and name == "pragma" or level == 1 and name == "D":
            level += 1
            continue
        if name in _PLAIN or level == 2 and name in _D:
            _apply(lex, name, words)
        elif level == 0:
            lex.fail(f"invalid control directive: #{name}", "D_PRAGCTL_INVAL", hint=_near(name, (*_PLAIN, "pragma")))
        elif level == 2:
            lex.fail(f"invalid D pragma: {name}", "D_PRAGMA_INVAL", hint=_near(name, (*_D, *_PLAIN)))
        return


def _near(name: str, names: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    found = get_close_matches(name, names, 1)
    return f"did you mean '{found[0]}'?" if found else f"there are {', '.join(names)}"


def split(lex: Lexer, text: str) -> list[Word]:
    words: list[Word] = []
    at, n = 0, len(text)
    while at < n:
        if text[at] in " \t\r\f\v":
            at += 1
            continue
        if text[at] == '"':
            end = text.find('"', at + 1)
            if end < 0:
                lex.fail("newline encountered in string literal", "D_STR_NL")
            words.append(("str", text[at + 1 : end]))
            at = end + 1
            continue
        end = at
        while end < n and text[end] not in ' \t\r\f\v"':
            end += 1
        word = text[at:end]
        words.append(("int" if word.isdigit() else "id", word))
        at = end
    return words


def _apply(lex: Lexer, name: str, words: list[Word]) -> None:
    if name == "line":
        _line(lex, words)
    elif name == "error":
        lex.fail("#error: " + "".join(f"{text} " for kind, text in words if kind != "int"), "D_PRAGERR")
    elif name == "option":
        _option(lex, words)
    elif name != "ident":
        lex.pragmas.append(Pragma(lex.here(lex.line), name, words))


def _line(lex: Lexer, words: list[Word]) -> None:
    kinds = [kind for kind, _ in words]
    if kinds[:1] != ["int"] or kinds[1:2] not in ([], ["str"]) or any(kind != "int" for kind in kinds[2:]):
        lex.fail('malformed #line <line> [ ["file"] state ]', "D_PRAGMA_MALFORM")
    if len(words) > 1:
        lex.file = "" if words[1][1] in (lex.own, "<stdin>") else words[1][1]
    lex.line = int(words[0][1]) - 1  # the newline that ends this line adds the 1


def _option(lex: Lexer, words: list[Word]) -> None:
    if not words or words[0][0] != "id":
        lex.fail("malformed #pragma option <option>=<val>", "D_PRAGMA_MALFORM")
    if len(words) > 1:
        lex.fail("superfluous arguments specified for #pragma option", "D_PRAGMA_MALFORM")
    name, equals, value = words[0][1].partition("=")
    if lex.options is None:
        return
    try:
        lex.options.pragma(name, value if equals else None)
    except UserError as error:
        to = f" to '{value}'" if equals else ""
        raise UserError(
            f"failed to set option '{name}'{to}: {error.text}", tag="D_PRAGMA_OPTSET", line=lex.here(lex.line), hint=error.hint
        ) from None
