"""Stability: how much of a program rests on what may change.

An *attribute* is three words: how stable a name is, how stable its meaning, and on what kinds of machine it is there. A program's are the
least of all its parts'. They are computed only when somebody asks, after the check, by a walk over the tree (`statement`); the option
`amin` refuses programs below a line.

A probe description counts the fields that it names: one that is empty or a pattern promises nothing, and a provider left out is
Unstable. An inline has the attributes of its expression, a library's those that its interface promises; `#pragma D attributes` changes
either.
"""

from __future__ import annotations

from ..errors import UserError
from ..options import CLASSES, STABILITY, parse_attributes
from . import tree as t
from . import types as ty
from .symbols import ACTIONS, AGGREGATORS, BUILTINS, Variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .declare import Scope

    Attributes = tuple[int, int, int]
    Parts = tuple[Attributes, Attributes, Attributes, Attributes, Attributes]  # provider, module, function, name, args

PARTS = ("provider", "module", "function", "name", "args")
BEST: Attributes = (7, 7, 5)


def _a(text: str) -> Attributes:
    found = parse_attributes(text)
    assert found is not None
    return found


STABLE = _a("Stable/Stable/Common")
_EVOLVING = _a("Evolving/Evolving/Common")
_PRIVATE = _a("Private/Private/Unknown")
_ISA = _a("Evolving/Evolving/ISA")
_PRIVATE_ISA = _a("Private/Private/ISA")
_UNSTABLE = _a("Unstable/Unstable/Common")
_ANY: Parts = (_UNSTABLE,) * 5
_PROVIDERS: dict[str, Parts] = {
    "dtrace": (STABLE, _PRIVATE, _PRIVATE, STABLE, STABLE),
    "profile": (_EVOLVING, _a("Unstable/Unstable/Unknown"), _PRIVATE, _EVOLVING, _EVOLVING),
    "syscall": (_EVOLVING, _PRIVATE, _PRIVATE_ISA, _EVOLVING, _PRIVATE_ISA),
    "fbt": (_EVOLVING, _PRIVATE, _PRIVATE_ISA, _EVOLVING, _PRIVATE_ISA),
    "rawfbt": (_EVOLVING, _PRIVATE, _PRIVATE_ISA, _EVOLVING, _PRIVATE_ISA),
    "sdt": (_ISA, _PRIVATE, _PRIVATE, _PRIVATE_ISA, _PRIVATE_ISA),
    "rawtp": (_ISA, _PRIVATE, _PRIVATE, _PRIVATE_ISA, _PRIVATE_ISA),
    "pid": (_ISA, _PRIVATE, _PRIVATE, _ISA, _PRIVATE),
    "cpc": (_EVOLVING, _PRIVATE, _PRIVATE, _a("Evolving/Evolving/CPU"), _EVOLVING),
    "lockstat": (_EVOLVING, _PRIVATE, _PRIVATE, _EVOLVING, _EVOLVING),
}
_SYSTEM: Parts = (_ISA, _PRIVATE, _PRIVATE, _ISA, _ISA)  # proc, sched, io, ip, tcp, udp and whatever else
_CURTHREAD = _a("Stable/Private/Common")
_EVOLVING_CALLS = frozenset(
    """htons htonl htonll ntohs ntohl ntohll mutex_owned mutex_owner mutex_type_adaptive mutex_type_spin rw_iswriter rw_read_held
    rw_write_held""".split()
)


def shown(attributes: Attributes) -> str:
    return "/".join(words(attributes))


def words(attributes: Attributes) -> tuple[str, str, str]:
    return STABILITY[attributes[0]], STABILITY[attributes[1]], CLASSES[attributes[2]]


def least(a: Attributes, b: Attributes) -> Attributes:
    return min(a[0], b[0]), min(a[1], b[1]), min(a[2], b[2])


def provider(name: str, scope: Scope | None = None) -> Parts:
    """The attributes of a provider's probes; those of `pid123` are pid's."""
    parts = _PROVIDERS.get(name) or _PROVIDERS.get(name.rstrip("0123456789")) or _SYSTEM
    if scope is not None and scope.stability:
        changed = [scope.stability.get((name, part), old) for part, old in zip(PARTS, parts, strict=True)]
        return changed[0], changed[1], changed[2], changed[3], changed[4]
    return parts


def description(fields: tuple[str, str, str, str], scope: Scope | None = None) -> Attributes:
    """Of a probe description."""
    parts = _ANY if _open(fields[0]) else provider(fields[0], scope)
    found = parts[0]
    for text, part in zip(fields[1:], parts[1:], strict=False):
        if not _open(text):
            found = least(found, part)
    return found


def _open(field: str) -> bool:
    return not field or any(c in field for c in "*?[\\")


class Meter:
    """Attributes of checked clauses. With `least_allowed`, a UserError at the first part below it."""

    def __init__(self, scope: Scope, least_allowed: Attributes | None) -> None:
        self.scope = scope
        self.allowed = least_allowed
        self.args: Attributes = _ANY[4]

    def descriptions(self, clause: t.Clause) -> Attributes:
        """Of the probe descriptions, whose arguments are then those of `args[]`."""
        found = BEST
        for desc in clause.descs:
            if desc.id < 0:
                found = least(found, description((desc.provider, desc.module, desc.function, desc.name), self.scope))
                self.args = _ANY[4] if _open(desc.provider) else provider(desc.provider, self.scope)[4]
        self._check(found, "clause", clause, "")
        return found

    def statement(self, clause: t.Clause, cli: bool) -> Attributes:
        """Of predicate and actions, which have been checked."""
        found = STABLE
        for place, parts in (("in predicate: ", [clause.predicate]), ("in action list: ", _expressions(clause.body or []))):
            for part in parts:
                if part is not None:
                    found = least(found, self.expr(part, place if cli else ""))
        return found

    def expr(self, e: t.Expr, where: str = "") -> Attributes:
        if isinstance(e, t.Ident):
            own = self._name(e, where)
        elif isinstance(e, t.MemberOf):
            return self.expr(e.base, where)
        elif isinstance(e, t.Call):
            own = _EVOLVING if e.name in _EVOLVING_CALLS else STABLE
            kind = "tracing function" if e.name in ACTIONS else "aggregating function" if e.name in AGGREGATORS else "function"
            self._check(own, f"{kind} {e.name}", e, where)
        else:
            own = BEST
            if isinstance(e, t.Cast) and _of_kernel(e.type):
                own = _PRIVATE
                self._check(own, f"type {e.type.name}", e, where)
        for child in children(e):
            own = least(own, self.expr(child, where))
        return own

    def _name(self, e: t.Ident, where: str) -> Attributes:
        changed = self.scope.stability.get(("", e.name)) if not e.scope else None
        if changed is not None:
            own = changed
        elif e.scope == "`":
            own = _PRIVATE
        elif isinstance(e.ref, Variable) or isinstance(e.ref, int):
            own = STABLE
        elif e.name == "curthread":
            own = _CURTHREAD
        elif e.name == "args" or e.name.startswith("arg") and e.name in BUILTINS:
            own = least(STABLE, self.args)
        elif isinstance(e.stands, t.Inlined) and not self.scope.inlines[e.name].library:
            own = self.expr(e.stands.value, where)
        else:
            own = STABLE
        self._check(own, f"scalar {e.name}" if e.scope != "`" else f"symbol {e.module}`{e.name}", e, where)
        return own

    def _check(self, own: Attributes, what: str, node: t.Node, where: str) -> None:
        allowed = self.allowed
        if allowed is not None and any(a < b for a, b in zip(own, allowed, strict=True)):
            raise UserError(
                f"{where}attributes for {what} ({shown(own)}) are less than predefined minimum", tag="D_ATTR_MIN", line=node.line
            )


def _of_kernel(of: ty.Type) -> bool:
    of = ty.resolve(of)
    while isinstance(of, ty.PointerType):
        of = ty.resolve(of.target)
    return isinstance(of, ty.StructType) and of.kernel


def children(e: t.Expr) -> list[t.Expr]:
    """The expressions directly below."""
    found: list[t.Expr] = []
    for kind in type(e).__mro__:
        for name in getattr(kind, "__slots__", ()):
            value = getattr(e, name)
            if name != "stands" and isinstance(value, t.Expr):
                found.append(value)
            elif isinstance(value, list):
                found += [v for v in value if isinstance(v, t.Expr)]
    return found


def _expressions(body: list[t.Statement | t.If]) -> list[t.Expr]:
    return [s.expr for s in body if isinstance(s, t.Statement)]
