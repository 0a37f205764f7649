"""What the front end hands to the engines: variables, aggregations, and for each clause its DIF and its record schema.

The *record schema* is made once, at compile time. A record in the stream is (probe index, clause index, cpu, values): the consumer
looks the clause's schema up, decodes the values and walks the actions. `fields[i]` is what DIF's `put i` stores. A field of kind
'probe' (probefunc and its like) is constant for the probe: it is not recorded at all, the consumer fills it in.

Invariants: field offsets are multiples of 8 and ascending, the first is 0; `size` is the sum, a multiple of 8;
an action's `fields` are consecutive; aggregation values begin with the number of updates `n`.
"""

from __future__ import annotations

from ..d.symbols import Aggregation, Variable
from ..d.types import Type

__all__ = ["Action", "Aggregation", "CompiledClause", "Field", "Program", "Schema", "Variable"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..d.tree import ProbeDesc
    from .ir import Function


class Field:
    """kind: 'int' (size 1 2 4 8, signed), 'str', 'bytes', 'stack' (a word, the process id or 0 for the kernel's stack, then the frames,
    zero ended), 'probe' (`name` is probeprov/probemod/probefunc/probename; no storage), 'usym' (pid word, address word)."""

    __slots__ = ("kind", "size", "signed", "offset", "name", "type")

    def __init__(self, kind: str, size: int, signed: bool, offset: int, type: Type, name: str = "") -> None:
        self.kind = kind
        self.size = size
        self.signed = signed
        self.offset = offset
        self.type = type
        self.name = name


class Action:
    """kind: 'trace' 'tracemem' 'printf' 'printa' 'stack' 'sym' 'exit' 'clear' 'trunc' 'normalize' 'denormalize' 'system'
    'freopen' 'ftruncate' 'default' (print only the probe line) …; `first`, `count`: its fields; `format`: the parsed printf format
    or None; `aggs`: aggregations named; `args`: constants (trunc's n, normalize's factor when constant)."""

    __slots__ = ("kind", "first", "count", "format", "aggs", "args")

    def __init__(
        self, kind: str, first: int = 0, count: int = 0, format: Any = None, aggs: tuple[Aggregation, ...] = (), args: tuple[int, ...] = ()
    ) -> None:
        self.kind = kind
        self.first = first
        self.count = count
        self.format = format
        self.aggs = aggs
        self.args = args


class Schema:
    """`records` False: the clause records nothing and prints nothing. `clause` is the clause's number, for messages."""

    __slots__ = ("fields", "actions", "size", "records", "clause")

    def __init__(self) -> None:
        self.clause = -1
        self.fields: list[Field] = []
        self.actions: list[Action] = []
        self.size = 0
        self.records = False

    def add(self, kind: str, size: int, signed: bool, type: Type, name: str = "") -> int:
        """Append a field and give its number."""
        self.fields.append(Field(kind, size, signed, self.size, type, name))
        if kind != "probe":
            self.size += (size + 7) & ~7
        return len(self.fields) - 1


class CompiledClause:
    """One clause for the probes of one argument signature. `index` is the clause's number in the program (dt_clause_<index>);
    `probes` are the probes it is enabled on (providers.base.Probe); `uses` the names of what it needs of the machine: 'arg', 'copyin'…
    `continues`: it is a later piece of the clause before it (d/branches.py), and has the same scratch memory. `ends`: no further
    piece of its clause follows. `exits`: it or an earlier piece of its clause may call exit()."""

    __slots__ = ("index", "descs", "probes", "function", "schema", "uses", "destructive", "continues", "ends", "exits")

    def __init__(self, index: int, descs: list[ProbeDesc], probes: list[Any], function: Function, schema: Schema) -> None:
        self.index = index
        self.descs = descs
        self.probes = probes
        self.function = function
        self.schema = schema
        self.uses: set[str] = set()
        self.destructive = False
        self.continues = False
        self.ends = True
        self.exits = False


class Program:
    """All that was compiled. Strings are of `strsize` bytes; a clause has `scratchsize` bytes for alloca."""

    __slots__ = ("clauses", "variables", "aggregations", "strsize", "scratchsize")

    def __init__(self, strsize: int) -> None:
        self.clauses: list[CompiledClause] = []
        self.variables: list[Variable] = []
        self.aggregations: list[Aggregation] = []
        self.strsize = strsize
        self.scratchsize = 256
