"""Names, elements and members, and what may be assigned to them.

A variable is made by its first assignment (or ++) and has that value's type; an associative array its keys' too. Whatever is read before
is an error, and so is a value of another kind later.
"""

from __future__ import annotations

from ..errors import UserError
from . import registers
from . import tree as t
from . import types as ty
from .calls import Calls
from .compat import assignable, target, void_or_function
from .memory import in_scratch, kernel_memory, through_pointer
from .subroutines import SUBROUTINES
from .symbols import ACTIONS, AGGREGATORS, BUILTINS, PROBE_STRINGS, Variable
from .values import char_array, constant_value, key_type, pointer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NoReturn

INT64 = ty.AliasType("int64_t", ty.LONG)
_M = (1 << 64) - 1


class Variables(Calls):
    """The part of the checker that knows names. `args` are the types of args[] of the probes of the clause, None when unknown."""

    args: list[ty.Type] | None
    probe_text: str

    def inlined(self, e: t.Ident) -> bool:
        raise NotImplementedError

    def translated(self, e: t.MemberOf) -> bool:
        raise NotImplementedError

    # -- names

    def _ident(self, e: t.Ident) -> None:
        if e.scope == "`":
            self._symbol(e)
            return
        variable = self.scope.by_name.get((e.scope or "global", e.name))
        if variable is not None:
            if variable.keys is not None and e.scope:
                self.fail("D_CG_DYN", "expression cannot evaluate to result of dynamic type", e)
            if variable.keys is not None:
                self.fail("D_IDENT_BADREF", f"associative array '{e.name}' may not be referenced as scalar", e)
            e.ref, e.type = variable, variable.type
        elif e.scope:
            self._unset(e)
        elif e.name in BUILTINS:
            e.ref, e.type = e.name, BUILTINS[e.name]
        elif e.name == "execname" or e.name in PROBE_STRINGS:
            e.ref, e.type = e.name, self.scope.string
        elif e.name == "curthread":
            task = self.scope.kernel.tagged("struct", "task_struct") or ty.StructType("struct", "task_struct", 0, None)
            e.ref, e.type = e.name, ty.PointerType(task)
        elif e.name in self.scope.constants:
            e.ref, e.type = self.scope.constants[e.name], ty.LONG if e.name == "NULL" else ty.INT
        elif not self.inlined(e) and not self._kernel_tag(e):
            kind = _function(e.name) or ("associative array" if e.name == "args" else "")
            if kind:
                self.fail("D_IDENT_BADREF", f"{kind} '{e.name}' may not be referenced as scalar", e)
            self.fail("D_IDENT_UNDEF", f"failed to resolve {e.name}: Unknown variable name", e, hint=near(e.name, self._names()))

    def _kernel_tag(self, e: t.Ident) -> bool:
        """A tag of one of the kernel's enums."""
        found = self.scope.kernel.enumerator(e.name)
        if found is not None:
            e.ref, e.type = found
        return found is not None

    def _names(self) -> list[str]:
        """Names that could have been meant."""
        known = [n for s, n in self.scope.by_name if s == "global"]
        library = self.scope.library.names() if self.scope.library is not None else ()
        return [*known, *BUILTINS, "execname", *PROBE_STRINGS, "curthread", *self.scope.constants, *self.scope.inlines, *library]

    def symbol(self, e: t.Ident) -> ty.Type | None:
        """Find a kernel symbol; its type, where that is known."""
        module = e.module.rstrip("`")
        found = self.scope.kernel.symbol("" if module in ("D", "C") else module, e.name)
        if found is None:
            self.fail("D_IDENT_UNDEF", f"failed to resolve {e.module}`{e.name}: Unknown symbol name", e)
        if module != e.module:  # ``name, obj``name
            self.fail(
                "D_SYM_BADREF", f"kernel module '{module or 'vmlinux'}' symbol '{e.name}' may not be referenced as a user symbol", e
            )
        e.ref = found
        e.type = self.scope.externs.get(e.name) or found.type or self._well_known(e.name) or ty.VOID
        return None if e.type is ty.VOID else e.type

    def _symbol(self, e: t.Ident) -> None:
        if self.symbol(e) is None:
            self.fail(
                "D_SYM_NOTYPES",
                f"no symbolic type information is available for {e.module or 'vmlinux'}`{e.name}: BTF does not describe it",
                e,
                hint=f"declare it: extern TYPE {e.name};",
            )

    def _well_known(self, name: str) -> ty.Type | None:
        from .kernelvars import TYPES

        text = TYPES.get(name)
        if text is None:
            return None
        from .parser import parse_type

        try:
            return self.type_of(parse_type(text, self.scope.is_type))
        except UserError:
            return None

    def _unset(self, e: t.Ident) -> None:
        """A variable that is read before it is declared or assigned."""
        prefix = f"{e.scope}->" if e.scope else ""
        known = [n for s, n in self.scope.by_name if s == (e.scope or "global")]
        self.fail("D_VAR_UNDEF", f"{prefix}{e.name} has not yet been declared or assigned", e, hint=near(e.name, known, prefix))

    # -- elements

    def _index(self, e: t.Index) -> None:
        base = e.base
        if isinstance(base, t.AggRef):
            self.fail("D_AGG_MDIM", f"improper attempt to reference @{base.name} as a multi-dimensional array", e)
        for arg in e.args:
            self.expr(arg)
        if isinstance(base, t.Ident) and base.name == "args" and not base.scope:
            self._args(e)
            return
        if isinstance(base, t.Ident) and base.name == registers.NAME and not base.scope:
            registers.check(self, e)
            return
        if isinstance(base, t.Ident) and base.scope != "`":
            variable = self.scope.by_name.get((base.scope or "global", base.name))
            if variable is not None and variable.keys is not None:
                base.ref = variable
                self._keys(e, variable)
                e.type = variable.type
                return
            if variable is None:
                if not base.scope and self.inlined_index(e):
                    return
                kind = "" if base.scope else _function(base.name)
                if kind:
                    self.fail("D_IDENT_BADREF", f"{kind} '{base.name}' may not be referenced as associative array", e)
                if self._unknown(base) is not None:
                    self._unset(base)
        self.expr(base)
        e.type = self._element(e)

    def _element(self, e: t.Index) -> ty.Type:
        """The type of `e`, an element of an array, of what a pointer points to, or a character of a string."""
        of, index = e.base.type, e.args[0]
        if len(e.args) > 1:
            self.fail("D_ARR_BADREF", f"cannot access {_described(e.base)} as an associative array", e)
        to = ty.CHAR if ty.is_string(of) else target(of)
        if to is None and ty.is_int(of) and ty.is_int(index.type):
            self.fail("D_DEREF_NONPTR", "cannot dereference non-pointer type", e)
        if to is None or not ty.is_int(index.type) or void_or_function(of):
            self.fail("D_OP_INCOMPAT", f'operands have incompatible types: "{of.name}" + "{index.type.name}"', e)
        self.bounds(e, of, index)
        return to

    def bounds(self, e: t.Expr, of: ty.Type, index: t.Expr) -> None:
        """A constant index must be one of the array's."""
        resolved = ty.resolve(of)
        count = resolved.count if isinstance(resolved, ty.ArrayType) else resolved.size if isinstance(resolved, ty.StringType) else 0
        value = constant_value(index)
        if count and value is not None and not 0 <= value < count:
            self.fail("D_ARR_BOUNDS", f"index outside array bounds: {value & _M}, max is {count}", e)

    def _keys(self, e: t.Index, variable: Variable) -> None:
        assert variable.keys is not None
        passed = len(e.args)
        self.tuple_of(passed)
        name = f"{variable.name}[ ]"
        if len(variable.keys) != passed:
            told = f"{passed} key{'' if passed == 1 else 's'} passed, {len(variable.keys)} expected"
            self.fail("D_PROTO_LEN", f"{name} prototype mismatch: {told}", e)
        for n, (want, got) in enumerate(zip(variable.keys, e.args, strict=True)):
            if not assignable(want, got.type, constant_value(got) == 0):
                self.fail(
                    "D_PROTO_ARG",
                    f"{name} key #{n + 1} is incompatible with prototype:\n\tprototype: {want.name}\n\t      key: {got.type.name}",
                    e,
                )

    def _args(self, e: t.Index) -> None:
        if len(e.args) != 1:
            self.fail("D_PROTO_LEN", f"args[ ] prototype mismatch: {len(e.args)} args passed, 1 expected", e)
        index = constant_value(e.args[0])
        if index is None or not ty.is_int(e.args[0].type):
            self.fail(
                "D_PROTO_ARG",
                "args[ ] argument #1 is incompatible with prototype:\n\tprototype: integer constant\n"
                f"\t argument: {e.args[0].type.name}",
                e,
            )
        if not self.probe_text:
            self.fail("D_ARGS_NONE", "args[ ] may not be referenced outside of a probe clause", e)
        if self.args is None:
            self.fail("D_ARGS_TYPE", f"failed to resolve native type for args[{index}]", e, hint="arg0 to arg9 are there without a type")
        if not 0 <= index < len(self.args):
            self.fail("D_ARGS_IDX", f"index {index} is out of range for {self.probe_text} args[ ]", e)
        e.type = self.args[index]
        self.translated_argument(e, index)

    def translated_argument(self, e: t.Index, index: int) -> None:
        """What args[index] stands for where the provider declares its arguments (d/inline.py)."""
        raise NotImplementedError

    # -- members

    def _memberof(self, e: t.MemberOf) -> None:
        self.expr(e.base)
        if self.translated(e):
            return
        of = ty.resolve(e.base.type)
        op = "->" if e.arrow else "."
        if e.arrow:
            if not isinstance(of, ty.PointerType):
                self.fail("D_OP_PTR", "operator -> must be applied to a pointer", e, hint="'.' is for structs" if _sou(of) else None)
            of = ty.resolve(of.target)
        if not isinstance(of, ty.StructType):
            if e.arrow:
                text = f'operator -> cannot be applied to pointer to type "{of.name}"; must be applied to a struct or union pointer'
            else:
                text = f'operator . cannot be applied to type "{of.name}"; must be applied to a struct or union'
            hint = "'->' is for pointers to structs" if isinstance(of, ty.PointerType) and _sou(of.target) and not e.arrow else None
            self.fail("D_OP_SOU", text, e, hint=hint)
        of = self.completed(of)
        if of.members is None:
            self.fail(
                "D_OP_INCOMPLETE",
                f"operator {op} cannot be applied to a forward declaration: no {of.name} definition is available",
                e,
            )
        member = of.find(e.name)
        if member is None:
            self.fail("D_TYPE_MEMBER", f"{e.name} is not a member of {of.name}", e, hint=near(e.name, (m.name for m in of.members)))
        e.member, e.type = member, member.type
        base = ty.resolve(member.type)
        if member.bit_size and isinstance(base, ty.IntType):
            e.type = ty.IntType(member.type.name, base.size, base.signed, member.bit_size)

    # -- assignment

    def _unknown(self, e: t.Expr) -> t.Expr | None:
        """The variable reference in `e`, when it is not known yet."""
        base = e.base if isinstance(e, t.Index) else e
        if not isinstance(base, t.Ident) or base.scope == "`" or (base.scope or "global", base.name) in self.scope.by_name:
            return None
        if not base.scope and (
            base.name in BUILTINS
            or base.name in PROBE_STRINGS
            or base.name in ("execname", "curthread", "args", "uregs")
            or base.name in self.scope.constants
            or _function(base.name)
            or self.scope.inline(base.name) is not None
        ):
            return None
        return e

    def _define(self, e: t.Expr, of: ty.Type) -> None:
        resolved = ty.resolve(of)
        if isinstance(resolved, ty.IntType) and resolved.bits:
            of = ty.IntType(resolved.name, resolved.size, resolved.signed)
        name = e.base if isinstance(e, t.Index) else e
        assert isinstance(name, t.Ident)
        self.room(of, name.name, e)
        if isinstance(e, t.Index):
            base = e.base
            assert isinstance(base, t.Ident)
            if base.scope == "this":
                self.fail("D_ARR_LOCAL", f"local variables may not be used as associative arrays: {base.name}", e)
            keys = []
            self.tuple_of(len(e.args))
            for number, arg in enumerate(e.args, 1):
                self.expr(arg)
                if isinstance(ty.resolve(arg.type), ty.VoidType):
                    self.fail("D_KEY_TYPE", f"{arg.type.name} expression may not be used as associative array index: key #{number}", e)
                keys.append(self._signature(arg, number))
            self.scope.define(base.scope or "global", base.name, of, keys)
        else:
            assert isinstance(e, t.Ident)
            self.scope.define(e.scope or "global", e.name, of, None)

    def _signature(self, e: t.Expr, number: int) -> ty.Type:
        """The type of a key, from its first use."""
        if ty.is_string(e.type) or char_array(e.type):
            return self.scope.string
        if isinstance(ty.resolve(e.type), (ty.StructType, ty.FloatType, ty.FunctionType)):
            self.fail("D_KEY_TYPE", f"{e.type.name} expression may not be used as associative array index: key #{number}", e)
        return key_type(e.type)

    def _writable(self, e: t.Assign | t.IncDec, left: t.Expr) -> None:
        """Only D's variables, parts of them, and scratch memory may be assigned."""
        if through_pointer(left) and not kernel_memory(left):
            return
        inner = left
        while True:
            if isinstance(inner, t.MemberOf) and not inner.arrow:
                inner = inner.base
            elif isinstance(inner, t.Index) and isinstance(ty.resolve(inner.base.type), (ty.ArrayType, ty.StringType)):
                if isinstance(inner.base, t.Ident) and isinstance(inner.base.ref, Variable) and inner.base.ref.keys is not None:
                    return
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
        if isinstance(inner, t.Ident) and isinstance(inner.ref, int):
            self.fail("D_OP_LVAL", f"operator {e.op} requires modifiable lvalue as an operand", e)
        if not isinstance(inner, t.Ident) or not isinstance(inner.ref, Variable):
            self.fail("D_OP_WRITE", f"operator {e.op} can only be applied to a writable variable", e)

    def _assign(self, e: t.Assign) -> None:
        if isinstance(e.left, t.AggRef):
            self.fail("D_AGG_FUNC", f"@{e.left.name} may only be assigned in a statement of its own", e)
        self.expr(e.right)
        right = e.right.type
        missing = self._unknown(e.left)
        if missing is not None:
            base = missing.base if isinstance(missing, t.Index) else missing
            if e.op != "=":
                assert isinstance(base, t.Ident)
                self._unset(base)
            if isinstance(ty.resolve(right), ty.VoidType):
                self._incompatible(e, right, right)
            if isinstance(ty.resolve(right), (ty.ArrayType, ty.FunctionType)) and not char_array(right):
                self.fail("D_OP_ARRFUN", f'operator = may not be applied to operand of type "{right.name}"', e)
            self._define(missing, self.scope.string if char_array(right) else right)
        self.expr(e.left)
        left = e.left.type
        if e.op == "=":
            if isinstance(ty.resolve(left), (ty.ArrayType, ty.FunctionType)):
                self.fail("D_OP_ARRFUN", f'operator = may not be applied to operand of type "{left.name}"', e)
            if not assignable(left, right, constant_value(e.right) == 0 and ty.is_int(right)):
                self._incompatible(e, left, right)
            e.optype = left
        else:
            e.optype = self._compound(e, left, right)
        self._writable(e, e.left)
        if e.op == "=":
            self._one_kind(e)
        e.type = left

    def _incompatible(self, e: t.Assign, left: ty.Type, right: ty.Type) -> NoReturn:
        hint = "a cast says that it is meant" if ty.is_scalar(left) and ty.is_scalar(right) else None
        self.fail("D_OP_INCOMPAT", f'operands have incompatible types: "{left.name}" {e.op} "{right.name}"', e, hint=hint)

    def _compound(self, e: t.Assign, left: ty.Type, right: ty.Type) -> ty.Type:
        """The type that `left op right` is computed in."""
        if e.op in ("+=", "-=") and not (ty.is_int(left) and ty.is_int(right)):
            if ty.is_string(left) or ty.is_string(right):
                self._incompatible(e, left, right)
            if not pointer(left) or void_or_function(left):
                self.fail("D_OP_VFPTR", f"operator {e.op} requires left-hand scalar operand of known size", e)
            if not ty.is_int(right):
                self._incompatible(e, left, right)
            return left
        self.integers(e, e.op, e.left, e.right)
        return ty.promote(left) if e.op in ("<<=", ">>=") else ty.common(left, right)

    def integers(self, e: t.Expr, op: str, left: t.Expr, right: t.Expr) -> None:
        """Both operands must be integers, and a divisor not 0."""
        if not ty.is_int(left.type) or not ty.is_int(right.type):
            if op.rstrip("=") in ("*", "/"):
                self.fail("D_OP_ARITH", f"operator {op} requires operands of arithmetic type", e)
            self.fail("D_OP_INT", f"operator {op} requires operands of integral type", e)
        if op.rstrip("=") in ("/", "%") and constant_value(right) == 0:
            self.fail("D_DIV_ZERO", "expression contains division by zero", e)

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

    def _incdec(self, e: t.IncDec) -> None:
        operand = e.operand
        missing = self._unknown(operand)
        if missing is not None:
            self._define(missing, INT64)
        self.expr(operand)
        if not ty.is_scalar(operand.type):
            self.fail("D_OP_SCALAR", f"operator {e.op} requires operand of scalar type", e)
        if void_or_function(operand.type):
            self.fail("D_OP_VFPTR", f"operator {e.op} requires an operand of known size", e)
        self._writable(e, operand)
        e.type = operand.type


def near(name: str, names: Iterable[str], prefix: str = "") -> str | None:
    """A hint: the name that was probably meant."""
    from difflib import get_close_matches

    found = get_close_matches(name, names, 1)
    return f"did you mean '{prefix}{found[0]}'?" if found else None


def _function(name: str) -> str:
    """What kind of function D has under that name; "" for none."""
    if name in AGGREGATORS:
        return "aggregating function"
    return "tracing function" if name in ACTIONS else "function" if name in SUBROUTINES else ""


def _sou(of: ty.Type) -> bool:
    return isinstance(ty.resolve(of), ty.StructType)


def _described(e: t.Expr) -> str:
    """An expression in a message."""
    if isinstance(e, t.Ident):
        return f"symbol {e.module}`{e.name}" if e.scope == "`" else f"scalar {e.name}"
    if isinstance(e, t.IntLit):
        return f"integer constant 0x{e.value & _M:x}"
    if isinstance(e, t.StrLit):
        return f'string constant "{e.value.decode(errors="replace")}"'
    if isinstance(e, t.MemberOf):
        return f"operator {'->' if e.arrow else '.'}"
    op = getattr(e, "op", "")
    return f"operator {op}" if op else "expression"
