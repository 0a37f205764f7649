/* alloca's room is scratchsize, for each clause anew; so is what a copyin of a size not known before may be at most.
 * @args: -q -x scratchsize=64
 * @mask: offset \d+ => offset N
 */
int n;
BEGIN { alloca(64); printf("all of it\n"); }
BEGIN { alloca(40); alloca(24); printf("in two\n"); }
BEGIN { alloca(40); alloca(25); printf("never\n"); }
BEGIN { n = 65; alloca(n); }
BEGIN { n = -1; alloca(n); }
BEGIN { exit(0); }
ERROR { printf("%d %d %d\n", arg2, arg4 == DTRACEFLT_NOSCRATCH, arg5); }
