/* Each piece of a clause that records has a line of its own; one that does not records nothing. */

BEGIN
{
	trace(1);
	if (pid)
		trace(2);
	else
		trace(-2);
	if (pid)
		n = 1;
	trace(n);
	exit(0);
}
