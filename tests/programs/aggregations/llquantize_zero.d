/* Nothing in any bucket: the one of 0 and the two after it, whatever lmag and the number of steps. */
#pragma D option quiet

BEGIN
{
	@a = llquantize(0, 2, 0, 1, 2);
	@a = llquantize(0, 2, 0, 1, 2, -1);
	@b = llquantize(0, 2, 0, 1, 4, 0);
	@c = llquantize(500, 10, 2, 4, 10, 0);
	exit(0);
}
