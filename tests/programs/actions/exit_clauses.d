/* exit() ends its firing behind its clause: the clauses that follow do not run. A clause with branches runs to its end all the same.
 * The clauses of END and ERROR all run.
 * @status: 9
 * @mask: offset \d+ => offset N
 */
int zero;
BEGIN
{
	if (!zero)
		exit(3);
	trace("behind a branch");
	if (zero) {
		trace("never");
	} else {
		trace("in another");
	}
	trace("to the end");
}

BEGIN { trace("the next clause never runs"); }
END { exit(4); trace("end 1"); }
END { trace(1 / zero); }
END { trace("end 2"); }
ERROR { exit(9); trace("error 1"); }
ERROR { trace("error 2"); }
