/* @target: sleep 0.4 */
/* aggrate: printa shows a snapshot as old as that; what is printed last is never old. */
#pragma D option aggrate=1h
#pragma D option quiet

BEGIN
{
	@ = count();
}

tick-40ms
{
	@ = count();
	printa("%@d\n", @);
}

tick-40ms
/++n == 3/
{
	exit(0);
}

END
{
	printa("%@d\n", @);
}
