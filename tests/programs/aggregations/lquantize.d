/* Levels of one and of more, a limit that is no whole number of steps away, negative bases, the widest range there is. */
#pragma D option quiet

BEGIN
{
	@one = lquantize(1, 1, 2);
	@odd = lquantize(0, 0, 10, 3);
	@odd = lquantize(8, 0, 10, 3);
	@odd = lquantize(9, 0, 10, 3);
	@odd = lquantize(10, 0, 10, 3);
	@neg = lquantize(-100, -50, 50, 25);
	@neg = lquantize(-50, -50, 50, 25);
	@neg = lquantize(-1, -50, 50, 25);
	@neg = lquantize(0, -50, 50, 25);
	@neg = lquantize(50, -50, 50, 25);
	@far = lquantize(0x8000000000000000, -2147483648, 2147000000, 65535);
	@far = lquantize(-2147483648, -2147483648, 2147000000, 65535);
	exit(0);
}
