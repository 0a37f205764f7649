"""What `-S` shows: each clause's DIF, and the eBPF made of it where the kernel's back end can show it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..dif.compile import Source
    from ..dif.program import Program


def listing(program: Program, sources: list[Source], code: str) -> str:
    from ..dif.printer import listing as dif_listing

    lines = sources[0].text.splitlines() if len(sources) == 1 else None
    text = ""
    for clause in program.clauses:
        name = ", ".join(str(desc) for desc in clause.descs)
        text += f"\nDisassembly of clause {name}, <dt_clause_{clause.index}>:\n" + dif_listing(clause.function, lines)
    return text + code + "\n"
