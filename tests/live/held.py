"""Which BPF programs and maps a process holds, and which the kernel has. Other runs of dtrace are none of a test's business."""

from __future__ import annotations

import os


def held_by(pid: int) -> set[int]:
    """Ids of a process's programs and maps (maps as negative numbers)."""
    found = set()
    for name in os.listdir(f"/proc/{pid}/fdinfo"):
        try:
            with open(f"/proc/{pid}/fdinfo/{name}") as file:
                for line in file:
                    if line.startswith("prog_id:"):
                        found.add(int(line.split()[1]))
                    elif line.startswith("map_id:"):
                        found.add(-int(line.split()[1]))
        except FileNotFoundError:
            pass  # the listing's own
    return found


def loaded() -> set[int]:
    """Ids of all programs and maps of the kernel, in the same form."""
    from pydtrace.linux import bpf

    return {row.id for row in bpf.programs()} | {-row.id for row in bpf.maps()}
