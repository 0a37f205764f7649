/* The end prints what printa has not; the newline before it is always there. */
BEGIN
{
	@a = count();
	@b = count();
	printa("%@d", @a);
	exit(0);
}
