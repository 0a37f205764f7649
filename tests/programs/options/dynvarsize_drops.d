/* So are elements of arrays. */
#pragma D option dynvarsize=100
#pragma D option quiet

BEGIN
{
	x[1] = 1;
	x[2] = 2;
	x[3] = 3;
	printf("%d %d %d\n", x[1], x[2], x[3]);
	exit(0);
}
