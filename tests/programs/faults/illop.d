/* What cannot be done: the fault has no value.
 * @args: -qw
 * @mask: offset \d+ => offset N
 */
int n;
BEGIN { trace(ipl); }
BEGIN { n = 99; trace(uregs[n]); }
BEGIN { n = 1; trace(lltostr(5, n)); }
BEGIN { n = 37; trace(strtoll("5", n)); }
BEGIN { n = 65; raise(n); }
BEGIN { n = 9; commit(n); }
BEGIN { discard(n); }
BEGIN { speculate(n); trace(1); }
BEGIN { trace(inet_ntop(n, alloca(16))); }
BEGIN { trace(link_ntop(n, alloca(16))); }
BEGIN { exit(0); }
ERROR { printf("%d %d %d\n", arg2, arg4 == DTRACEFLT_ILLOP, arg5); }
