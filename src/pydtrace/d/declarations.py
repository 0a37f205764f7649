"""Declarations of D: types, variables, inlines, translators and providers, text to tree.

Functions over the parser, in a module of their own that is loaded when the first declaration or type is met: a one-liner has none.
"""

from __future__ import annotations

from . import tree as t
from .depth import MOST_NESTED
from .grammar import AGGREGATES, BASE, KEYWORDS, QUALIFIERS, SPECIFIERS, STORAGE, WORDCHARS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .expressions import Expressions


def declaration(p: Expressions, word: str) -> list[t.Node]:
    """Whatever starts with a keyword or a type; the last token read is its `;` or `}`."""
    if word == "inline":
        return [_inline(p)]
    if word == "translator":
        return [_translator(p)]
    if word == "provider":
        return [_provider(p)]
    line = p.lex.at
    storage, specifiers = _specifiers(p, True)
    out: list[t.Node] = []
    if p.at(";"):
        aggregates = [s for s in specifiers if isinstance(s, (t.StructDecl, t.EnumDecl))]
        if not aggregates:
            p.fail("useless declaration", "D_DECL_USELESS", line)
        if sum(s not in QUALIFIERS for s in specifiers) > 1:
            p.fail("invalid type combination", "D_DECL_COMBO", line)
        return list(aggregates)
    if not specifiers:
        p.fail(f'syntax error near "{p.lex.text}"' if p.lex.text else "syntax error near end of input", "D_SYNTAX")
    while True:
        name, derivations = _declarator(p, False)
        out.append(t.VarDecl(line, storage, name, t.TypeName(line, specifiers, derivations)))
        (p.types if storage == "typedef" else p.shadows).add(name)
        if p.at(";"):
            return out
        if p.lex.kind == "id" and p.is_typedef(name):
            p.fail("old-style declaration or incorrect type specified", "D_DECL_IDENT")
        p.expect(",")


def _specifiers(p: Expressions, storage_allowed: bool) -> tuple[str, list[Any]]:
    """Storage class and specifiers, up to the declarator."""
    lex = p.lex
    storage = ""
    out: list[Any] = []
    named = False  # a typedef, struct or base type has been read: another name is the declarator
    while lex.kind == "id":
        word = lex.text
        if word in STORAGE:
            if not storage_allowed:
                p.fail("inappropriate storage class for function or associative array parameter", "D_DECL_PARMCLASS")
            if storage:
                p.fail("only one storage class allowed in a declaration", "D_DECL_CLASS")
            if word in ("static", "auto", "register"):
                p.fail("specified storage class not appropriate in D", "D_DECL_BADCLASS")
            storage = word
            lex.next()
        elif word in AGGREGATES:
            out.append(_enum(p) if word == "enum" else _struct(p))
            named = True
        elif word in BASE or word in QUALIFIERS:
            out.append(word)
            named = named or word in BASE
            lex.next()
        elif not named and p.is_typedef(word.rpartition("`")[2] if "`" in word else word):
            out.append(word)
            named = True
            lex.next()
        else:
            if not named and out and lex.kind == "id" and word not in KEYWORDS:
                after = lex.peek()
                if after in WORDCHARS or after == "*":
                    p.fail(f"failed to resolve type {word}", "D_DECL_IDENT")
            break
    return storage, out


def _tag(p: Expressions) -> str:
    lex = p.lex
    if lex.kind == "id" and lex.text not in KEYWORDS:
        text = lex.text
        lex.next()
        return text
    return ""


def _struct(p: Expressions) -> t.StructDecl:
    line, kind = p.lex.at, p.lex.text
    p.lex.next()
    tag = _tag(p)
    if not p.at("{"):
        if not tag:
            p.lex.unexpected()
        return t.StructDecl(line, kind, tag, None)
    p.lex.next()
    p.enter()
    members: list[tuple[str, t.TypeName, t.Expr | None]] = []
    while not p.accept("}"):
        at = p.lex.at
        _, specifiers = _specifiers(p, False)
        if not specifiers:
            p.lex.unexpected()
        if p.accept(";"):  # an anonymous struct or union
            members.append(("", t.TypeName(at, specifiers, []), None))
            continue
        while True:
            name, derivations = ("", []) if p.at(":") else _declarator(p, False, "a member")
            width = p.cond() if p.accept(":") else None
            members.append((name, t.TypeName(at, specifiers, derivations), width))
            if not p.accept(","):
                break
        p.expect(";")
    p.depth -= 1
    return t.StructDecl(line, kind, tag, members)


def _enum(p: Expressions) -> t.EnumDecl:
    line = p.lex.at
    p.lex.next()
    tag = _tag(p)
    if not p.accept("{"):
        if not tag:
            p.lex.unexpected()
        return t.EnumDecl(line, tag, None)
    values: list[tuple[str, t.Expr | None]] = []
    while not p.at("}"):
        name = _declared_name(p, "an enumerator")
        values.append((name, p.cond() if p.accept("=") else None))
        if not p.accept(","):
            break
    p.expect("}")
    return t.EnumDecl(line, tag, values)


def _declarator(p: Expressions, abstract: bool, what: str = "a declaration") -> tuple[str, list[tuple[Any, ...]]]:
    """Name ('' when abstract and absent) and the derivations from the name outwards."""
    p.enter()
    lex = p.lex
    pointers: list[tuple[Any, ...]] = []
    while p.accept("*"):
        pointers.append(("*",))
        while lex.kind == "id" and lex.text in QUALIFIERS:
            lex.next()
    name = ""
    inner: list[tuple[Any, ...]] = []
    if p.at("(") and (not abstract or lex.peek() in ("*", "(")):
        lex.next()
        name, inner = _declarator(p, abstract, what)
        p.expect(")")
    elif lex.kind == "id" and lex.text not in KEYWORDS:
        name = _declared_name(p, what)
    elif not abstract:
        lex.unexpected()
    suffixes: list[tuple[Any, ...]] = []
    while True:
        if p.accept("["):
            if p.accept("]"):
                suffixes.append(("[", None))
            elif _at_type(p) or p.at("..."):
                suffixes.append(("keys", *_params(p, "]")))
            else:
                suffixes.append(("[", p.cond()))
                p.expect("]")
        elif p.accept("("):
            suffixes.append(("(", *_params(p, ")")))
        else:
            break
        if len(suffixes) > MOST_NESTED:
            p.fail("program is nested too deeply", "D_SYNTAX")
    if len(pointers) > MOST_NESTED:
        p.fail("program is nested too deeply", "D_SYNTAX")
    p.depth -= 1
    return name, inner + suffixes + pointers


def _params(p: Expressions, close: str) -> tuple[list[t.TypeName], list[str]]:
    """Types up to `close`, and their names. A lone void stays: the checker knows what it means."""
    out: list[t.TypeName] = []
    names: list[str] = []
    while not p.at(close):
        if p.at("..."):
            if close == "]":
                p.fail("array prototype may not use a variable-length argument list", "D_DECL_PROTO_VARARGS")
            p.lex.next()
            break
        line = p.lex.at
        _, specifiers = _specifiers(p, False)
        if not specifiers:
            p.lex.unexpected()
        name, derivations = _declarator(p, True)
        out.append(t.TypeName(line, specifiers, derivations))
        names.append(name)
        if not p.accept(","):
            break
    p.expect(close)
    return out, names


def _at_type(p: Expressions) -> bool:
    """Whether the current token starts a type."""
    lex = p.lex
    if lex.kind != "id":
        return False
    if lex.text in SPECIFIERS or lex.text in STORAGE:
        return True
    return lex.text not in p.shadows and p.is_typedef(lex.text.rpartition("`")[2])


def type_name(p: Expressions) -> t.TypeName:
    line = p.lex.at
    _, specifiers = _specifiers(p, False)
    if not specifiers:
        if p.lex.kind == "id" and p.lex.text not in KEYWORDS:
            p.fail(f"failed to resolve type {p.lex.text}", "D_DECL_IDENT")
        p.lex.unexpected()
    name, derivations = _declarator(p, True)
    if name:
        p.fail(f'syntax error near "{name}"', "D_SYNTAX")
    return t.TypeName(line, specifiers, derivations)


def _inline(p: Expressions) -> t.Inline:
    line = p.lex.at
    p.lex.next()
    _, specifiers = _specifiers(p, False)
    if not specifiers:
        p.lex.unexpected()
    name, derivations = _declarator(p, False)
    params = None
    if derivations and derivations[0][0] in ("keys", "("):
        params = list(zip(derivations[0][2], derivations[0][1], strict=True))
        derivations = derivations[1:]
    p.expect("=")
    hidden = {name for name, _ in params or ()} - p.shadows
    p.shadows |= hidden
    value = p.assign()
    p.shadows -= hidden
    if not p.at(";"):
        p.lex.unexpected()
    p.shadows.add(name)
    return t.Inline(line, name, t.TypeName(line, specifiers, derivations), params, value)


def _translator(p: Expressions) -> t.Translator:
    line = p.lex.at
    p.lex.next()
    output = type_name(p)
    p.expect("<")
    at = p.lex.at
    _, specifiers = _specifiers(p, False)
    if not specifiers:
        type_name(p)  # says what is wrong
    param, derivations = _declarator(p, False)
    p.accept(">")
    p.expect("{")
    fresh = param not in p.shadows
    p.shadows.add(param)
    members = []
    while not p.at("}"):
        member = p.name()
        p.expect("=")
        members.append((member, p.assign()))
        p.expect(";")
    if fresh:
        p.shadows.discard(param)
    return t.Translator(line, output, t.TypeName(at, specifiers, derivations), param, members)


def _provider(p: Expressions) -> t.ProviderDecl:
    line = p.lex.at
    p.lex.next()
    name = p.name()
    p.expect("{")
    probes: list[t.ProbeDecl] = []
    while not p.at("}"):
        p.expect("probe")
        probe = t.ProbeDecl(p.lex.at, p.name())
        if p.accept("("):
            probe.args, probe.names = _params(p, ")")
        if p.accept(":"):
            p.expect("(")
            probe.shown, probe.shown_names = _params(p, ")")
        p.expect(";")
        probes.append(probe)
    p.lex.next()
    if not p.at(";"):
        p.lex.unexpected()
    return t.ProviderDecl(line, name, probes)


def _declared_name(p: Expressions, what: str) -> str:
    if p.lex.kind == "id" and "`" in p.lex.text:
        p.fail(f"D scoping operator may not be used in {what} name ({p.lex.text})", "D_DECL_SCOPE")
    if p.lex.text in KEYWORDS:
        p.lex.unexpected()
    return p.name()
