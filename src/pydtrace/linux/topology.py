"""Which package and which NUMA node each CPU belongs to, from /sys."""

from __future__ import annotations

import os

from .proc import parse_cpus, possible_cpus


def packages() -> list[int]:
    """The package of each possible CPU; 0 where the kernel does not say."""
    found = []
    for cpu in range(max(possible_cpus(), default=0) + 1):
        try:
            with open(f"/sys/devices/system/cpu/cpu{cpu}/topology/physical_package_id") as file:
                found.append(max(int(file.read()), 0))
        except (OSError, ValueError):
            found.append(0)
    return found


def nodes() -> list[int]:
    """The NUMA node of each possible CPU."""
    found = [0] * (max(possible_cpus(), default=0) + 1)
    try:
        names = os.listdir("/sys/devices/system/node")
    except OSError:
        return found
    for name in names:
        if not name.startswith("node") or not name[4:].isdigit():
            continue
        try:
            with open(f"/sys/devices/system/node/{name}/cpulist") as file:
                for cpu in parse_cpus(file.read()):
                    if cpu < len(found):
                        found[cpu] = int(name[4:])
        except OSError:
            pass
    return found
