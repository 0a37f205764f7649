"""Operators: what their operands may be, and the type of the result."""

from __future__ import annotations

from . import tree as t
from . import types as ty
from .compat import characters, pointers_agree, same_type, void_or_function
from .memory import in_scratch
from .symbols import ACTIONS, Variable
from .values import constant_value, decay, kind_name, pointer, stringish
from .variables import Variables, near

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_COMPARE = ("<", "<=", ">", ">=", "==", "!=")


class Operators(Variables):
    """The part of the checker that knows them."""

    def _unary(self, e: t.Unary) -> None:
        if e.op == "&":
            self._address(e)
            return
        self.expr(e.operand)
        of = ty.resolve(e.operand.type)
        if e.op == "*":
            e.type = self._pointed(e, of)
        elif e.op == "!":
            if not ty.is_scalar(of):
                self.fail("D_OP_SCALAR", "operator ! requires an operand of scalar type", e)
            e.type = ty.INT
        else:
            if not ty.is_int(of):
                tag, what = ("D_OP_INT", "integral") if e.op == "~" else ("D_OP_ARITH", "arithmetic")
                self.fail(tag, f"operator {e.op} requires an operand of {what} type", e)
            e.type = ty.promote(of)

    def _pointed(self, e: t.Unary, of: ty.Type) -> ty.Type:
        if isinstance(of, ty.StringType):
            return ty.CHAR
        if isinstance(of, ty.ArrayType):
            return of.element
        if not isinstance(of, ty.PointerType):
            self.fail("D_DEREF_NONPTR", "cannot dereference non-pointer type", e)
        to = ty.resolve(of.target)
        if isinstance(to, ty.VoidType):
            self.fail("D_DEREF_VOID", "cannot dereference pointer to void", e)
        if isinstance(to, ty.FunctionType):
            self.fail("D_DEREF_FUNC", "cannot dereference pointer to function", e)
        return of.target

    def _address(self, e: t.Unary) -> None:
        if isinstance(e.operand, t.AggRef):
            self.fail("D_ADDROF_VAR", "cannot take address of dynamic variable", e)
        if isinstance(e.operand, t.Ident) and e.operand.scope == "`":
            e.type = ty.PointerType(self.symbol(e.operand) or ty.VOID)
            return
        self.expr(e.operand)
        inner = t.meaning(e.operand)
        base = t.meaning(inner.base) if isinstance(inner, t.Index) else inner
        if isinstance(base, t.Ident) and isinstance(base.ref, Variable) and (base is inner or base.ref.keys is not None):
            self.fail("D_ADDROF_VAR", "cannot take address of dynamic variable", e, hint="its members and elements have addresses")
        if isinstance(base, t.Ident) and isinstance(base.ref, str):
            self.fail("D_ADDROF_VAR", "cannot take address of dynamic variable", e)
        known = isinstance(inner, (t.MemberOf, t.Index)) or isinstance(inner, t.Unary) and inner.op == "*"
        if not known:
            self.fail("D_ADDROF_LVAL", "unacceptable operand for unary & operator", e)
        if isinstance(inner, t.MemberOf) and inner.member.bit_size:
            self.fail("D_ADDROF_BITFIELD", "cannot take address of bit-field", e)
        e.type = ty.PointerType(inner.type)

    # -- two operands

    def _binary(self, e: t.Binary) -> None:
        self.expr(e.left)
        if e.op in _COMPARE and self._tag(e):
            return
        self.expr(e.right)
        a, b = e.left.type, e.right.type
        if e.op == ",":
            e.type = b
        elif e.op in ("&&", "||", "^^"):
            if not ty.is_scalar(a) or not ty.is_scalar(b):
                self.fail("D_OP_SCALAR", f"operator {e.op} requires operands of scalar type", e)
            e.type = ty.INT
        elif e.op in _COMPARE:
            e.optype = self._compared(e, a, b)
            e.type = ty.INT
        elif e.op in ("+", "-") and not (ty.is_int(a) and ty.is_int(b)):
            e.type = e.optype = self._moved(e, a, b)
        else:
            self.integers(e, e.op, e.left, e.right)
            e.type = e.optype = ty.promote(a) if e.op in ("<<", ">>") else ty.common(a, b)

    def _incompatible_operands(self, e: t.Binary) -> NoReturn:
        self.fail("D_OP_INCOMPAT", f'operands have incompatible types: "{e.left.type.name}" {e.op} "{e.right.type.name}"', e)

    def _tag(self, e: t.Binary) -> bool:
        """`x == TAG`, where the type of x is an enum that has the tag: it need not be known otherwise."""
        left, right = ty.resolve(e.left.type), e.right
        if not isinstance(left, ty.EnumType) or not isinstance(right, t.Ident) or right.scope or right.name not in left.values:
            return False
        if right.name in self.scope.constants:
            return False
        if ("global", right.name) in self.scope.by_name:
            text = f"ambiguous use of operator {e.op}: {right.name} is both a {e.left.type.name} enum tag and a global scalar"
            self.fail("D_IDENT_AMBIG", text, e)
        right.ref, right.type = left.values[right.name], e.left.type
        e.optype, e.type = ty.common(left, left), ty.INT
        return True

    def _compared(self, e: t.Binary, a: ty.Type, b: ty.Type) -> ty.Type:
        """The type two operands are compared in."""
        if ty.is_int(a) and ty.is_int(b):
            return ty.common(a, b)
        if (ty.is_string(a) or ty.is_string(b)) and characters(a) and characters(b) or stringish(a) and stringish(b):
            return self.scope.string
        if pointers_agree(a, b, constant_value(e.left) == 0, constant_value(e.right) == 0):
            return ty.ULONG
        if (pointer(a) and ty.is_int(b)) or (ty.is_int(a) and pointer(b)):
            return ty.ULONG
        if e.op in ("==", "!=") and (self.null_string(e.left, e.right) or self.null_string(e.right, e.left)):
            return self.scope.string
        self._incompatible_operands(e)

    @staticmethod
    def null_string(text: t.Expr, zero: t.Expr) -> bool:
        """A string beside NULL."""
        return ty.is_string(text.type) and ty.is_scalar(zero.type) and constant_value(zero) == 0

    def _moved(self, e: t.Binary, a: ty.Type, b: ty.Type) -> ty.Type:
        """The type of a pointer, or a string as one, plus or minus an integer, or of the difference of two pointers."""
        moves_a = ty.is_string(a) or (pointer(a) and not void_or_function(a))
        moves_b = ty.is_string(b) or (pointer(b) and not void_or_function(b))
        if moves_a and ty.is_int(b):
            self.bounds(e, a, e.right)
            return decay(a)
        if ty.is_int(a) and moves_b and e.op == "+":
            self.bounds(e, b, e.left)
            return decay(b)
        if e.op == "-" and moves_a and moves_b and pointers_agree(a, b):
            return ty.LONG
        self._incompatible_operands(e)

    # -- others

    def _cond(self, e: t.Cond) -> None:
        self.expr(e.test)
        if not ty.is_scalar(e.test.type):
            self.fail("D_OP_SCALAR", "operator ?: expression must be of scalar type", e)
        for arm in (e.then, e.other):
            if isinstance(arm, t.Call) and arm.name in ACTIONS:
                self.fail("D_OP_ACT", "action cannot be used in a conditional context", e, hint="a predicate or if can do it")
        self.expr(e.then)
        self.expr(e.other)
        a, b = e.then.type, e.other.type
        if ty.is_int(a) and ty.is_int(b):
            e.type = ty.common(a, b)
        elif stringish(a) and stringish(b) or characters(a) and characters(b) and (ty.is_string(a) or ty.is_string(b)):
            e.type = self.scope.string
        elif self.null_string(e.then, e.other) or self.null_string(e.other, e.then):
            e.type = self.scope.string
        elif isinstance(ty.resolve(a), ty.StructType) and same_type(a, b):
            e.type = a
        elif pointers_agree(a, b, constant_value(e.then) == 0, constant_value(e.other) == 0):
            e.type = decay(a if pointer(a) and (not pointer(b) or void_or_function(b)) else b)
            if pointer(a) and pointer(b) and {in_scratch(e.then), in_scratch(e.other)} == {True, False}:
                self.fail("D_ALLOCA_INCOMPAT", "operator ?: cannot have both a scratch and another pointer as operands", e)
        else:
            self.fail("D_OP_INCOMPAT", "operator ?: operands must have compatible types", e)

    def _cast(self, e: t.Cast) -> None:
        e.type = self.type_of(e.to)
        self.expr(e.operand)
        to, of = e.type, e.operand.type
        good = (
            isinstance(ty.resolve(to), ty.VoidType)
            or same_type(to, of)
            or (ty.is_scalar(to) and (ty.is_scalar(of) or isinstance(ty.resolve(of), ty.FunctionType)))
            or (ty.is_pointer(to) and (pointer(of) or ty.is_string(of)))
            or (ty.is_string(to) and (ty.is_scalar(of) or pointer(of) or characters(of)))
        )
        if not good or kind_name(e.operand) != of.name:
            self.fail("D_CAST_INVAL", f'invalid cast expression: "{kind_name(e.operand)}" to "{to.name}"', e)

    def _sizeof(self, e: t.SizeOf) -> None:
        e.type = ty.AliasType("size_t", ty.ULONG)
        if isinstance(e.operand, t.TypeName):
            of = self.type_of(e.operand)
        elif isinstance(e.operand, t.StrLit):
            e.value = len(e.operand.value) + 1
            return
        else:
            self.expr(e.operand)
            of = e.operand.type
            inner = t.meaning(e.operand)
            if isinstance(inner, t.MemberOf) and inner.member is not None and inner.member.bit_size:
                self.fail("D_SIZEOF_BITFIELD", "cannot apply sizeof to a bit-field", e)
        resolved = ty.resolve(of)
        size = self.completed(resolved).size if isinstance(resolved, ty.StructType) else of.size
        if not size:
            self.fail("D_SIZEOF_TYPE", "cannot apply sizeof to an operand of unknown size", e)
        e.value = size

    def _offsetof(self, e: t.OffsetOf) -> None:
        e.type = ty.AliasType("size_t", ty.ULONG)
        of = ty.resolve(self.type_of(e.of))
        if not isinstance(of, ty.StructType):
            self.fail("D_OFFSETOF_TYPE", "offsetof operand must be a struct or union type", e)
        of = self.completed(of)
        member = of.find(e.member)
        if member is None:
            hint = near(e.member, [m.name for m in of.members or ()])
            self.fail("D_TYPE_MEMBER", f"{e.member} is not a member of {of.name}", e, hint=hint)
        if member.bit_size:
            self.fail("D_OFFSETOF_BITFIELD", f"cannot take offset of a bit-field: {e.member}", e)
        e.value = member.bit_offset // 8

    def _stringof(self, e: t.StringOf) -> None:
        self.expr(e.operand)
        of = e.operand.type
        if not ty.is_scalar(of) and not pointer(of) and not characters(of):
            self.fail("D_STRINGOF_TYPE", f"cannot apply stringof to a value of type {of.name}", e)
        e.type = self.scope.string
