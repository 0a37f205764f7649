"""The kernel's stack, by the kernel's own tables (ORC), read from its memory.

For each stretch of text an entry of six bytes says where the caller's frame is: two signed 16-bit offsets and a 16-bit word of what each
is relative to. `orc_lookup` has for each 256 bytes of text where its entries begin; `__start_orc_unwind_ip` their addresses, as 32-bit
distances from their own place; `__start_orc_unwind` the entries. So a frame costs two reads, and none when its address has been seen
before.

The word (arch/x86/include/asm/orc_types.h): base of sp 4 bits, base of bp 4, type 3 (2 before 6.4, where a call's was 0 and not 2), then
flags.
"""

from __future__ import annotations

from struct import unpack_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .kernel import Kernel

    Entry = tuple[int, int, int]

_PREV_SP, _BP, _SP, _BP_INDIRECT, _SP_INDIRECT = 1, 4, 5, 8, 9
_BLOCK = 256
_REGS_IP, _REGS_SP, _REGS_BP = 128, 152, 32  # in struct pt_regs
_M = (1 << 64) - 1


class Orc:
    """The tables of one kernel."""

    __slots__ = ("_kernel", "_known", "_places", "_text", "newer")

    def __init__(self, kernel: Kernel) -> None:
        address = kernel.symbols.address
        self._kernel = kernel
        self._known: dict[int, Entry | None] = {}
        self._places = [address(name) or 0 for name in ("orc_lookup", "__start_orc_unwind_ip", "__start_orc_unwind")]
        self._text = address("_stext") or 0, address("_etext") or 0
        self.newer: bool | None = None  # the form of 6.4 and later; told by the first function's entry, which is a call's

    def entry(self, ip: int) -> Entry | None:
        """(sp_offset, bp_offset, word) for this address of the core kernel's text."""
        if ip not in self._known:
            self._known[ip] = self._find(ip)
        return self._known[ip]

    def _find(self, ip: int) -> Entry | None:
        low, high = self._text
        if not all(self._places) or not low <= ip < high:
            return None
        read = self._kernel.remote.read
        lookup, ips, entries = self._places
        block = read(lookup + (ip - low) // _BLOCK * 4, 8)
        if len(block) < 8:
            return None
        first, last = unpack_from("<2I", block)
        count = last + 1 - first
        if not 0 < count < 4096:
            return None
        places, table = self._kernel.remote.read_many([(ips + 4 * first, 4 * count), (entries + 6 * first, 6 * count)])
        if len(table) < 6 * count or len(places) < 4 * count:
            return None
        found = -1
        for i, distance in enumerate(unpack_from(f"<{count}i", places)):
            if ips + 4 * (first + i) + distance > ip:
                break
            found = i
        return unpack_from("<hhH", table, 6 * found) if found >= 0 else None

    def kind(self, word: int) -> str:
        """ "call", "regs", or "" where the stack ends or is not known."""
        bits = word >> 8 & 7
        if self.newer is None:
            self.newer = bits == 2
        if self.newer:
            return ("", "", "call", "regs", "")[bits] if bits < 5 else ""
        return ("call", "regs", "", "")[bits & 3] if not word >> 10 & 1 else ""


def unwind(kernel: Kernel, regs: dict[str, int], most: int) -> list[int]:
    """Addresses from the instruction pointer outward, at most `most`; the vCPU is in kernel mode and stands where `regs` say."""
    if not regs["rip"] >> 63:
        return []
    orc = kernel.orc
    ip, sp, bp = regs["rip"], regs["rsp"], regs["rbp"]
    found = [ip]
    called = False
    while len(found) < most:
        entry = orc.entry(ip - called)
        if entry is None:
            break
        sp_offset, bp_offset, word = entry
        kind, base = orc.kind(word), word & 15
        if kind == "" or base not in (_SP, _BP, _BP_INDIRECT, _SP_INDIRECT):
            break
        if base == _SP_INDIRECT:
            frame = (_word(kernel, sp) + sp_offset) & _M
        elif base == _BP_INDIRECT:
            frame = _word(kernel, bp + sp_offset & _M)
        else:
            frame = ((sp if base == _SP else bp) + sp_offset) & _M
        if kind == "regs":
            ip, sp, bp = (_word(kernel, frame + at & _M) for at in (_REGS_IP, _REGS_SP, _REGS_BP))
            called = False
        else:
            ip = _word(kernel, frame - 8 & _M)
            if word >> 4 & 15 == _PREV_SP:
                bp = _word(kernel, frame + bp_offset & _M)
            elif word >> 4 & 15 == _BP:
                bp = _word(kernel, bp + bp_offset & _M)
            sp = frame
            called = True
        if not ip >> 63:
            break
        found.append(ip)
    return found


def _word(kernel: Kernel, address: int) -> int:
    return int.from_bytes(kernel.remote.read(address, 8), "little")
