# The SIGTRAP handler that runs in a target whose tracer has died: relay.py says why, and holds these instructions as bytes.
# The kernel calls it with edi = SIGTRAP, rsi = siginfo, rdx = ucontext. What it changes in the ucontext is what the thread goes on with;
# every register may be used, sigreturn brings the old ones back. Only the way to `chain` keeps what a function must keep.

        .intel_syntax noprefix
        .set SI_ERRNO, 4
        .set SI_CODE, 8
        .set SI_ADDR, 16
        .set UC_RIP, 168
        .set SI_KERNEL, 0x80            # si_code of an INT3
        .set MARK, 0x64746865           # si_errno: the tracer has dealt with it
        .set SIGTRAP, 5

magic:  .quad 0
table:  .quad 0                         # address of the table in force
own:    .quad 0, 0, 0, 0                # the program's own sigaction: handler, flags, restorer, mask
        .quad 0, 0

handler:
        cmp     dword ptr [rsi + SI_CODE], SI_KERNEL
        jne     foreign
        mov     rax, [rdx + UC_RIP]     # behind the INT3, unless the tracer has moved it
        cmp     dword ptr [rsi + SI_ERRNO], MARK
        jne     1f
        cmp     [rsi + SI_ADDR], rax
        jne     done                    # it has: the instruction is executed

1:      mov     r9, [rip + table]       # table: entries, ranges; pairs (start, end) of ranges; pairs (address, slot), sorted
        lea     r10, [r9 + 16]
        mov     rcx, [r9 + 8]
2:      dec     rcx
        js      4f
        cmp     rax, [r10]
        jb      3f
        cmp     rax, [r10 + 8]
        jb      done                    # in a slot: the tracer had sent it there
3:      add     r10, 16
        jmp     2b

4:      dec     rax                     # the address of the INT3
        mov     rcx, [r9]
5:      test    rcx, rcx
        jz      missing
        mov     r11, rcx
        shr     r11                     # the half before the middle
        mov     r8, r11
        shl     r8, 4
        add     r8, r10
        cmp     rax, [r8]
        je      found
        jb      6f
        lea     r10, [r8 + 16]
        not     r11
        add     rcx, r11                # rcx - r11 - 1
        jmp     5b
6:      mov     rcx, r11
        jmp     5b

found:  mov     rax, [r8 + 8]
        mov     [rdx + UC_RIP], rax
done:   ret

missing:
        cmp     byte ptr [rax], 0xcc
        je      foreign                 # an INT3 of the program
        cmp     word ptr [rax - 1], 0x03cd
        je      foreign                 # its long form
        mov     [rdx + UC_RIP], rax     # one of ours that has been removed since
        ret

foreign:
        mov     rax, [rip + own]
        cmp     rax, 1
        ja      chain
        jb      default
        cmp     dword ptr [rsi + SI_CODE], 0
        jle     done                    # sent by somebody, and ignored; but what the CPU raises cannot be

default:                                # as if there were no handler: SIG_DFL, and the same signal once more, for after sigreturn
        push    rsi
        xor     eax, eax
        push    rax
        push    rax
        push    rax
        push    rax
        mov     edi, SIGTRAP
        mov     rsi, rsp
        xor     edx, edx
        mov     r10d, 8
        mov     al, 13                  # rt_sigaction
        syscall
        mov     eax, 186                # gettid
        syscall
        mov     ebx, eax
        mov     eax, 39                 # getpid
        syscall
        mov     edi, eax
        mov     esi, ebx
        mov     edx, SIGTRAP
        mov     r10, [rsp + 32]
        mov     eax, 297                # rt_tgsigqueueinfo
        syscall
        add     rsp, 40
        ret

chain:                                  # SIGTRAP is not blocked here (a signal may have come in between, and hit a breakpoint); there it is
        test    dword ptr [rip + own + 8], 0x40000000   # SA_NODEFER
        jnz     7f
        push    rax
        push    rsi
        push    rdx
        push    0x10                    # the set {SIGTRAP}
        xor     edi, edi                # SIG_BLOCK
        mov     rsi, rsp
        xor     edx, edx
        mov     r10d, 8
        mov     eax, 14                 # rt_sigprocmask
        syscall
        pop     rcx
        pop     rdx
        pop     rsi
        pop     rax
        mov     edi, SIGTRAP
7:      jmp     rax

restorer:
        mov     eax, 15                 # rt_sigreturn
        syscall

# A system call made for the tracer: it puts the thread here, with the arguments in place and the old registers on the stack, and takes it
# away again after the call. If the tracer dies in between the thread finds its own way back.
inject:
        syscall
        pop     r9
        pop     r8
        pop     r10
        pop     rdx
        pop     rsi
        pop     rdi
        pop     r11
        pop     rcx
        pop     rax
        popfq
        lea     rsp, [rsp + 8 + 128]    # the program's own rsp: above the red zone
        jmp     qword ptr [rsp - 8 - 128]
end:
