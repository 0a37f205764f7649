/* Each code with its text and value.
 * @args: -q -x scratchsize=64
 * @mask: offset \d+ => offset N
 */
int zero;
int four[4];
BEGIN { trace(*(char *)0x10); }
BEGIN { trace(1 / zero); }
BEGIN { n = 65; p = alloca(n); }
BEGIN { n = 5; trace(four[n]); }
BEGIN { n = -1; trace(four[n]); }
BEGIN { commit(99); }
BEGIN { n = 64; bcopy(alloca(8), alloca(8), n); }
BEGIN { exit(0); }
ERROR { printf("%d: %s\n", arg4, arg4 == DTRACEFLT_BADADDR ? "address" : arg4 == DTRACEFLT_DIVZERO ? "zero" :
    arg4 == DTRACEFLT_NOSCRATCH ? "scratch" : arg4 == DTRACEFLT_BADINDEX ? "index" : arg4 == DTRACEFLT_ILLOP ? "operation" :
    arg4 == DTRACEFLT_BADSIZE ? "size" : "other"); }
