"""The checker: names and types of one clause, for the probes it is enabled on.

The parser's tree is annotated in place (d/tree.py says with what). A `Scope` lives for a whole program: variables and aggregations are
made by first use and must agree with it later. `Checker` is made per clause and probe signature. Errors are UserErrors with the reference's
wording and tag; those found in an expression begin with where it stands: `in predicate: `, `in action list: ` on the command line,
`line N: ` in a script.
"""

from __future__ import annotations

from ..errors import UserError
from . import tree as t
from . import types as ty
from .symbols import ACTIONS, AGGREGATORS, BUILTINS, PROBE_STRINGS, SUBROUTINES, Aggregation, Variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn, Protocol

    class KernelTypes(Protocol):
        """Types of the running kernel; None when unknown (no BTF)."""

        def tagged(self, kind: str, tag: str) -> ty.Type | None: ...
        def typedef(self, name: str) -> ty.Type | None: ...
        def symbol(self, module: str, name: str) -> tuple[int, ty.Type] | None: ...
        def function(self, name: str) -> ty.FunctionType | None: ...


_BASE = {
    "void": ty.VOID,
    "char": ty.CHAR,
    "signed char": ty.SCHAR,
    "unsigned char": ty.UCHAR,
    "short": ty.SHORT,
    "unsigned short": ty.USHORT,
    "int": ty.INT,
    "unsigned int": ty.UINT,
    "long": ty.LONG,
    "unsigned long": ty.ULONG,
    "long long": ty.LONGLONG,
    "unsigned long long": ty.ULONGLONG,
    "_Bool": ty.BOOL,
    "float": ty.FloatType("float", 4),
    "double": ty.FloatType("double", 8),
}
_TYPEDEFS = {
    "int8_t": ty.SCHAR,
    "int16_t": ty.SHORT,
    "int32_t": ty.INT,
    "int64_t": ty.LONG,
    "uint8_t": ty.UCHAR,
    "uint16_t": ty.USHORT,
    "uint32_t": ty.UINT,
    "uint64_t": ty.ULONG,
    "intptr_t": ty.LONG,
    "uintptr_t": ty.ULONG,
    "size_t": ty.ULONG,
    "ssize_t": ty.LONG,
    "ptrdiff_t": ty.LONG,
    "uchar_t": ty.UCHAR,
    "ushort_t": ty.USHORT,
    "uint_t": ty.UINT,
    "ulong_t": ty.ULONG,
    "u_longlong_t": ty.ULONGLONG,
    "longlong_t": ty.LONGLONG,
    "id_t": ty.INT,
    "pid_t": ty.INT,
    "uid_t": ty.UINT,
    "gid_t": ty.UINT,
    "processorid_t": ty.INT,
    "ipaddr_t": ty.UINT,
    "umode_t": ty.USHORT,
    "bool": ty.BOOL,
}
_COMPARE = ("<", "<=", ">", ">=", "==", "!=")


def known_type(name: str) -> bool:
    """Whether a bare word names a type: the parser asks this to tell a cast from a parenthesis."""
    return name in _TYPEDEFS or name in _BASE or name == "string"


class Scope:
    """All names of one program."""

    def __init__(self, strsize: int, kernel: KernelTypes) -> None:
        self.string = ty.StringType("string", strsize)
        self.kernel = kernel
        self.variables: list[Variable] = []
        self.by_name: dict[tuple[str, str], Variable] = {}
        self.aggregations: dict[str, Aggregation] = {}
        self.typedefs: dict[str, ty.Type] = {}
        self.tags: dict[tuple[str, str], ty.Type] = {}
        self.constants: dict[str, int] = {"NULL": 0}

    def define(self, scope: str, name: str, type: ty.Type, keys: list[ty.Type] | None) -> Variable:
        variable = Variable(name, scope, type, keys, len(self.variables))
        self.variables.append(variable)
        self.by_name[scope, name] = variable
        return variable


class Checker:
    """Checks one clause. `probes` are those it is enabled on; `cli` chooses how places are told."""

    def __init__(self, scope: Scope, args: list[ty.Type] | None, probe_text: str, cli: bool) -> None:
        self.scope = scope
        self.args = args
        self.probe_text = probe_text
        self.cli = cli
        self.where = "in action list"

    # -- errors

    def fail(self, tag: str, text: str, node: t.Node, placed: bool = True, hint: str | None = None) -> NoReturn:
        prefix = f"{self.where}: " if placed and self.cli else ""
        raise UserError(prefix + text, tag=tag, line=node.line, hint=hint)

    # -- types as written

    def type_of(self, name: t.TypeName) -> ty.Type:
        base = self._specifiers(name)
        for derivation in reversed(name.derivations):
            if derivation[0] == "*":
                base = ty.PointerType(base)
            elif derivation[0] == "[":
                base = ty.ArrayType(base, self.constant(derivation[1]) if derivation[1] is not None else 0)
            elif derivation[0] == "(":
                base = ty.FunctionType(base, [self.type_of(p) for p in derivation[1]])
        return base

    def define(self, decl: t.StructDecl | t.EnumDecl) -> None:
        """A struct, union or enum definition that stands alone."""
        self._struct(decl) if isinstance(decl, t.StructDecl) else self._enum(decl)

    def _specifiers(self, name: t.TypeName) -> ty.Type:
        words: list[str] = []
        qualifiers: list[str] = []
        for spec in name.specifiers:
            if isinstance(spec, t.StructDecl):
                return self._struct(spec)
            if isinstance(spec, t.EnumDecl):
                return self._enum(spec)
            (qualifiers if spec in ("const", "volatile", "restrict") else words).append(spec)
        found = self._words(words)
        if found is None:
            self.fail("D_DECL_IDENT", f"failed to resolve type {' '.join(words)}: Type not found", name)
        return ty.AliasType(" ".join([*qualifiers, found.name]), found) if qualifiers else found

    def _words(self, words: list[str]) -> ty.Type | None:
        if words and words[0] in ("struct", "union", "enum") and len(words) == 2:
            return self.scope.tags.get((words[0], words[1])) or self.scope.kernel.tagged(words[0], words[1].rpartition("`")[2])
        if words == ["string"]:
            return self.scope.string
        key = " ".join(words)
        if key in _BASE:
            return _BASE[key]
        if len(words) == 1:
            word = words[0].rpartition("`")[2]
            if word in self.scope.typedefs:
                return self.scope.typedefs[word]
            if word in _TYPEDEFS:
                return ty.AliasType(word, _TYPEDEFS[word])
            return self.scope.kernel.typedef(word)
        unsigned = "unsigned" in words
        rest = [w for w in words if w not in ("signed", "unsigned", "int")]
        key = ("unsigned " if unsigned else "") + (" ".join(sorted(rest)) or "int")
        if key == "char" and "signed" in words:
            key = "signed char"
        return _BASE.get(key)

    def _struct(self, decl: t.StructDecl) -> ty.Type:
        key = (decl.kind, decl.tag)
        if decl.members is None:
            known = self.scope.tags.get(key) or self.scope.kernel.tagged(decl.kind, decl.tag.rpartition("`")[2])
            return known or self.scope.tags.setdefault(key, ty.StructType(decl.kind, decl.tag, 0, None))
        made = ty.StructType(decl.kind, decl.tag, 0, None)
        if decl.tag:
            self.scope.tags[key] = made
        members: list[ty.Member] = []
        end = 0
        align = 1
        for name, of, _width in decl.members:
            member = self.type_of(of)
            a = alignment(member)
            align = max(align, a)
            at = 0 if decl.kind == "union" else (end + a - 1) // a * a
            members.append(ty.Member(name, member, at * 8))
            end = max(end, at + member.size)
        made.complete((end + align - 1) // align * align, members)
        return made

    def _enum(self, decl: t.EnumDecl) -> ty.Type:
        if decl.values is None:
            return self.scope.tags.get(("enum", decl.tag)) or self.scope.kernel.tagged("enum", decl.tag) or ty.INT
        values: dict[str, int] = {}
        following = 0
        for name, value in decl.values:
            following = self.constant(value) if value is not None else following
            values[name] = self.scope.constants[name] = following
            following += 1
        made = ty.EnumType(decl.tag, values)
        if decl.tag:
            self.scope.tags["enum", decl.tag] = made
        return made

    def constant(self, e: t.Expr) -> int:
        """The value of an integer constant expression."""
        self.expr(e)
        value = constant_value(e)
        if value is None:
            self.fail("D_UNKNOWN", "integer constant expression expected", e)
        return value

    # -- declarations

    def declare(self, decl: t.VarDecl) -> None:
        of = decl.of
        keys = next((d[1] for d in of.derivations if d[0] == "keys"), None)
        made = self.type_of(t.TypeName(of.line, of.specifiers, [d for d in of.derivations if d[0] != "keys"]))
        if decl.storage == "typedef":
            self.scope.typedefs[decl.name] = ty.AliasType(decl.name, made)
            return
        if not decl.name:
            return
        if decl.storage not in ("", "self", "this"):
            self.fail("D_DECL_BADCLASS", f"specified storage class not appropriate in D: {decl.storage}", decl)
        if isinstance(ty.resolve(made), ty.VoidType):
            self.fail("D_DECL_VOIDOBJ", f"cannot have void object: {decl.name}", decl)
        if keys is not None and decl.storage == "this":
            self.fail("D_DECL_LOCASSC", f"cannot declare this->{decl.name} as an associative array", decl)
        scope = decl.storage or "global"
        old = self.scope.by_name.get((scope, decl.name))
        if old is not None and old.type.name != made.name:
            self.fail("D_DECL_IDRED", f"identifier redeclared: {decl.name}", decl)
        if old is None:
            self.scope.define(scope, decl.name, made, [self.type_of(k) for k in keys] if keys is not None else None)

    # -- clauses

    def clause(self, clause: t.Clause) -> None:
        if clause.predicate is not None:
            self.where = "in predicate"
            self.expr(clause.predicate)
            kind = clause.predicate.type
            if not ty.is_scalar(kind):
                self.fail("D_PRED_SCALAR", f"predicate result must be of scalar type, not {kind.name}", clause.predicate)
        self.where = "in action list"
        for statement in clause.body or ():
            if isinstance(statement, t.If):
                self.fail("D_UNKNOWN", "if statements are not implemented yet", statement, hint="use two clauses with predicates")
            self.statement(statement.expr)

    def statement(self, e: t.Expr) -> None:
        if isinstance(e, t.Assign) and isinstance(e.left, t.AggRef):
            self._aggregate(e, e.left)
        elif isinstance(e, t.AggRef):
            self.fail("D_AGG_NULL", f"expression has null effect: @{e.name}", e)
        elif isinstance(e, t.Call) and e.name in ACTIONS:
            self._action(e)
        elif isinstance(e, t.Binary) and e.op == ",":
            self.statement(e.left)
            self.statement(e.right)
        else:
            self.expr(e)

    def _count(self, e: t.Call, low: int, high: int) -> None:
        if not low <= len(e.args) <= high:
            needs = str(low) if low == high else f"{low} to {high}" if high < 99 else f"at least {low}"
            self.fail("D_PROTO_LEN", f"{e.name}( ) prototype mismatch: {len(e.args)} arguments passed, {needs} expected", e)

    def _action(self, e: t.Call) -> None:
        self._count(e, *ACTIONS[e.name])
        for n, arg in enumerate(e.args):
            if isinstance(arg, t.AggRef):
                if e.name not in ("printa", "clear", "trunc", "normalize", "denormalize"):
                    self.fail("D_AGG_NULL", f"aggregation may not be an argument of {e.name}( )", e)
                known = self.scope.aggregations.get(arg.name)
                if known is None or not known.func:
                    self.fail("D_IDENT_UNDEF", f"undefined aggregation: @{arg.name}", arg)
                arg.ref = known
            else:
                self.expr(arg)
                if e.name in ("clear", "normalize", "denormalize", "trunc") and n == 0:
                    self.fail(
                        f"D_{e.name.upper()}_AGGARG", f"{e.name}( ) argument #1 is incompatible with prototype: aggregation expected", e
                    )
        if e.name in ("printf", "printa", "system", "freopen") and not isinstance(e.args[0], (t.StrLit, t.AggRef)):
            self.fail(
                "D_PRINTF_ARG_FMT",
                f"{e.name}( ) argument #1 is incompatible with prototype:\n\tprototype: string constant\n"
                f"\t argument: {e.args[0].type.name}",
                e,
            )
        if e.name == "trace" and isinstance(ty.resolve(e.args[0].type), ty.VoidType):
            self.fail("D_TRACE_VOID", "trace( ) may not be applied to a void expression", e)
        if e.name in ("printf", "system", "freopen"):
            self._format(e)

    def _format(self, e: t.Call) -> None:
        from .printf import check_format, parse_format

        assert isinstance(e.args[0], t.StrLit)
        try:
            e.ref = parse_format(e.args[0].value)
            check_format(e.ref, e.name, [a.type for a in e.args[1:]])
        except UserError as error:
            raise UserError(error.text, tag=error.tag, line=e.line, hint=error.hint) from None

    def _aggregate(self, e: t.Assign, agg: t.AggRef) -> None:
        call = e.right
        if e.op != "=" or not isinstance(call, t.Call) or call.name not in AGGREGATORS:
            self.fail("D_AGG_FUNC", f"@{agg.name} must be assigned the result of an aggregating function", e)
        self._count(call, *AGGREGATORS[call.name])
        for key in agg.keys:
            if isinstance(key, t.Call) and key.name in ("stack", "ustack", "sym", "usym", "func", "mod"):
                self.fail("D_UNKNOWN", f"{key.name}( ) as a key is not implemented yet", key)
            self.expr(key)
            if not ty.is_scalar(key.type) and not ty.is_string(key.type) and not _char_array(key.type):
                self.fail("D_KEY_TYPE", f"key expression type {key.type.name} cannot be a key", key)
        for arg in call.args:
            self.expr(arg)
            if not ty.is_scalar(arg.type):
                self.fail("D_AGG_SCALAR", f"{call.name}( ) argument must be of scalar type, not {arg.type.name}", arg)
        known = self.scope.aggregations.get(agg.name)
        if known is None:
            known = self.scope.aggregations[agg.name] = Aggregation(agg.name, len(self.scope.aggregations))
        params = self._params(call)
        if not known.func:
            known.func, known.params = call.name, params
            known.keys = [k.type if not _char_array(k.type) else self.scope.string for k in agg.keys]
            known.words = {"count": 1, "stddev": 4, "quantize": 128}.get(call.name, 2)
            if call.name == "lquantize":
                known.words = 3 + (params[1] - params[0]) // params[2]
            elif call.name == "llquantize":
                factor, low, high, steps = params
                known.words = 4 + 2 * ((high - low + 1) * (steps - steps // factor) + 4)
        elif known.func != call.name:
            self.fail(
                "D_AGG_REDEF",
                f"aggregation redefined: @{agg.name}\n\t current: @{agg.name} = {call.name}( )\n\tprevious: @{agg.name} = {known.func}( )",
                e,
            )
        elif known.params != params:
            self.fail("D_LQUANT_MATCHBASE", f"{call.name}( ) parameters differ from an earlier use of @{agg.name}", call)
        elif len(known.keys) != len(agg.keys):
            self.fail("D_PROTO_LEN", f"@{agg.name}[ ] prototype mismatch: {len(agg.keys)} keys passed, {len(known.keys)} expected", agg)
        agg.ref = known

    def _params(self, call: t.Call) -> tuple[int, ...]:
        if call.name == "lquantize":
            values = [self.constant(a) for a in call.args[1:4]]
            if len(values) == 2:
                values.append(1)
            if values[0] >= values[1]:
                self.fail("D_LQUANT_MISMATCH", "lquantize( ) base must be less than limit", call)
            if values[2] <= 0:
                self.fail("D_LQUANT_STEPVAL", "lquantize( ) step must be positive", call)
            levels = (values[1] - values[0]) // values[2]
            if levels < 1:
                self.fail("D_LQUANT_STEPLARGE", "lquantize( ) step is too large: no level between base and limit", call)
            if levels > 65535:
                self.fail("D_LQUANT_STEPSMALL", f"lquantize( ) step is too small: {levels} levels, 65535 at most", call)
            return tuple(values)
        if call.name == "llquantize":
            return tuple(self.constant(a) for a in call.args[1:5])
        return ()

    # -- expressions

    def expr(self, e: t.Expr) -> None:
        getattr(self, "_" + type(e).__name__.lower())(e)

    def _intlit(self, e: t.IntLit) -> None:
        pass

    def _strlit(self, e: t.StrLit) -> None:
        e.type = self.scope.string

    def _ident(self, e: t.Ident) -> None:
        if e.scope == "`":
            found = self.scope.kernel.symbol(e.module, e.name)
            if found is None:
                self.fail("D_IDENT_UNDEF", f"failed to resolve {e.module}`{e.name}: Unknown symbol name", e)
            e.ref = found
            e.type = found[1]
            return
        variable = self.scope.by_name.get((e.scope or "global", e.name))
        if variable is not None:
            e.ref, e.type = variable, variable.type
        elif e.scope:
            self.fail("D_VAR_UNDEF", f"failed to resolve {e.scope}->{e.name}: Unknown variable name", e)
        elif e.name in BUILTINS:
            e.ref, e.type = e.name, BUILTINS[e.name]
        elif e.name == "execname" or e.name in PROBE_STRINGS:
            e.ref, e.type = e.name, self.scope.string
        elif e.name == "curthread":
            task = self.scope.kernel.tagged("struct", "task_struct") or ty.StructType("struct", "task_struct", 0, None)
            e.ref, e.type = e.name, ty.PointerType(task)
        elif e.name in self.scope.constants:
            e.ref, e.type = self.scope.constants[e.name], ty.LONG if e.name == "NULL" else ty.INT
        else:
            from difflib import get_close_matches

            known = [*BUILTINS, "execname", *PROBE_STRINGS, "curthread", *(n for s, n in self.scope.by_name if s == "global")]
            near = get_close_matches(e.name, known, 1)
            self.fail(
                "D_IDENT_UNDEF",
                f"failed to resolve {e.name}: Unknown variable name",
                e,
                hint=f"did you mean '{near[0]}'?" if near else None,
            )

    def _aggref(self, e: t.AggRef) -> None:
        self.fail("D_AGG_NULL", f"@{e.name} may not be used in an expression", e)

    def _index(self, e: t.Index) -> None:
        for arg in e.args:
            self.expr(arg)
        if isinstance(e.base, t.Ident) and e.base.name == "args" and not e.base.scope:
            self._args(e)
            return
        base = e.base
        if isinstance(base, t.Ident) and base.scope != "`":
            variable = self.scope.by_name.get((base.scope or "global", base.name))
            if variable is not None and variable.keys is not None:
                base.ref = variable
                self._keys(e, variable)
                e.type = variable.type
                return
            if variable is None:
                what = f"{base.scope}->{base.name}" if base.scope else base.name
                if base.scope or (base.name not in BUILTINS and base.name != "curthread"):
                    self.fail("D_VAR_UNDEF" if base.scope else "D_IDENT_UNDEF", f"failed to resolve {what}: Unknown variable name", e)
        self.expr(base)
        resolved = ty.resolve(base.type)
        if isinstance(resolved, ty.PointerType):
            e.type = resolved.target
        elif isinstance(resolved, ty.ArrayType):
            e.type = resolved.element
            value = constant_value(e.args[0])
            if value is not None and resolved.count and not 0 <= value < resolved.count:
                self.fail("D_ARR_BOUNDS", f"index outside array bounds: {value}, array size is {resolved.count}", e)
        else:
            self.fail("D_ARR_BADREF", f"cannot apply subscript operator to non-array type {base.type.name}", e)

    def _keys(self, e: t.Index, variable: Variable) -> None:
        assert variable.keys is not None
        if len(variable.keys) != len(e.args):
            self.fail("D_PROTO_LEN", f"{variable.name}[ ] prototype mismatch: {len(e.args)} keys passed, {len(variable.keys)} expected", e)
        for n, (want, got) in enumerate(zip(variable.keys, e.args, strict=True)):
            if ty.is_string(want) != _stringish(got.type):
                self.fail(
                    "D_PROTO_ARG",
                    f"{variable.name}[ ] key #{n + 1} is incompatible with prototype:\n"
                    f"\tprototype: {want.name}\n\t argument: {got.type.name}",
                    e,
                )

    def _args(self, e: t.Index) -> None:
        index = constant_value(e.args[0])
        if index is None:
            self.fail("D_ARGS_IDX", "args[ ] index must be an integer constant", e)
        if self.args is None:
            self.fail("D_ARGS_TYPE", f"failed to resolve native type of args[{index}]", e)
        if not 0 <= index < len(self.args):
            self.fail("D_ARGS_IDX", f"index {index} is out of range for {self.probe_text} args[ ]", e)
        e.type = self.args[index]

    def _call(self, e: t.Call) -> None:
        if e.name in ACTIONS:
            self.fail(
                "D_CG_EXPR",
                f"tracing function {e.name}( ) may not be called from a D expression (D program context required)",
                e,
                placed=False,
            )
        if e.name in AGGREGATORS:
            self.fail("D_AGG_FUNC", f"aggregating function {e.name}( ) may only be assigned to an aggregation", e)
        known = SUBROUTINES.get(e.name)
        if known is None:
            from difflib import get_close_matches

            near = get_close_matches(e.name, [*ACTIONS, *SUBROUTINES, *AGGREGATORS], 1)
            self.fail("D_FUNC_UNDEF", f"undefined function name: {e.name}", e, hint=f"did you mean '{near[0]}'?" if near else None)
        result, low, high, kinds = known
        self._count(e, low, high)
        for n, arg in enumerate(e.args):
            self.expr(arg)
            good = (_stringish(arg.type) or ty.is_pointer(arg.type)) if kinds[n] == "s" else ty.is_scalar(arg.type)
            if not good:
                want = "string" if kinds[n] == "s" else "integer"
                self.fail(
                    "D_PROTO_ARG",
                    f"{e.name}( ) argument #{n + 1} is incompatible with prototype:\n\tprototype: {want}\n\t argument: {arg.type.name}",
                    e,
                )
        e.type = self.scope.string if isinstance(result, str) else result

    def _memberof(self, e: t.MemberOf) -> None:
        self.expr(e.base)
        of = ty.resolve(e.base.type)
        if e.arrow:
            if not isinstance(of, ty.PointerType):
                self.fail("D_OP_PTR", f"operator -> must be applied to a pointer, not {e.base.type.name}", e)
            of = ty.resolve(of.target)
        if not isinstance(of, ty.StructType):
            self.fail(
                "D_OP_SOU", f"operator {'->' if e.arrow else '.'} cannot be applied to type {e.base.type.name}; struct or union needed", e
            )
        if of.members is None:
            self.fail(
                "D_OP_INCOMPLETE",
                f"operator {'->' if e.arrow else '.'} cannot be applied to a forward declaration: no {of.name} definition is available",
                e,
            )
        member = of.find(e.name)
        if member is None:
            from difflib import get_close_matches

            near = get_close_matches(e.name, [m.name for m in of.members or ()], 1)
            self.fail("D_TYPE_MEMBER", f"{e.name} is not a member of {of.name}", e, hint=f"did you mean '{near[0]}'?" if near else None)
        e.member, e.type = member, member.type

    def _unary(self, e: t.Unary) -> None:
        self.expr(e.operand)
        of = ty.resolve(e.operand.type)
        if e.op == "*":
            if isinstance(of, ty.ArrayType):
                e.type = of.element
                return
            if not isinstance(of, ty.PointerType):
                self.fail("D_DEREF_NONPTR", f"cannot dereference non-pointer type {e.operand.type.name}", e)
            if isinstance(ty.resolve(of.target), ty.VoidType):
                self.fail("D_DEREF_VOID", "cannot dereference pointer to void", e)
            e.type = of.target
        elif e.op == "&":
            inner = e.operand
            if isinstance(inner, t.Ident) and isinstance(inner.ref, Variable):
                self.fail("D_ADDROF_VAR", f"cannot take the address of dynamic variable {inner.name}", e)
            if (
                not isinstance(inner, (t.MemberOf, t.Index))
                and not (isinstance(inner, t.Unary) and inner.op == "*")
                and not (isinstance(inner, t.Ident) and isinstance(inner.ref, tuple))
            ):
                self.fail("D_ADDROF_LVAL", "operator & requires an lvalue as its operand", e)
            if isinstance(inner, t.MemberOf) and inner.member.bit_size:
                self.fail("D_ADDROF_BITFIELD", f"cannot take the address of a bit-field: {inner.name}", e)
            e.type = ty.PointerType(inner.type)
        elif e.op == "!":
            if not ty.is_scalar(of):
                self.fail("D_OP_SCALAR", f"operator ! requires an operand of scalar type, not {e.operand.type.name}", e)
            e.type = ty.INT
        else:
            if not ty.is_int(of):
                self.fail("D_OP_INT", f"operator {e.op} requires an operand of integral type, not {e.operand.type.name}", e)
            e.type = ty.promote(of)

    def _incdec(self, e: t.IncDec) -> None:
        operand = e.operand
        missing = self._unknown(operand)
        if missing is not None:
            self._define(missing, ty.LONG)
        self.expr(operand)
        self._writable(e, operand)
        if not ty.is_scalar(operand.type):
            self.fail("D_OP_SCALAR", f"operator {e.op} requires an operand of scalar type, not {operand.type.name}", e)
        e.type = operand.type

    def _binary(self, e: t.Binary) -> None:
        self.expr(e.left)
        self.expr(e.right)
        a, b = e.left.type, e.right.type
        if e.op == ",":
            e.type = b
        elif e.op in ("&&", "||", "^^"):
            for side in (e.left, e.right):
                if not ty.is_scalar(side.type):
                    self.fail("D_OP_SCALAR", f"operator {e.op} requires operands of scalar type, not {side.type.name}", e)
            e.type = ty.INT
        elif e.op in _COMPARE:
            if _stringish(a) and _stringish(b):
                e.optype = self.scope.string
            elif _addressable(a) and _addressable(b):
                e.optype = ty.common(a, b) if ty.is_int(a) and ty.is_int(b) else ty.ULONG
            else:
                self.fail("D_OP_INCOMPAT", f'operands have incompatible types: "{a.name}" {e.op} "{b.name}"', e)
            e.type = ty.INT
        elif e.op in ("+", "-") and (_pointer(a) or _pointer(b)):
            if _pointer(a) and _pointer(b):
                if e.op == "+":
                    self.fail("D_OP_INCOMPAT", f'operands have incompatible types: "{a.name}" {e.op} "{b.name}"', e)
                e.type = ty.LONG
            elif _pointer(a) and ty.is_int(b):
                e.type = _decay(a)
            elif ty.is_int(a) and e.op == "+":
                e.type = _decay(b)
            else:
                self.fail("D_OP_INCOMPAT", f'operands have incompatible types: "{a.name}" {e.op} "{b.name}"', e)
            e.optype = e.type
        else:
            self._integers(e, e.op, e.left, e.right)
            e.type = e.optype = ty.promote(a) if e.op in ("<<", ">>") else ty.common(a, b)

    def _integers(self, e: t.Expr, op: str, left: t.Expr, right: t.Expr) -> None:
        for side in (left, right):
            if not ty.is_int(side.type):
                what = "integral" if op.rstrip("=") not in ("+", "-", "*", "/") else "arithmetic"
                self.fail("D_OP_INT" if what == "integral" else "D_OP_ARITH", f"operator {op} requires operands of {what} type", e)
        if op.rstrip("=") in ("/", "%") and constant_value(right) == 0:
            self.fail("D_DIV_ZERO", "expression contains division by zero", e)

    def _unknown(self, e: t.Expr) -> t.Expr | None:
        """The variable reference in `e`, when it is not known yet."""
        base = e.base if isinstance(e, t.Index) else e
        if not isinstance(base, t.Ident) or base.scope == "`" or (base.scope or "global", base.name) in self.scope.by_name:
            return None
        if not base.scope and (
            base.name in BUILTINS
            or base.name in PROBE_STRINGS
            or base.name in ("execname", "curthread", "args")
            or base.name in self.scope.constants
        ):
            return None
        return e

    def _define(self, e: t.Expr, type: ty.Type) -> None:
        if isinstance(e, t.Index):
            base = e.base
            assert isinstance(base, t.Ident)
            if base.scope == "this":
                self.fail("D_ARR_LOCAL", f"cannot declare this->{base.name} as an associative array", e)
            for arg in e.args:
                self.expr(arg)
            self.scope.define(
                base.scope or "global", base.name, type, [self.scope.string if _stringish(a.type) else _key_type(a.type) for a in e.args]
            )
        else:
            assert isinstance(e, t.Ident)
            self.scope.define(e.scope or "global", e.name, type, None)

    def _writable(self, e: t.Expr, left: t.Expr) -> None:
        base = left.base if isinstance(left, t.Index) else left
        if not isinstance(base, t.Ident):
            self.fail(
                "D_OP_LVAL" if not isinstance(left, (t.MemberOf, t.Unary)) else "D_OP_WRITE",
                "operator = requires a modifiable lvalue as an operand",
                e,
            )
        if not isinstance(base.ref, Variable):
            self.fail("D_OP_WRITE", f"operator = can only be applied to a writable variable, not {base.name}", e)

    def _assign(self, e: t.Assign) -> None:
        if isinstance(e.left, t.AggRef):
            self.fail("D_AGG_FUNC", f"@{e.left.name} may only be assigned in a statement of its own", e)
        self.expr(e.right)
        right = e.right.type
        if isinstance(ty.resolve(right), ty.VoidType):
            self.fail("D_OP_INCOMPAT", "cannot assign a void expression", e)
        missing = self._unknown(e.left)
        if missing is not None:
            kind = self.scope.string if _char_array(right) else right if e.op == "=" else ty.LONG
            self._define(missing, kind)
        self.expr(e.left)
        self._writable(e, e.left)
        left = e.left.type
        if e.op == "=":
            strings = ty.is_string(left) and (_stringish(right) or constant_value(e.right) == 0)
            if not strings and not (_addressable(left) and _addressable(right) and not ty.is_string(left)):
                self.fail("D_OP_INCOMPAT", f'operands have incompatible types: "{left.name}" = "{right.name}"', e)
            e.optype = left
        elif _pointer(left) and e.op in ("+=", "-="):
            e.optype = left
        else:
            self._integers(e, e.op, e.left, e.right)
            e.optype = ty.promote(left) if e.op in ("<<=", ">>=") else ty.common(left, right)
        e.type = left

    def _cond(self, e: t.Cond) -> None:
        self.expr(e.test)
        if not ty.is_scalar(e.test.type):
            self.fail("D_OP_SCALAR", "operator ?: expression must be of scalar type", e)
        for arm in (e.then, e.other):
            if isinstance(arm, t.Call) and arm.name in ACTIONS:
                self.fail("D_OP_ACT", "operator ?: may not have an action as an operand", e)
        self.expr(e.then)
        self.expr(e.other)
        a, b = e.then.type, e.other.type
        if _stringish(a) and _stringish(b):
            e.type = self.scope.string
        elif ty.is_int(a) and ty.is_int(b):
            e.type = ty.common(a, b)
        elif _addressable(a) and _addressable(b):
            e.type = a if _pointer(a) else b
        else:
            self.fail("D_OP_INCOMPAT", "operator ?: operands have incompatible types", e)

    def _cast(self, e: t.Cast) -> None:
        e.type = self.type_of(e.to)
        self.expr(e.operand)
        if ty.is_string(e.type):
            if not _stringish(e.operand.type) and not _pointer(e.operand.type):
                self.fail("D_CAST_INVAL", f"invalid cast expression: ({e.type.name}) {e.operand.type.name}", e)
        elif not ty.is_scalar(e.type) or not _addressable(e.operand.type):
            self.fail("D_CAST_INVAL", f"invalid cast expression: ({e.type.name}) {e.operand.type.name}", e)

    def _sizeof(self, e: t.SizeOf) -> None:
        e.type = ty.ULONG
        if isinstance(e.operand, t.TypeName):
            of = self.type_of(e.operand)
        else:
            self.expr(e.operand)
            of = e.operand.type
        if not of.size:
            self.fail("D_SIZEOF_TYPE", f"cannot apply sizeof to an operand of type {of.name}", e)
        e.value = of.size

    def _offsetof(self, e: t.OffsetOf) -> None:
        e.type = ty.ULONG
        of = ty.resolve(self.type_of(e.of))
        if not isinstance(of, ty.StructType):
            self.fail("D_OFFSETOF_TYPE", "offsetof operand must be a struct or union type", e)
        member = of.find(e.member)
        if member is None:
            self.fail("D_TYPE_MEMBER", f"{e.member} is not a member of {of.name}", e)
        if member.bit_size:
            self.fail("D_OFFSETOF_BITFIELD", f"cannot take the offset of a bit-field: {e.member}", e)
        e.value = member.bit_offset // 8

    def _stringof(self, e: t.StringOf) -> None:
        self.expr(e.operand)
        if not _addressable(e.operand.type) and not _stringish(e.operand.type):
            self.fail("D_STRINGOF_TYPE", f"cannot apply stringof to a value of type {e.operand.type.name}", e)
        e.type = self.scope.string

    def _xlate(self, e: t.Xlate) -> None:
        self.fail("D_XLATE_NONE", "translators are not implemented yet", e)


def alignment(of: ty.Type) -> int:
    """Natural alignment in bytes (x86-64)."""
    of = ty.resolve(of)
    if isinstance(of, ty.ArrayType):
        return alignment(of.element)
    if isinstance(of, ty.StructType):
        return max((alignment(m.type) for m in of.members or ()), default=1)
    return max(1, min(of.size, 8))


def constant_value(e: t.Expr) -> int | None:
    """The value of a checked expression when it is constant."""
    if isinstance(e, t.IntLit):
        return e.value
    if isinstance(e, t.Ident) and isinstance(e.ref, int):
        return e.ref
    if isinstance(e, (t.SizeOf, t.OffsetOf)):
        return e.value
    if isinstance(e, t.Unary) and e.op in ("-", "+", "~"):
        inner = constant_value(e.operand)
        return None if inner is None else wrap({"-": -inner, "+": inner, "~": ~inner}[e.op], e.type)
    if isinstance(e, t.Cast) and ty.is_scalar(e.type):
        inner = constant_value(e.operand)
        return None if inner is None else wrap(inner, e.type)
    if isinstance(e, t.Binary) and e.op in ("+", "-", "*", "<<", "|", "&", "^") and ty.is_int(e.type):
        a, b = constant_value(e.left), constant_value(e.right)
        if a is None or b is None or (e.op == "<<" and not 0 <= b < 64):
            return None
        value = {"+": a + b, "-": a - b, "*": a * b, "<<": a << (b if e.op == "<<" else 0), "|": a | b, "&": a & b, "^": a ^ b}[e.op]
        return wrap(value, e.type)
    return None


def wrap(value: int, to: ty.Type) -> int:
    """`value` stored in `to` and read back, as a signed 64-bit image of the register."""
    bits = min(to.size, 8) * 8
    value &= (1 << bits) - 1
    if (ty.is_signed(to) or bits == 64) and value >> (bits - 1):
        value -= 1 << bits
    return value


def _char_array(of: ty.Type) -> bool:
    of = ty.resolve(of)
    return isinstance(of, ty.ArrayType) and ty.resolve(of.element).size == 1


def _stringish(of: ty.Type) -> bool:
    return ty.is_string(of) or _char_array(of)


def _pointer(of: ty.Type) -> bool:
    return isinstance(ty.resolve(of), (ty.PointerType, ty.ArrayType))


def _addressable(of: ty.Type) -> bool:
    return ty.is_scalar(of) or isinstance(ty.resolve(of), ty.ArrayType)


def _decay(of: ty.Type) -> ty.Type:
    resolved = ty.resolve(of)
    return ty.PointerType(resolved.element) if isinstance(resolved, ty.ArrayType) else of


def _key_type(of: ty.Type) -> ty.Type:
    return of if ty.is_scalar(of) else ty.LONG
