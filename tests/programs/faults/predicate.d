/* A fault in a predicate: the clause is left out, and told of as any other.
 * @args: -q
 * @mask: offset \d+ => offset N
 */
int zero;
BEGIN /1 % zero/ { printf("never\n"); }
BEGIN { printf("next\n"); }
BEGIN /*  */ { exit(0); }
ERROR { printf("%d %d\n", arg2, arg4 == 4); }
