/* exit() does not end its clause. The last status counts, END's too.
 * @status: 7
 */
BEGIN { exit(3); trace("same clause"); }
tick-1ms { trace("never"); }
END { trace("end"); exit(7); }
