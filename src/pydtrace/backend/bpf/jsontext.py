"""json(): a value in a JSON text, found by a selector, as a routine.

The text is walked once by a finite automaton: a table says for each state and class of characters the next state and what is to be done.
Keys are compared, and indices read, as the text goes by; nothing is copied but the value that was found. The selector comes as its
elements, with SEPARATOR between them: made so at compile time, or by a routine of its own.

A step of the loop takes a character of the text; in the states that read an index, one of the selector.

W0: the place in the text. W1: the state. W2: the place in the selector, -1 when the key is another; after an element, its end. W3: where
the element begins. W4: where the value begins. W5: 0 when the next value is the one; in an array, how many are before it. W6: whether in
an array. W7: braces that are open within a value, and above the low half brackets; in the end, the length of the value.
"""

from __future__ import annotations

from struct import pack

from .insns import R1, R2, R3, R4, R5, R6, R8, R9, Label
from .routine import W0, W1, W2, W3, W4, W5, W6, W7, Routine

SEPARATOR = 1
_SPACE, _DIGITS, _LOWER = b" \t\n\r", b"0123456789", b"abcdefghijklmnopqrstuvwxyz"
_HEX = _DIGITS + b"abcdefABCDEF"
_ACTIONS = (
    "", "fail", "object", "array", "key", "compare", "matched", "start", "start_text", "value_object", "value_array",
    "brace", "bracket", "brace_ends", "bracket_ends", "ends", "leave", "leave_comma", "leave_fail", "comma", "more", "less", "indexed",
)  # fmt: skip
_CLASSES = 32  # of characters, at most

# Characters, the next state (none: the same), what is done. What is not in a state's list ends the search.
_OTHER = bytes(c for c in range(1, 256) if c not in b'"\\')
_END = (_SPACE, "comma", "leave"), (b",", "comma", "leave_comma")


def _ending(inside: bytes) -> tuple[tuple[bytes, str, str], ...]:
    """How a value ends that has no end of its own; `inside` are characters that do not end it."""
    rest = bytes(c for c in range(1, 256) if c not in inside + _SPACE + b",")
    return (*_END, (rest, "comma", "leave_fail"))


def _text(name: str, ends: str, done: str, all_done: str) -> dict[str, tuple[tuple[bytes, str, str], ...]]:
    """The states within a string; `done` for its characters and `all_done` for its end."""
    states = {
        name: ((b'"', ends, all_done), (b"\\", name + "\\", done), (_OTHER, "", done)),
        name + "\\": ((b"u", name + "u1", done), (bytes(c for c in range(1, 256) if c != 117), name, done)),
    }
    for i in range(1, 5):
        states[f"{name}u{i}"] = ((_HEX, f"{name}u{i + 1}" if i < 4 else name, done),)
    return states


def _word(word: str) -> dict[str, tuple[tuple[bytes, str, str], ...]]:
    return {word[:i]: ((word[i : i + 1].encode(), word[: i + 1], ""),) for i in range(1, len(word))} | {word: _ending(_LOWER)}


_RULES: dict[str, tuple[tuple[bytes, str, str], ...]] = {
    "root": ((_SPACE, "", ""), (b"{", "member", "object"), (b"[", "index", "array")),
    "member": ((_SPACE, "", ""), (b'"', "key", "key")),
    **_text("key", "colon", "compare", "matched"),
    "colon": ((_SPACE, "", ""), (b":", "value", "")),
    "value": (
        (_SPACE, "", ""), (b"{", "inner", "value_object"), (b"[", "inner", "value_array"), (b'"', "text", "start_text"),
        (b"-" + _DIGITS, "number", "start"), (b"t", "t", "start"), (b"f", "f", "start"), (b"n", "n", "start"),
    ),
    **_text("text", "comma", "", "ends"),
    "inner": (
        (b'"', "inner text", ""), (b"{", "", "brace"), (b"[", "", "bracket"), (b"}", "", "brace_ends"), (b"]", "", "bracket_ends"),
        (bytes(c for c in range(1, 256) if c not in b'"{[}]'), "", ""),
    ),
    **_text("inner text", "inner", "", ""),
    "comma": ((_SPACE, "", ""), (b",", "comma", "comma")),
    "number": ((_DIGITS, "", ""), (b".", "fraction", ""), (b"eE", "exponent", ""), *_ending(_DIGITS + b".eExX+-")),
    "fraction": ((_DIGITS, "", ""), (b"eE", "exponent", ""), *_ending(_DIGITS + b"eE+-")),
    "exponent": ((_DIGITS + b"+-", "", ""), *_ending(_DIGITS + b"+-")),
    **_word("true"),
    **_word("false"),
    **_word("null"),
    "done": (),
    "failed": (),
    # These take the selector's characters.
    "index": (
        (b" \t", "", ""), (b"+", "above", ""), (b"-", "below", ""), (_DIGITS, "above", "more"), (bytes((0, SEPARATOR)), "value", "indexed"),
        (bytes(range(256)), "rest", ""),
    ),
    "above": ((_DIGITS, "", "more"), (bytes((0, SEPARATOR)), "value", "indexed"), (bytes(range(256)), "rest", "")),
    "below": ((_DIGITS, "", "less"), (bytes((0, SEPARATOR)), "value", "indexed"), (bytes(range(256)), "rest", "")),
    "rest": ((bytes((0, SEPARATOR)), "value", "indexed"), (bytes(range(256)), "", "")),
}  # fmt: skip
_STATES = list(_RULES)
_AT = {name: _CLASSES * i for i, name in enumerate(_STATES)}  # as a state is kept
_ROOM = 1 << (len(_STATES) * _CLASSES - 1).bit_length()


def _tables() -> tuple[bytes, bytes]:
    """The class of each character; by state and class, the next state and the action."""
    columns: dict[tuple[int, ...], int] = {}
    classes = []
    for c in range(256):
        column = []
        for name, rules in _RULES.items():
            to, action = next(((to or name, action) for chars, to, action in rules if c in chars), ("failed", "fail"))
            column.append(_AT[to] | _ACTIONS.index(action))
        classes.append(columns.setdefault(tuple(column), len(columns)))
    assert len(columns) <= _CLASSES and len(_ACTIONS) <= _CLASSES
    rows = [row.ljust(2 * _CLASSES, b"\0") for row in (pack(f"{len(columns)}H", *entries) for entries in zip(*columns))]
    return bytes(classes), b"".join(rows).ljust(2 * _ROOM, b"\0")


def elements(selector: bytes) -> bytes:
    """A selector as its elements: dots and brackets that open separate, brackets that close do nothing."""
    separated = selector[selector[:1] == b"[" :].replace(b"]", b"")
    return separated.translate(bytes(SEPARATOR if c in b".[" else c for c in range(256)))


def selector_elements(r: Routine) -> None:
    """`elements`, into the work area. W0: the place there."""
    a = r.asm
    r.enter("t", r6="t")
    a.st(8, R9, W0, 0)

    def step(stop: Label) -> None:
        separates, put, over, inner = Label(), Label(), Label(), Label()
        r.byte(R4, R6, 7)
        r.word(R3, W0, r.size, stop)
        a.bri("eq", R4, 93, over)
        a.bri("eq", R4, 46, separates)
        a.bri("ne", R4, 91, put)
        a.bri("ne", 7, 0, inner)
        a.jump(over)
        a.place(separates)
        a.place(inner)
        a.imm(R4, SEPARATOR)
        a.place(put)
        a.mov(R1, R9)
        a.alu("add", R1, R3)
        a.stx(1, R1, r.work, R4)
        a.alui("add", R3, 1)
        a.stx(8, R9, W0, R3)
        a.bri("eq", R4, 0, stop)
        a.place(over)

    r.loop(step, r.size)
    r.leave()


def json(r: Routine) -> None:
    a = r.asm
    r.enter("dst", "s", "elements", r6="s", r8="elements")
    for word, value in ((W0, 0), (W1, _AT["root"]), (W2, 0), (W3, 0), (W4, 0), (W5, 0), (W6, 0), (W7, 0)):
        a.st(8, R9, word, value)
    classes, table = _tables()
    classes_at, table_at = r.layout.const(classes, 256), r.layout.const(table, 2 * _ROOM)

    def state(name: str) -> None:
        a.st(8, R9, W1, _AT[name])

    def step(stop: Label) -> None:
        labels = {action: Label() for action in _ACTIONS}
        chosen, got, over, failed, found, after = (Label() for _ in range(6))
        a.ldx(8, R5, R9, W1)
        a.bri("ge", R5, _AT["index"], chosen)
        r.word(R3, W0, r.size, stop)
        r.byte(R4, R6, R3)
        r.count(W0, R2)
        a.jump(got)
        a.place(chosen)
        r.word(R3, W2, r.size, stop)
        r.byte(R4, R8, R3)
        r.count(W2, R2)
        a.place(got)
        a.map_value(R2, "rodata", classes_at)
        a.alu("add", R2, R4)
        a.ldx(1, R2, R2, 0)
        a.alu("add", R5, R2)
        a.alui("and", R5, _ROOM - 1)
        a.alui("shl", R5, 1)
        a.map_value(R2, "rodata", table_at)
        a.alu("add", R2, R5)
        a.ldx(2, R5, R2, 0)
        a.mov(R2, R5)
        a.alui("and", R5, -_CLASSES)
        a.stx(8, R9, W1, R5)
        a.alui("and", R2, _CLASSES - 1)
        for number, action in enumerate(_ACTIONS):
            a.bri("eq", R2, number, over if not action else failed if action == "fail" else labels[action])
        a.jump(over)

        def begin(action: str) -> None:
            a.place(labels[action])

        def end() -> None:
            a.jump(over)

        def is_end(reg: int, yes: Label) -> None:
            """Whether the selector's character is the end of an element."""
            a.bri("le", reg, SEPARATOR, yes)

        begin("array")
        a.st(8, R9, W6, 1)
        a.st(8, R9, W5, 0)
        a.jump(labels["key"])
        begin("object")
        a.st(8, R9, W6, 0)
        a.st(8, R9, W5, 1)
        end()
        begin("key")
        a.ldx(8, R1, R9, W3)
        a.stx(8, R9, W2, R1)
        end()

        begin("compare")
        other = Label()
        r.word(R3, W2, r.size, over)
        r.byte(R5, R8, R3)
        a.br("ne", R4, R5, other)
        is_end(R5, other)
        r.count(W2, R2)
        end()
        a.place(other)
        a.st(8, R9, W2, -1)
        end()

        begin("matched")
        r.word(R3, W2, r.size, over)
        r.byte(R5, R8, R3)
        a.bri("gt", R5, SEPARATOR, over)
        a.st(8, R9, W5, 0)
        end()

        begin("start_text")
        a.alui("add", R3, 1)
        begin("start")
        a.stx(8, R9, W4, R3)
        end()

        for action, go_in, to, one in (
            ("value_object", "object", "member", 1),
            ("value_array", "array", "index", 1 << 32),
        ):
            whole = Label()
            begin(action)
            a.stx(8, R9, W4, R3)
            a.imm(R1, one)
            a.stx(8, R9, W7, R1)
            a.ldx(8, R1, R9, W5)
            a.bri("ne", R1, 0, over)
            r.word(R3, W2, r.size, over)
            r.byte(R5, R8, R3)
            a.bri("ne", R5, SEPARATOR, whole)
            a.alui("add", R3, 1)
            a.stx(8, R9, W3, R3)
            state(to)
            a.jump(labels[go_in])
            a.place(whole)
            end()

        for action, one in (("brace", 1), ("bracket", 1 << 32)):
            begin(action)
            a.imm(R1, one)
            a.ldx(8, R2, R9, W7)
            a.alu("add", R2, R1)
            a.stx(8, R9, W7, R2)
            end()
        for action, one in (("brace_ends", 1), ("bracket_ends", 1 << 32)):
            begin(action)
            a.ldx(8, R2, R9, W7)
            a.mov(R1, R2)
            a.alui("shl" if one == 1 else "shr", R1, 32)
            a.bri("eq", R1, 0, failed)
            a.imm(R1, one)
            a.alu("sub", R2, R1)
            a.stx(8, R9, W7, R2)
            a.bri("ne", R2, 0, over)
            state("comma")
            a.ldx(8, R1, R9, W5)
            a.bri("ne", R1, 0, over)
            a.alui("add", R3, 1)
            a.jump(found)

        for action in ("ends", "leave"):
            begin(action)
            a.ldx(8, R1, R9, W5)
            a.bri("eq", R1, 0, after)
            end()
        begin("leave_fail")
        a.ldx(8, R1, R9, W5)
        a.bri("eq", R1, 0, after)
        a.jump(failed)
        begin("leave_comma")
        a.ldx(8, R1, R9, W5)
        a.bri("eq", R1, 0, after)
        begin("comma")
        member = Label()
        a.ldx(8, R1, R9, W6)
        a.bri("eq", R1, 0, member)
        r.count(W5, R1, -1)
        state("value")
        end()
        a.place(member)
        state("member")
        end()

        for action, op in (("more", "add"), ("less", "sub")):
            begin(action)
            a.ldx(8, R1, R9, W5)
            a.alui("mul", R1, 10)
            a.alui("sub", R4, 48)
            a.alu(op, R1, R4)
            a.stx(8, R9, W5, R1)
            end()
        begin("indexed")
        r.count(W2, R1, -1)
        end()

        # A scalar value that was found ends at r3: it must be for the last element.
        a.place(after)
        a.mov(R4, R3)
        r.word(R2, W2, r.size, failed)
        r.byte(R5, R8, R2)
        a.bri("eq", R5, SEPARATOR, failed)
        a.mov(R3, R4)
        a.place(found)
        a.ldx(8, R1, R9, W4)
        a.alu("sub", R3, R1)
        a.stx(8, R9, W7, R3)
        state("done")
        a.jump(stop)
        a.place(failed)
        state("failed")
        a.jump(stop)
        a.place(over)

    r.loop(step, 2 * r.size)
    none = Label()
    a.ldx(8, R1, R9, W1)
    a.bri("ne", R1, _AT["done"], none)
    r.part("s", W4, W7)
    a.jump(r.out)
    a.place(none)
    r.null()
    r.leave()
