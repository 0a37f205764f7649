/* From outside of the kernel its memory cannot be read: the process engine refuses its addresses, as DTrace refuses those without the
 * privilege. The kernel engine, which needs root, has it.
 * @engines: process
 * @args: -q
 * @mask: offset \d+ => offset N
 */
uint64_t there;
BEGIN { there = 0xffffffff81000000; trace(*(int *)there); }
BEGIN { trace(stringof((char *)there)); }
BEGIN { tracemem((void *)there, 8); }
BEGIN { print((int *)there); }
BEGIN { bcopy((void *)there, alloca(8), 8); }
BEGIN { trace(inet_ntoa((ipaddr_t *)there)); }
BEGIN { trace(*(char *)-1); }
BEGIN { exit(0); }
ERROR { printf("%d %s 0x%x\n", arg2, arg4 == DTRACEFLT_KPRIV ? "no privilege" : "other", arg5); }
