"""The CPU as the judge of slots: C that runs an instruction in its place and in a slot from the same random state, and compares everything.

Built as a library, loaded by tests/live/test_slots_cpu.py in a process of its own (what is wrong crashes).
"""

SOURCE = r"""
#define _GNU_SOURCE
#include <stdint.h>
#include <string.h>
typedef uint64_t u64;
struct state { u64 r[16], flags, marker; unsigned char x[16][16], mem[256], stack[512], cell[64]; };
struct form { u64 keep[16], add[16], top_keep, top_add; };
/* Everything the code touches has one address, for both ways of running it. */
struct live { struct state s; u64 host, entry; } live __attribute__((aligned(4096)));
void go(void), out_next(void), out_taken(void);
__asm__(".text\n.globl go, out_next, out_taken\n"
"go: push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
" lea live(%rip),%rax\n mov %rsp,1232(%rax)\n"
#define X(n) " movups 144+16*" #n "(%rax),%xmm" #n "\n"
X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
" push 128(%rax); popf\n mov 8(%rax),%rcx; mov 16(%rax),%rdx; mov 24(%rax),%rbx; mov 32(%rax),%rsp; mov 40(%rax),%rbp; mov 48(%rax),%rsi\n"
" mov 56(%rax),%rdi; mov 64(%rax),%r8; mov 72(%rax),%r9; mov 80(%rax),%r10; mov 88(%rax),%r11; mov 96(%rax),%r12; mov 104(%rax),%r13\n"
" mov 112(%rax),%r14; mov 120(%rax),%r15; mov 0(%rax),%rax; jmp *live+1240(%rip)\n"
"out_next: movq $1,live+136(%rip); jmp 1f\n"
"out_taken: movq $2,live+136(%rip)\n"
"1: mov %rax,live+0(%rip); lea live(%rip),%rax\n"
" mov %rcx,8(%rax); mov %rdx,16(%rax); mov %rbx,24(%rax); mov %rsp,32(%rax); mov %rbp,40(%rax); mov %rsi,48(%rax); mov %rdi,56(%rax)\n"
" mov %r8,64(%rax); mov %r9,72(%rax); mov %r10,80(%rax); mov %r11,88(%rax); mov %r12,96(%rax); mov %r13,104(%rax); mov %r14,112(%rax)\n"
" mov %r15,120(%rax); mov 1232(%rax),%rsp; pushf; pop 128(%rax); push $2; popf\n"
#define Y(n) " movups %xmm" #n ",144+16*" #n "(%rax)\n"
Y(0) Y(1) Y(2) Y(3) Y(4) Y(5) Y(6) Y(7) Y(8) Y(9) Y(10) Y(11) Y(12) Y(13) Y(14) Y(15)
" pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx; ret\n");
_Static_assert(sizeof(struct state) == 1232, "offsets above");
static u64 seed;
static u64 rnd(void) { seed ^= seed << 13; seed ^= seed >> 7; seed ^= seed << 17; return seed; }
static void run(u64 entry, const struct state *in, struct state *out, unsigned char *cell) {
    live.s = *in; live.entry = entry; memcpy(cell, in->cell, 64);
    go();
    *out = live.s; memcpy(out->cell, cell, 64);
}
u64 mem_at(void) { return (u64)&live.s.mem[128]; }
u64 stack_at(void) { return (u64)&live.s.stack[256]; }
u64 next_at(void) { return (u64)out_next; }
u64 taken_at(void) { return (u64)out_taken; }
/* How many of n states came out different; the first such one is kept. `below`: bytes of the stack below rsp that do not count. */
long check(const u64 *entries, u64 seed0, long n, const struct form *f, unsigned char *cell, long below, struct state *first) {
    static struct state in, a, b; long bad = 0; seed = seed0 | 1;
    for (long i = 0; i < n; i++) {
        u64 *w = (u64 *)&in;
        for (unsigned k = 0; k < sizeof in / 8; k++) w[k] = rnd();
        for (int k = 0; k < 16; k++) in.r[k] = (in.r[k] & f->keep[k]) + f->add[k];
        in.r[4] = (u64)&live.s.stack[256]; in.flags = (in.flags & 0xcd5) | 2; in.marker = 0;
        if (f->top_keep || f->top_add) *(u64 *)&in.stack[256] = (*(u64 *)&in.stack[256] & f->top_keep) + f->top_add;
        run(entries[0], &in, &a, cell);
        for (int e = 1; e < 3; e++) {
            if (!entries[e]) continue;
            run(entries[e], &in, &b, cell);
            if (below) memset(a.stack + 256 - below, 0, below - 128), memset(b.stack + 256 - below, 0, below - 128);
            if (memcmp(&a, &b, sizeof a)) { if (!bad++) { first[0] = in; first[1] = a; first[2] = b; } }
        }
    }
    return bad;
}
"""
