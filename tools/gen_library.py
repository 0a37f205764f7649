"""Makes the constants and the index of the D libraries (src/pydtrace/d/library).

    tools/gen_library.py constants    errno.d signal.d fcntl.d socket.d …, from the C headers of this machine (needs a C compiler)
    tools/gen_library.py index        `index`, from the definitions of all *.d: run it after each change of a library

The values are those of Linux on x86-64. What has no C header (B_READ, PCAP_ETHER, DTRACEFLT_BADADDR …) is written by hand in other files.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile

LIBRARY = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "src", "pydtrace", "d", "library")

# file: (headers, pattern of macros or list of names, what is left out)
CONSTANTS = {
    "errno.d": (["errno.h"], r"E[A-Z0-9]+", ()),
    "signal.d": (
        ["signal.h", "linux/signal.h"],
        r"(?:SIG(?:HUP|INT|QUIT|ILL|TRAP|ABRT|IOT|BUS|FPE|KILL|USR[12]|SEGV|PIPE|ALRM|TERM|STKFLT|CHLD|CONT|STOP|TSTP|TTIN|TTOU|URG|XCPU|XFSZ"
        r"|VTALRM|PROF|WINCH|IO|POLL|PWR|SYS)|SA_[A-Z]+|SIG_(?:BLOCK|UNBLOCK|SETMASK)"
        r"|(?:SI|CLD|ILL|FPE|SEGV|BUS|TRAP|POLL)_[A-Z]+)",
        ("SIG_BLOCK", "FPE_FLTUNK", "SI_LOAD_SHIFT"),
    ),
    "fcntl.d": (["fcntl.h", "sys/stat.h", "unistd.h"], r"(?:O|F|AT|S_I|LOCK)_?[A-Z]+", ("F_OK", "F_LOCK", "F_TEST", "F_TLOCK", "F_ULOCK")),
    "mman.d": (["sys/mman.h"], r"(?:PROT|MAP|MS|MADV|MREMAP)_[A-Z0-9]+", ("MAP_FILE",)),
    "socket.d": (
        ["sys/socket.h", "netinet/in.h", "net/if_arp.h"],
        r"(?:AF|SOCK|IPPROTO|SHUT|MSG|SOL)_[A-Z0-9_]+|ARPHRD_(?:ETHER|INFINIBAND|LOOPBACK|NONE|PPP)",
        (),
    ),
    "wait.d": (
        ["sys/wait.h", "sched.h"],
        r"W(?:NOHANG|UNTRACED|EXITED|STOPPED|CONTINUED|NOWAIT)|P_(?:PID|PGID|ALL)|CLONE_[A-Z_]+|SCHED_[A-Z]+",
        (),
    ),
}
_DEFINE = re.compile(r"^#define (\w+) (\S.*)$", re.M)
_START = re.compile(r"^[a-z]", re.M)


def _compiled(source: str, *flags: str) -> str:
    with tempfile.TemporaryDirectory() as at:
        path = os.path.join(at, "a.c")
        with open(path, "w") as file:
            file.write(source)
        if flags:
            return subprocess.run(["cc", *flags, path], check=True, capture_output=True, text=True).stdout
        subprocess.run(["cc", "-o", path[:-2], path], check=True)
        return subprocess.run([path[:-2]], check=True, capture_output=True, text=True).stdout


def values(headers: list[str], names: list[str]) -> dict[str, int]:
    """The values of macros or enumerators, by the C compiler; those that are no integers are left out."""
    head = "#define _GNU_SOURCE\n#include <stdio.h>\n" + "".join(f"#include <{h}>\n" for h in headers if not h.startswith("linux/"))
    body = "".join(f'printf("{n} %lld\\n", (long long)({n}));\n' for n in names)
    return {line.split()[0]: int(line.split()[1]) for line in _compiled(f"{head}int main() {{\n{body}}}\n").splitlines()}


def _names(headers: list[str], pattern: str) -> list[str]:
    head = "#define _GNU_SOURCE\n" + "".join(f"#include <{h}>\n" for h in headers if not h.startswith("linux/"))
    text = _compiled(head, "-E", "-dD")
    found = dict.fromkeys(n for n, _ in _DEFINE.findall(text) if re.fullmatch(pattern, n))
    return list(found)


def _family(name: str) -> str:
    return name.partition("_")[0] if "_" in name else ""


def _spelled(file: str, name: str, value: int) -> str:
    if value < 0 or file in ("errno.d", "signal.d", "socket.d") and value < 1024:
        return str(value)
    return f"0{value:o}" if name.startswith(("O_", "S_")) else f"{value:#x}"


def constants() -> None:
    for file, (headers, pattern, without) in CONSTANTS.items():
        names = [n for n in _names(headers, pattern) if n not in without]
        known = values(headers, names)
        shown = [h for h in headers if not h.startswith("linux/")]
        text = f"/* Constants of {', '.join(f'<{h}>' for h in shown)}, Linux on x86-64. Made by tools/gen_library.py. */\n\n"
        for name, value in sorted(known.items(), key=lambda x: (_family(x[0]) if file != "errno.d" else "", x[1])):
            text += f"inline {'int' if -(1 << 31) <= value < 1 << 31 else 'uint_t'} {name} = {_spelled(file, name, value)};\n"
        with open(os.path.join(LIBRARY, file), "w") as out:
            out.write(text)


def definitions(text: str) -> list[tuple[str, int, int]]:
    """(name, offset, length) of each definition of a library's text."""
    bare = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.S)
    starts = [m.start() for m in _START.finditer(bare)]
    found = []
    for start, end in zip(starts, [*starts[1:], len(text)]):
        body = bare[start:end].rstrip()
        cut = body.find("\n#")  # control lines behind it
        body = body[:cut].rstrip() if cut >= 0 else body
        assert body.endswith(";"), body
        kind = body.split()[0]
        if kind == "inline":
            name = re.match(r"inline\s[^=\[]*?(\w+)\s*[=\[]", body)[1]  # type: ignore[index]
        elif kind == "typedef":
            name = re.search(r"(\w+)\s*;$", body)[1]  # type: ignore[index]
        elif kind == "translator":
            name = "xlate:" + re.match(r"translator\s+(\w+)", body)[1]  # type: ignore[index]
        else:
            raise SystemExit(f"no name for: {body[:60]}")
        found.append((name, len(text[:start].encode()), len(text[start : start + len(body)].encode())))
    return found


def index() -> str:
    lines = []
    for at, _, files in sorted(os.walk(LIBRARY)):
        for file in sorted(files):
            if file.endswith(".d"):
                path = os.path.join(at, file)
                with open(path, encoding="utf-8") as f:
                    text = f.read()
                short = os.path.relpath(path, LIBRARY)
                lines += [f"{name} {short} {offset} {length}\n" for name, offset, length in definitions(text)]
    return "".join(lines)


if __name__ == "__main__":
    if sys.argv[1:] == ["constants"]:
        constants()
    if sys.argv[1:] not in (["constants"], ["index"]):
        raise SystemExit(__doc__)
    with open(os.path.join(LIBRARY, "index"), "w") as out:
        out.write(index())
