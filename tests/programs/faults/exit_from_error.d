/* exit() in ERROR ends tracing with its status.
 * @args: -q
 * @status: 5
 * @mask: offset \d+ => offset N
 */
int zero;
BEGIN { trace(1 / zero); exit(0); }
tick-1ms { trace("never"); }
ERROR { exit(5); }
END { printf("end\n"); }
