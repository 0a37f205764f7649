"""The text of a kernel's death, from a log in whatever state it comes, to `Oops`.

A log is what people paste: with or without time stamps, syslog's host and facility, dmesg's levels, mail quoting, lines broken by an
editor in the middle of `Code:`. So nothing is asked of a line's beginning: its prefix is taken away, and what remains is looked at for
the few forms the kernel prints. Three generations of them are read:

* `RIP: 0010:sysrq_handle_crash+0x16/0x20` (since 4.11), `RIP: 0010:[<ffffffff81401fd6>]  [<ffffffff81401fd6>] name+0x16/0x20` (before),
  `EIP: name+0x..`;
* a call trace whose lines are `name+0x1/0x2`, `? name+..` (found on the stack, not proven) or `[<address>] ? name+...`;
* `Code: 55 90 90 <00> 00`: bytes around the instruction pointer, the one it points to in angle brackets. With `<f6> 0f` forms the bracket
  is on one byte.

User programs that die are told in one line (`name[pid]: segfault at 0 ip ... sp ... error 4 in file[...]`) and a `Code:`; they are read
as well.

A log may hold several; each begins at its headline (`BUG:`, `Oops:`, `general protection fault`, `Kernel panic`, ...) or, where that is
cut off, at its first `RIP`, trace or code. What follows `RIP: 0033:` is the program that made the system call: it is left out, up to the
next kernel's RIP or headline.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_PREFIX = re.compile(
    r"""^(?:>\ ?)*                                                 # mail
        (?:<\d+>)?                                                  # the level, raw
        (?:\d{4}-\d\d-\d\dT\S+\s+|[A-Z][a-z]{2}\s+\d+\s+[\d:.]+\s+)? # syslog's time
        (?:(?:\S+\s+)?kernel:\s*)?                                  # its host and facility
        (?:(?:kern\s*:\w+\s*:\s*))?                                 # dmesg -x
        (?:\[\s*(?:\d+\.\d+|[A-Z][a-z]{2}\ [A-Z][a-z]{2}\s+\d+\ [\d:.]+\ \d{4})\]\s?)? # the kernel's time
        (?:\[\s*[TC]\d+\]\s?)?                                      # CONFIG_PRINTK_CALLER
    """,
    re.X,
)
_HEAD = re.compile(
    r"^(Kernel panic - not syncing: .*|WARNING: CPU: .*|BUG: (?!sleeping|scheduling|workqueue|Bad rss).*|Oops: .*|Oops\[.*|"
    r"general protection fault.*|invalid opcode: .*|int3: .*|stack segment: .*|divide error: .*|double fault: .*|PANIC: double fault.*|"
    r"kernel BUG at .*|Unable to handle kernel .*|traps: .* trap .*|\S+\[\d+\]: segfault at .*)$"
)
_SEGFAULT = re.compile(
    r"^(?:traps: )?(\S+)\[(\d+)\]:? (?:segfault at ([0-9a-f]+)|trap ([\w ]+?)) "
    r"ip:? ?([0-9a-f]+) sp:? ?([0-9a-f]+) error:? ?([0-9a-f]+)(?: in (\S+?)\[)?"
)
_SYMBOL = r"([A-Za-z_.$][\w.$]*)\+0x([0-9a-f]+)/0x([0-9a-f]+)(?:\s+\[(\w+)(?: [0-9a-f]+)?\])?"
_RIP = re.compile(r"\b[RE]?IP:?\s+(?:\w{4}:)?(?:\[<([0-9a-f]+)>\]\s*)*(?:is at )?(?:" + _SYMBOL + r"|0x([0-9a-f]+)|([0-9a-f]{8,16})\b)?")
_CALLER = re.compile(r"^RIP: 00[23]3:")
_FRAME = re.compile(r"^\s*(?:\[<([0-9a-f]+)>\]\s*)?(\? )?(?:" + _SYMBOL + r"|0x([0-9a-f]{8,16}))(?: \(.*\))?\s*$")
_REGISTER = re.compile(r"\b(R[A-D]X|R[SD]I|R[BS]P|R\d\d|CR[0234]|E[A-D]X|E[SD]I|E[BS]P|EFLAGS|RFLAGS):\s*(?:\w{4}:)?([0-9a-f]{8,16})\b")
_TASK = re.compile(r"\bCPU: (\d+)(?: UID: \d+)? PID: (\d+) Comm: (.*?) (?:Kdump: \S+ )?(Tainted: [^)]*?|Not tainted) (\d\S*)")
_OLD_TASK = re.compile(r"^Pid: (\d+), comm: (.*?) (Tainted: .*?|Not tainted) +(\d\S*)")
_CODE = re.compile(r"\bCode: (.*)$")
_BYTES = re.compile(r"^(?:(?:<?[0-9a-f]{2}>?|\([0-9a-f]{2}\)|<[0-9a-f]{4}>)(?:\s+|$))+(?:\.\.\.)?$")


class Place:
    """An address as the kernel wrote it; `function` is "" where it had no symbol for it, `address` 0 where it did not say."""

    __slots__ = ("address", "function", "module", "offset", "proven", "size")

    def __init__(self, address: int, function: str = "", offset: int = 0, size: int = 0, module: str = "", proven: bool = True) -> None:
        self.address = address
        self.function = function
        self.offset = offset
        self.size = size
        self.module = module
        self.proven = proven  # not a mere word on the stack that looks like a return address

    def __str__(self) -> str:
        if not self.function:
            return f"0x{self.address:x}"
        plus = f"+0x{self.offset:x}" if self.offset else ""
        return f"{self.module or 'vmlinux'}`{self.function}{plus}"


class Oops:
    """One death. What the log did not say is empty: "", 0, None."""

    __slots__ = ("code", "comm", "cpu", "fault", "file", "head", "kernel", "line", "mark", "pid", "registers", "rip", "tainted", "trace")

    def __init__(self, line: int) -> None:
        self.line = line  # of the log, from 1
        self.head = ""
        self.kernel = ""
        self.tainted = ""
        self.comm = ""
        self.pid = 0
        self.cpu: int | None = None
        self.rip: Place | None = None
        self.fault: int | None = None  # the address that could not be accessed
        self.file = ""  # of a user program: the object it died in
        self.code = b""
        self.mark = 0  # which byte of `code` the instruction pointer is at
        self.registers: dict[str, int] = {}
        self.trace: list[Place] = []

    @property
    def empty(self) -> bool:
        return not (self.code or self.trace or self.rip)


def parse(lines: Iterable[str]) -> list[Oops]:
    """All that died in this log, in its order."""
    reader = _Reader()
    for number, line in enumerate(lines, 1):
        reader.line(number, _PREFIX.sub("", line.rstrip("\r\n"), count=1))
    return [oops for oops in reader.found if not oops.empty]


class _Reader:
    def __init__(self) -> None:
        self.found: list[Oops] = []
        self.tracing = False  # inside a call trace
        self.caller = False  # what follows is the program that called the kernel
        self.coding = False  # the line before was one of Code:, and may go on

    def line(self, number: int, text: str) -> None:
        if self.coding:
            self.coding = False
            if _BYTES.match(text.strip()):
                self._code(text.strip())
                return
        if _HEAD.match(text):
            self._headline(number, text)
            return
        task = _TASK.search(text)
        if task:
            oops = self._now(number)
            if not oops.comm:
                oops.cpu, oops.pid, oops.comm, oops.tainted, oops.kernel = int(task[1]), int(task[2]), task[3], task[4], task[5]
            return
        task = _OLD_TASK.match(text)
        if task:
            oops = self._now(number)
            oops.pid, oops.comm, oops.tainted, oops.kernel = int(task[1]), task[2], task[3], task[4]
            return
        if re.match(r"\s*Call Trace:", text):
            self._now(number)
            self.tracing = True
            text = text.split("Call Trace:", 1)[1]
            if not text.strip():
                return
        if self.tracing and self._frame(text):
            return
        pointer = _RIP.search(text) if re.match(r"\s*(?:RIP|EIP|IP)\b", text) else None
        if pointer:
            self.caller = bool(_CALLER.match(text))
            if not self.caller:
                self._pointer(number, pointer)
        if self.caller:
            return
        code = _CODE.search(text)
        if code and _BYTES.match(code[1].strip()):
            if not self._now(number).code:  # it is told again at the end
                self._code(code[1].strip())
            return
        for name, value in _REGISTER.findall(text):
            self._now(number).registers.setdefault(name, int(value, 16))

    def _now(self, number: int) -> Oops:
        if not self.found:
            self.found.append(Oops(number))
        return self.found[-1]

    def _headline(self, number: int, text: str) -> None:
        now = self.found[-1] if self.found else None
        # "BUG: ..." is followed by "Oops: ...", a headline of the same death.
        if now is None or now.code or now.trace or _SEGFAULT.match(now.head):
            now = Oops(number)
            self.found.append(now)
            self.tracing = self.caller = False
        now.head = f"{now.head}; {text}" if now.head and text not in now.head else text
        user = _SEGFAULT.match(text)
        if user:
            now.comm, now.pid = user[1], int(user[2])
            now.fault = int(user[3], 16) if user[3] else None
            now.rip = Place(int(user[5], 16))
            now.registers["RSP"] = int(user[6], 16)
            now.file = user[8] or ""
            return
        address = re.search(r"(?:address:? |request at |reference at |non-canonical address )(?:0x)?([0-9a-f]{8,16})\b", text)
        if address and now.fault is None:
            now.fault = int(address[1], 16)

    def _pointer(self, number: int, found: re.Match[str]) -> None:
        oops = self._now(number)
        address = int(found[1] or found[6] or found[7] or "0", 16)
        if oops.rip is None:
            oops.rip = Place(address, found[2] or "", int(found[3] or "0", 16), int(found[4] or "0", 16), found[5] or "")
        elif not oops.rip.address and not found[2] or oops.rip.function == (found[2] or ""):
            oops.rip.address = oops.rip.address or address
        elif not oops.rip.function and found[2] and not oops.trace:
            oops.rip = Place(oops.rip.address or address, found[2], int(found[3], 16), int(found[4], 16), found[5] or "")

    def _frame(self, text: str) -> bool:
        if re.match(r"\s*</?(?:TASK|IRQ|NMI|#DF|EOI|SOFTIRQ|ENTRY_TRAMPOLINE)>\s*$", text):
            return True
        found = _FRAME.match(text)
        if not found:
            if text.strip():
                self.tracing = False
            return False
        address = int(found[1] or found[7] or "0", 16)
        self.found[-1].trace.append(
            Place(address, found[3] or "", int(found[4] or "0", 16), int(found[5] or "0", 16), found[6] or "", not found[2])
        )
        return True

    def _code(self, text: str) -> None:
        oops = self.found[-1]
        self.coding = True
        self.tracing = False
        for word in text.split():
            if word == "...":
                break
            if word[0] in "<(":
                oops.mark = len(oops.code)
            oops.code += bytes.fromhex(word.strip("<>()"))
