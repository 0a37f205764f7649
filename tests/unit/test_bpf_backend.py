"""The BPF back end without a kernel: the assembler, and what a program costs."""

from __future__ import annotations

from importlib import import_module
from struct import iter_unpack, unpack

import pytest

from pydtrace.backend.bpf.frame import ERROR_FAULT
from pydtrace.backend.bpf.image import build
from pydtrace.backend.bpf.insns import R0, R1, Asm, Label
from pydtrace.backend.bpf.layout import Config, kind_size
from pydtrace.backend.bpf.rooms import OPERATIONS, SUBROUTINES
from pydtrace.dif import attach
from pydtrace.dif.attach import Own, SystemCall
from pydtrace.dif.ir import Function, Insn, Reg
from pydtrace.dif.program import Aggregation, CompiledClause, Program, Schema
from pydtrace.errors import InternalError
from pydtrace.providers.base import Probe


def test_jumps_and_constants() -> None:
    a, end = Asm(), Label()
    a.imm(R1, 1 << 40)
    a.bri("eq", R1, 0, end)
    a.imm(R0, -1)
    a.place(end)
    a.exit()
    code = [unpack("<BBhi", a.assemble()[i : i + 8]) for i in range(0, 40, 8)]
    assert code == [(0x18, 1, 0, 0), (0, 0, 0, 256), (0x15, 1, 1, 0), (0xB7, 0, 0, -1), (0x95, 0, 0, 0)]


def test_unplaced_label() -> None:
    a = Asm()
    a.jump(Label())
    with pytest.raises(InternalError):
        a.assemble()


def test_key_sizes() -> None:
    assert [kind_size(k) for k in ("int", "probeprobefunc", "str256", "bytes5")] == [8, 8, 256, 8]


def _program(*probes: Probe, keyed: bool = False) -> Program:
    program, agg, f = Program(256), Aggregation("", 0), Function("f")
    agg.func = "count"
    program.aggregations.append(agg)
    pid = Reg(0)
    keys = (pid,) if keyed else ()
    f.blocks = [[Insn("builtin", pid, (), "pid", 1), Insn("aggregate", None, keys, (agg, len(keys)), 1), Insn("ret", None, (), None, 1)]]
    for i, probe in enumerate(probes):
        probe.index = i
    program.clauses.append(CompiledClause(0, [], list(probes), f, Schema()))
    return program


def _call(number: int, provider: str = "syscall") -> Probe:
    return Probe(100 + 2 * number, provider, "vmlinux", "x", "entry", SystemCall(number, False), "raw_tp")


@pytest.mark.parametrize("keyed", [False, True])
def test_count_needs_no_scratch(keyed: bool) -> None:
    built = build(_program(_call(1), keyed=keyed), Config(4))
    assert "scratch" not in built.layout.maps
    assert len(built.images[0].code) < 8 * (88 if keyed else 54)


def test_all_calls_share_one_program() -> None:
    assert len(build(_program(*[_call(n) for n in range(300)]), Config(4)).images) == 1


def test_two_probes_on_one_call() -> None:
    images = build(_program(_call(1), _call(1, "fbt"), _call(2)), Config(4)).images
    assert [len(i.probes) for i in images] == [2, 1]


def test_same_input_same_image() -> None:
    first, second = (build(_program(_call(1), _call(2), keyed=True), Config(4)).images[0] for _ in range(2))
    assert (first.code, first.relocs) == (second.code, second.relocs)


def test_fentry_has_a_kprobe_program_behind_it() -> None:
    probes = [Probe(20000 + i, "fbt", "vmlinux", f"f{i}", "entry", attach.Function(f"f{i}", False), "fentry") for i in range(3)]
    (image,) = build(_program(*probes), Config(4)).images
    assert (image.prog_type, len(image.probes)) == (26, 3) and image.other is not None and image.other.prog_type == 2
    (at,) = (at for at, name, _ in image.relocs if name == "=probe")
    assert unpack("<BBhi", image.code[8 * at : 8 * at + 8]) == (0xB7, 1, 0, 0)
    assert not [name for _, name, _ in image.other.relocs if name.startswith("=")]


def test_every_room_has_what_the_list_says() -> None:
    for prefix, table in (("op_", OPERATIONS), ("sub_", SUBROUTINES)):
        for room, names in table.items():
            module = import_module(f"pydtrace.backend.bpf.{room}")
            listed = {prefix + name for name in names.split()}
            assert {name for name in vars(module) if name.startswith(prefix)} == listed, room


def _error_argument(n: int) -> CompiledClause:
    f = Function("e")
    f.blocks = [[Insn("arg", Reg(0), (), n, 1), Insn("ret", None, (), None, 1)]]
    return CompiledClause(1, [], [Probe(3, "dtrace", "", "", "ERROR", Own("error"), "built in")], f, Schema())


@pytest.mark.parametrize("mechanism", ["kprobe", "fentry"])
def test_arguments_of_error_are_not_those_of_the_function(mechanism: str) -> None:
    program = _program(Probe(20000, "fbt", "vmlinux", "f", "entry", attach.Function("f", False), mechanism))
    program.clauses[0].function.blocks[0].insert(0, Insn("udiv", Reg(1), (1, 0), None, 1))
    program.clauses.append(_error_argument(4))
    program.clauses[1].probes[0].index = 1
    (image,) = build(program, Config(4)).images
    assert "=words" not in [name for _, name, _ in image.relocs]
    assert (0x79, 0xA1, ERROR_FAULT) in [insn[:3] for insn in iter_unpack("<BBhi", image.code)]
