"""Lowering of expressions: integers into registers, strings into slots, lvalues into places.

Values of integer and pointer type live in registers, always fully extended from their C type; strings live in slots. What an lvalue names
is dif/places.py; what is done with the values, clause and actions, is dif/lower.py.
"""

from __future__ import annotations

from ..d import registers
from ..d import tree as t
from ..d import types as ty
from ..d.stacks import SYMBOLS, is_wide
from ..d.subroutines import NULL_WHEN_ABSENT
from ..d.symbols import PROBE_STRINGS
from ..d.values import constant_value, wrap
from ..errors import InternalError
from . import stacks
from .ir import NULL, Reg, Slot
from .places import Places

TYPE_CHECKING = False
if TYPE_CHECKING:
    Value = Reg | int | Slot

_ARITH = {"+": "add", "-": "sub", "*": "mul", "&": "and", "|": "or", "^": "xor", "<<": "shl"}
_COND = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


class Values(Places):
    """Emits the DIF of expressions into the current block of `function`."""

    def statement(self, e: t.Expr) -> None:
        """An expression for what it does, not for its value."""
        raise NotImplementedError

    # -- kinds of values

    def is_text(self, of: ty.Type) -> bool:
        return ty.is_string(of)

    def is_memory(self, of: ty.Type) -> bool:
        return ty.is_memory(of)

    def address(self, e: t.Expr) -> Reg | int:
        """Address of the object `e`."""
        return self.address_of(self.place(e))

    def scaled(self, base: Reg | int, index: Reg | int, size: int, op: str) -> Reg | int:
        step = self.times(index, size)
        return base if step == 0 and isinstance(step, int) else self.op(op, base, step)

    # -- integers

    def scalar(self, e: t.Expr) -> Reg | int:
        value = self.value(e)
        assert not isinstance(value, Slot)
        return value

    def convert(self, value: Value, old: ty.Type, new: ty.Type) -> Reg | int:
        assert not isinstance(value, Slot)
        if isinstance(ty.resolve(new), (ty.ArrayType, ty.PointerType)) or new.size >= 8 or not new.size:
            return value
        if isinstance(value, int):
            return wrap(value, new)
        if ty.is_bool(new) and not ty.is_bool(old):
            return self.op("set", value, 0, imm="ne")
        if (
            self.is_memory(old)
            or old.size > new.size
            or (ty.is_signed(old) and not ty.is_signed(new))
            or (old.size == new.size and ty.is_signed(old) != ty.is_signed(new))
        ):
            return self.op("ext", value, imm=(new.size, ty.is_signed(new)))
        return value

    def value(self, e: t.Expr) -> Reg | int:
        """The value of scalar `e` (the address, for an array or a string)."""
        folded = constant_value(e)
        if folded is not None:
            return wrap(folded, e.type)
        e = t.meaning(e)
        if ty.is_string(e.type):
            return self.op("addr", self.text(e))
        if (self.is_memory(e.type) or isinstance(ty.resolve(e.type), ty.FunctionType)) and not isinstance(e, t.Call):
            return self.address(e)
        method = getattr(self, "v_" + type(e).__name__.lower())
        result: Reg | int = method(e)
        return result

    # -- what the checker put in the place of a name

    def bind(self, e: t.Inlined) -> None:
        """Compute the arguments of an inline or translator."""
        for bind in e.binds:
            if ty.is_string(bind.type):
                bind.value = self.text(bind.arg)
            elif self.is_memory(bind.type):
                bind.value = self.place(bind.arg)
            else:
                bind.value = self.convert(self.value(bind.arg), bind.arg.type, bind.type)

    def v_inlined(self, e: t.Inlined) -> Reg | int:
        self.bind(e)
        return self.convert(self.value(e.value), e.value.type, e.type)

    def v_bound(self, e: t.Bound) -> Reg | int:
        value: Reg | int = e.bind.value
        return value

    def v_xlate(self, e: t.Xlate) -> Reg | int:
        self.checker.fail("D_CG_DYN", "expression cannot evaluate to result of dynamic type", e)

    def v_ident(self, e: t.Ident) -> Reg | int:
        ref = e.ref
        if not isinstance(ref, str):
            return self.read(self.place(e), e.type)
        if ref.startswith("arg") and ref[3:].isdigit():
            self.uses.add("arg")
            return self.op("arg", imm=int(ref[3:]))
        self.uses.add(ref)
        return self.op("builtin", imm=ref)

    def v_index(self, e: t.Index) -> Reg | int:
        if isinstance(e.base, t.Ident) and e.base.name == "args" and not e.base.scope:
            index = constant_value(e.args[0])
            self.uses.add("arg")
            return self.convert(self.op("arg", imm=index), ty.LONG, e.type)
        if isinstance(e.base, t.Ident) and e.base.name == registers.NAME and not e.base.scope:
            return self.op("ureg", self.scalar(e.args[0]))
        if ty.is_string(e.base.type) and constant_value(e.args[0]) != 0:
            return self.op("peek", self.moved(self.text(e.base), e.args[0]), 0, imm=(1, True))
        return self.read(self.place(e), e.type)

    def v_argument(self, e: t.Argument) -> Reg | int:
        self.uses.add("arg")
        return self.convert(self.op("arg", imm=e.number), ty.LONG, e.type)

    def keys(self, e: t.Index) -> list[Value]:
        assert isinstance(e.base, t.Ident)
        return [self.key(a, of) for a, of in zip(e.args, e.base.ref.keys, strict=True)]

    def key(self, e: t.Expr, of: ty.Type) -> Value:
        """`e` as a key declared as `of`."""
        if is_wide(of):
            return stacks.value(self, e, of)
        return self.text(e) if ty.is_string(of) else self.convert(self.value(e), e.type, of)

    def v_memberof(self, e: t.MemberOf) -> Reg | int:
        return self.read(self.place(e), e.type)

    def v_unary(self, e: t.Unary) -> Reg | int:
        if e.op == "*":
            return self.read(self.place(e), e.type)
        if e.op == "&":
            return self.address(e.operand)
        value = self.scalar(e.operand)
        if e.op == "!":
            return self.op("set", value, 0, imm="eq")
        value = self.convert(value, e.operand.type, e.type)
        if e.op == "+":
            return value
        return self.extend(self.op("neg" if e.op == "-" else "not", value), e.type)

    def extend(self, value: Reg, of: ty.Type) -> Reg:
        return value if of.size >= 8 else self.op("ext", value, imm=(of.size, ty.is_signed(of)))

    def v_binary(self, e: t.Binary) -> Reg | int:
        if e.op in ("&&", "||"):
            return self.truth(e)
        if e.op == "^^":
            one = self.op("set", self.scalar(e.left), 0, imm="ne")
            other = self.op("set", self.scalar(e.right), 0, imm="ne")
            return self.op("xor", one, other)
        if e.op == ",":
            self.statement(e.left)
            return self.value(e.right)
        if e.op in _COND:
            a, b, cond = self.compared(e)
            return self.op("set", a, b, imm=cond)
        return self.arithmetic(e.op, e.left, e.right, e.optype)

    def compared(self, e: t.Binary) -> tuple[Reg | int, Reg | int, str]:
        cond = _COND[e.op]
        if ty.is_string(e.optype):
            for string, other in ((e.left, e.right), (e.right, e.left)):
                if constant_value(other) == 0:
                    return self.op("null", self.text(string)), 0, "ne" if cond == "eq" else "eq"
            order = self.op("strcmp", self.text(e.left), self.text(e.right))
            return order, 0, cond if cond in ("eq", "ne") else "s" + cond
        a = self.convert(self.value(e.left), e.left.type, e.optype)
        b = self.convert(self.value(e.right), e.right.type, e.optype)
        return a, b, "s" + cond if cond not in ("eq", "ne") and ty.is_signed(e.optype) else cond

    def arithmetic(self, op: str, left: t.Expr, right: t.Expr, of: ty.Type, a: Reg | int | None = None) -> Reg | int:
        """`left op right` in type `of`; `a` is the value of `left` when it is known already."""
        if a is None:
            a = self.scalar(left)
        if ty.is_pointer(of) or ty.is_pointer(_decayed(left.type)):
            b = self.scalar(right)
            size = max(1, _pointed(left.type) or _pointed(right.type))
            if _pointed(left.type) and _pointed(right.type):
                return self.op("sdiv", self.op("sub", a, b), size)
            if _pointed(left.type):
                return self.scaled(a, b, size, "add" if op == "+" else "sub")
            return self.scaled(b, a, size, "add")
        a = self.convert(a, left.type, of)
        signed = ty.is_signed(of)
        if op in ("<<", ">>"):
            b = self.convert(self.value(right), right.type, ty.promote(right.type))
            return self.extend(self.op("shl" if op == "<<" else "sar" if signed else "shr", a, b), of)
        b = self.convert(self.value(right), right.type, of)
        if op in ("/", "%"):
            return self.extend(self.op(("s" if signed else "u") + ("div" if op == "/" else "mod"), a, b), of)
        result = self.op(_ARITH[op], a, b)
        return result if op in ("&", "|", "^") else self.extend(result, of)

    def truth(self, e: t.Expr) -> Reg:
        """0 or 1 of a short-circuit expression."""
        result = self.reg()
        yes, no, end = self.new_block(), self.new_block(), self.new_block()
        self.branch(e, yes, no)
        for block, value in ((yes, 1), (no, 0)):
            self.enter(block)
            self.emit("mov", result, value)
            self.emit("jmp", None, imm=end)
        self.enter(end)
        return result

    def branch(self, e: t.Expr, yes: int, no: int) -> None:
        """Go to `yes` when `e` is not 0, else to `no`."""
        e = t.meaning(e)
        if isinstance(e, t.Binary) and e.op in ("&&", "||"):
            middle = self.new_block()
            if e.op == "&&":
                self.branch(e.left, middle, no)
            else:
                self.branch(e.left, yes, middle)
            self.enter(middle)
            self.branch(e.right, yes, no)
        elif isinstance(e, t.Unary) and e.op == "!":
            self.branch(e.operand, no, yes)
        elif isinstance(e, t.Binary) and e.op in _COND:
            a, b, cond = self.compared(e)
            if isinstance(a, int):
                a = self.op("mov", a)
            self.emit("br", None, a, b, imm=(cond, yes, no))
        else:
            value = self.scalar(e)
            if isinstance(value, int):
                self.emit("jmp", None, imm=yes if value else no)
            else:
                self.emit("br", None, value, 0, imm=("ne", yes, no))

    def v_truth(self, e: t.Truth) -> Reg | int:
        return self.truth(e.operand)

    def v_cond(self, e: t.Cond) -> Reg | int:
        result = self.reg()
        yes, no, end = self.new_block(), self.new_block(), self.new_block()
        self.branch(e.test, yes, no)
        for block, arm in ((yes, e.then), (no, e.other)):
            self.enter(block)
            self.emit("mov", result, self.convert(self.value(arm), arm.type, e.type))
            self.emit("jmp", None, imm=end)
        self.enter(end)
        return result

    def v_cast(self, e: t.Cast) -> Reg | int:
        return self.convert(self.value(e.operand), e.operand.type, e.type)

    def v_call(self, e: t.Call) -> Reg | int:
        if e.name in SYMBOLS:
            return self.scalar(e.args[0])
        if isinstance(e.type, ty.VoidType):
            self.emit("call", None, *self.arguments(e), imm=e.name)
            return 0
        result = self.op("call", *self.arguments(e), imm=e.name)
        return self.extend(result, e.type) if e.name == "rand" else result

    def arguments(self, e: t.Call) -> list[Value]:
        from ..d.subroutines import SUBROUTINES

        made: list[Value] = []
        for parameter, arg in zip(SUBROUTINES[e.name].parameters, e.args):
            if parameter.kind == "string" or (ty.is_string(arg.type) and e.name == "bcopy" and not made):
                text = self.text(arg)
                if self.may_be_null(text) and not (e.name == "strtok" and not made):
                    self.emit("present", None, text)
                made.append(text)
            elif parameter.kind == "pointer":
                made.append(self.value(arg))
            else:
                made.append(self.convert(self.value(arg), arg.type, parameter.type))
        return made

    # -- assignment

    def v_incdec(self, e: t.IncDec) -> Reg | int:
        return self.incdec(e, want=True)

    def incdec(self, e: t.IncDec, want: bool) -> Reg | int:
        place = self.place(e.operand)
        of = e.operand.type
        old = self.read(place, of)
        step = max(1, _pointed(of)) if ty.is_pointer(of) else 1
        new = self.op("add" if e.op == "++" else "sub", old, step)
        new = self.op("set", new, 0, imm="ne") if ty.is_bool(of) else self.extend(new, of)
        if place.bits is not None:
            new = self.trimmed(new, 0, place.bits[1], ty.is_signed(of))
        self.write(place, of, new)
        return new if e.prefix or not want else old

    def v_assign(self, e: t.Assign) -> Reg | int:
        left = e.left.type
        value: Reg | int
        if e.op == "=":
            value = self.convert(self.value(e.right), e.right.type, left)
            place = self.place(e.left)
        else:
            place = self.place(e.left)
            old = self.read(place, left)
            raw = self.arithmetic(e.op[:-1], e.left, e.right, e.optype, old)
            value = self.convert(raw, e.optype, left)
        if place.bits is not None:
            value = self.trimmed(value, 0, place.bits[1], ty.is_signed(left))
        self.write(place, left, value)
        return value

    # -- structs, unions and arrays

    def image(self, e: t.Expr) -> Slot:
        """The value of a struct, union or array as a slot of bytes."""
        e = t.meaning(e)
        if isinstance(e, t.Assign):
            value = None if constant_value(e.right) is not None else self.image(e.right)
            place = self.place(e.left)
            self.write(place, e.left.type, 0 if value is None else value)
            return self.image_of(place, e.left.type) if value is None else value
        if isinstance(e, t.Binary) and e.op == ",":
            self.statement(e.left)
            return self.image(e.right)
        if isinstance(e, t.Cast):
            return self.image(e.operand)
        if isinstance(e, t.Xlate):
            from .translated import translated  # hardly any program has one as a whole

            return translated(self, e)
        if isinstance(e, t.Cond):
            slot = self.tmp(e.type.size, string=False)
            yes, no, end = self.new_block(), self.new_block(), self.new_block()
            self.branch(e.test, yes, no)
            for block, arm in ((yes, e.then), (no, e.other)):
                self.enter(block)
                self.emit("copy", slot, self.image(arm))
                self.emit("jmp", None, imm=end)
            self.enter(end)
            return slot
        if isinstance(e, (t.Index, t.MemberOf, t.Unary, t.Inlined, t.Bound)) or isinstance(e, t.Ident) and not isinstance(e.ref, str):
            return self.image_of(self.place(e), e.type)
        raise InternalError(f"no bytes for {type(e).__name__}")

    # -- strings

    def text(self, e: t.Expr) -> Slot:
        """The value of `e` as a string slot."""
        e = t.meaning(e)
        if isinstance(e, t.Inlined):
            self.bind(e)
            return self.text(e.value)
        if isinstance(e, t.Bound) and isinstance(e.bind.value, Slot):
            return e.bind.value
        if isinstance(e, t.Xlate):
            self.v_xlate(e)
        if isinstance(e, t.StrLit):
            return Slot("const", 0, self.strsize, True, value=e.value[: self.strsize - 1])
        if not ty.is_string(e.type) and constant_value(e) == 0:
            return Slot("const", 0, self.strsize, True, value=NULL)
        if isinstance(e, t.Assign):
            value = self.text(e.right)
            self.write(self.place(e.left), e.left.type, value)
            return value
        if self.is_memory(e.type):
            return self.text_of(self.place(e), e.type)
        if not ty.is_string(e.type):
            return self.loadstr(self.scalar(e))
        if isinstance(e, (t.Index, t.MemberOf, t.Unary)) or isinstance(e, t.Ident) and not isinstance(e.ref, str):
            return self.text_of(self.place(e), e.type)
        if isinstance(e, t.Ident):
            if e.ref in PROBE_STRINGS:
                return Slot("probe", 0, self.strsize, True, name=e.name)
            slot = self.tmp(self.strsize)
            self.emit("builtin", slot, imm=e.ref)
            return slot
        if isinstance(e, (t.StringOf, t.Cast)):
            return self.text(e.operand)
        if isinstance(e, t.Binary) and e.op == ",":
            self.statement(e.left)
            return self.text(e.right)
        if isinstance(e, t.Binary):
            first, second = (e.left, e.right) if ty.is_string(e.left.type) else (e.right, e.left)
            return self.moved(self.text(first), second, e.op == "-")
        if isinstance(e, t.Cond):
            slot = self.tmp(self.strsize)
            yes, no, end = self.new_block(), self.new_block(), self.new_block()
            self.branch(e.test, yes, no)
            for block, arm in ((yes, e.then), (no, e.other)):
                self.enter(block)
                text = self.text(arm)
                if self.may_be_null(text):
                    self.nullable.add(slot.n)
                self.emit("copy", slot, text)
                self.emit("jmp", None, imm=end)
            self.enter(end)
            return slot
        if isinstance(e, t.Call):
            if e.name == "copyinstr":
                return self.loadstr(*self.arguments(e), space="user")
            slot = self.tmp(self.strsize)
            if e.name in NULL_WHEN_ABSENT:
                self.nullable.add(slot.n)
            self.emit("call", slot, *self.arguments(e), imm=e.name)
            return slot
        raise InternalError(f"no string for {type(e).__name__}")

    def moved(self, text: Slot, by: t.Expr, back: bool = False) -> Slot:
        """The string from a character on, as `s + 1` has it; behind its end it is empty."""
        if self.may_be_null(text):
            self.emit("present", None, text)
        number = self.scalar(by)
        slot = self.tmp(self.strsize)
        at = self.op("bound", self.op("neg", number) if back else number, imm=self.strsize)
        self.emit("call", slot, text, at, imm="substr")
        return slot

    def may_be_null(self, text: Slot) -> bool:
        """Whether a string slot may be NULL."""
        return text.space == "var" or text.value == NULL or (text.space == "tmp" and text.n in self.nullable)

    def loadstr(self, *operands: Value, space: str = "kernel") -> Slot:
        slot = self.tmp(self.strsize)
        self.emit("loadstr", slot, *operands, imm=(self.strsize, space))
        return slot


def _decayed(of: ty.Type) -> ty.Type:
    resolved = ty.resolve(of)
    return ty.PointerType(resolved.element) if isinstance(resolved, ty.ArrayType) else resolved


def _pointed(of: ty.Type) -> int:
    """Size of what a pointer or array type points to; 0 for others."""
    decayed = _decayed(of)
    return max(1, decayed.target.size) if isinstance(decayed, ty.PointerType) else 0
