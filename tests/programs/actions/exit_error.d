/* exit() in ERROR ends the firing in which the fault was, behind its clause.
 * @status: 5
 * @mask: offset \d+ => offset N
 */
int zero;
BEGIN { trace("first"); }
BEGIN { trace(1 / zero); }
BEGIN { trace("never"); }
ERROR { exit(5); trace("error 1"); }
ERROR { trace("error 2"); }
END { trace("end"); }
