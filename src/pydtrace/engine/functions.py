"""Attaching to kernel functions: one link for all of them, a trampoline each, or a perf event each.

`providers.fbt` has settled the mechanism of each probe beforehand (`Fbt.plan`); here it is carried out, and put right where the kernel
refuses one function: what kprobe.multi does not take as a whole is halved until the culprit is alone, and whatever is refused singly
becomes a kprobe. A function that cannot even be that has no probe: an error if it was the only one, else left out, as it is of listings.

Returns need care. A kprobe of either kind keeps the return address of each call in progress in a pool, and a return whose call found the
pool empty is silently not seen: a function in which many threads sleep loses nearly all. kretprobe's pool is 10 or so, and perf has no
word for a larger one. (tracefs has, `r100:NAME FUNCTION`; but what is made there has a name and outlives its maker, so a dtrace that is
killed would leave it in the kernel, which nothing of ours does.) So kprobes, where they must be used, lose returns of calls that sleep.
kprobe.multi's is two a CPU for each function of the link (until 6.13; later kernels have none). So a link of returns is
given a crowd of functions that nobody calls, the bodies of 32-bit system calls, under a cookie that the program ignores. fexit has no
pool. What was missed all the same is counted, where the kernel tells (6.7).
"""

from __future__ import annotations

from ..backend.bpf.image import Sides
from ..dif.attach import Function
from ..errors import InternalError, UserError
from ..linux import bpf, perf
from ..linux import bpf_const as C

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..backend.bpf.image import Image
    from ..providers.base import Probe

    Load = Callable[[Image, int, int, dict[str, int] | None], int]

_POOL = 4096
_M = (1 << 64) - 1


class Functions:
    """The function probes of a run. `load` loads an image (attach type, BTF id, values for its immediates); links go to `links`."""

    __slots__ = ("_cpus", "_crowd", "_counting", "_links", "_load", "_programs", "_verbose")

    def __init__(self, load: Load, links: list[int], cpus: int, verbose: bool) -> None:
        self._load = load
        self._links = links
        self._cpus = cpus
        self._verbose = verbose
        self._crowd: list[str] | None = None
        self._counting: list[int] = []
        self._programs: list[int] = []

    def attach(self, image: Image) -> None:
        """All probes of the image, which are of one mechanism."""
        assert isinstance(image.on, Sides)
        returns = image.on.leaving
        means = image.probes[0].mechanism
        if means == "fmod_ret":
            left = self._trampolines(image, returns)
            if left:
                raise UserError(f"return() not allowed for {left[0]}", hint="the kernel does not let this function be modified")
        elif means == "fentry":
            left = self._trampolines(image, returns)
        elif means == "kprobe.multi":
            left = self._at_once(image, returns)
        else:
            left = image.probes
        if left:
            self._singly(image.other or image, left, returns)

    def missed(self) -> int:
        """Firings that the kernel knows it left out so far."""
        return sum(map(bpf.link_missed, self._counting)) + sum(map(bpf.recursion_misses, self._programs))

    def _new(self, image: Image, kind: int = 0, btf_id: int = 0, values: dict[str, int] | None = None) -> int:
        fd = self._load(image, kind, btf_id, values)
        self._programs.append(fd)
        return fd

    # ---- kprobe.multi

    def _at_once(self, image: Image, returns: bool) -> list[Probe]:
        """One link for all; the probes it could not have."""
        try:
            program = self._new(image, C.TRACE_KPROBE_MULTI)
        except InternalError:
            if self._verbose:
                raise
            return image.probes
        left: list[Probe] = []
        self._link(program, image.probes, left, returns)
        return left

    def _link(self, program: int, probes: list[Probe], left: list[Probe], returns: bool) -> None:
        symbols = [symbol(p) for p in probes]
        cookies = [p.index for p in probes]
        if returns:
            some = self._fillers(symbols)
            symbols += some
            cookies += [_M] * len(some)
        try:
            link = bpf.kprobe_multi(program, syms=symbols, cookies=cookies, retprobe=returns)
        except OSError as error:
            if error.errno in (1, 13):
                raise
            if len(probes) == 1:
                left += probes
                return
            half = len(probes) // 2
            self._link(program, probes[:half], left, returns)
            self._link(program, probes[half:], left, returns)
            return
        self._links.append(link)
        self._counting.append(link)

    def _fillers(self, symbols: list[str]) -> list[str]:
        """Functions to enlarge the pool of a link of these."""
        wanted = _POOL // (2 * self._cpus) - len(symbols)
        if wanted <= 0:
            return []
        if self._crowd is None:
            from ..linux import tracefs

            rows = tracefs.filter_functions()
            names = {name for _, name in rows} if isinstance(rows, list) else set()
            # A call that has one body for both kinds of callers is listed under one of its names only: that is not a filler.
            single = (n for n in names if n.startswith("__ia32_") and f"__x64_{n[7:]}" in names)
            self._crowd = sorted({n for n in names if n.startswith("__ia32_compat_")}.union(single))
        taken = set(symbols)
        return [n for n in self._crowd if n not in taken][:wanted]

    # ---- fentry, fexit

    def _trampolines(self, image: Image, returns: bool) -> list[Probe]:
        """A program for each function; those that were refused."""
        from ..providers.fbt import function_words

        left: list[Probe] = []
        for probe in image.probes:
            btf_id, words = function_words(symbol(probe))
            values = {"=probe": probe.index, "=words": words, "=return": 8 * words}
            try:
                if btf_id:
                    kind = C.TRACE_FEXIT if returns else C.MODIFY_RETURN if probe.mechanism == "fmod_ret" else C.TRACE_FENTRY
                    program = self._new(image, kind, btf_id, values)
                    self._links.append(bpf.raw_tracepoint_open(None, program))
                    continue
            except InternalError:
                if self._verbose:
                    raise
            except OSError as error:
                if error.errno in (1, 13):
                    raise
            left.append(probe)
        return left

    # ---- kprobes

    def _singly(self, image: Image, probes: list[Probe], returns: bool) -> None:
        program = self._new(image)
        refused: OSError | None = None
        done = 0
        for probe in probes:
            try:
                event = perf.kprobe(symbol(probe), ret=returns)
            except OSError as error:
                if error.errno in (1, 13):
                    raise
                refused = error
                continue
            self._links.append(event)
            link = bpf.link_create(program, event, C.PERF_EVENT, probe.index)
            self._links.append(link)
            self._counting.append(link)
            perf.enable(event)
            probe.mechanism = "kprobe"
            done += 1
        if refused is not None and done == 0 and len(probes) == len(image.probes):
            hint = "the kernel keeps some functions from being probed"
            raise UserError(f"cannot probe {probes[0].function}: {refused.strerror}", hint=hint)


def symbol(probe: Probe) -> str:
    """The name of the kernel's function."""
    assert isinstance(probe.attach, Function)
    return probe.attach.name
