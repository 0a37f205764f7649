"""Actions whose work is done here, in the consumer, when their record is printed: files, commands, options, and what is shown as bytes.

`step(output, schema, action)` gives the function that TextOutput calls with a record's values. What fails is told as a fault of the
library, with the clause and the probe, and nothing else happens: the next action follows.
"""

from __future__ import annotations

import os

from ..errors import UserError
from .aggregates import hex_dump
from .sink import Sink, open_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..dif.program import Action, Schema
    from .text import TextOutput

    Step = Callable[[tuple[Any, ...]], None]

def step(output: TextOutput, schema: Schema, action: Action) -> Step | None:
    first, end = action.first, action.first + action.count
    clause, kind = schema.clause, action.kind
    if kind in ("system", "freopen"):
        render = action.format.compile([f.type for f in schema.fields[first:end]], output.resolver).render
        if kind == "system":
            return lambda values: _system(output, render(values[first:end]))
        return lambda values: _freopen(output, clause, render(values[first:end]))
    if kind == "tracemem":
        return lambda values: _tracemem(output, values[first:end])
    if kind == "print":
        from .objects import object_text

        of = schema.fields[end - 1].type
        address = (lambda values: values[first]) if action.count > 1 else lambda _: None
        return lambda values: output.write(object_text(address(values), of, values[end - 1], output.options.integer("printsize")))
    if kind == "pcap":
        from .pcap import Captures

        captures = output.captures = output.captures or Captures(output)
        return lambda values: captures.packet(clause, values[first:end])
    if kind == "ftruncate":
        return lambda values: _ftruncate(output)
    if kind == "setopt":
        return lambda values: _setopt(output, clause, values[first:end])
    return None


def _tracemem(output: TextOutput, values: tuple[Any, ...]) -> None:
    """A third argument says how many of the bytes are shown, when it is neither negative nor more than there are."""
    data = values[0]
    if len(values) > 1 and 0 <= values[1] < len(data):
        data = data[: values[1]]
    if data:
        output.write(hex_dump(data))


def _system(output: TextOutput, command: bytes) -> None:
    """The command's output comes behind ours, and where ours goes: behind freopen() into the file."""
    output.flush()
    if not output.redirected:
        os.system(command)
        return
    kept = os.dup(1)
    try:
        os.dup2(output.stream.fileno(), 1)
        os.system(command)
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _freopen(output: TextOutput, clause: int, path: bytes) -> None:
    """freopen(""): back to where output went at first. A file that cannot be opened leaves everything as it is."""
    if not path:
        output.redirect(None)
        return
    try:
        sink = Sink(path, open_file(path))
        if isinstance(output.stream, Sink):
            sink.patient = output.stream.patient
        output.redirect(sink)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        output.library_fault(clause, f"couldn't freopen() \"{path.decode(errors='surrogateescape')}\": {reason}")


def _ftruncate(output: TextOutput) -> None:
    output.flush()
    output.stream.truncate()


def _setopt(output: TextOutput, clause: int, values: tuple[Any, ...]) -> None:
    name, *rest = (v.decode(errors="replace") for v in values)
    value = rest[0] if rest else None
    try:
        output.options.set(name, value, "active")
    except UserError as error:
        output.library_fault(clause, f'couldn\'t set option "{name}" to "{"1" if value is None else value}": {error.text}\n')
    else:
        output.reload()
