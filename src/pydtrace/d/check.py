"""The checker: names and types of one clause, for the probes it is enabled on.

The parser's tree is annotated in place (d/tree.py says with what). A `Scope` lives for a whole program: variables and aggregations are
made by first use and must agree with it later. `Checker` is made per clause and probe signature. Errors are UserErrors with the reference's
wording and tag; those found in an expression begin with where it stands: `in predicate: `, `in action list: ` on the command line,
`line N: ` in a script. Declarations are in d/declare.py, calls in d/calls.py; this is what is left: statements and expressions.
"""

from __future__ import annotations

from . import stacks
from . import tree as t
from . import types as ty
from .calls import Calls
from .declare import Scope
from .inline import Inlines
from .memory import in_scratch, kernel_memory, through_pointer
from .symbols import ACTIONS, BUILTINS, PROBE_STRINGS, Variable
from .values import addressable, char_array, constant_value, decay, key_type, pointer, stringish

_COMPARE = ("<", "<=", ">", ">=", "==", "!=")


class Checker(Inlines, Calls):
    """Checks one clause. `args` are the types of args[] of the probes it is enabled on; `cli` chooses how places are told."""

    def __init__(self, scope: Scope, args: list[ty.Type] | None, probe_text: str, cli: bool) -> None:
        super().__init__(scope, cli)
        self.args = args
        self.probe_text = probe_text

    # -- clauses

    def clause(self, clause: t.Clause) -> None:
        if clause.predicate is not None:
            self._predicate(clause.predicate)
        self.where = "in action list"
        for statement in clause.body or ():
            assert isinstance(statement, t.Statement)
            self.statement(statement.expr)

    def _predicate(self, e: t.Expr) -> None:
        self.where = "in predicate"
        self.expr(e)
        if not ty.is_scalar(e.type):
            self.fail("D_PRED_SCALAR", "predicate result must be of scalar type", e)

    def _truth(self, e: t.Truth) -> None:
        e.type = ty.INT
        if e.predicate:
            self._predicate(e.operand)
            self.where = "in action list"
            return
        self.expr(e.operand)
        if not ty.is_scalar(e.operand.type):
            self.fail("D_PRED_SCALAR", "condition of if must be of scalar type", e)

    def statement(self, e: t.Expr) -> None:
        if isinstance(e, t.Assign) and isinstance(e.left, t.AggRef):
            self._aggregate(e, e.left)
        elif isinstance(e, t.AggRef):
            self._null_effect(e)
        elif isinstance(e, t.Assign) and isinstance(e.left, t.Index) and isinstance(e.left.base, t.AggRef):
            self.fail("D_AGG_MDIM", f"improper attempt to reference @{e.left.base.name} as a multi-dimensional array", e)
        elif isinstance(e, t.Call) and e.name in ACTIONS:
            self._action(e)
        elif isinstance(e, t.Binary) and e.op == ",":
            self.statement(e.left)
            self.statement(e.right)
        else:
            self.expr(e)

    # -- expressions

    def expr(self, e: t.Expr) -> None:
        e.stands = None
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
        elif not self.inlined(e):
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
        self._null_effect(e)

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
                if not base.scope and self.inlined_index(e):
                    return
                if base.scope or (base.name not in BUILTINS and base.name != "curthread"):
                    self.fail("D_VAR_UNDEF" if base.scope else "D_IDENT_UNDEF", f"failed to resolve {what}: Unknown variable name", e)
        self.expr(base)
        resolved = ty.resolve(base.type)
        if isinstance(resolved, ty.PointerType):
            e.type = resolved.target
        elif isinstance(resolved, ty.StringType):
            e.type = ty.CHAR
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
            valued = stacks.is_value(want) or stacks.is_value(got.type)
            if ty.is_string(want) != stringish(got.type) or (valued and not stacks.compatible(want, got.type)):
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

    def _memberof(self, e: t.MemberOf) -> None:
        self.expr(e.base)
        if self.translated(e):
            return
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
            inner = t.meaning(e.operand)
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
            if stringish(a) and stringish(b) or e.op in ("==", "!=") and self._null_compared(e):
                e.optype = self.scope.string
            elif addressable(a) and addressable(b):
                e.optype = ty.common(a, b) if ty.is_int(a) and ty.is_int(b) else ty.ULONG
            else:
                self.fail("D_OP_INCOMPAT", f'operands have incompatible types: "{a.name}" {e.op} "{b.name}"', e)
            e.type = ty.INT
        elif e.op in ("+", "-") and (pointer(a) or pointer(b)):
            if pointer(a) and pointer(b):
                if e.op == "+":
                    self.fail("D_OP_INCOMPAT", f'operands have incompatible types: "{a.name}" {e.op} "{b.name}"', e)
                e.type = ty.LONG
            elif pointer(a) and ty.is_int(b):
                e.type = decay(a)
            elif ty.is_int(a) and e.op == "+":
                e.type = decay(b)
            else:
                self.fail("D_OP_INCOMPAT", f'operands have incompatible types: "{a.name}" {e.op} "{b.name}"', e)
            e.optype = e.type
        else:
            self._integers(e, e.op, e.left, e.right)
            e.type = e.optype = ty.promote(a) if e.op in ("<<", ">>") else ty.common(a, b)

    @staticmethod
    def _null_compared(e: t.Binary) -> bool:
        """A string compared with NULL."""
        sides = (e.left, e.right)
        return any(ty.is_string(s.type) for s in sides) and any(not ty.is_string(s.type) and constant_value(s) == 0 for s in sides)

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
            or self.scope.inline(base.name) is not None
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
                base.scope or "global", base.name, type, [self.scope.string if stringish(a.type) else key_type(a.type) for a in e.args]
            )
        else:
            assert isinstance(e, t.Ident)
            self.scope.define(e.scope or "global", e.name, type, None)

    def _writable(self, e: t.Assign | t.IncDec, left: t.Expr) -> None:
        """Only D's variables, parts of them, and scratch memory may be assigned."""
        if through_pointer(left) and not kernel_memory(left):
            return
        inner = left
        while True:
            if isinstance(inner, t.MemberOf) and not inner.arrow:
                inner = inner.base
            elif isinstance(inner, t.Index) and isinstance(ty.resolve(inner.base.type), ty.ArrayType):
                inner = inner.base
            elif isinstance(inner, t.Unary) and inner.op == "*" and isinstance(ty.resolve(inner.operand.type), ty.ArrayType):
                inner = inner.operand
            else:
                break
        if isinstance(inner, t.Index) and isinstance(inner.base, t.Ident):
            element = inner.base.ref
            if isinstance(element, Variable) and element.keys is not None:
                return
        if not isinstance(inner, (t.Ident, t.MemberOf, t.Index)) and not (isinstance(inner, t.Unary) and inner.op == "*"):
            self.fail("D_OP_LVAL", f"operator {e.op} requires modifiable lvalue as an operand", e)
        if not isinstance(inner, t.Ident) or not isinstance(inner.ref, Variable):
            self.fail("D_OP_WRITE", f"operator {e.op} can only be applied to a writable variable", e)

    def _assign(self, e: t.Assign) -> None:
        if isinstance(e.left, t.AggRef):
            self._null_effect(e.left)
        self.expr(e.right)
        right = e.right.type
        if isinstance(ty.resolve(right), ty.VoidType):
            self.fail("D_OP_INCOMPAT", "cannot assign a void expression", e)
        missing = self._unknown(e.left)
        if missing is not None:
            kind = self.scope.string if char_array(right) else right if e.op == "=" else ty.LONG
            self._define(missing, kind)
        self.expr(e.left)
        self._writable(e, e.left)
        left = e.left.type
        if e.op == "=":
            self._one_kind(e)
        if e.op == "=" and stacks.is_value(left):
            if not stacks.compatible(left, right) and constant_value(e.right) != 0:
                self.fail("D_OP_INCOMPAT", f'operands have incompatible types: "{left.name}" = "{right.name}"', e)
            e.optype = left
        elif e.op == "=" and isinstance(ty.resolve(left), ty.StructType):
            if ty.resolve(left) is not ty.resolve(right) and constant_value(e.right) != 0:
                self.fail("D_OP_INCOMPAT", f'operands have incompatible types: "{left.name}" = "{right.name}"', e)
        elif e.op == "=":
            strings = ty.is_string(left) and (stringish(right) or constant_value(e.right) == 0)
            if not strings and not (addressable(left) and addressable(right) and not ty.is_string(left)):
                self.fail("D_OP_INCOMPAT", f'operands have incompatible types: "{left.name}" = "{right.name}"', e)
            e.optype = left
        elif pointer(left) and e.op in ("+=", "-="):
            e.optype = left
        else:
            self._integers(e, e.op, e.left, e.right)
            e.optype = ty.promote(left) if e.op in ("<<=", ">>=") else ty.common(left, right)
        e.type = left

    def _one_kind(self, e: t.Assign) -> None:
        """A variable holds pointers into scratch memory or others, not both."""
        base = e.left.base if isinstance(e.left, t.Index) else e.left
        if not pointer(e.right.type) or not isinstance(base, t.Ident) or not isinstance(base.ref, Variable) or not pointer(e.left.type):
            return
        kind = in_scratch(e.right)
        if base.ref.scratch is None:
            base.ref.scratch = kind
        elif kind is not None and kind != base.ref.scratch:
            self.fail("D_ALLOCA_INCOMPAT", f"cannot keep both scratch and other pointers in the same variable: {base.name}", e)

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
        if stringish(a) and stringish(b) or any(ty.is_string(x) and constant_value(y) == 0 for x, y in ((a, e.other), (b, e.then))):
            e.type = self.scope.string
        elif ty.is_int(a) and ty.is_int(b):
            e.type = ty.common(a, b)
        elif isinstance(ty.resolve(a), ty.StructType) and ty.resolve(a) is ty.resolve(b):
            e.type = a
        elif addressable(a) and addressable(b):
            e.type = a if pointer(a) else b
            if pointer(a) and pointer(b) and {in_scratch(e.then), in_scratch(e.other)} == {True, False}:
                self.fail("D_ALLOCA_INCOMPAT", "operator ?: cannot have both a scratch and another pointer as operands", e)
        else:
            self.fail("D_OP_INCOMPAT", "operator ?: operands have incompatible types", e)

    def _cast(self, e: t.Cast) -> None:
        e.type = self.type_of(e.to)
        self.expr(e.operand)
        if ty.is_string(e.type):
            if not stringish(e.operand.type) and not pointer(e.operand.type):
                self.fail("D_CAST_INVAL", f"invalid cast expression: ({e.type.name}) {e.operand.type.name}", e)
        elif not ty.is_scalar(e.type) or not addressable(e.operand.type):
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
        if not addressable(e.operand.type) and not stringish(e.operand.type):
            self.fail("D_STRINGOF_TYPE", f"cannot apply stringof to a value of type {e.operand.type.name}", e)
        e.type = self.scope.string
