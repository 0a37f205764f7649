"""eBPF instructions as text, for `-S`.

One line an instruction: number, byte offset, the encoded fields, what it does in the notation the kernel's own verifier log uses, and for a
map reference the map's name. Jumps show the number they go to. The names of helper functions are those of the kernel's uapi.
"""

from __future__ import annotations

from struct import iter_unpack

from .insns import ALU, JMP

_ALU = {code: name for name, code in ALU.items()}
_JMP = {code: name for name, code in JMP.items()}
_SIGN = {
    "add": "+=",
    "sub": "-=",
    "mul": "*=",
    "udiv": "/=",
    "umod": "%=",
    "or": "|=",
    "and": "&=",
    "xor": "^=",
    "shl": "<<=",
    "shr": ">>=",
    "sar": "s>>=",
}
_TEST = {
    "eq": "==",
    "ne": "!=",
    "gt": ">",
    "ge": ">=",
    "lt": "<",
    "le": "<=",
    "sgt": "s>",
    "sge": "s>=",
    "slt": "s<",
    "sle": "s<=",
    "set": "&",
}
_WIDTH = {0x10: "u8", 0x08: "u16", 0x00: "u32", 0x18: "u64"}
# Numbers from the kernel's list of helper functions (include/uapi/linux/bpf.h).
HELPERS = {
    1: "map_lookup_elem",
    2: "map_update_elem",
    3: "map_delete_elem",
    5: "ktime_get_ns",
    7: "get_prandom_u32",
    8: "get_smp_processor_id",
    14: "get_current_pid_tgid",
    15: "get_current_uid_gid",
    16: "get_current_comm",
    27: "get_stackid",
    35: "get_current_task",
    67: "get_stack",
    112: "probe_read_user",
    113: "probe_read_kernel",
    114: "probe_read_user_str",
    115: "probe_read_kernel_str",
    131: "ringbuf_reserve",
    132: "ringbuf_submit",
    133: "ringbuf_discard",
    174: "get_attach_cookie",
    181: "loop",
}


def disassemble(code: bytes, relocs: list[tuple[int, str, int | None]]) -> str:
    """The program's instructions, a line each; `relocs` as in image.Image."""
    names = {at: name if offset is None else f"{name}[{offset}]" for at, name, offset in relocs}
    lines: list[str] = []
    wide = False
    for n, (op, regs, off, imm) in enumerate(iter_unpack("<BBhi", code)):
        dst, src = regs & 15, regs >> 4
        text = "" if wide else _text(n, op, dst, src, off, imm, names.get(n))
        wide = not wide and op == 0x18
        lines.append(f"{n:04d} {n * 8:05d}: {op:02x} {dst:x} {src:x} {off & 0xFFFF:04x} {imm & 0xFFFFFFFF:08x}    {text}".rstrip())
    return "\n".join(lines) + "\n"


def _text(n: int, op: int, dst: int, src: int, off: int, imm: int, name: str | None) -> str:
    kind = op & 7
    operand = f"r{src}" if op & 8 else str(imm)
    if op == 0x18:
        if src == 4:
            return f"r{dst} = function at {n + 1 + imm}"
        return f"r{dst} = {'map ' + name if name else hex(imm & 0xFFFFFFFF) + ' ll'}"
    if kind in (4, 7):
        w = "r" if kind == 7 else "w"
        operand = f"{w}{src}" if op & 8 else str(imm)
        what = _ALU.get(op & 0xF0, "")
        if op & 0xF0 == 0xD0:
            return f"r{dst} = {'be' if op & 8 else 'le'}{imm} r{dst}"
        if what == "neg":
            return f"{w}{dst} = -{w}{dst}"
        return f"{w}{dst} = {operand}" if what == "mov" else f"{w}{dst} {_SIGN.get(what, '?')} {operand}"
    if kind in (5, 6):
        if op == 0x85:
            return f"call {HELPERS.get(imm, '')}#{imm}" if src == 0 else f"call {n + 1 + imm}"
        if op == 0x95:
            return "exit"
        if op & 0xF0 == 0:
            return f"goto {n + 1 + (imm if kind == 6 else off)}"
        return f"if {'r' if kind == 5 else 'w'}{dst} {_TEST.get(_JMP.get(op & 0xF0, ''), '?')} {operand} goto {n + 1 + off}"
    width = _WIDTH[op & 0x18]
    if kind == 1:
        return f"r{dst} = *({width} *)(r{src} {off:+d})"
    if op & 0xE0 == 0xC0:
        return f"lock *({width} *)(r{dst} {off:+d}) op {imm:#x} r{src}"
    return f"*({width} *)(r{dst} {off:+d}) = {f'r{src}' if kind == 3 else imm}"
