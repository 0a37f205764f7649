/* ERROR's arguments beyond the fault's are 0; its built-ins are its own, but the fault's probe can be told by arg1.
 * @args: -q
 * @mask: offset \d+ => offset N
 */
int zero;
BEGIN { self->mine = 7; this->own = 1; trace(1 / zero); }
BEGIN { printf("this->own is %d\n", this->own); exit(0); }
ERROR { printf("%d %d %d %d %d %d\n", arg0, arg1, arg6, arg7, arg8, arg9); }
ERROR { printf("%s:%s:%s:%s %d\n", probeprov, probemod, probefunc, probename, self->mine); }
