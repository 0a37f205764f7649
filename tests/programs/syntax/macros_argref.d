/*
 * With argref nobody complains of an argument that is not used.
 * @args: -q -xargref
 * @operands: 5 6 7
 */
BEGIN { printf("%d\n", $2); exit(0); }
