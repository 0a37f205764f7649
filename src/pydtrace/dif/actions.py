"""Lowering of actions, one method each: what is recorded, and what the consumer is told to do with it.

`act_NAME(call, first)`: `first` is the number of the next field. Actions of a shape of their own (aggregations, stacks) are dif/lower.py's.
"""

from __future__ import annotations

from ..d import tree as t
from ..d import types as ty
from ..d.stacks import is_value
from ..d.symbols import PROBE_STRINGS
from ..d.values import constant_value
from . import stacks
from .ir import Slot
from .places import SCALAR_SIZES
from .program import Action
from .values import Values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .ir import Reg

    Value = Reg | int | Slot

_PRINT_MOST = 32768  # bytes recorded of an object that print() shows; `printsize` says how much of them is shown


class Actions(Values):
    # -- fields

    def put(self, e: t.Expr) -> None:
        """Record the value of `e` as the next field."""
        e = t.meaning(e)
        if isinstance(e, t.Ident) and not e.scope and e.ref in PROBE_STRINGS:
            self.schema.add("probe", 0, False, e.type, e.name)
        elif is_value(e.type):
            stacks.put(self, e)
        elif self.is_text(e.type):
            self.put_field(self.text(e), "str", self.strsize, False, e.type)
        elif self.is_memory(e.type):
            place = self.place(e)
            if place.kind == "memory":
                self.put_memory(self.address_of(place), e.type.size, e.type)
            else:
                self.put_field(self.image_of(place, e.type), "bytes", e.type.size, False, e.type)
        else:
            size = e.type.size if e.type.size in SCALAR_SIZES else 8
            self.put_field(self.value(e), "int", size, ty.is_signed(e.type), e.type)

    def put_field(self, value: Value, kind: str, size: int, signed: bool, of: ty.Type) -> None:
        number = self.schema.add(kind, size, signed, of)
        self.emit("put", None, value, imm=number)

    def put_memory(self, address: Reg | int, size: int, of: ty.Type) -> None:
        """Record `size` bytes of memory, straight into the record."""
        number = self.schema.add("bytes", size, False, of)
        self.emit("putmem", None, address, imm=(number, size, "kernel"))

    def act(self, e: t.Call, first: int) -> None:
        """The action over the fields recorded since `first`."""
        self.schema.actions.append(Action(e.name, first, len(self.schema.fields) - first, format=e.ref))

    def integer(self, e: t.Expr) -> Reg | int:
        return self.convert(self.scalar(e), e.type, ty.INT)

    # -- what is printed

    def act_trace(self, e: t.Call, first: int) -> None:
        self.put(e.args[0])
        self.act(e, first)

    def act_tracemem(self, e: t.Call, first: int) -> None:
        size = constant_value(e.args[1])
        assert size is not None
        self.put_memory(self.scalar(e.args[0]), size, ty.ArrayType(ty.UCHAR, size))
        if len(e.args) > 2:
            self.put(e.args[2])
        self.act(e, first)

    def act_print(self, e: t.Call, first: int) -> None:
        pointer = ty.resolve(e.args[0].type)
        if not isinstance(pointer, ty.PointerType):  # the object itself
            self.put(e.args[0])
            self.act(e, first)
            return
        address = self.scalar(e.args[0])
        self.put_field(address, "int", 8, False, ty.ULONG)
        self.put_memory(address, min(pointer.target.size, _PRINT_MOST), pointer.target)
        self.act(e, first)

    def act_pcap(self, e: t.Call, first: int) -> None:
        """Of a packet the bytes that lie in one piece, as many as pcapsize; of a null pointer nothing."""
        packet = e.ref
        skb = self.op("mov", self.scalar(e.args[0]))
        length, captured, data = (self.op("mov", 0) for _ in range(3))
        real, end = self.new_block(), self.new_block()
        self.emit("br", None, skb, 0, imm=("ne", real, end))
        self.enter(real)
        for register, name in ((length, "len"), (captured, "data_len"), (data, "data")):
            member = packet.find(name)
            self.emit("load", register, self.op("add", skb, member.bit_offset // 8), imm=(member.type.size, False, "kernel"))
        self.emit("sub", captured, length, captured)
        self.emit("jmp", None, imm=end)
        self.enter(end)
        self.put_field(self.op("builtin", imm="timestamp"), "int", 8, False, ty.ULONG)
        self.put_field(length, "int", 4, False, ty.UINT)
        self.put_field(captured, "int", 4, False, ty.UINT)
        self.put_field(self.integer(e.args[1]), "int", 4, True, ty.INT)
        size = self.options.integer("pcapsize")
        number = self.schema.add("bytes", size, False, ty.ArrayType(ty.UCHAR, size))
        self.emit("putmem", None, data, captured, imm=(number, size, "kernel"))
        self.schema.actions.append(Action("pcap", first, len(self.schema.fields) - first))

    def act_printf(self, e: t.Call, first: int) -> None:
        for arg in e.args[1:]:
            self.put(arg)
        self.act(e, first)

    act_system = act_freopen = act_printf

    def act_ftruncate(self, e: t.Call, first: int) -> None:
        self.act(e, first)

    def act_setopt(self, e: t.Call, first: int) -> None:
        for arg in e.args:
            self.put(arg)
        self.act(e, first)

    def act_exit(self, e: t.Call, first: int) -> None:
        self.put_field(self.integer(e.args[0]), "int", 4, True, ty.INT)
        self.act(e, first)
        self.uses.add("exit")
        self.emit("exit", None)

    # -- what changes the process

    def act_raise(self, e: t.Call, first: int) -> None:
        self.emit("call", None, self.integer(e.args[0]), imm="raise")
        self.act(e, first)

    def act_stop(self, e: t.Call, first: int) -> None:
        self.emit("call", None, imm="stop")
        self.act(e, first)

    def act_copyout(self, e: t.Call, first: int) -> None:
        self.uses.add("copyout")
        self.emit("call", None, *[self.scalar(arg) for arg in e.args], imm="copyout")

    def act_copyoutstr(self, e: t.Call, first: int) -> None:
        self.uses.add("copyout")
        self.emit("call", None, self.text(e.args[0]), *[self.scalar(arg) for arg in e.args[1:]], imm="copyoutstr")

    def act_return(self, e: t.Call, first: int) -> None:
        self.uses.add("return")
        self.emit("call", None, self.scalar(e.args[0]), imm="return")
        self.act(e, first)

    # -- speculations

    def act_speculate(self, e: t.Call, first: int) -> None:
        """From here on the clause records into the speculation: its record begins now."""
        mark = self.op("speculate", self.integer(e.args[0]))
        self.emit("begin", None, mark)
        if self.speculation is not None:
            self.write(self.place(self.speculation), self.speculation.type, mark)

    def act_commit(self, e: t.Call, first: int) -> None:
        if self.schema.records and not self.complete:  # behind speculate: what this clause records is in time for the commit
            self.emit("commit", None)
            self.complete = True
        self.emit("specend", None, self.integer(e.args[0]), imm=True)

    def act_discard(self, e: t.Call, first: int) -> None:
        self.emit("specend", None, self.integer(e.args[0]), imm=False)
