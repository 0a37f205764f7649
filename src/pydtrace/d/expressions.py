"""Expressions of D: text to a tree, by recursive descent and, for binary operators, by precedence.

After `(` stands a type or an expression: `_casts` decides by the text, and asks what is a type only where the text could be one.
"""

from __future__ import annotations

from . import tree as t
from .grammar import KEYWORDS, SPECIFIERS, WORDCHARS, Grammar

_BINARY = {
    "||": 1, "^^": 2, "&&": 3, "|": 4, "^": 5, "&": 6, "==": 7, "!=": 7, "<": 8, "<=": 8, ">": 8, ">=": 8,
    "<<": 9, ">>": 9, "+": 10, "-": 10, "*": 11, "/": 11, "%": 11,
}  # fmt: skip
_ASSIGN = frozenset(("=", "+=", "-=", "*=", "/=", "%=", "&=", "^=", "|=", "<<=", ">>="))
_UNARY = frozenset("+-~!*&")


class Expressions(Grammar):
    """The part of the parser that reads expressions."""

    __slots__ = ()

    def expr(self) -> t.Expr:
        left = self.assign()
        while self.at(","):
            line, height = self.lex.at, self.height
            self.lex.next()
            left = t.Binary(line, ",", left, self.assign())
            self.grow(height, self.height)
        return left

    def assign(self) -> t.Expr:
        self.enter()
        left = self.cond()
        op = self.lex.text
        if self.lex.kind == "op" and op in _ASSIGN:
            line, height = self.lex.at, self.height
            self.lex.next()
            left = t.Assign(line, op, left, self.assign())
            self.grow(height, self.height)
        self.depth -= 1
        return left

    def cond(self) -> t.Expr:
        test = self.binary(1)
        if not self.at("?"):
            return test
        self.enter()
        line, first = self.lex.at, self.height
        self.lex.next()
        then = self.expr()
        second = self.height
        self.expect(":")
        node = t.Cond(line, test, then, self.cond())
        self.grow(first, second, self.height)
        self.depth -= 1
        return node

    def binary(self, lowest: int) -> t.Expr:
        left = self.unary()
        lex = self.lex
        while lex.kind == "op":
            op = lex.text
            level = _BINARY.get(op, 0)
            if level < lowest:
                break
            line, height = lex.at, self.height
            lex.next()
            left = t.Binary(line, op, left, self.binary(level + 1))
            self.grow(height, self.height)
        return left

    def unary(self) -> t.Expr:
        lex = self.lex
        line, text = lex.at, lex.text
        node: t.Expr
        if lex.kind == "op":
            if text not in _UNARY and text not in ("++", "--", "("):
                return self.postfix()
            self.enter()
            if text in _UNARY:
                lex.next()
                node = t.Unary(line, text, self.unary())
            elif text != "(":
                lex.next()
                node = t.IncDec(line, text, True, self.unary())
            elif self._casts():
                lex.next()
                to = self.type_name()
                self.expect(")")
                node = t.Cast(line, to, self.unary())
            else:
                node = self.postfix()
                self.depth -= 1
                return node
        elif lex.kind == "id" and text in ("sizeof", "stringof"):
            self.enter()
            lex.next()
            if text == "stringof":
                node = t.StringOf(line, self.unary())
            elif self.at("(") and self._casts(True):
                lex.next()
                node = t.SizeOf(line, self.type_name())
                self.expect(")")
                self.height = 0
            else:
                node = t.SizeOf(line, self.unary())
        else:
            return self.postfix()
        self.grow(self.height)
        self.depth -= 1
        return node

    def _casts(self, sizeof: bool = False) -> bool:
        """Whether the current `(` opens a type name. The text decides first, the (costly) name lookup last."""
        lex = self.lex
        src, n = lex.src, len(lex.src)
        start = end = lex.peek_at(lex.pos)
        while end < n and src[end] in WORDCHARS:
            end += 1
        word = src[start:end]
        if not word or word[0].isdigit():
            return False
        if word in SPECIFIERS:
            return True
        if word in KEYWORDS or word in self.shadows:
            return False
        pos = lex.peek_at(end)
        stars = 0
        while pos < n and (src[pos] == "*" or src.startswith("const", pos)):
            stars += src[pos] == "*"
            pos = lex.peek_at(pos + (1 if src[pos] == "*" else 5))
        follow = src[pos : pos + 1]
        if follow == ")" and not stars and not sizeof:
            after = lex.peek_at(pos + 1)
            if src[after : after + 1] not in WORDCHARS and src[after : after + 1] not in tuple("\"'(-+~!*&@$"):
                return False
            if src[after : after + 2] in ("&&", "!=", "->", "+=", "-=", "*=", "&="):
                return False
        elif follow == "(" and stars:
            inner = lex.peek_at(pos + 1)
            if src[inner : inner + 1] not in ("*", ")"):
                return False  # (a * (b)), not (T *(*)(…))
        elif follow not in (")", "["):
            return False
        return self.is_typedef(word.rpartition("`")[2])

    def type_name(self) -> t.TypeName:
        """A type, as in a cast."""
        from .declarations import type_name  # most programs have no types

        return type_name(self)

    def postfix(self) -> t.Expr:
        node = self.primary()
        lex = self.lex
        while True:
            line, height = lex.at, self.height
            if lex.kind != "op":
                return node
            if lex.text == "[":
                lex.next()
                args = self.arguments("]")
                if not args:
                    lex.unexpected()
                node = t.Index(line, node, args)
            elif lex.text == "(":
                if not isinstance(node, t.Ident) or node.scope:
                    self.fail("function designator is not an identifier", "D_FUNC_IDENT")
                lex.next()
                node = t.Call(line, node.name, self.arguments(")"))
            elif lex.text in (".", "->"):
                arrow = lex.text == "->"
                lex.next()
                if lex.kind != "id":
                    self.fail(f"operator {'->' if arrow else '.'} requires an identifier as its right operand", "D_OP_IDENT")
                node = t.MemberOf(line, node, self.name(), arrow)
                self.height = 0
            elif lex.text in ("++", "--"):
                node = t.IncDec(line, lex.text, False, node)
                lex.next()
                self.height = 0
            else:
                return node
            self.grow(height, self.height)

    def arguments(self, close: str) -> list[t.Expr]:
        """Expressions up to `close`; `height` is that of the tallest."""
        out: list[t.Expr] = []
        tallest = 0
        lex = self.lex
        predicate, lex.in_predicate = lex.in_predicate, lex.in_predicate and close
        if not self.at(close):
            while True:
                out.append(self.assign())
                tallest = max(tallest, self.height)
                if not self.accept(","):
                    break
        lex.in_predicate = predicate
        self.expect(close)
        self.height = tallest
        return out

    def primary(self) -> t.Expr:
        lex = self.lex
        line, text = lex.at, lex.text
        self.height = 1
        if lex.kind == "int":
            assert isinstance(lex.value, int)
            node: t.Expr = t.IntLit(line, lex.value, lex.of)
            lex.next()
            return node
        if lex.kind == "str":
            assert isinstance(lex.value, bytes)
            node = t.StrLit(line, lex.value)
            lex.next()
            return node
        if lex.kind == "agg":
            lex.next()
            keys: list[t.Expr] = []
            if self.at("["):
                lex.next()
                keys = self.arguments("]")
                if not keys:
                    lex.unexpected()
            self.grow(self.height)
            return t.AggRef(line, text[1:] or "_", keys)
        if lex.kind == "id":
            return self.named(line, text)
        if text == "(" and lex.kind == "op":
            predicate, lex.in_predicate = lex.in_predicate, lex.in_predicate and ")"
            lex.next()
            node = self.expr()
            lex.in_predicate = predicate
            self.expect(")")
            return node
        lex.unexpected()

    def named(self, line: int, text: str) -> t.Expr:
        lex = self.lex
        if text in ("self", "this"):
            lex.next()
            self.expect("->")
            return t.Ident(line, self.name(), text)
        if text == "offsetof":
            lex.next()
            self.expect("(")
            of = self.type_name()
            self.expect(",")
            member = self.name()
            self.expect(")")
            return t.OffsetOf(line, of, member)
        if text == "xlate":
            lex.next()
            self.expect("<")
            to = self.type_name()
            self.expect(">")
            if not self.at("("):
                lex.unexpected()
            lex.next()
            operand = self.expr()
            self.expect(")")
            self.grow(self.height)
            return t.Xlate(line, to, operand)
        if text in ("sizeof", "stringof"):
            return self.unary()
        if text in KEYWORDS and not (text == "return" and lex.peek() == "("):
            lex.unexpected()
        lex.next()
        if "`" in text:
            module, _, symbol = text.rpartition("`")
            return t.Ident(line, symbol, "`", module)
        return t.Ident(line, text)
