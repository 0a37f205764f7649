/*
 * A fault ends its clause only; the message goes to stderr, the status stays 0.
 * @args: -q
 * @mask: probe ID \d+ => probe ID N
 * @mask: offset \d+ => offset N
 */
int zero;
BEGIN
{
	trace(1 / zero);
	trace("never");
}
BEGIN
{
	trace("still here");
	exit(0);
}
