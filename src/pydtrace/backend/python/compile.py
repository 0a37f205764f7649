"""DIF to Python: each clause becomes one function of the Machine, made as source text and compiled once.

A register is a local variable that holds its 64 bits as a Python int from 0 to 2^64-1. That makes and, or, xor, shr, the unsigned
compares and the tests for equality free, costs one `& M` for the others, and a signed compare flips the sign bits of both sides
(`a ^ S < b ^ S` orders as signed a < b). Strings are bytes without their NUL, in locals; constants are literals in the text.

Control flow. A block with one predecessor is put where it is jumped to, as the body of an `if`; blocks where paths join are
sections in order at the top level, entered when the local `b` names them. Only a jump backwards, which D's lowering hardly
ever makes, needs a loop round the sections. So the usual clause is straight-line text.

Faults are exceptions. A DIF instruction is one line of the text, so the line of the traceback gives the DIF offset: a clause
that does not fault pays nothing for it. A record is not built until commit, so a fault discards it without doing anything.
"""

from __future__ import annotations

from ...d.subroutines import NULL_WHEN_ABSENT
from ...d.types import StackType, SymbolType, is_memory, is_scalar, is_signed, is_string, resolve
from ...dif.ir import NULL, Function, Insn, Reg, Slot
from ...dif.verify import targets
from . import stacks, subroutines
from .machine import VARIABLES, ProbeNames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ...dif.program import CompiledClause, Variable
    from .machine import Machine

_M = (1 << 64) - 1
_S = 1 << 63
_CONDS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_PLAIN = {"and": "&", "or": "|", "xor": "^"}
_WRAP = {"add": "+", "sub": "-", "mul": "*"}
_ATTRIBUTES = frozenset(("pid", "tid", "cpu", "errno"))
_DEPTH = 40


class Compiled:
    """`run(machine)`; `offsets[line]` is the DIF offset of a line of `source`. `continues` is the clause's."""

    __slots__ = ("index", "run", "source", "offsets", "continues")

    def __init__(self, index: int, run: Callable[[Machine], None], source: str, offsets: list[int], continues: bool = False) -> None:
        self.index = index
        self.run = run
        self.source = source
        self.offsets = offsets
        self.continues = continues

    def offset(self, error: BaseException) -> int:
        """The DIF offset at which `error` was raised."""
        code = self.run.__code__
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code is code:
                return self.offsets[trace.tb_lineno] if trace.tb_lineno < len(self.offsets) else 0
            trace = trace.tb_next
        return 0


def compile_clause(clause: CompiledClause, machine: Machine) -> Compiled:
    """The function of `clause`, bound to the stores of `machine`."""
    writer = _Writer(clause, machine)
    source = writer.text()
    names = writer.names
    exec(compile(source, f"<{clause.function.name}>", "exec"), names)
    return Compiled(clause.index, names["clause"], source, writer.offsets, clause.continues)


def _cut(value: bytes, size: int) -> bytes:
    return value.split(b"\0", 1)[0][: size - 1]


class _Writer:
    __slots__ = (
        "clause", "function", "machine", "names", "nullable", "lines", "offsets", "starts", "preds", "sections", "section", "loop", "now",
    )  # fmt: skip

    def __init__(self, clause: CompiledClause, machine: Machine) -> None:
        self.clause = clause
        self.function: Function = clause.function
        self.machine = machine
        self.names: dict[str, Any] = {"M": _M, "S": _S, "globals_": machine.globals, "assoc": machine.associative}
        for name in ("Fault", "bound", "poke", "sdiv", "smod", "udiv", "umod"):
            self.names[name] = getattr(subroutines, name)
        self.lines: list[str] = []
        self.offsets: list[int] = [0]
        self.starts: list[int] = []
        self.preds = [0] * len(self.function.blocks)
        self.nullable = self._nullable()
        self.sections: list[int] = [0]
        self.section = 0
        self.loop = False
        self.now = 0

    def text(self) -> str:
        total = 0
        for block in self.function.blocks:
            self.starts.append(total)
            total += len(block)
            for target in set(targets(block[-1])):
                self.preds[target] += 1
        # A br whose two sides are the same block counts as one way in, but that block is a join all the same.
        for block in self.function.blocks:
            both = targets(block[-1])
            if len(both) == 2 and both[0] == both[1]:
                self.preds[both[0]] += 1
        self.sections = [0] + [n for n in range(1, len(self.function.blocks)) if self.preds[n] > 1 or self._backward(n)]
        body = self._body()
        # Whether a loop is needed, and which blocks lie too deep, is known only by writing: again until nothing new is found.
        known: tuple[int, bool] | None = None
        while known != (len(self.sections), self.loop):
            known = (len(self.sections), self.loop)
            body = self._body()
        head = ["def clause(m):"]
        if (
            len(self.function.blocks) > 1
            and self.clause.schema.fields
            and any(x.op == "begin" for block in self.function.blocks for x in block)
        ):
            head.append(" " + " = ".join(f"p{i}" for i in range(len(self.clause.schema.fields))) + " = None")
        self.offsets = [0] * (len(head) + 1) + self.offsets
        return "\n".join(head + body) + "\n"

    def _backward(self, number: int) -> bool:
        return any(number in targets(block[-1]) for block in self.function.blocks[number:])

    def _body(self) -> list[str]:
        self.lines = []
        self.offsets = []
        sections = list(self.sections)
        if len(sections) == 1 and not self.loop:
            self._block(0, 1)
        else:
            indent = 1
            self._line(indent, "b = 0")
            if self.loop:
                self._line(indent, "while True:")
                indent += 1
            for number in sections:
                self.section = number
                if number or self.loop:
                    self._line(indent, f"if b == {number}:")
                    self._block(number, indent + 1)
                else:
                    self._block(number, indent)
        return self.lines

    def _line(self, indent: int, text: str) -> None:
        self.lines.append(" " * indent + text)
        self.offsets.append(self.now)

    def _block(self, number: int, indent: int) -> None:
        for at, insn in enumerate(self.function.blocks[number]):
            self.now = self.starts[number] + at
            if insn.op == "jmp":
                self._goto(targets(insn)[0], indent)
            elif insn.op == "br":
                cond, then, other = insn.imm
                self._line(indent, f"if {self._test(cond, insn.args)}:")
                self._goto(then, indent + 1)
                self._line(indent, "else:")
                self._goto(other, indent + 1)
            else:
                self._line(indent, self._insn(insn))

    def _goto(self, number: int, indent: int) -> None:
        if number not in self.sections and indent > _DEPTH:
            self.sections = sorted({*self.sections, number})
        if number in self.sections:
            self.loop |= number <= self.section
            self._line(indent, f"b = {number}")
        else:
            self._block(number, indent)

    # ---- operands

    def _operand(self, operand: Reg | Slot | int) -> str:
        if isinstance(operand, Reg):
            return f"r{operand.n}"
        if isinstance(operand, int):
            return str(operand & _M)
        text = self._slot(operand)
        return f"({text} or b'')" if operand.string and self._may_be_null(operand) else text

    def _may_be_null(self, slot: Slot) -> bool:
        """Whether the string may be NULL, which is None here."""
        return slot.space == "var" or slot.value == NULL or (slot.space == "tmp" and slot.n in self.nullable)

    def _nullable(self) -> set[int]:
        """The temporaries that a NULL string may come to."""
        found: set[int] = set()
        while True:
            known = len(found)
            self.nullable = found
            for insn in (insn for block in self.function.blocks for insn in block):
                dst = insn.dst
                if isinstance(dst, Slot) and dst.string and dst.space == "tmp":
                    source = insn.args[0] if insn.op == "copy" else None
                    if (
                        insn.op == "dynget"
                        or (insn.op == "call" and insn.imm in NULL_WHEN_ABSENT)
                        or (isinstance(source, Slot) and self._may_be_null(source))
                    ):
                        found.add(dst.n)
            if len(found) == known:
                return found

    def _slot(self, slot: Slot) -> str:
        """The slot's value as it is: None for a NULL string."""
        if slot.space == "const":
            if slot.string and slot.value == NULL:
                return "None"
            return repr(_cut(slot.value, self.machine.strsize) if slot.string else slot.value)
        if slot.space == "probe":
            self.names[slot.name] = ProbeNames(slot.name, self.machine.strsize)
            return f"{slot.name}[m.probe]"
        if slot.space == "var" and slot.variable is not None:
            variable = slot.variable
            default = self._default(variable)
            if variable.scope == "global":
                self.machine.globals.setdefault(variable.index, default)
                return f"globals_[{variable.index}]"
            if default:
                text = f"none_{variable.index}"  # by name: it may be long
                self.names[text] = default
            else:
                text = repr(default)
            return f"m.{'thread' if variable.scope == 'self' else 'this'}.get({variable.index}, {text})"
        return f"t{slot.n}"

    @staticmethod
    def _default(variable: Variable) -> int | bytes | None:
        if is_string(variable.type):
            return None if variable.scope == "self" or variable.keys is not None else b""
        if isinstance(resolve(variable.type), SymbolType) and variable.type.size == 8:
            return 0
        return 0 if is_scalar(variable.type) else bytes(resolve(variable.type).size)

    def _into(self, dst: Reg | Slot | None, value: str) -> str:
        """Assign to any destination."""
        if dst is None:
            return value
        if isinstance(dst, Reg):
            return f"r{dst.n} = {value}"
        if dst.space != "var" or dst.variable is None:
            return f"t{dst.n} = {value}"
        variable = dst.variable
        store = {"global": "globals_", "self": "m.thread", "this": "m.this"}[variable.scope]
        return f"{store}[{variable.index}] = {value}"

    def _signed(self, operand: Reg | Slot | int) -> str:
        """The operand's value as a signed number."""
        if isinstance(operand, int):
            return str(((operand & _M) ^ _S) - _S)
        return f"({self._operand(operand)} ^ S) - S"

    def _test(self, cond: str, args: tuple[Any, ...]) -> str:
        a, b = args
        if cond in _CONDS:
            return f"{self._operand(a)} {_CONDS[cond]} {self._operand(b)}"
        flipped = [str((x & _M) ^ _S) if isinstance(x, int) else f"{self._operand(x)} ^ S" for x in (a, b)]
        return f"{flipped[0]} {_CONDS[cond[1:]]} {flipped[1]}"

    @staticmethod
    def _extend(value: str, size: int, signed: bool) -> str:
        if size >= 8:
            return value
        mask = (1 << 8 * size) - 1
        if not signed:
            return f"({value}) & {mask}"
        sign = 1 << 8 * size - 1
        return f"((({value}) & {mask}) ^ {sign}) - {sign} & M"

    # ---- instructions

    def _insn(self, insn: Insn) -> str:
        op = insn.op
        args = insn.args
        o = self._operand
        if op in _WRAP:
            return self._into(insn.dst, f"{o(args[0])} {_WRAP[op]} {o(args[1])} & M")
        if op in _PLAIN:
            return self._into(insn.dst, f"{o(args[0])} {_PLAIN[op]} {o(args[1])}")
        method = getattr(self, "_op_" + op, None)
        if method is not None:
            return str(method(insn))
        if op in ("udiv", "sdiv", "umod", "smod"):
            return self._into(insn.dst, f"{op}({o(args[0])}, {o(args[1])})")
        from ...errors import InternalError

        raise InternalError(f"the Python back end has no operation {op}")

    def _op_mov(self, insn: Insn) -> str:
        return self._into(insn.dst, self._operand(insn.args[0]))

    _op_get = _op_mov

    def _op_copy(self, insn: Insn) -> str:
        value = self._operand(insn.args[0])
        if isinstance(insn.dst, Slot) and insn.dst.string and isinstance(insn.args[0], Slot) and insn.args[0].size > insn.dst.size:
            value = f"{value}[:{insn.dst.size - 1}]"
        elif isinstance(insn.dst, Slot) and insn.dst.string and isinstance(insn.args[0], Slot):
            value = self._slot(insn.args[0])
        elif isinstance(insn.dst, Slot) and not insn.dst.string and isinstance(insn.args[0], Slot) and insn.args[0].size != insn.dst.size:
            value = f"{value}[:{insn.dst.size}].ljust({insn.dst.size}, b'\\0')"
        return self._into(insn.dst, value)

    def _op_neg(self, insn: Insn) -> str:
        return self._into(insn.dst, f"-{self._operand(insn.args[0])} & M")

    def _op_not(self, insn: Insn) -> str:
        return self._into(insn.dst, f"{self._operand(insn.args[0])} ^ M")

    def _count(self, operand: Reg | Slot | int) -> str:
        return str(operand & 63) if isinstance(operand, int) else f"({self._operand(operand)} & 63)"

    def _op_shl(self, insn: Insn) -> str:
        return self._into(insn.dst, f"{self._operand(insn.args[0])} << {self._count(insn.args[1])} & M")

    def _op_shr(self, insn: Insn) -> str:
        return self._into(insn.dst, f"{self._operand(insn.args[0])} >> {self._count(insn.args[1])}")

    def _op_sar(self, insn: Insn) -> str:
        return self._into(insn.dst, f"({self._signed(insn.args[0])}) >> {self._count(insn.args[1])} & M")

    def _op_ext(self, insn: Insn) -> str:
        return self._into(insn.dst, self._extend(self._operand(insn.args[0]), *insn.imm))

    def _op_set(self, insn: Insn) -> str:
        cond = insn.imm[0] if isinstance(insn.imm, tuple) else insn.imm
        return self._into(insn.dst, f"1 if {self._test(cond, insn.args)} else 0")

    def _op_strcmp(self, insn: Insn) -> str:
        a, b = (self._operand(arg) for arg in insn.args)
        return self._into(insn.dst, f"0 if {a} == {b} else M if {a} < {b} else 1")

    def _op_null(self, insn: Insn) -> str:
        assert isinstance(insn.args[0], Slot)
        return self._into(insn.dst, f"int(None is {self._slot(insn.args[0])})" if self._may_be_null(insn.args[0]) else "0")

    def _op_present(self, insn: Insn) -> str:
        assert isinstance(insn.args[0], Slot)
        return f"if {self._slot(insn.args[0])} is None: raise Fault(1, 0)"

    def _op_load(self, insn: Insn) -> str:
        size, signed, space = insn.imm
        value = f"int.from_bytes(m.read_{space}({self._operand(insn.args[0])}, {size}), 'little')"
        return self._into(insn.dst, self._extend(value, size, signed) if signed else value)

    def _op_loadstr(self, insn: Insn) -> str:
        most, space = insn.imm
        assert isinstance(insn.dst, Slot)
        most = min(insn.dst.size - 1, most)
        limit = f"min(max({self._operand(insn.args[1])} - 1, 0), {most})" if len(insn.args) > 1 else most
        return self._into(insn.dst, f"m.read_{space}_str({self._operand(insn.args[0])}, {limit})")

    def _op_store(self, insn: Insn) -> str:
        address, value, size = self._operand(insn.args[0]), insn.args[1], insn.imm[0]
        text = self._operand(value)
        if not isinstance(value, Slot):
            return f"m.store({address}, ({text} & {(1 << 8 * size) - 1}).to_bytes({size}, 'little'))"
        if value.string:
            return f"m.store({address}, ({text} + bytes(1))[:{size}])"
        return f"m.store({address}, {text}[:{size}].ljust({size}, bytes(1)))"

    def _op_loadmem(self, insn: Insn) -> str:
        size, space = insn.imm
        return self._into(insn.dst, f"m.read_{space}({self._operand(insn.args[0])}, {size})")

    def _op_put_var(self, insn: Insn) -> str:
        slot, value = insn.args
        assert isinstance(slot, Slot)
        text = self._operand(value)
        if isinstance(value, Slot) or slot.variable is None:
            return self._into(slot, text)
        if is_memory(slot.variable.type):
            return self._into(slot, repr(self._default(slot.variable)))  # a struct is assigned 0
        text = self._extend(text, resolve(slot.variable.type).size or 8, is_signed(slot.variable.type))
        return self._into(slot, text)

    def _key(self, variable: Variable, keys: tuple[Any, ...]) -> str:
        parts = [self._operand(key) for key in keys]
        if variable.scope == "self":
            parts.insert(0, "m.tid")
        self.machine.associative.setdefault(variable.index, {})
        return f"({', '.join(parts)},)" if parts else "()"

    def _op_dynget(self, insn: Insn) -> str:
        variable = insn.imm
        key = self._key(variable, insn.args)
        return self._into(insn.dst, f"assoc[{variable.index}].get({key}, {self._default(variable)!r})")

    def _op_dynput(self, insn: Insn) -> str:
        variable = insn.imm
        value = self._slot(insn.args[0]) if isinstance(insn.args[0], Slot) else self._operand(insn.args[0])
        if not isinstance(insn.args[0], Slot) and not is_memory(variable.type):
            value = self._extend(value, resolve(variable.type).size or 8, is_signed(variable.type))
        elif isinstance(resolve(variable.type), (StackType, SymbolType)):
            value = f"{value} if any({value}) else 0"
        return f"m.dynput({variable.index}, {self._key(variable, insn.args[1:])}, {value})"

    def _op_dynpoke(self, insn: Insn) -> str:
        variable, size = insn.imm
        offset, value = (self._operand(arg) for arg in insn.args[:2])
        key = self._key(variable, insn.args[2:])
        old = f"assoc[{variable.index}].get({key}, {self._default(variable)!r})"
        return f"m.dynput({variable.index}, {key}, poke({old}, {offset}, {size}, {value}))"

    # ---- parts of structs and arrays, which are bytes

    def _op_peek(self, insn: Insn) -> str:
        size, signed = insn.imm
        value = f"int.from_bytes({self._range(insn, size)}, 'little')"
        return self._into(insn.dst, self._extend(value, size, signed) if signed else value)

    def _range(self, insn: Insn, size: int) -> str:
        slot, offset = insn.args
        if isinstance(offset, int):
            return f"{self._operand(slot)}[{offset}:{offset + size}]"
        at = self._operand(offset)
        return f"{self._operand(slot)}[{at}:{at} + {size}]"

    def _op_poke(self, insn: Insn) -> str:
        slot, offset, value = insn.args
        assert isinstance(slot, Slot)
        new = self._operand(value)
        if isinstance(value, Slot) and value.string:  # with its NUL; what is NULL is empty there
            new = f"({new} or b'')[:{insn.imm - 1}]"
        if slot.string:
            text = f"poke({self._operand(slot)}.ljust({slot.size}, b'\\0'), {self._operand(offset)}, {insn.imm}, {new})"
            return self._into(slot, f"{text}.split(b'\\0', 1)[0]")
        return self._into(slot, f"poke({self._operand(slot)}, {self._operand(offset)}, {insn.imm}, {new})")

    def _op_cut(self, insn: Insn) -> str:
        return self._into(insn.dst, self._range(insn, insn.imm))

    def _op_cutstr(self, insn: Insn) -> str:
        assert isinstance(insn.dst, Slot)
        return self._into(insn.dst, f"{self._range(insn, min(insn.imm, insn.dst.size - 1))}.split(b'\\0', 1)[0]")

    def _op_bound(self, insn: Insn) -> str:
        return self._into(insn.dst, f"bound({self._operand(insn.args[0])}, {insn.imm})")

    def _op_addr(self, insn: Insn) -> str:
        slot = insn.args[0]
        assert isinstance(slot, Slot)
        variable = slot.variable if slot.space == "var" and not slot.string else None
        if variable is not None and variable.scope == "global":
            self._operand(slot)
            return self._into(insn.dst, str(VARIABLES | variable.index << 24))
        if variable is not None and variable.scope == "this":
            return self._into(insn.dst, f"m.local({variable.index}, {self._default(variable)!r})")
        text = self._operand(slot)
        return self._into(insn.dst, f"m.keep({text} + bytes(1))" if slot.string else f"m.keep({text})")

    def _op_arg(self, insn: Insn) -> str:
        n = insn.imm[0] if isinstance(insn.imm, tuple) else insn.imm
        return self._into(insn.dst, f"m.args[{n}]")

    def _op_ureg(self, insn: Insn) -> str:
        return self._into(insn.dst, f"m.ureg({self._operand(insn.args[0])})")

    def _op_builtin(self, insn: Insn) -> str:
        name = insn.imm[0] if isinstance(insn.imm, tuple) else insn.imm
        if name in _ATTRIBUTES:
            return self._into(insn.dst, f"m.{name}")
        if name == "epid":
            return self._into(insn.dst, str(self.clause.index + 1))
        if hasattr(self.machine, "get_" + name):
            return self._into(insn.dst, f"m.get_{name}()")
        return "raise Fault(3, 0)"  # not known here: illegal operation

    def _op_call(self, insn: Insn) -> str:
        name = insn.imm[0] if isinstance(insn.imm, tuple) else insn.imm
        routine = subroutines.find(name)
        if routine is None:
            return "raise Fault(3, 0)"
        self.names["f_" + name] = routine
        args = [self._slot(arg) if name == "strtok" and isinstance(arg, Slot) else self._operand(arg) for arg in insn.args]
        value = f"f_{name}({', '.join(['m', *args])})"
        if isinstance(insn.dst, Slot) and insn.dst.string:
            most = insn.dst.size - 1
            value = f"r[:{most}] if (r := {value}) is not None else None" if name in NULL_WHEN_ABSENT else f"{value}[:{most}]"
        return self._into(insn.dst, value)

    # ---- records

    def _op_speculate(self, insn: Insn) -> str:
        assert isinstance(insn.dst, Reg)
        dst, operand, size = f"r{insn.dst.n}", self._operand(insn.args[0]), self.clause.schema.size + 16
        if insn.imm is None:
            return f"if not ({dst} := m.speculate({operand}, {size})): return"
        return f"if ({dst} := {operand}) and not m.speculates({dst}, {size}): return"

    def _op_specend(self, insn: Insn) -> str:
        return f"m.{'commit' if insn.imm else 'discard'}({self._operand(insn.args[0])})"

    def _op_begin(self, insn: Insn) -> str:
        return f"m.speculating = {self._operand(insn.args[0])}" if insn.args else "pass"

    def _op_put(self, insn: Insn) -> str:
        number = insn.imm[0] if isinstance(insn.imm, tuple) else insn.imm
        field = self.clause.schema.fields[number]
        value = insn.args[0]
        text = self._operand(value)
        if field.kind == "int" and not isinstance(value, Slot):
            text = self._number(value, field.size, field.signed)
        elif field.kind in ("stack", "usym") and isinstance(value, Slot):
            text = self._words(value, field.kind == "stack")
        elif field.kind == "usym" and not isinstance(value, Slot):
            text = f"(m.pid, {text})"
        elif field.kind == "bytes" and not isinstance(value, Slot):
            text = f"({text}).to_bytes(8, 'little')[:{field.size}]"
        elif field.kind == "bytes":
            text = f"{text}[:{field.size}].ljust({field.size}, b'\\0')"
        return f"p{number} = {text}"

    def _number(self, value: Reg | int | Slot, size: int, signed: bool) -> str:
        """A register as the D value it stands for: signed or not."""
        if isinstance(value, int):
            low = value & (1 << 8 * size) - 1
            return str(low - (1 << 8 * size) if signed and low >> 8 * size - 1 else low)
        text = self._operand(value)
        if size >= 8:
            return f"({text} ^ S) - S" if signed else text
        mask, sign = (1 << 8 * size) - 1, 1 << 8 * size - 1
        return f"(({text} & {mask}) ^ {sign}) - {sign}" if signed else f"{text} & {mask}"

    def _op_putmem(self, insn: Insn) -> str:
        number, size, space = insn.imm
        most = f"min({self._operand(insn.args[1])}, {size})" if len(insn.args) > 1 else str(size)
        value = f"m.read_{space}({self._operand(insn.args[0])}, {most})"
        if len(insn.args) == 1:
            return f"p{number} = {value}"
        return f"p{number} = ({value} if {self._operand(insn.args[1])} else b'').ljust({size}, b'\\0')"

    def _op_putstack(self, insn: Insn) -> str:
        number, frames, user = insn.imm
        return f"p{number} = m.ustack({frames})" if user else f"p{number} = (0, *m.stack({frames}))"

    def _op_stack(self, insn: Insn) -> str:
        self.names["stack_slot"] = stacks.stack_slot
        return self._into(insn.dst, f"stack_slot(m, {insn.imm[0]}, {insn.imm[1]})")

    def _op_usym(self, insn: Insn) -> str:
        self.names["usym_slot"] = stacks.usym_slot
        return self._into(insn.dst, f"usym_slot(m, {self._operand(insn.args[0])})")

    def _words(self, slot: Slot, stack: bool) -> str:
        """A slot of words as the tuple that records and keys hold."""
        name = "unstack" if stack else "unusym"
        self.names[name] = getattr(stacks, name)
        return f"{name}({self._operand(slot)})"

    def _op_commit(self, insn: Insn) -> str:
        fields = self.clause.schema.fields
        put = {
            x.imm[0] if isinstance(x.imm, tuple) else x.imm
            for block in self.function.blocks
            for x in block
            if x.op in ("put", "putmem", "putstack")
        }
        single = len(self.function.blocks) == 1
        parts = []
        for i, field in enumerate(fields):
            if field.kind == "probe":
                self.names[field.name] = ProbeNames(field.name, self.machine.strsize)
                parts.append(f"{field.name}[m.probe], ")
            else:
                parts.append(f"p{i}, " if i in put or not single else "None, ")
        values = "".join(parts)
        record = f"(m.probe, {self.clause.index}, m.cpu, ({values.rstrip() if len(fields) == 1 else values.rstrip(', ')}))"
        if any(x.op == "begin" and x.args for block in self.function.blocks for x in block):
            return f"m.speculated({record})"
        return f"m.out({record})"

    def _op_aggregate(self, insn: Insn) -> str:
        agg, nkeys = insn.imm
        keys = []
        for i, key in enumerate(insn.args[:nkeys]):
            kind = agg.keys[i] if i < len(agg.keys) else None
            if isinstance(key, Slot) and isinstance(kind, (StackType, SymbolType)):
                keys.append(self._words(key, isinstance(kind, StackType)))
            elif isinstance(key, Slot) or kind is None:
                keys.append(self._operand(key))
            else:
                keys.append(self._number(key, resolve(kind).size or 8, is_signed(kind)))
        values = [self._signed(value) for value in insn.args[nkeys:]]
        name = f"a{agg.index}"
        self.names[name] = self.machine.aggregator(agg)
        key_text = f"({', '.join(keys)},)" if keys else "()"
        return f"{name}({', '.join([key_text, *values])})"

    def _op_exit(self, insn: Insn) -> str:
        return "m.exiting = True"

    def _op_ret(self, insn: Insn) -> str:
        return "return"

    def _op_fault(self, insn: Insn) -> str:
        return f"raise Fault({insn.imm[0] if isinstance(insn.imm, tuple) else insn.imm}, 0)"
