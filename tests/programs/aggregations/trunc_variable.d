/* The number of trunc may be any expression. */
#pragma D option quiet

BEGIN
{
	n = -1;
	@a[1] = sum(1);
	@a[2] = sum(2);
	@a[3] = sum(3);
	trunc(@a, n);
	exit(0);
}
