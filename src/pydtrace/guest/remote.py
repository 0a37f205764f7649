"""The GDB remote protocol: a stopped machine's registers, memory and breakpoints over a socket.

A packet is `$text#sum`; its answer has the same form. A round trip costs as much as fifty packets, so many are on their way at once:
everything is sent by `exchange`, which takes a list. Acknowledgements (`+`) are not given where the stub can do without
(QStartNoAckMode), and not where it cannot: the next packet's `$` says as much to QEMU's and kgdb's, while a `+` that arrives when the
machine already runs again would stop it.

While the machine runs the stub reads nothing: to QEMU's any byte then means "stop". So a list may end with `c`, and nothing may follow it
but `interrupt`. What comes when the machine has stopped is a stop reply (`T05thread:02;`), which `wait` gives.

The registers are those of the target's description (qXfer:features), each at its place in the answer to `g`. A stub without one is taken
to have those of GDB's amd64: sixteen of 8 bytes, rip, and eflags and six segments of 4.

Binary answers escape `}`; long runs may be shortened (`0*"`). Both are undone here. An answer `Exx` is an error: memory that is not
there.
"""

from __future__ import annotations

import re
import select
import socket
import time

from ..errors import TargetError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_GENERAL = "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip".split()  # noqa: SIM905
_SMALL = "eflags cs ss ds es fs gs".split()  # noqa: SIM905
_PATIENCE = 10.0  # seconds for an answer of a stopped machine
_BATCH = 64  # packets on their way at once: what fits into socket buffers on both sides, or both would wait for the other to read


class Stop:
    """Why the machine has stopped: `thread` is the vCPU's number in the stub's words ("" unknown), `signal` 5 for a breakpoint or step."""

    __slots__ = ("gone", "signal", "thread")

    def __init__(self, signal: int, thread: str, gone: bool = False) -> None:
        self.signal = signal
        self.thread = thread
        self.gone = gone  # the machine has ended


class Remote:
    """A connection; the machine is stopped when this has been made. TargetError for everything that goes wrong on the way."""

    def __init__(self, host: str, port: int) -> None:
        self.name = f"{host}:{port}"
        self._buffer = bytearray()
        self.running = False
        try:
            self._socket = socket.create_connection((host, port), _PATIENCE)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            raise TargetError(f"no stub at {self.name}: {error.strerror or error}") from None
        # The machine stops because we have come, and QEMU tells so, before our first question or after it.
        self._send(_wrapped(b"qSupported:swbreak+;hwbreak+;vContSupported+"))
        text = self._answer(_PATIENCE)
        while re.match(rb"[TS][0-9a-f]{2}", text):
            text = self._answer(_PATIENCE)
        features = text.split(b";")
        self.packet = next((int(word[11:], 16) for word in features if word.startswith(b"PacketSize=")), 1024)
        if b"QStartNoAckMode+" in features:
            self._command(b"QStartNoAckMode")
        self.registers = self._description() if b"qXfer:features:read+" in features else _default()
        self.initial = self._why(self._command(b"?"))

    # ---- packets

    def exchange(self, packets: Sequence[bytes]) -> list[bytes]:
        """The answers, in order. The last packet may be one that makes the machine run (`c`, `vCont;c`): it has no answer."""
        answers: list[bytes] = []
        runs = bool(packets) and packets[-1].startswith((b"c", b"vCont;c"))
        for at in range(0, len(packets), _BATCH):
            part = packets[at : at + _BATCH]
            self._send(b"".join(_wrapped(text) for text in part))
            if runs and at + _BATCH >= len(packets):
                part = part[:-1]
                self.running = True
            answers += [self._answer(_PATIENCE) for _ in part]
        return answers

    def _command(self, text: bytes) -> bytes:
        return self.exchange([text])[0]

    def _send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise TargetError(f"the connection to {self.name} is lost: {error.strerror or error}") from None

    def _more(self, patience: float) -> bool:
        """Wait for bytes; False when none came."""
        if not select.select([self._socket], [], [], max(patience, 0))[0]:
            return False
        try:
            data = self._socket.recv(1 << 16)
        except OSError as error:
            raise TargetError(f"the connection to {self.name} is lost: {error.strerror or error}") from None
        if not data:
            raise TargetError(f"the stub at {self.name} has closed the connection")
        self._buffer += data
        return True

    def _answer(self, patience: float) -> bytes:
        found = self._packet(patience)
        if found is None:
            raise TargetError(f"the stub at {self.name} does not answer")
        return found

    def _packet(self, patience: float) -> bytes | None:
        """The next packet, or None when none came in time."""
        until = time.monotonic() + patience
        buffer = self._buffer
        while True:
            begin = buffer.find(b"$")
            end = buffer.find(b"#", begin + 1) if begin >= 0 else -1
            if end >= 0 and len(buffer) >= end + 3:
                text = bytes(buffer[begin + 1 : end])
                if int(buffer[end + 1 : end + 3], 16) != sum(text) & 0xFF:
                    raise TargetError(f"the stub at {self.name} sent a damaged packet")
                del buffer[: end + 3]
                return _plain(text)
            if not self._more(until - time.monotonic()):
                return None

    # ---- what the target has

    def _description(self) -> dict[str, tuple[int, int, int]]:
        """name -> (number, offset in `g`, bytes), from the description and what it includes. QEMU's is not well-formed XML."""
        found: dict[str, tuple[int, int, int]] = {}
        number = offset = 0
        todo = [b"target.xml"]
        while todo:
            text = re.sub(rb"<!--.*?-->", b"", self.document(todo.pop(0)), flags=re.S)
            todo += re.findall(rb"""<xi:include\s[^>]*href=["']([^"']+)["']""", text)
            for tag in re.findall(rb"<reg\s([^>]*)>", text):
                words = dict(re.findall(rb"""(\w+)\s*=\s*["']([^"']*)["']""", tag))
                try:
                    number = int(words.get(b"regnum", number))
                    size = int(words[b"bitsize"]) // 8
                    found[words[b"name"].decode()] = (number, offset, size)
                except (KeyError, ValueError):
                    raise TargetError(f"the stub at {self.name} describes its registers in a way that cannot be read") from None
                number, offset = number + 1, offset + size
        return found if "rip" in found else _default()

    def document(self, name: bytes) -> bytes:
        """A document of qXfer:features."""
        text = b""
        while True:
            part = self._command(b"qXfer:features:read:%s:%x,%x" % (name, len(text), self.packet - 64))
            if part[:1] not in (b"m", b"l"):
                raise TargetError(f"the stub at {self.name} has no {name.decode()}")
            text += part[1:]
            if part[:1] == b"l":
                return text

    def threads(self) -> list[str]:
        """The vCPUs, in the stub's words."""
        found: list[str] = []
        part = self._command(b"qfThreadInfo")
        while part[:1] == b"m":
            found += part[1:].decode().split(",")
            part = self._command(b"qsThreadInfo")
        return found

    def select(self, thread: str) -> None:
        """The vCPU whose registers and page tables are used from here on."""
        self._command(b"Hg" + thread.encode())

    # ---- a stopped machine

    def read(self, address: int, size: int) -> bytes:
        """`size` bytes, or fewer where memory ends that can be read."""
        most = (self.packet - 16) // 2
        packets = [b"m%x,%x" % (address + at, min(most, size - at)) for at in range(0, size, most)]
        data = b""
        for start in range(0, len(packets), _BATCH):
            for answer, packet in zip(self.exchange(packets[start : start + _BATCH]), packets[start : start + _BATCH], strict=True):
                part = memory(answer)
                data += part
                if len(part) < int(packet.split(b",")[1], 16):
                    return data
        return data

    def read_many(self, pieces: Sequence[tuple[int, int]]) -> list[bytes]:
        """Several small pieces in one go; b"" for what cannot be read."""
        return [memory(answer) for answer in self.exchange([b"m%x,%x" % piece for piece in pieces])]

    def values(self, answer: bytes) -> dict[str, int]:
        """The answer to `g`, by name."""
        raw = memory(answer.replace(b"x", b"0"))
        return {name: int.from_bytes(raw[at : at + size], "little") for name, (_, at, size) in self.registers.items() if size <= 8}

    def set_register(self, name: str, value: int) -> bytes:
        """The packet that does it."""
        number, _, size = self.registers[name]
        return b"P%x=%s" % (number, value.to_bytes(size, "little").hex().encode())

    # ---- running

    def go(self, *before: bytes) -> None:
        """Let all vCPUs run, after these packets, whose answers must not be errors."""
        for packet, answer in zip(before, self.exchange([*before, b"c"]), strict=False):
            if answer != b"OK":
                raise TargetError(
                    f"the stub at {self.name} refused {packet.decode()}: {answer.decode(errors='replace') or 'not supported'}"
                )

    def wait(self, patience: float) -> Stop | None:
        """The next stop of the running machine; None when it is still running then."""
        while True:
            text = self._packet(patience)
            if text is None:
                return None
            if text[:1] in b"TSWX" and text:
                self.running = False
                return self._why(text)
            # Console output (O...) and the like.

    def interrupt(self) -> Stop:
        """Stop the running machine."""
        if not self.running:
            return self.initial
        self._send(b"\x03")
        stop = self.wait(_PATIENCE)
        if stop is None:
            raise TargetError(f"the machine behind {self.name} does not stop")
        return stop

    def step(self, thread: str) -> Stop:
        """One instruction of one vCPU."""
        self._send(_wrapped(b"vCont;s:" + thread.encode()))
        self.running = True
        stop = self.wait(_PATIENCE)
        if stop is None:
            raise TargetError(f"the step of vCPU {thread} behind {self.name} did not end")
        return stop

    def detach(self) -> None:
        """The machine runs on without us; what breakpoints the stub has are taken away by it."""
        try:
            if self.running:
                self.interrupt()
            self._send(_wrapped(b"D"))
            self._packet(1.0)
        except TargetError:
            pass
        self.close()

    def close(self) -> None:
        """Of our end only."""
        self._socket.close()

    @staticmethod
    def _why(text: bytes) -> Stop:
        if text[:1] in (b"W", b"X"):
            return Stop(0, "", gone=True)
        thread = re.search(rb"thread:([^;]+)", text)
        return Stop(int(text[1:3] or b"0", 16), thread[1].decode() if thread else "")


def _wrapped(text: bytes) -> bytes:
    return b"$%s#%02x" % (text, sum(text) & 0xFF)


def _plain(text: bytes) -> bytes:
    """Undo run lengths (`c*n`) and escapes (`}c`)."""
    if b"*" in text:
        text = re.sub(rb"(.)\*(.)", lambda found: found[1] * (found[2][0] - 28), text, flags=re.S)
    if b"}" in text:
        text = re.sub(rb"\}(.)", lambda found: bytes([found[1][0] ^ 0x20]), text, flags=re.S)
    return text


def memory(answer: bytes) -> bytes:
    """The bytes of a hexadecimal answer; b"" for an error."""
    if len(answer) % 2:  # Exx
        return b""
    try:
        return bytes.fromhex(answer.decode())
    except ValueError:
        return b""


def _default() -> dict[str, tuple[int, int, int]]:
    found = {name: (number, number * 8, 8) for number, name in enumerate(_GENERAL)}
    start = len(_GENERAL) * 8
    return found | {name: (17 + i, start + i * 4, 4) for i, name in enumerate(_SMALL)}
