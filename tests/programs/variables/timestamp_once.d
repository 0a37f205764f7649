/* The timestamp is one for a firing, in all its clauses and in ERROR.
 * @args: -q
 * @mask: offset \d+ => offset N
 */
int zero;
BEGIN { this->t = timestamp; t = timestamp; printf("%d %d\n", timestamp - this->t, timestamp > 0); }
BEGIN /timestamp == this->t/ { printf("the same\n"); }
BEGIN { trace(1 / zero); }
ERROR { printf("%d\n", timestamp - t); }
BEGIN { printf("%d\n", timestamp - t); exit(0); }
END { printf("%d\n", timestamp > t); }
