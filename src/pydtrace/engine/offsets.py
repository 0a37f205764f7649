"""What programs must know of the running kernel, looked up only for what a program uses.

Offsets into structures come from BTF. Where the tracing code itself lies in the kernel comes from kallsyms: a raw tracepoint's program sees
below it the functions that called it (bpf_trace_run2, __bpf_trace_sys_enter, and __traceiter_sys_enter when others trace the same point),
and those are no part of what was probed. The user's registers are at the top of the kernel's stack; where exactly, bpf_task_pt_regs
says (5.15), and before it the size of the stack, which the type `union thread_union` tells.
"""

from __future__ import annotations

from ..dif.attach import SystemCall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..backend.bpf.layout import Config
    from ..dif.program import Program
    from ..linux.kallsyms import Kallsyms

_STACK_SIZE = 16384
_REGS = {"fsbase", "gsbase", "ds", "es", "fsindex", "gsindex", "trap_nr", "error_code"}
_MUTEX = {"mutex_owned", "mutex_owner", "mutex_type_adaptive", "mutex_type_spin"}
_RWLOCK = {"rw_iswriter", "rw_read_held", "rw_write_held"}
_RAW = ("sys_enter", "sys_exit")
_PATHS = {
    "dentry": {"d_hash", "d_inode", "d_name", "d_op", "d_parent", "d_sb"},
    "dentry_operations": {"d_dname"},
    "fs_struct": {"root"},
    "hlist_bl_node": {"pprev"},
    "inode": {"i_ino", "i_private"},
    "mount": {"mnt", "mnt_mountpoint", "mnt_parent"},
    "ns_common": {"ops"},
    "proc_ns_operations": {"name"},
    "qstr": {"len", "name"},
    "super_block": {"s_magic"},
    "task_struct": {"fs"},
    "vfsmount": {"mnt_root"},
}


def uses(program: Program) -> set[str]:
    """What bears on the kernel: "ureg", "stack" (the kernel's), "ustack", "ppid", "vtimestamp" and so on, names of subroutines."""
    found: set[str] = set()
    for clause in program.clauses:
        for block in clause.function.blocks:
            for insn in block:
                if insn.op == "builtin":
                    found.add(insn.imm if isinstance(insn.imm, str) else insn.imm[0])
                elif insn.op in ("stack", "putstack"):
                    found.add("ustack" if insn.imm[-1] else "stack")
                elif insn.op == "ureg":
                    found.add("ureg")
                elif insn.op == "call":
                    found.add(insn.imm if isinstance(insn.imm, str) else insn.imm[0])
    return found


def gather(config: Config, program: Program, symbols: Callable[[], Kallsyms]) -> None:
    """Fill in what `program` needs."""
    wanted = uses(program)
    task = config.task
    if wanted & _MUTEX:
        task.update(("mutex.owner", at) for at in members("mutex", {"owner"}).values())
    if wanted & _RWLOCK:
        task.update(("qrwlock.cnts", at) for at in members("qrwlock", {"cnts"}).values())
    if wanted & {"ppid", "progenyof"}:
        task.update(members("task_struct", {"real_parent", "tgid"}))
    if config.unwind:
        task.update(members("task_struct", {"pid", "tgid"}))
    if wanted & {"ureg", "ustack", "ucaller", "ustackdepth"}:
        task.update(members("task_struct", {"stack", "thread"}))
        base = task.pop("thread", None)
        if base is not None:
            task.update((f"thread.{name}", base + at) for name, at in members("thread_struct", _REGS).items())
        from ..linux.features import TASK_PT_REGS

        config.pt_regs_helper = TASK_PT_REGS.available
        config.stack_size = _stack_size()
    if wanted & {"d_path", "__mount"}:
        found = {f"{struct}.{name}": at for struct, names in _PATHS.items() for name, at in members(struct, names).items()}
        if len(found) == sum(map(len, _PATHS.values())):
            config.paths = found
    if "__percpu" in wanted:
        task.update((f"percpu_counter.{name}", at) for name, at in members("percpu_counter", {"count", "counters"}).items())
        start = symbols().span("__per_cpu_offset")[0]
        if start:
            task["__per_cpu_offset"] = start
    if "__cputime" in wanted:
        task.update(members("task_struct", {"signal", "thread_node"}))
        task.update((f"signal.{name}", at) for name, at in members("signal_struct", {"sum_sched_runtime", "thread_head"}).items())
        inner = members("sched_entity", {"sum_exec_runtime"})
        for outer in members("task_struct", {"se"}).values():
            task.update((f"se.{name}", outer + at) for name, at in inner.items())
    if "vtimestamp" in wanted:
        se = members("task_struct", {"se"}).get("se")
        if se is not None:
            task.update((name, se + at) for name, at in members("sched_entity", {"exec_start", "sum_exec_runtime"}).items())
    if "vtimestamp" in wanted or any(v.scope == "self" for v in program.variables):
        from ..backend.bpf.threadkey import FIELDS
        from ..linux.features import TASK_BTF

        found = members("task_struct", set(FIELDS)) if TASK_BTF.available else {}
        if len(found) == len(FIELDS) and max(found.values()) < 1 << 15:
            config.thread = found
    if wanted & {"stack", "stackdepth", "caller"} and any(isinstance(p.attach, SystemCall) for c in program.clauses for p in c.probes):
        kallsyms = symbols()
        config.text = kallsyms.span("_stext")[0], kallsyms.span("_etext")[0]
        for point in _RAW:
            spans = [kallsyms.span(name) for name in ("bpf_trace_run2", f"__bpf_trace_{point}", f"__traceiter_{point}")]
            config.ours[point] = [span for span in spans if span[0]]


def members(struct: str, names: set[str]) -> dict[str, int]:
    """Byte offsets of members of a kernel struct, through anonymous ones; empty without BTF."""
    from ..btf.reader import member_offsets

    btf = _btf()
    return member_offsets(btf, struct, names) if btf is not None else {}


def _stack_size() -> int:
    """Bytes of a kernel stack: twice the usual under KASAN."""
    btf = _btf()
    id = btf.find("thread_union", 5) if btf is not None else 0
    for member in btf.type(id).members if btf is not None and id else ():
        if member.name == "stack":
            return int(btf.type(member.type).array[2]) * 8
    return _STACK_SIZE


def _btf() -> Any:
    from ..btf.kernel import kernel_btf

    return kernel_btf()
