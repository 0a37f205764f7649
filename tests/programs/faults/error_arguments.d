/* What ERROR is told: the probe, the clause, the fault and its value; the same in each of its clauses, whatever they do. Its output comes
 * before the message. The fault takes with it what its clause had recorded, not the other clauses.
 * @args: -q
 * @mask: offset \d+ => offset N
 */
int zero;
BEGIN { printf("first\n"); }
BEGIN { printf("never seen"); trace(1 / zero); printf("nor this"); }
BEGIN { trace(*(int *)0x18); }
BEGIN { printf("last\n"); exit(0); }
ERROR { this->p = (int *)alloca(8); *this->p = 7; printf("%d %d %d %d 0x%x\n", *this->p, arg1, arg2, arg4, arg5); }
ERROR { printf("%s: %d %d %d 0x%x %d\n", probename, arg1, arg2, arg4, arg5, arg3 > 0); }
