"""DIF, the D Intermediate Format: what the front end makes and both back ends eat.

A clause is one `Function`: basic blocks of linear instructions over *registers* (64-bit integers, as many as wanted, not SSA) and *slots*
(named storage that may hold more than an integer). An integer in a register is always fully extended from its D type: 64 bits
are valid, sign- or zero-extended; `ext` restores this after arithmetic on narrower types. Nothing here knows offsets or BPF:
the back ends lay slots out.

Slots, by `space`:
  'tmp'   a string or bytes temporary of this function         'const' bytes known at compile time (`value`)
  'var'   a scalar variable (global, self or this; `variable`)  'probe' probeprov/probemod/probefunc/probename
  (`name`), constant for a probe
`size` is the slot's size in bytes: strsize for strings. A slot of a struct, union or array holds its bytes. A string may be NULL, which is
not the same as empty: in memory its text is empty, and the byte behind the NUL is 0xff (`NULL`), which it is in no other string.

An operand is a `Reg`, a Python int (immediate, any 64-bit value, written signed), or a `Slot`.

Instructions (dst first; `args` are operands; `imm` is constant data):
  mov d, a                   add sub mul and or xor shl shr sar d, a, b          neg d, a      not d, a
  udiv sdiv umod smod d,a,b  fault DIVZERO when b is 0; sdiv truncates towards zero, INT64_MIN / -1 = INT64_MIN
  ext d, a                   imm=(size, signed): low `size` bytes, extended
  set d, a, b                imm=cond: d = a cond b (cond: eq ne lt le gt ge slt sle sgt sge; unsigned without s)
  strcmp d, s, t             two string slots: -1, 0, 1 by unsigned bytes up to NUL or strsize; a NULL string is as ""
  null d, s                  d = 1 if the string is NULL, else 0
  present s                  fault BADADDR (of 0) when the string is NULL
  load d, addr               imm=(size, signed, space) space 'kernel' or 'user'; fault BADADDR with the address
  loadstr s, addr[, size]    imm=(most, space): NUL-terminated string of at most `most` characters into slot s, cut to `size` bytes with
                             its NUL; fault BADADDR
  loadmem s, addr            imm=(size, space): bytes into slot s; fault BADADDR
  store addr, v              imm=(size,): the low bytes of an integer, or a slot, into the clause's scratch memory; fault BADADDR when they
                             do not all lie in it
  peek d, slot, off          imm=(size, signed): the integer `off` bytes into a slot; `off` is in bounds, the lowering has seen to it
  poke slot, off, v          imm=size: store the low bytes of an integer, or a slot, `off` bytes into a slot
  cut s, slot, off           imm=size: `size` bytes of a slot as a slot of their own
  cutstr s, slot, off        imm=most: the string of at most `most` characters `off` bytes into a slot
  bound d, i                 imm=count: d = i, fault BADINDEX unless 0 <= i < count
  addr d, slot               the kernel address of a variable or temporary; of what does not exist, that of a copy
  get d, slot                read an integer variable slot        put_var slot, a    write it (slot is args[0]); 0 zeroes a struct
  copy s, slot               string/bytes slot to slot (either may be a var)
  dynget d|s, keys…          imm=Variable: associative array element (0 or NULL when absent)
  dynput v, keys…            imm=Variable, args[0] the value (Reg, int, or Slot), the rest keys; storing 0 deletes, for a struct too
  dynpoke off, v, keys…      imm=(Variable, size): store part of an element, which begins as zeroes when absent
  arg d                      imm=n: raw probe argument n, 0..9
  ureg d, n                  register n of the thread in user mode, as d/registers.py numbers them; fault ILLOP beyond the last
  builtin d|s                imm=name: pid tid ppid uid gid cpu curthread timestamp walltimestamp id epid errno
  stackdepth … (int) or execname (slot)
  stack s                    imm=(frames, user): a stack into slot s: a word (the process id, 0 for the kernel's stack), then the addresses
  usym s, addr               a user address into slot s: the process id, the address
  call d|s, args…            imm=name: subroutine: strlen strjoin … (no destination for those that are void)
  speculate d, a             d = the mark of speculation a, for `begin`; the clause ends, without a fault, when a is not active or full;
                             fault ILLOP when there can be none of that number; with imm=True, in a later piece of a clause: a is the mark
                             itself, or 0 for none, and so is d; the clause ends when that speculation is full
  specend a                  imm=commit (True) or discard: speculation a is over; nothing happens when a is not active; faults as above
  begin                      start of the record (after the predicate, before the first put); args=() or its speculation's mark (0: none)
  put a                      imm=i: value (Reg, int or Slot) of field i
  putmem addr [, n]          imm=(i, size, space): `size` bytes of memory into field i; with an operand n only min(n, size) of them, n
                             unsigned, and the rest of the field is undefined; fault BADADDR with the address, but not of 0 bytes
  putstack                   imm=(i, frames, user): a stack into field i, as `stack` makes it
  commit                     the record is complete
  aggregate args…            imm=(Aggregation, nkeys): the first nkeys args are keys (Reg, int or Slot), the rest the value, increment
  exit                       tracing shall stop (the status is in the record)
  jmp                        imm=block
  br a, b                    imm=(cond, then block, else block)
  ret                        end of the clause, no fault (a false predicate too)
  fault                      imm=code: raise a fault (e.g. 3 ILLOP)

Any faulting instruction ends the clause: a record begun is discarded, ERROR fires.

Invariants, held by dif/verify.py: (1) each block ends in exactly one of jmp, br, ret, fault, and has none before; (2) targets exist;
(3) a register is written before it is read on every path; (4) put, commit only between begin and commit, each field put once on each path
to commit; (5) `begin` at most once on a path and every path from begin reaches commit or fault; (6) operand kinds fit the operation.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .program import Variable


class Reg:
    """A virtual register, `n` unique in its function."""

    __slots__ = ("n",)

    def __init__(self, n: int) -> None:
        self.n = n

    def __repr__(self) -> str:
        return f"%{self.n}"


class Slot:
    __slots__ = ("space", "n", "size", "string", "variable", "value", "name")

    def __init__(
        self, space: str, n: int, size: int, string: bool, variable: Variable | None = None, value: bytes = b"", name: str = ""
    ) -> None:
        self.space = space
        self.n = n
        self.size = size
        self.string = string
        self.variable = variable
        self.value = value
        self.name = name

    def __repr__(self) -> str:
        if self.space == "var" and self.variable is not None:
            scope = {"global": "", "self": "self->", "this": "this->"}[self.variable.scope]
            return scope + self.variable.name
        if self.space == "const":
            return repr(self.value)[1:]
        return self.name if self.space == "probe" else f"${self.n}"


class Insn:
    __slots__ = ("op", "dst", "args", "imm", "line")

    def __init__(self, op: str, dst: Reg | Slot | None, args: tuple[Reg | Slot | int, ...], imm: Any, line: int) -> None:
        self.op = op
        self.dst = dst
        self.args = args
        self.imm = imm
        self.line = line

    def __repr__(self) -> str:
        parts = [repr(self.dst)] if self.dst is not None else []
        parts += [repr(a) for a in self.args]
        if self.imm is not None:
            imm = self.imm
            parts.append(
                imm.name
                if hasattr(imm, "name")
                else " ".join(getattr(i, "name", str(i)) for i in imm)
                if isinstance(imm, tuple)
                else str(imm)
            )
        return f"{self.op:<10} {', '.join(parts)}".rstrip()


class Function:
    """`blocks[0]` is the entry. An instruction's *DIF offset* is its number counting through the blocks in order."""

    __slots__ = ("name", "blocks", "nregs", "ntmps")

    def __init__(self, name: str) -> None:
        self.name = name
        self.blocks: list[list[Insn]] = [[]]
        self.nregs = 0
        self.ntmps = 0


NULL = b"\0\xff"

# Fault codes (reference, h.1).
BADADDR, BADALIGN, ILLOP, DIVZERO, NOSCRATCH, KPRIV, UPRIV, TUPOFLOW, BADSTACK, BADSIZE, BADINDEX = range(1, 12)
