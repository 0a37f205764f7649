"""The parser: shapes of trees, the lexical rules that depend on context, and the texts of errors."""

from __future__ import annotations

import pytest

from pydtrace.d import tree as t
from pydtrace.d.parser import Macros, parse
from pydtrace.d.types import INT, LONG, UINT, ULONG, ULONGLONG
from pydtrace.errors import UserError
from pydtrace.options import Options

MACROS = {"pid": "77", "target": "1234", "uid": "0"}


def show(n: object) -> str:
    """A compact spelling of an expression, fully parenthesised."""
    if isinstance(n, t.IntLit):
        return str(n.value)
    if isinstance(n, t.StrLit):
        return repr(n.value)[1:]
    if isinstance(n, t.Ident):
        return {"": "", "`": n.module + "`", "self": "self->", "this": "this->"}[n.scope] + n.name
    if isinstance(n, t.AggRef):
        return f"@{n.name}[{','.join(map(show, n.keys))}]"
    if isinstance(n, t.Index):
        return f"{show(n.base)}[{','.join(map(show, n.args))}]"
    if isinstance(n, t.Call):
        return f"{n.name}({','.join(map(show, n.args))})"
    if isinstance(n, t.MemberOf):
        return f"{show(n.base)}{'->' if n.arrow else '.'}{n.name}"
    if isinstance(n, t.Unary):
        return f"({n.op}{show(n.operand)})"
    if isinstance(n, t.IncDec):
        return f"({n.op}{show(n.operand)})" if n.prefix else f"({show(n.operand)}{n.op})"
    if isinstance(n, (t.Binary, t.Assign)):
        return f"({show(n.left)}{n.op}{show(n.right)})"
    if isinstance(n, t.Cond):
        return f"({show(n.test)}?{show(n.then)}:{show(n.other)})"
    if isinstance(n, t.Cast):
        return f"(cast {show(n.to)} {show(n.operand)})"
    if isinstance(n, t.SizeOf):
        return f"sizeof({show(n.operand)})"
    if isinstance(n, t.StringOf):
        return f"stringof({show(n.operand)})"
    if isinstance(n, t.OffsetOf):
        return f"offsetof({show(n.of)},{n.member})"
    if isinstance(n, t.Xlate):
        return f"xlate<{show(n.to)}>({show(n.operand)})"
    if isinstance(n, t.TypeName):
        words = [s if isinstance(s, str) else f"{getattr(s, 'kind', 'enum')} {s.tag}" for s in n.specifiers]
        return " ".join(words) + "".join(d[0] for d in n.derivations)
    raise AssertionError(n)


def body(text: str, **kw: object) -> list[str]:
    program = parse("BEGIN{" + text + "}", macros=MACROS, **kw)  # type: ignore[arg-type]
    clause = program.items[0]
    assert isinstance(clause, t.Clause) and clause.body is not None
    return [show(s.expr) for s in clause.body if isinstance(s, t.Statement)]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("a+b*c", "(a+(b*c))"),
        ("a-b-c", "((a-b)-c)"),
        ("a=b=c", "(a=(b=c))"),
        ("a||b^^c&&d", "(a||(b^^(c&&d)))"),
        ("a|b^c&d==e", "(a|(b^(c&(d==e))))"),
        ("a<<1<b", "((a<<1)<b)"),
        ("a?b:c?d:e", "(a?b:(c?d:e))"),
        ("x+=1,y", "((x+=1),y)"),
        ("-~!x++", "(-(~(!(x++))))"),
        ("--x", "(--x)"),
        ("*p->q.r[1]", "(*p->q.r[1])"),
        ("self->a[1,2]=3", "(self->a[1,2]=3)"),
        ("this->x", "this->x"),
        ("@=count()", "(@_[]=count())"),
        ('@n[execname,"x"]=sum(arg0)', "(@n[execname,'x']=sum(arg0))"),
        ("`jiffies", "`jiffies"),
        ("vmlinux`jiffies+1", "(vmlinux`jiffies+1)"),
        ("(int)x+1", "((cast int x)+1)"),
        ("(unsigned long)x", "(cast unsigned long x)"),
        ("(struct vmlinux`task_struct *)arg0", "(cast struct vmlinux`task_struct* arg0)"),
        ("((struct file *)arg0)->f_pos", "(cast struct file* arg0)->f_pos"),
        ("(x)+1", "(x+1)"),
        ("(size_t)x", "(cast size_t x)"),
        ("(a*(b))", "(a*b)"),
        ("sizeof(int)", "sizeof(int)"),
        ("sizeof x", "sizeof(x)"),
        ("sizeof(x)", "sizeof(x)"),
        ("sizeof(struct s *)", "sizeof(struct s*)"),
        ("stringof(p)", "stringof(p)"),
        ("offsetof(struct s,m)", "offsetof(struct s,m)"),
        ("xlate <psinfo_t *>(p)->pr_pid", None),
        ("$pid+$target", "(77+1234)"),
        ("$$target", "'1234'"),
        ("f(a/b/c)", "f(((a/b)/c))"),
        ("x=1;;y=2;", None),
        (r"'a'", "97"),
        (r"'\n'", "10"),
        (r"'ab'", "24930"),
        (r'"a\tb\x41\101"', "'a\\tbAA'"),
        ("0x1F+010", "(31+8)"),
    ],
)
def test_expression(text: str, want: str | None) -> None:
    got = body(text, type_names={"psinfo_t"})
    if want is not None:
        assert got == [want]


@pytest.mark.parametrize(
    ("text", "of"),
    [("1", INT), ("2147483648", LONG),
      ("0x80000000", UINT), ("1u", UINT), ("1l", LONG), ("1ull", ULONGLONG), ("0xffffffffffffffff", ULONG)],  # fmt: skip
)
def test_integer_types(text: str, of: object) -> None:
    clause = parse("BEGIN{" + text + "}").items[0]
    assert isinstance(clause, t.Clause) and clause.body
    statement = clause.body[0]
    assert isinstance(statement, t.Statement) and statement.expr.type is of


def test_clause_shapes() -> None:
    program = parse("syscall::open*:entry,\nsyscall::close:return\n/pid == $target / 2 && (a/b)/\n{ trace(1); }\nEND{}", macros=MACROS)
    first, second = program.items
    assert isinstance(first, t.Clause) and isinstance(second, t.Clause)
    assert [str(d) for d in first.descs] == ["syscall::open*:entry", "syscall::close:return"]
    assert show(first.predicate) == "((pid==(1234/2))&&(a/b))"
    assert second.line == 5 and second.body == []


@pytest.mark.parametrize("text", ["BEGIN/x/{}", "BEGIN / x / {}", "BEGIN/x//* c */{}", "BEGIN /x/ // c\n{}",
    "BEGIN // c\n/x/{}", "BEGIN/x/\n/* c */{}"])
def test_predicates(text: str) -> None:
    clause = parse(text).items[0]
    assert isinstance(clause, t.Clause) and show(clause.predicate) == "x"


@pytest.mark.parametrize(
    ("field", "text", "want"),
    [
        ("name", "a:b:c:d", "a:b:c:d"),
        ("name", "b", ":::b"),
        ("provider", "syscall", "syscall:::"),
        ("module", "p:m", "p:m::"),
        ("func", "f", "::f:"),
        ("func", "m:f", ":m:f:"),
    ],
)
def test_fields(field: str, text: str, want: str) -> None:
    clause = parse(text, cli=True, field=field).items[0]
    assert isinstance(clause, t.Clause) and clause.body is None and str(clause.descs[0]) == want


def test_id_field() -> None:
    clause = parse("12{x}", cli=True, field="id").items[0]
    assert isinstance(clause, t.Clause) and clause.descs[0].id == 12


def test_macro_in_description() -> None:
    clause = parse("pid$target:::entry{}", macros=MACROS).items[0]
    assert isinstance(clause, t.Clause) and clause.descs[0].provider == "pid1234"


def test_arguments() -> None:
    assert parse("BEGIN{x=$1;y=$2;z=$$1;w=$3}", macros={}, args=["s", "12", "name", '"a b"'])
    clause = parse("BEGIN{$1;$2;$$1;$3;$4}", macros={}, args=["s", "12", "name", '"a b"', "-5"]).items[0]
    assert isinstance(clause, t.Clause)
    assert [show(s.expr) for s in clause.body or () if isinstance(s, t.Statement)] == ["12", "name", "'12'", "'a b'", "-5"]
    shared = Macros({}, ["s", "1", "2"])
    assert parse("BEGIN{$2}", macros=shared)  # the last one counts
    with pytest.raises(UserError, match="extraneous argument '2' \\(\\$2 is not referenced\\)"):
        parse("BEGIN{$1}", macros=shared)  # and for each program anew
    options = Options()
    options.set("defaultargs")
    clause = parse("BEGIN{$1;$$2}", macros={}, args=["s"], options=options).items[0]
    assert isinstance(clause, t.Clause)
    assert [show(s.expr) for s in clause.body or () if isinstance(s, t.Statement)] == ["0", "''"]


def test_declarations() -> None:
    program = parse(
        """#pragma D option quiet
        int x, *y; self string s; this char buf[10]; int a[int, string]; int (*fp)(int, char *);
        typedef struct foo { int a:3; union { int b; long c; }; struct foo *next; } foo_t;
        foo_t *f; enum e { A, B = 2, C }; struct fwd;
        inline int TWO = 2; inline int add[int p, int q] = p + q;
        translator out_t < foo_t *F > { o = F->a; };
        provider p { probe one(int, char *) : (int x); probe two; };
        BEGIN { f = (foo_t *)0; if (x) { y; } else if (z) w; else { } }""",
        type_names={"out_t"},
    )
    kinds = [type(i).__name__ for i in program.items]
    assert kinds == ["VarDecl"] * 8 + ["EnumDecl", "StructDecl", "Inline", "Inline", "Translator", "ProviderDecl", "Clause"]
    keys = program.items[4]
    assert isinstance(keys, t.VarDecl) and keys.of.derivations[0][0] == "keys" and len(keys.of.derivations[0][1]) == 2
    fp = program.items[5]
    assert isinstance(fp, t.VarDecl) and [d[0] for d in fp.of.derivations] == ["*", "("]
    add = program.items[11]
    assert isinstance(add, t.Inline) and add.params is not None and [n for n, _ in add.params] == ["p", "q"]
    clause = program.items[-1]
    assert isinstance(clause, t.Clause) and clause.body is not None and isinstance(clause.body[1], t.If)


@pytest.mark.parametrize(
    ("text", "tag", "message"),
    [
        ("BEGIN { trace(1) ", "D_SYNTAX", "syntax error near end of input"),
        ("BEGIN { a b }", "D_SYNTAX", 'syntax error near "b"'),
        ("BEGIN", "D_SYNTAX", "expected predicate and/or actions following probe description"),
        ("BEGIN /1/", "D_SYNTAX", "expected actions { } following probe description and predicate"),
        ("BEGIN { while }", "D_SYNTAX", 'syntax error near "while"'),
        ("", "D_EMPTY", "empty D program translation unit"),
        ("BEGIN { $9 }", "D_MACRO_UNDEF", "macro argument $9 is not defined"),
        ("BEGIN { $nosuch }", "D_MACRO_UNDEF", "macro variable $nosuch is not defined"),
        ("BEGIN { 09 }", "D_INT_DIGIT", "constant 09 contains invalid digit 9"),
        ("BEGIN { 0x10000000000000000 }", "D_INT_OFLOW", None),
        ('BEGIN { "a\n" }', "D_STR_NL", "newline encountered in string literal"),
        ("BEGIN { '' }", "D_CHR_NULL", None),
        ("BEGIN { '\n' }", "D_CHR_NL", None),
        ("BEGIN { '123456789' }", "D_CHR_OFLOW", None),
        ("BEGIN { 1.5 }", "D_SYNTAX", None),
        ("/* x", "D_SYNTAX", "end-of-file encountered before matching */"),
        ("a:b:c:d:e{}", "D_PDESC_INVAL", None),
        ("#foo\nBEGIN{}", "D_PRAGCTL_INVAL", None),
        ("#pragma D nosuch\nBEGIN{}", "D_PRAGMA_INVAL", "invalid D pragma: nosuch"),
        ('#error this "is it"', "D_PRAGERR", "#error: this is it "),
        ("#line x", "D_PRAGMA_MALFORM", 'malformed #line <line> [ ["file"] state ]'),
        ("#(", "D_PRAGCTL_INVAL", "invalid control directive: #("),
        ("int;", "D_DECL_USELESS", None),
        ("self this int x;", "D_DECL_CLASS", None),
        ("static int x;", "D_DECL_BADCLASS", None),
        ("int a[int, ...];", "D_DECL_PROTO_VARARGS", None),
        ("BEGIN { (f)->x() }", "D_FUNC_IDENT", None),
    ],
)
def test_errors(text: str, tag: str, message: str | None) -> None:
    with pytest.raises(UserError) as caught:
        parse(text, macros={})
    assert caught.value.tag == tag
    assert message is None or caught.value.text == message


def test_unused_argument() -> None:
    with pytest.raises(UserError) as caught:
        parse("BEGIN{}", macros={}, args=["s", "x"])
    assert caught.value.tag == "D_MACRO_UNUSED"


def test_error_line() -> None:
    with pytest.raises(UserError) as caught:
        parse("BEGIN\n{\n  x y\n}")
    assert caught.value.line == 3


@pytest.mark.parametrize(
    "text",
    [
        "BEGIN{" + "(" * 5000 + "1" + ")" * 5000 + "}",
        "BEGIN{" + "!" * 5000 + "1}",
        "BEGIN{" + "1+" * 5000 + "1}",
        "BEGIN{" + "a?b:" * 5000 + "1}",
        "BEGIN{" + "a=" * 5000 + "1}",
        "BEGIN{" + "if(1)" * 5000 + "x;}",
        "BEGIN{" + "{" * 5000,
        "BEGIN{x" + "->y" * 5000 + "}",
        "BEGIN{" + "f(" * 5000,
        "int " + "(*" * 5000,
        "int " + "*" * 5000 + "p;",
        "struct a {" * 5000,
        "BEGIN{" + "(int)" * 5000 + "1}",
    ],
)
def test_depth_is_bounded(text: str) -> None:
    with pytest.raises(UserError):
        parse(text)
