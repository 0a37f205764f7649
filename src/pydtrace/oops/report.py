"""An `Oops` for people: what died and where, what that tells, the code with the faulting instruction marked, registers, the call trace.

    Oops 1, line 3: BUG: kernel NULL pointer dereference, address: 0000000000000000
      process bash (412), CPU 0, kernel 6.12.48+deb13-amd64, Not tainted
      at vmlinux`sysrq_handle_crash+0x16
    ...
"""

from __future__ import annotations

import textwrap

from .disasm import lines
from .parse import Oops, Place
from .reading import frame, readings, slot

_ROW = 4  # registers in a row


def report(oops: Oops, number: int) -> str:
    """The whole text of one death, newline at its end."""
    out = [f"Oops {number}, line {oops.line}: {oops.head or '(its headline is not in the log)'}"]
    who = [f"process {oops.comm} ({oops.pid})" if oops.comm else ""]
    who += [f"CPU {oops.cpu}" if oops.cpu is not None else "", f"kernel {oops.kernel}" if oops.kernel else "", oops.tainted]
    if any(who):
        out.append("  " + ", ".join(word for word in who if word))
    if oops.rip is not None:
        address = f" (0x{oops.rip.address:x})" if oops.rip.address and oops.rip.function else ""
        out.append(f"  at {oops.rip}{address}" + (f" in {oops.file}" if oops.file else ""))
    told = readings(oops)
    if told:
        out += ["", *(textwrap.fill(sentence, 136, initial_indent="  * ", subsequent_indent="    ") for sentence in told)]
    if oops.code:
        out += ["", "  Code", *code(oops.code, oops.mark, oops.rip, slot(oops), 32 if "EAX" in oops.registers else 64)]
    if oops.registers:
        out += ["", "  Registers", *registers(oops.registers)]
    if oops.trace:
        out += ["", "  Call trace (?: found on the stack, perhaps not called)", *(_frame(place) for place in oops.trace)]
    return "\n".join(out) + "\n"


def code(data: bytes, mark: int, rip: Place | None, start: int | None = None, bits: int = 64) -> list[str]:
    """`data` as instructions, `>` before the one at byte `mark`, which is at `rip`. Addresses are offsets into the function where the
    address is not known. `start`: where an instruction is known to begin."""
    base, known = 0, start
    if rip is not None:
        base = (rip.address or rip.offset) - mark
        known = mark - rip.offset if rip.function else start
    out = []
    for line in lines(data, mark, base, known, bits):
        shown = f"0x{base + line.at:x}" if base + line.at >= 0 else ""
        for at in range(0, len(line.code), 8) if not line.text else (0,):
            part = line.code[at : at + 8] if not line.text else line.code
            out.append(f"  {'>' if line.at == mark else ' '} {shown if not at else '':>18}  {part.hex(' '):<30}  {line.text or '(bytes)'}")
    return out


def registers(values: dict[str, int]) -> list[str]:
    """Rows of four."""
    names = list(values)
    rows = (names[at : at + _ROW] for at in range(0, len(names), _ROW))
    return ["    " + "  ".join(f"{name:>6} {values[name]:016x}" for name in row) for row in rows]


def _frame(place: Place) -> str:
    what = frame(place)
    return f"    {' ' if place.proven else '?'} {place}" + (f"    <- {what}" if what else "")
