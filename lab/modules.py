"""The check of a module's function: probed, its arguments, its name in stacks. The guest's files are an overlay, so the module is there.

ovl_open(inode, file) runs when the target opens itself. fentry does not know the functions of modules; there a kprobe takes its place.
"""

from __future__ import annotations

import os
import re

from common import dtrace, expect, good

SCRIPT = """
    fbt:overlay:ovl_open:entry /pid == $target/ {
        printf("%s %s\\n", probemod, stringof(((struct file *)arg1)->f_path.dentry->d_name.name));
        stack(1); printf("%a\\n%s %s\\n", caller, mod(caller), func(caller));
        printf("%a\\n", &overlay`ovl_fs_type);
        printf("%s\\n", stringof(((struct file_system_type *)&overlay`ovl_fs_type)->name));
    }
    fbt:overlay:ovl_open:return /pid == $target/ { printf("returned %d\\n", arg1); stack(1); }
"""


def module(mechanism: str, target: str) -> str:
    """Its lines."""
    done = good(dtrace("-qx", f"fbtmech={mechanism}", "-n", SCRIPT, "-c", f"{target} open"))
    seen = [re.sub(r"\+0x[0-9a-f]+", "+", line.strip()) for line in done.stdout.splitlines() if line.strip()]
    where = "vmlinux`do_dentry_open"
    wanted = ["0", f"overlay {os.path.basename(target)}", "overlay`ovl_open+", f"{where}+", f"vmlinux {where}"]
    wanted += ["overlay`ovl_fs_type", "overlay", "returned 0", f"{where}+"]
    expect("lines", sorted(seen), sorted(wanted))
    return f"{len(seen)} lines as expected"
