"""Call frame information: for an address in an object, where its caller's registers are.

Compilers describe every function's frame in .eh_frame (exceptions need it, so it is there in stripped files too) or .debug_frame: a CIE for
what many functions share, an FDE for each function, both little programs that build a table. A *row* of that table says for an address how
the CFA (the stack pointer before the call) is computed from registers, and where each saved register lies relative to it.

PT_GNU_EH_FRAME has a sorted table of the FDEs' first addresses, which is searched as it lies in the file: a look-up costs microseconds,
nothing is parsed ahead. Where it is missing the section is walked once. Rows are kept by address: programs stop at few places.

Nothing in the file is trusted: what does not parse gives no row. Addresses are the object's own (link-time). Numbers of registers are
DWARF's for x86-64: 0 rax 1 rdx 2 rcx 3 rbx 4 rsi 5 rdi 6 rbp 7 rsp 8-15 r8-r15 16 the return address.
"""

from __future__ import annotations

from bisect import bisect_right
from struct import error as StructError
from struct import unpack_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .file import ElfFile

RBP, RSP, RA = 6, 7, 16
REGISTERS = 17
_GNU_EH_FRAME = 0x6474E550
_M = (1 << 64) - 1

# How a register of the caller is found (`Row.rules`): it is at CFA + n, it is CFA + n, it is in register n, it is at the value of an
# expression, it is that value, it cannot be found.
AT, IS, IN, AT_EXPR, IS_EXPR, UNDEFINED = range(6)


class Row:
    """`reg`, `offset`: CFA = reg + offset; or `expr` is an expression for it. A register without a rule keeps its value."""

    __slots__ = ("expr", "offset", "reg", "rules", "signal")

    def __init__(self, reg: int, offset: int, expr: bytes | None, rules: dict[int, tuple[int, int | bytes]], signal: bool) -> None:
        self.reg = reg
        self.offset = offset
        self.expr = expr
        self.rules = rules
        self.signal = signal  # the frame of a signal handler's caller: that was interrupted, it has called nobody


class _Cie:
    __slots__ = ("augmented", "code", "data", "encoding", "program", "ra", "signal")

    def __init__(self) -> None:
        self.code = self.data = 1
        self.ra = RA
        self.encoding = 0
        self.augmented = self.signal = False
        self.program: tuple[int, int] = (0, 0)


class BadFrame(Exception):
    """The information does not parse."""


def uleb(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned LEB128 number and the place behind it."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def sleb(data: bytes, at: int) -> tuple[int, int]:
    """A signed one."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return (value - (1 << shift) if byte & 0x40 else value), at


class Cfi:
    """The frame information of one object."""

    __slots__ = ("_cies", "_data", "_debug", "_elf", "_frame", "_index", "_rows", "_table")

    def __init__(self, elf: ElfFile) -> None:
        self._elf = elf
        self._data = elf.data
        self._cies: dict[tuple[bool, int], _Cie] = {}
        self._rows: dict[int, Row | None] = {}
        self._table: tuple[int, int, int] | None = None  # offset in the file, number of entries, address of the header
        self._frame: tuple[int, int, int] | None = None  # .eh_frame: offset, size, address
        self._debug: tuple[bytes, int] | None = None
        self._index: tuple[list[int], list[tuple[int, int, bool]]] | None = None
        try:
            if elf.wide:
                self._find()
        except (StructError, IndexError):
            self._table = None

    def row(self, addr: int) -> Row | None:
        """The row for an address; None when no function there has frame information."""
        rows = self._rows
        if addr in rows:
            return rows[addr]
        try:
            found = self._row(addr)
        except (BadFrame, StructError, IndexError, ValueError):
            found = None
        if len(rows) > 65536:
            rows.clear()
        rows[addr] = found
        return found

    # ---- finding the FDE

    def _find(self) -> None:
        elf = self._elf
        section = elf.section(".eh_frame")
        if section is not None and section.type != 8:
            self._frame = (section.offset, section.size, section.addr)
        for segment in elf.segments:
            if segment.type == _GNU_EH_FRAME:
                version, pointer, count, table = unpack_from("4B", self._data, segment.offset)
                if version == 1 and count == 0x03 and table == 0x3B and pointer & 0x0F in (0x0B, 0x03):
                    where, entries = unpack_from("<iI", self._data, segment.offset + 4)
                    base = segment.vaddr + 4 if pointer & 0x70 == 0x10 else 0
                    if segment.offset + 12 + 8 * entries <= len(self._data) and entries:
                        self._table = (segment.offset + 12, entries, segment.vaddr)
                    if self._frame is None:
                        offset = elf.offset_of_address(base + where)
                        if offset is not None:
                            self._frame = (offset, len(self._data) - offset, base + where)

    def _row(self, addr: int) -> Row | None:
        if self._table is not None and self._frame is not None:
            found = self._search(addr)
            if found is not None:
                return found
        if self._index is None:
            self._index = self._walk()
        starts, rows = self._index
        at = bisect_right(starts, addr) - 1
        if at < 0 or addr >= rows[at][0]:
            return None
        return self._run(rows[at][1], rows[at][2], addr)

    def _search(self, addr: int) -> Row | None:
        assert self._table is not None and self._frame is not None
        offset, low, base = self._table[0], 0, self._table[2]
        high = self._table[1]
        data = self._data
        wanted = addr - base
        while low < high:
            middle = (low + high) // 2
            if unpack_from("<i", data, offset + 8 * middle)[0] <= wanted:
                low = middle + 1
            else:
                high = middle
        if not low:
            return None
        fde = base + unpack_from("<i", data, offset + 8 * (low - 1) + 4)[0]
        return self._run(fde - self._frame[2] + self._frame[0], False, addr)

    def functions(self) -> list[tuple[int, int, bool]]:
        """(first address, place of its FDE, whether in .debug_frame) of every function, ascending."""
        if self._table is None or self._frame is None:
            starts, rows = self._walk() if self._index is None else self._index
            return [(start, place, debug) for start, (_, place, debug) in zip(starts, rows)]
        offset, entries, base = self._table
        back = base - self._frame[2] + self._frame[0]
        words = unpack_from(f"<{2 * entries}i", self._data, offset)
        return [(base + words[i], back + words[i + 1], False) for i in range(0, 2 * entries, 2)]

    def content(self) -> bytes:
        """What `functions` and their rows come from, where there is a table of them; else nothing."""
        if self._table is None or self._frame is None:
            return b""
        offset, entries, base = self._table
        at, size, addr = self._frame
        return b"%d %d " % (base, addr) + self._data[offset : offset + 8 * entries] + self._data[at : at + size]

    def _walk(self) -> tuple[list[int], list[tuple[int, int, bool]]]:
        """Every FDE of .debug_frame, and of .eh_frame where it has no table: (start), (end, offset, of .debug_frame)."""
        found: list[tuple[int, int, int, bool]] = []
        spans = []
        if self._table is None and self._frame is not None:
            spans.append((self._frame[0], self._frame[1], False))
        section = self._elf.section(".debug_frame") if self._elf.wide else None
        if section is not None and section.type != 8:
            data = self._elf.content(section)
            self._debug = (data, 0)
            spans.append((0, len(data), True))
        for start, size, debug in spans:
            at, end = start, start + size
            try:
                while at + 4 < end:
                    data = self.bytes_of(debug)
                    length, body = self._length(data, at)
                    if not length:
                        break
                    if not self._is_cie(data, at, body, debug):
                        cie, begin, count, _ = self.frame(at, debug)
                        if count and begin:
                            found.append((begin, begin + count, at, debug))
                    at = body + length
            except (BadFrame, StructError, IndexError):
                continue
        found.sort()
        return [f[0] for f in found], [f[1:] for f in found]

    # ---- parsing

    def bytes_of(self, debug: bool) -> bytes:
        """What places are in."""
        if debug:
            assert self._debug is not None
            return self._debug[0]
        return self._data

    @staticmethod
    def _length(data: bytes, at: int) -> tuple[int, int]:
        (length,) = unpack_from("<I", data, at)
        if length == 0xFFFFFFFF:
            return unpack_from("<Q", data, at + 4)[0], at + 12
        return length, at + 4

    @staticmethod
    def _is_cie(data: bytes, at: int, body: int, debug: bool) -> bool:
        if not debug:
            return bool(unpack_from("<I", data, body)[0] == 0)
        wide = body - at == 12
        return bool(unpack_from("<Q" if wide else "<I", data, body)[0] == ((1 << 64) - 1 if wide else 0xFFFFFFFF))

    def frame(self, at: int, debug: bool) -> tuple[_Cie, int, int, tuple[int, int]]:
        """CIE, first address, number of bytes, and the span of the program of the FDE at a place."""
        data = self.bytes_of(debug)
        length, body = self._length(data, at)
        end = body + length
        if debug:
            wide = body - at == 12
            place = unpack_from("<Q" if wide else "<I", data, body)[0]
            cie = self._cie(place, True)
            begin, count = unpack_from("<QQ", data, body + (8 if wide else 4))
            here = body + (8 if wide else 4) + 16
            return cie, begin, count, (here, end)
        (back,) = unpack_from("<I", data, body)
        if not back:
            raise BadFrame
        cie = self._cie(body - back, False)
        begin, here = self._pointer(cie.encoding, body + 4)
        count, here = self._pointer(cie.encoding & 0x0F, here)
        if cie.augmented:
            size, here = uleb(data, here)
            here += size
        return cie, begin, count, (here, end)

    def _cie(self, at: int, debug: bool) -> _Cie:
        known = self._cies.get((debug, at))
        if known is not None:
            return known
        data = self.bytes_of(debug)
        cie = _Cie()
        length, body = self._length(data, at)
        end = body + length
        here = body + (8 if debug and body - at == 12 else 4)
        version = data[here]
        stop = data.find(b"\0", here + 1)
        augmentation = data[here + 1 : stop]
        here = stop + 1
        if version == 4:
            here += 2  # sizes of an address and of a segment selector
        if augmentation == b"eh":
            here += 8
        cie.code, here = uleb(data, here)
        cie.data, here = sleb(data, here)
        if version == 1:
            cie.ra, here = data[here], here + 1
        else:
            cie.ra, here = uleb(data, here)
        if augmentation[:1] == b"z":
            cie.augmented = True
            size, here = uleb(data, here)
            place, after = here, here + size
            for letter in augmentation[1:]:
                if letter == 82:  # R
                    cie.encoding, place = data[place], place + 1
                elif letter == 80:  # P
                    encoding = data[place]
                    _, place = self._pointer(encoding, place + 1)
                elif letter == 76:  # L
                    place += 1
                elif letter == 83:  # S
                    cie.signal = True
            here = after
        cie.program = (here, end)
        self._cies[debug, at] = cie
        return cie

    def _pointer(self, encoding: int, at: int) -> tuple[int, int]:
        """An encoded pointer of .eh_frame and the place behind it."""
        data = self._data
        form = encoding & 0x0F
        if encoding == 0xFF:
            return 0, at
        here = at
        if form in (0x00, 0x04, 0x0C):
            value, at = unpack_from("<Q", data, at)[0], at + 8
        elif form == 0x01:
            value, at = uleb(data, at)
        elif form == 0x02:
            value, at = unpack_from("<H", data, at)[0], at + 2
        elif form == 0x03:
            value, at = unpack_from("<I", data, at)[0], at + 4
        elif form == 0x09:
            value, at = sleb(data, at)
        elif form == 0x0A:
            value, at = unpack_from("<h", data, at)[0], at + 2
        elif form == 0x0B:
            value, at = unpack_from("<i", data, at)[0], at + 4
        else:
            raise BadFrame
        base = encoding & 0x70
        if value and base == 0x10:
            assert self._frame is not None
            value += here - self._frame[0] + self._frame[2]
        elif value and base == 0x30 and self._table is not None:
            value += self._table[2]
        elif base not in (0, 0x10):
            raise BadFrame
        return value & _M, at

    # ---- running

    def _run(self, fde: int, debug: bool, addr: int) -> Row | None:
        """The row of an address in the FDE at a place; None when the FDE is not the address's."""
        cie, begin, count, program = self.frame(fde, debug)
        if not begin <= addr < begin + count:
            return None
        machine = _Machine(self.bytes_of(debug), cie)
        machine.run(cie.program, None, begin, addr)
        initial = dict(machine.rules)
        machine.run(program, initial, begin, addr)
        rules = machine.rules
        if cie.ra != RA and cie.ra in rules:
            rules[RA] = rules.pop(cie.ra)
        if machine.expr is None and not 0 <= machine.reg < REGISTERS:
            raise BadFrame
        return Row(machine.reg, machine.offset, machine.expr, {r: v for r, v in rules.items() if r < REGISTERS}, cie.signal)


class _Machine:
    """Runs the programs of a CIE and an FDE."""

    __slots__ = ("cie", "data", "expr", "offset", "reg", "rules")

    def __init__(self, data: bytes, cie: _Cie) -> None:
        self.data = data
        self.cie = cie
        self.reg = -1
        self.offset = 0
        self.expr: bytes | None = None
        self.rules: dict[int, tuple[int, int | bytes]] = {}

    def run(self, span: tuple[int, int], initial: dict[int, tuple[int, int | bytes]] | None, loc: int, addr: int) -> None:
        data, rules = self.data, self.rules
        code, factor = self.cie.code, self.cie.data
        at, end = span
        saved: list[tuple[int, int, bytes | None, dict[int, tuple[int, int | bytes]]]] = []
        while at < end:
            op = data[at]
            at += 1
            high, low = op & 0xC0, op & 0x3F
            if high == 0x40:
                loc += low * code
            elif high == 0x80:
                value, at = uleb(data, at)
                rules[low] = (AT, value * factor)
                continue
            elif high == 0xC0:
                self._restore(low, initial)
                continue
            elif op == 0x00:
                continue
            elif op == 0x01:
                (loc,) = unpack_from("<Q", data, at)
                at += 8
            elif op == 0x02:
                loc += data[at] * code
                at += 1
            elif op == 0x03:
                loc += unpack_from("<H", data, at)[0] * code
                at += 2
            elif op == 0x04:
                loc += unpack_from("<I", data, at)[0] * code
                at += 4
            elif op == 0x0A:
                saved.append((self.reg, self.offset, self.expr, dict(rules)))
                continue
            elif op == 0x0B:
                self.reg, self.offset, self.expr, old = saved.pop()
                rules.clear()
                rules.update(old)
                continue
            else:
                at = self._other(op, at, initial, factor)
                continue
            if loc > addr:
                return

    def _restore(self, reg: int, initial: dict[int, tuple[int, int | bytes]] | None) -> None:
        if initial is not None and reg in initial:
            self.rules[reg] = initial[reg]
        else:
            self.rules.pop(reg, None)

    def _other(self, op: int, at: int, initial: dict[int, tuple[int, int | bytes]] | None, factor: int) -> int:
        data, rules = self.data, self.rules
        if op == 0x0E:  # def_cfa_offset
            self.offset, at = uleb(data, at)
        elif op == 0x0C:  # def_cfa
            self.reg, at = uleb(data, at)
            self.offset, at = uleb(data, at)
            self.expr = None
        elif op == 0x0D:  # def_cfa_register
            self.reg, at = uleb(data, at)
            self.expr = None
        elif op == 0x0F:  # def_cfa_expression
            size, at = uleb(data, at)
            self.expr = data[at : at + size]
            at += size
        elif op == 0x13:  # def_cfa_offset_sf
            value, at = sleb(data, at)
            self.offset = value * factor
        elif op == 0x12:  # def_cfa_sf
            self.reg, at = uleb(data, at)
            value, at = sleb(data, at)
            self.offset, self.expr = value * factor, None
        elif op == 0x2E:  # GNU_args_size
            _, at = uleb(data, at)
        elif op == 0x2D:  # GNU_window_save: not of this machine
            pass
        else:
            reg, at = uleb(data, at)
            if op in (0x05, 0x14):  # offset_extended, val_offset
                value, at = uleb(data, at)
                rules[reg] = (AT if op == 0x05 else IS, value * factor)
            elif op in (0x11, 0x15):  # the same, signed
                value, at = sleb(data, at)
                rules[reg] = (AT if op == 0x11 else IS, value * factor)
            elif op == 0x2F:  # GNU_negative_offset_extended
                value, at = uleb(data, at)
                rules[reg] = (AT, -value * factor)
            elif op in (0x10, 0x16):  # expression, val_expression
                size, at = uleb(data, at)
                rules[reg] = (AT_EXPR if op == 0x10 else IS_EXPR, data[at : at + size])
                at += size
            elif op == 0x09:  # register
                value, at = uleb(data, at)
                rules[reg] = (IN, value)
            elif op == 0x07:
                rules[reg] = (UNDEFINED, 0)
            elif op == 0x08:  # same_value
                rules.pop(reg, None)
            elif op == 0x06:
                self._restore(reg, initial)
            else:
                raise BadFrame
        return at
