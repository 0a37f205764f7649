"""A probed instruction does what the CPU does: the same program, bare and with a breakpoint on each instruction, must
print the same registers. The instructions are the ones that other engines have got wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import targets_c

from pydtrace.breakpoint.engine import Breakpoints
from pydtrace.elf.symbols import Symbolizer
from pydtrace.target.process import launch
from pydtrace.target.tracer import Tracer

pytestmark = pytest.mark.timeout(60)

# name, code with the label P before the probed instruction, is it refused. rax is the result; rcx, rdi are inputs.
CASES = [
    ("loop0", "mov $0,%ecx; P: loop 1f; mov $5,%eax; jmp 2f; 1: mov $6,%eax; 2: add %rcx,%rax"),
    ("loop1", "mov $1,%ecx; P: loop 1f; mov $5,%eax; jmp 2f; 1: mov $6,%eax; 2: add %rcx,%rax"),
    ("loop2", "mov $2,%ecx; P: loop 1f; mov $5,%eax; jmp 2f; 1: mov $6,%eax; 2: add %rcx,%rax"),
    ("loope", "mov $2,%ecx; cmp %ecx,%ecx; P: loope 1f; mov $5,%eax; jmp 2f; 1: mov $6,%eax; 2: add %rcx,%rax"),
    ("jrcxz", "mov $0,%ecx; P: jrcxz 1f; mov $5,%eax; jmp 2f; 1: mov $6,%eax; 2:"),
    ("jecxz", "movabs $0x100000000,%rcx; P: jecxz 1f; mov $5,%eax; jmp 2f; 1: mov $6,%eax; 2:"),
    ("ret16", "lea -16(%rsp),%rsp; call 3f; sub $1,%eax; jmp 2f; 3: mov $9,%eax; P: ret $16; 2:"),
    (
        "call_rel",
        "mov %rsp,%r8; P: call 3f; jmp 2f; 3: mov (%rsp),%rax; lea 4f(%rip),%rdx; "
        "sub %rdx,%rax; 4: add %rsp,%rax; sub %r8,%rax; ret; 2:",
    ),
    ("call_r12", "push %r12; lea 3f(%rip),%r12; P: call *%r12; jmp 2f; 3: mov $8,%eax; ret; 2: pop %r12"),
    ("call_rsp", "lea 3f(%rip),%rdx; push %rdx; P: call *(%rsp); jmp 2f; 3: mov $7,%eax; ret; 2: pop %rdx"),
    (
        "call_sib",
        "lea 3f(%rip),%rdx; push %rdx; mov %rsp,%rsi; sub $24,%rsi; mov $3,%ecx; "
        "P: call *(%rsi,%rcx,8); jmp 2f; 3: mov $4,%eax; ret; 2: pop %rdx",
    ),
    ("call_rip", "lea 3f(%rip),%rdx; mov %rdx,cell(%rip); P: call *cell(%rip); jmp 2f; 3: mov $3,%eax; ret; 2:"),
    ("jmp_rip", "lea 3f(%rip),%rdx; mov %rdx,cell(%rip); P: jmp *cell(%rip); jmp 2f; 3: mov $3,%eax; 2:"),
    ("jmp_rel", "P: jmp 3f; jmp 2f; 3: mov $3,%eax; 2:"),
    ("push_rsp", "mov %rsp,%rdx; P: push %rsp; pop %rax; sub %rdx,%rax"),
    ("pushf", "cmp %eax,%eax; P: pushf; pop %rax"),
    ("rep_stosb", "lea cell(%rip),%rdi; mov $7,%ecx; mov $65,%al; P: rep stosb; mov cell(%rip),%rax; add %rcx,%rax"),
    ("shl_cl", "movq $3,cell(%rip); mov $5,%cl; P: shlq %cl,cell(%rip); mov cell(%rip),%rax"),
    (
        "cmpxchg16b",
        "movq $1,cell(%rip); movq $2,8+cell(%rip); mov $1,%eax; mov $2,%edx; push %rbx; "
        "mov $3,%ebx; mov $4,%ecx; P: lock cmpxchg16b cell(%rip); mov cell(%rip),%rax; pop %rbx",
    ),
    ("lock_inc", "movq $41,cell(%rip); P: lock incq cell(%rip); mov cell(%rip),%rax"),
    ("cmp_imm", "movq $41,cell(%rip); P: cmpl $41,cell(%rip); sete %al; movzx %al,%eax"),
    ("lea_rip", "P: lea cell(%rip),%rax; lea cell(%rip),%rdx; sub %rdx,%rax"),
    ("sub_rsp", "mov %rsp,%r8; P: sub $0x18,%rsp; pushf; pop %rax; mov %r8,%rsp; and $0xffffff00,%eax"),
    ("sse_rip", "movq $9,cell(%rip); P: movq cell(%rip),%xmm0; movq %xmm0,%rax"),
    ("fs_load", "P: mov %fs:0,%rax; sub %fs:0,%rax"),
    ("nopw", "mov $1,%eax; P: nopw 0x0(%rax,%rax,1); add $1,%eax"),
]  # fmt: skip
CASES += [
    (f"j{c}_{i}", f"mov ${a},%eax; cmp ${b},%eax; P: j{c} 1f; mov $5,%eax; jmp 2f; 1: mov $6,%eax; 2:")
    for c in ("o no b ae e ne be a s ns p np l ge le g").split()
    for i, (a, b) in enumerate(((1, 1), (1, 2), (2, 1), (-1, 1), (0x7FFFFFFF, -1), (3, 0)))
]
CASES += [
    ("syscall", "push %r11; mov $39,%eax; P: syscall; lea 1f(%rip),%rax; 1: sub %rcx,%rax; pop %r11"),
    ("popf", "pushf; orq $0x80,(%rsp); P: popf; pushf; pop %rax; and $0xffffff00,%eax"),
    (
        "call_rip_returns",
        "lea 3f(%rip),%rdx; mov %rdx,cell(%rip); P: call *cell(%rip); 4: jmp 2f; 3: lea 4b(%rip),%rax; sub (%rsp),%rax; ret; 2:",
    ),
]
REFUSED = [
    ("far", "jmp 1f; P: lret; 1: mov $1,%eax"),
    ("int", "jmp 1f; P: int $0x80; 1: mov $1,%eax"),
]


def _source() -> str:
    every = CASES + REFUSED
    text = ["#include <stdio.h>", 'char cell[64] __attribute__((aligned(64)));']
    for name, code in every:
        lines = code.replace("P:", f".globl p_{name}\\n.type p_{name},@function\\np_{name}:").replace("; ", "\\n")
        text.append(f'__asm__(".text\\n.type t_{name},@function\\nt_{name}:\\n{lines}\\nret\\n"); long t_{name}(void);')
    text.append("int main(void) {")
    text += [f'printf("{name} %lx\\n", t_{name}());' for name, _ in every]
    text.append("return 0; }")
    return "\n".join(text)


def test_same_as_the_cpu(capfd: pytest.CaptureFixture[str]) -> None:
    program = targets_c.build(_source())
    bare = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    process = launch([program])
    tracer = Tracer(process)
    points = Breakpoints(tracer)
    tracer.attach()
    hits: dict[int, int] = {}

    def on_breakpoint(thread: object, addr: int) -> None:
        hits[addr] = hits.get(addr, 0) + 1

    tracer.on_breakpoint = on_breakpoint
    one = Symbolizer(process.pid).executable
    assert one is not None
    addrs = {name: addr for name, addr, _ in one.functions() if name.startswith("p_")}
    armed, refused = points.arm(addrs.values())
    names = {addr: name for name, addr in addrs.items()}
    assert {names[addr] for addr, _ in refused} == {"p_far", "p_int"}
    tracer.start()
    while tracer.poll(1):
        pass
    shown = capfd.readouterr().out
    assert process.status == 0
    assert shown.split("\n") == bare.split("\n")
    assert {names[a]: n for a, n in hits.items() if n != 1} == {}
    assert len(hits) == len(CASES)
    process.close()


FAULT = r"""
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <ucontext.h>
extern char p_load[], p_div[], p_call[];
__asm__(".text\n.globl p_load\n.type p_load,@function\np_load: mov (%rdi),%rax\nret\n"
        ".globl p_div\n.type p_div,@function\np_div: idiv %edi\nret\n"
        ".globl p_call\n.type p_call,@function\np_call: call *(%rdi)\nret\n");
long p_load_(long) __asm__("p_load"); long p_div_(long) __asm__("p_div"); long p_call_(long) __asm__("p_call");
static sigjmp_buf out; static long rip, addr;
static void on(int s, siginfo_t *i, void *c) {
    rip = ((ucontext_t *)c)->uc_mcontext.gregs[REG_RIP]; addr = (long)i->si_addr; siglongjmp(out, s); }
int main(void) {
    struct sigaction sa = {0}; sa.sa_sigaction = on; sa.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &sa, 0); sigaction(SIGFPE, &sa, 0);
    for (int i = 0; i < 3; i++) {
        int s = sigsetjmp(out, 1);
        if (!s) p_load_(16); else printf("%d %d %ld\n", s, rip == (long)p_load, addr);
        s = sigsetjmp(out, 1);
        if (!s) p_div_(0); else printf("%d %d %d\n", s, rip == (long)p_div, addr == (long)p_div);
        s = sigsetjmp(out, 1);
        if (!s) p_call_(16); else printf("%d %d\n", s, rip == (long)p_call);
    }
    return 0;
}
"""


def test_faults_show_the_original_place(capfd: pytest.CaptureFixture[str]) -> None:
    program = targets_c.build(FAULT, "-Wno-builtin-declaration-mismatch")
    bare = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    process = launch([program])
    tracer = Tracer(process)
    points = Breakpoints(tracer)
    tracer.attach()
    one = Symbolizer(process.pid).executable
    assert one is not None
    _, refused = points.arm([addr for name, addr, _ in one.functions() if name.startswith("p_")])
    assert not refused
    tracer.start()
    while tracer.poll(1):
        pass
    assert capfd.readouterr().out == bare
    assert points.hits == 9
    process.close()
