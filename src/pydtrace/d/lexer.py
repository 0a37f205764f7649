"""The lexer of D: tokens on demand, because what a character means depends on where it stands.

Three states, chosen by the parser: between clauses a run of probe-description characters is one word (`word`), inside a predicate `/`
may be the closing slash, elsewhere C's rules hold (`next`). So there is no token list: one current token (`kind`, `text`, `value`, `at`)
is held, and the parser may look at the raw text behind it (`peek`). Macro variables and arguments are
replaced here. Control lines: `#line` counts here, `#pragma D option` sets at once what may change how the rest is read, `#error`
fails; the other pragmas are collected (`pragmas`) for the compiler. Behind `#line n "file"` a line number knows its file (`Line`).

Kinds of token: 'id' (names and keywords; "mod`sym" and "`sym" with scope), 'int', 'str', 'agg', 'op', 'eof'.
"""

from __future__ import annotations

from ..errors import UserError
from .tree import Pragma
from .types import INT, LONG, LONGLONG, UINT, ULONG, ULONGLONG, Type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from ..options import Options

_ALPHA = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
_DIGITS = frozenset("0123456789")
_WORD = _ALPHA | _DIGITS
_DESC = _WORD | frozenset("-$:.?*\\[]!`")
_SPACE = frozenset(" \t\r\n\f\v")
_OPS3 = ("<<=", ">>=", "...")
_OPS2 = frozenset(("->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "^^", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="))
_OPS1 = frozenset("+-*/%&|^~!<>=?:;,.()[]{}")
_CLOSING = {")": "(", "]": "[", "}": "{"}
_ESCAPES = {"a": 7, "b": 8, "e": 27, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_SIGNED: tuple[tuple[Type, int], ...] = ((INT, 31), (LONG, 63), (LONGLONG, 63))
_UNSIGNED: tuple[tuple[Type, int], ...] = ((UINT, 32), (ULONG, 64), (ULONGLONG, 64))
_EITHER: tuple[tuple[Type, int], ...] = ((INT, 31), (UINT, 32), (LONG, 63), (ULONG, 64), (LONGLONG, 63), (ULONGLONG, 64))


class Line(int):
    """A line number of another file than the program's own."""

    file: str

    def __new__(cls, number: int, file: str) -> Line:
        made = super().__new__(cls, number)
        made.file = file
        return made


class Macros:
    """Macro variables by name and arguments by number (`args[0]` is $0). `last`: whether the program being read has named the last
    argument, which every program of a command line must."""

    __slots__ = ("names", "args", "options", "last")

    def __init__(self, names: dict[str, str], args: list[str], options: Options | None = None) -> None:
        self.names = names
        self.args = args
        self.options = options
        self.last = False

    @property
    def default(self) -> bool:
        """Whether absent arguments are 0 and "" (`-x defaultargs`)."""
        return self.options is not None and bool(self.options.integer("defaultargs"))

    def get(self, name: str, line: int) -> str | None:
        """The text of `$name`; None for an absent argument with defaultargs."""
        if name.isdigit():
            number = int(name) if len(name) < 10 else 1 << 31
            self.last |= number == len(self.args) - 1
            if number < len(self.args):
                return self.args[number]
            if self.default:
                return None
            raise UserError(f"macro argument ${name} is not defined", tag="D_MACRO_UNDEF", line=line)
        if name in self.names:
            return self.names[name]
        from difflib import get_close_matches

        found = get_close_matches(name, self.names, 1)
        hint = f"did you mean '${found[0]}'?" if found else f"there are {', '.join(f'${n}' for n in sorted(self.names))}"
        raise UserError(f"macro variable ${name} is not defined", tag="D_MACRO_UNDEF", line=line, hint=hint)

    def check(self, line: int) -> None:
        """UserError when the program that ends at `line` has not named the last argument."""
        number = len(self.args) - 1
        if number > 0 and not self.last:
            text = f"extraneous argument '{self.args[number]}' (${number} is not referenced)"
            raise UserError(text, tag="D_MACRO_UNUSED", line=line, hint="-x argref allows it")


def int_type(value: int, unsigned: bool, longs: int, decimal: bool) -> Type | None:
    """The first type the constant fits: C's rule."""
    choices = _UNSIGNED if unsigned else _SIGNED if decimal else _EITHER
    for of, bits in choices:
        if value >> bits == 0 and (longs == 0 or of.size == 8) and (longs < 2 or "long long" in of.name):
            return of
    return None


class Lexer:
    __slots__ = (
        "src", "pos", "line", "file", "own", "macros", "options", "pragmas", "kind", "text", "value", "of", "at", "in_predicate", "open",
        "_start",
    )  # fmt: skip

    def __init__(self, src: str, macros: Macros, options: Options | None = None, own: str = "") -> None:
        self.src = src
        self.pos = 0
        self.line = 1
        self.file = ""  # when it is not the program's own
        self.own = own
        self.options = options
        self.macros = macros
        self.pragmas: list[Pragma] = []
        self.in_predicate = ""  # what a closing slash is: '/' the end of the predicate, ')' or ']' a mistake, '' a division
        self.open = {"(": 0, "[": 0, "{": 0}
        self.kind = ""
        self.text = ""
        self.value: int | bytes = 0
        self.of: Type = INT
        self.at = 1
        self._start = True

    def fail(self, text: str, tag: str = "D_SYNTAX", line: int | None = None, hint: str | None = None) -> NoReturn:
        raise UserError(text, tag=tag, line=self.here(self.line if line is None else line), hint=hint)

    def here(self, line: int) -> int:
        return Line(line, self.file) if self.file else line

    def unexpected(self) -> NoReturn:
        """A syntax error at the current token."""
        near = "end of input" if self.kind == "eof" else f'"{self.text}"'
        raise UserError(f"syntax error near {near}", tag="D_SYNTAX", line=self.at)

    # --- blanks, comments, control lines

    def skip(self) -> None:
        src, n = self.src, len(self.src)
        while self.pos < n:
            c = src[self.pos]
            if c == "\n":
                self.line += 1
                self.pos += 1
                self._start = True
            elif c in _SPACE:
                self.pos += 1
            elif c == "/" and src.startswith("/*", self.pos):
                self._comment()
            elif c == "/" and src.startswith("//", self.pos) and not (self.in_predicate and src.startswith("//*", self.pos)):
                end = src.find("\n", self.pos)
                self.pos = n if end < 0 else end
            elif c == "\\" and src.startswith("\\\n", self.pos):
                self.line += 1
                self.pos += 2
            elif c == "#" and self._start:
                self._control()
            else:
                break
        self._start = False

    def _comment(self) -> None:
        end = self.src.find("*/", self.pos + 2)
        if end < 0:
            self.fail("end-of-file encountered before matching */")
        nested = self.src.find("/*", self.pos + 2, end)
        if nested >= 0:
            self.fail("/* encountered inside a comment", line=self.line + self.src.count("\n", self.pos, nested))
        self.line += self.src.count("\n", self.pos, end)
        self.pos = end + 2

    def _control(self) -> None:
        end = self.src.find("\n", self.pos)
        end = len(self.src) if end < 0 else end
        text = self.src[self.pos + 1 : end]
        self.pos = end
        if not text.startswith("!"):
            from .pragma import control

            control(self, text)

    # --- between clauses

    def word(self) -> None:
        """Read one probe description, macros replaced, as an 'id' token; anything else as `next` would."""
        self.skip()
        src, n, pos = self.src, len(self.src), self.pos
        while pos < n and src[pos] in _DESC:
            pos += 1
        if pos == self.pos:
            self.next()
            return
        raw = src[self.pos : pos]
        self.pos, self.kind, self.at = pos, "id", self.here(self.line)
        self.text = self._expand(raw) if "$" in raw else raw

    def _expand(self, raw: str) -> str:
        out, i = [], 0
        while i < len(raw):
            if raw[i] != "$":
                out.append(raw[i])
                i += 1
                continue
            i += 2 if raw.startswith("$$", i) else 1
            end = i
            digits = raw[i : i + 1] in _DIGITS
            while end < len(raw) and raw[end] in (_DIGITS if digits else _WORD):
                end += 1
            if end == i:
                self.fail('syntax error near "$"')
            out.append(self.macros.get(raw[i:end], self.line) or "")
            i = end
        return "".join(out)

    def lookahead_word(self) -> str:
        """The identifier that stands next in the text, without reading it."""
        self.skip()
        end = self.pos
        if self.src[end : end + 1] not in _ALPHA:
            return ""
        while end < len(self.src) and self.src[end] in _WORD:
            end += 1
        return self.src[self.pos : end]

    def peek(self, offset: int = 0) -> str:
        """The next non-blank character from `offset` behind the current token; '' at the end."""
        return self.src[self.peek_at(self.pos + offset) :][:1] if offset else self.src[self.peek_at(self.pos) :][:1]

    def peek_at(self, pos: int) -> int:
        src, n = self.src, len(self.src)
        while pos < n:
            if src[pos] in _SPACE:
                pos += 1
            elif src.startswith("/*", pos):
                end = src.find("*/", pos + 2)
                pos = n if end < 0 else end + 2
            else:
                break
        return pos

    # --- inside clauses and declarations

    def next(self) -> None:
        """Read the next token."""
        self.skip()
        src, pos = self.src, self.pos
        self.at = self.here(self.line)
        if pos >= len(src):
            self.kind, self.text = "eof", ""
            return
        c = src[pos]
        if c in _ALPHA or c == "`":
            self._name(pos)
        elif c in _DIGITS:
            self._number(pos)
        elif c == '"':
            self.value = self._quoted('"')
            self.kind = "str"
            self.text = src[pos : self.pos]
        elif c == "'":
            self._char()
        elif c == "@":
            end = self._run(pos + 1)
            self.kind, self.text, self.pos = "agg", src[pos:end], end
        elif c == "$":
            self._macro(pos)
        else:
            self._operator(pos)

    def _run(self, pos: int) -> int:
        src, n = self.src, len(self.src)
        while pos < n and src[pos] in _WORD:
            pos += 1
        return pos

    def _name(self, pos: int) -> None:
        end = self._run(pos)
        while self.src[end : end + 1] == "`":
            start = end + 1 + self.src.startswith("``", end)  # two of them: a symbol of the process
            end = self._run(start)
            if end == start:
                self.fail('syntax error near "`"')
        self.kind, self.text, self.pos = "id", self.src[pos:end], end

    def _number(self, pos: int) -> None:
        end = self._run(pos)
        if self.src[end : end + 1] == "`":
            self._name(pos)  # a module whose name starts with a digit
            return
        text = self.src[pos:end]
        if self.src[end : end + 1] == "." and self.src[end + 1 : end + 2] in _DIGITS:
            self.fail("floating-point constants are not permitted")
        self.pos = end
        self._integer(text)

    def _integer(self, text: str, sign: int = 1) -> None:
        body, longs, unsigned = text.lower(), 0, False
        base = 16 if body.startswith("0x") else 8 if body.startswith("0") and len(body) > 1 else 10
        while body and body[-1] in "ul":
            if body[-1] == "u":
                unsigned = True
            else:
                longs += 1
            body = body[:-1]
        digits = body[2:] if base == 16 else body
        allowed = "0123456789abcdef"[:base]
        for c in digits:
            if c not in allowed:
                if c == "e" and base == 10:
                    self.fail("floating-point constants are not permitted")
                self.fail(f"constant {text} contains invalid digit {c}", "D_INT_DIGIT")
        if not digits or longs > 2:
            self.fail(f"constant {text} contains invalid digit {text[-1]}", "D_INT_DIGIT")
        value = int(digits, base) if len(digits) < 80 else 1 << 64
        of = int_type(value, unsigned, longs, base == 10)
        if of is None:
            self.fail(f"constant {text} results in integer overflow", "D_INT_OFLOW")
        self.kind, self.text, self.value, self.of = "int", text, sign * value, of

    def _quoted(self, quote: str) -> bytes:
        """The bytes between quotes; the position is behind the closing one after."""
        src, n, pos = self.src, len(self.src), self.pos + 1
        out = bytearray()
        while True:
            if pos >= n:
                self.fail(f"end-of-file encountered before matching {quote}")
            c = src[pos]
            pos += 1
            if c == quote:
                break
            if c == "\n":
                if quote == '"':
                    self.fail("newline encountered in string literal", "D_STR_NL")
                self.fail("newline encountered in character constant", "D_CHR_NL")
            if c != "\\" or pos >= n:
                out += c.encode("utf-8", "surrogateescape")
                continue
            c = src[pos]
            pos += 1
            if c in "01234567":
                end = pos
                while end < pos + 2 and src[end : end + 1] in ("0", "1", "2", "3", "4", "5", "6", "7"):
                    end += 1
                out.append(int(src[pos - 1 : end], 8) & 255)
                pos = end
            elif c == "x":
                end = pos
                while end < n and src[end] in "0123456789abcdefABCDEF":
                    end += 1
                out.append(int(src[pos:end] or "0", 16) & 255)
                pos = end
            elif c == "\n":
                self.line += 1  # a joined line
            elif c in _ESCAPES:
                out.append(_ESCAPES[c])
            else:
                # What is no escape keeps its backslash: the reference knows neither \' nor \?.
                out += (c if c in '\\"' else "\\" + c).encode("utf-8", "surrogateescape")
        self.pos = pos
        return bytes(out)

    def _char(self) -> None:
        start = self.pos
        data = self._quoted("'")
        if not data:
            self.fail("empty character constant", "D_CHR_NULL")
        if len(data) > 8:
            self.fail("character constant is too long", "D_CHR_OFLOW")
        value = int.from_bytes(data, "big")
        of = int_type(value, False, 0, True)
        self.kind, self.text, self.value, self.of = "int", self.src[start : self.pos], value, of or ULONG

    def _macro(self, pos: int) -> None:
        quoted = self.src.startswith("$$", pos)
        start = pos + (2 if quoted else 1)
        end = start
        while end < len(self.src) and self.src[end] in _DIGITS:
            end += 1
        if end == start:
            end = self._run(start)
        if end == start:
            self.fail('syntax error near "$"')
        self.pos = end
        name = self.src[start:end]
        text = self.macros.get(name, self.line)
        if text is None:
            text = "" if quoted else "0"
        number = text[1:] if text[:1] in ("+", "-") else text
        if quoted:
            self.kind, self.text, self.value = "str", text, _unquote(text).encode("utf-8", "surrogateescape")
        elif number[:1] in _DIGITS and self._run_text(number):
            try:
                self._integer(number, -1 if text[0] == "-" else 1)
            except UserError as error:
                if error.tag == "D_INT_OFLOW":
                    self.fail(f"macro argument ${name} constant {number} results in integer overflow", "D_MACRO_OFLOW")
                self.kind, self.text, self.value = "str", text, text.encode("utf-8", "surrogateescape")
        elif text[:1] in _ALPHA and self._run_text(text):
            self.kind, self.text = "id", text
        else:
            self.kind, self.text, self.value = "str", text, _unquote(text).encode("utf-8", "surrogateescape")

    @staticmethod
    def _run_text(text: str) -> bool:
        return all(c in _WORD for c in text)

    def _operator(self, pos: int) -> None:
        src = self.src
        self.kind = "op"
        if src[pos : pos + 3] in _OPS3:
            size = 3
        elif self.in_predicate and src[pos] == "/" and self._closes(pos + 1):
            if self.in_predicate != "/":
                self.fail(f"closing {self.in_predicate} expected in predicate before /")
            self.text, self.pos = "/}", pos + 1  # the closing slash: a text no other token has
            return
        elif src[pos : pos + 2] in _OPS2:
            size = 2
        elif src[pos] in _OPS1:
            size = 1
        else:
            self.fail(f'syntax error near "{src[pos]}"')
        self.text, self.pos = src[pos : pos + size], pos + size
        if self.text in _CLOSING:
            self.open[_CLOSING[self.text]] -= 1
            if self.open[_CLOSING[self.text]] < 0:
                self.fail(f"extra {self.text} in input stream")
        elif self.text in self.open:
            self.open[self.text] += 1

    def _closes(self, pos: int) -> bool:
        """Whether a slash before `pos` ends the predicate: the next thing is the end, `;`, `{` or another slash."""
        src, n = self.src, len(self.src)
        while pos < n:
            pos = self.peek_at(pos)
            if not src.startswith("//", pos):
                break
            end = src.find("\n", pos)
            pos = n if end < 0 else end
        return pos >= n or src[pos] in ";{/"


def _unquote(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
