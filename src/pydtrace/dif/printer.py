"""DIF as text, for `-S`: every instruction with its DIF offset, blocks as labels, and the D source lines beside.

The offset shown is the one a fault message names.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .ir import Function


def listing(function: Function, source_lines: list[str] | None = None) -> str:
    """Text of `function`, ending in a newline. `source_lines[0]` is line 1; a line is shown where its first instruction is."""
    out = [f"{function.name}:"]
    offset = 0
    shown = 0
    for number, block in enumerate(function.blocks):
        if len(function.blocks) > 1:
            out.append(f"  L{number}:")
        for insn in block:
            text = repr(insn)
            if insn.op == "jmp":
                text = f"{'jmp':<10} L{insn.imm[0] if isinstance(insn.imm, tuple) else insn.imm}"
            elif insn.op == "br":
                cond, then, other = insn.imm
                text = f"{'br.' + cond:<10} {insn.args[0]!r}, {insn.args[1]!r}, L{then}, L{other}"
            if source_lines and insn.line != shown and 0 < insn.line <= len(source_lines):
                shown = insn.line
                text = f"{text:<50} ; {shown}: {source_lines[shown - 1].strip()}"
            out.append(f"  {offset:4d}  {text}".rstrip())
            offset += 1
    return "\n".join(out) + "\n"
