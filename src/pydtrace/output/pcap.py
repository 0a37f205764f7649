"""pcap(): network packets into capture files.

A packet goes into the file that freopen() has named last, as a record of a pcap file (the classic format, microseconds); where output is
not redirected, it is dumped like tracemem. A file is emptied when its first packet comes, and stays open for the run: freopen() away from
it and back goes on where it was. All packets of a file are of one link type, that of the first; others are told of and left out.
"""

from __future__ import annotations

import os
import time
from struct import pack

from ..errors import UserError
from .aggregates import hex_dump

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .text import TextOutput

_MAGIC, _VERSION = 0xA1B2C3D4, (2, 4)
_LINKTYPES = {12: 101}  # numbers that differ between programs (DLT_) and files (LINKTYPE_): raw IP


class _File:
    """An open capture file."""

    __slots__ = ("fd", "name", "type")

    def __init__(self, name: str, type: int, most: int) -> None:
        self.name = name
        self.type = type
        self.fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
        self.write(pack("<IHHiIII", _MAGIC, *_VERSION, 0, 0, most, _LINKTYPES.get(type, type)))

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self.fd, view) :]
        except OSError as error:
            raise UserError(f"failed to write to {self.name}: {error.strerror}") from None


class Captures:
    """The capture files of a run, by name."""

    __slots__ = ("_files", "_output", "_since")

    def __init__(self, output: TextOutput) -> None:
        self._output = output
        self._files: dict[str, _File] = {}
        self._since = time.time_ns() - time.monotonic_ns()  # of the kernel's clock

    def packet(self, clause: int, values: tuple[Any, ...]) -> None:
        """`values`: monotonic time, length of the packet, bytes captured, link type, the bytes. A packet of no length is none."""
        when, length, captured, type, data = values
        if not length:
            return
        output = self._output
        most = output.options.integer("pcapsize")
        data = data[: min(captured, most)]
        if not output.redirected:
            if data:
                output.write(hex_dump(data))
            return
        name: str = output.stream.name
        file = self._files.get(name)
        if file is None:
            try:
                file = self._files[name] = _File(name, type, most)
            except OSError as error:
                output.library_fault(clause, f'couldn\'t open capture file "{name}": {error.strerror}')
                return
        if file.type != type:
            reason = f"link type {type} among packets of link type {file.type}"
            output.library_fault(clause, f'couldn\'t write to capture file "{name}": {reason}')
            return
        seconds, ns = divmod(when + self._since, 10**9)
        file.write(pack("<IIII", seconds & 0xFFFFFFFF, ns // 1000, len(data), length) + data)

    def close(self) -> None:
        for file in self._files.values():
            os.close(file.fd)
        self._files.clear()
