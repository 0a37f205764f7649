/* A fault in an ERROR clause is only counted, its other clauses run.
 * @args: -q -x droptags
 * @mask: offset \d+ => offset N
 */
int zero;
BEGIN { trace(1 / zero); }
BEGIN { trace(1 / zero); }
BEGIN { exit(0); }
ERROR { printf("no"); trace(2 / zero); }
ERROR { printf("fault %d\n", arg4); }
