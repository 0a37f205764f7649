"""The functions of D that have a value, with their prototypes.

The table is text, as a header would have it: result, name, parameters, those in brackets may be left out. It is read at first import. What
an argument must be follows from the parameter's spelling: an integer (converted to the parameter's type), a string, or any pointer.
Those with `__` are for the libraries (d/library): one engine each has them.
"""

from __future__ import annotations

from .types import INT, LONG, SHORT, UINT, ULONG, USHORT, VOID, PointerType, Type

_TABLE = """
void *      alloca      size_t
string      basename    const char *
void        bcopy       void *, void *, size_t
string      cleanpath   const char *
void *      copyin      uintptr_t, size_t
string      copyinstr   uintptr_t, [size_t]
void        copyinto    uintptr_t, size_t, void *
string      d_path      struct path *
string      dirname     const char *
uint32_t    getmajor    uint64_t
uint32_t    getminor    uint64_t
uint32_t    htonl       uint32_t
uint64_t    htonll      uint64_t
uint16_t    htons       uint16_t
int         index       const char *, const char *, [int]
string      inet_ntoa   ipaddr_t *
string      inet_ntoa6  struct in6_addr *, [int]
string      inet_ntop   int, void *
string      json        const char *, const char *
string      link_ntop   int, void *
string      lltostr     int64_t, [int]
int         mutex_owned  struct mutex *
void *      mutex_owner  struct mutex *
int         mutex_type_adaptive  struct mutex *
int         mutex_type_spin  struct mutex *
string      memstr      void *, char, size_t
uint32_t    ntohl       uint32_t
uint64_t    ntohll      uint64_t
uint16_t    ntohs       uint16_t
int         progenyof   pid_t
int         rand
int         rindex      const char *, const char *, [int]
int         rw_iswriter  rwlock_t *
int         rw_read_held  rwlock_t *
int         rw_write_held  rwlock_t *
int         speculation
string      strchr      const char *, char
string      strjoin     string, string
size_t      strlen      const char *
string      strrchr     const char *, char
string      strstr      const char *, const char *
string      strtok      const char *, const char *
int64_t     strtoll     const char *, [int]
string      substr      const char *, int, [int]
string      tolower     const char *
string      toupper     const char *
string      __args      uintptr_t, size_t
int64_t     __cputime   void *
int64_t     __fact      void *, const char *
int64_t     __fdfact    int, const char *
string      __fdtext    int, const char *
string      __mount     void *
int64_t     __percpu    void *
string      __text      void *, const char *
"""
# Those that are definitions of a library: an inline of the name.
DEFINED = ("getf",)
# Those that are so for some kinds of locks.
LOCKS = (
    "mutex_owned", "mutex_owner", "mutex_type_adaptive", "mutex_type_spin", "rw_iswriter", "rw_read_held", "rw_write_held",
)  # fmt: skip
_INTEGERS = {
    "char": INT, "int": INT, "int64_t": LONG, "pid_t": INT, "size_t": ULONG, "uint16_t": USHORT, "uint32_t": UINT, "uint64_t": ULONG,
    "uintptr_t": ULONG, "short": SHORT,
}  # fmt: skip
NULL_WHEN_ABSENT = ("json", "strchr", "strrchr", "strstr", "strtok")  # what they look for
LARGEST_COPY = 1 << 20  # bytes of one copyin
_RESULTS = {**_INTEGERS, "void": VOID, "void *": PointerType(VOID)}


class Parameter:
    """`text` is the spelling; `kind` 'string', 'pointer' or 'int', then `type` is what the argument is converted to."""

    __slots__ = ("text", "kind", "type")

    def __init__(self, text: str) -> None:
        self.text = text
        self.kind = "string" if text in ("string", "const char *") else "pointer" if text.endswith("*") else "int"
        self.type = _INTEGERS.get(text, INT)


class Prototype:
    """`result` is None for `string`; at least `need` arguments, at most as many as `parameters`."""

    __slots__ = ("result", "parameters", "need")

    def __init__(self, result: Type | None, parameters: list[Parameter], need: int) -> None:
        self.result = result
        self.parameters = parameters
        self.need = need


def _read() -> dict[str, Prototype]:
    found: dict[str, Prototype] = {}
    for line in _TABLE.strip().splitlines():
        result, name, *rest = [part.strip() for part in line.split("  ") if part.strip()]
        words = [word.strip() for word in rest[0].split(",")] if rest else []
        parameters = [Parameter(word.strip("[]")) for word in words]
        found[name] = Prototype(_RESULTS.get(result), parameters, sum(1 for word in words if word[0] != "["))
    return found


SUBROUTINES = _read()
