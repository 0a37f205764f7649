/* Both signs; steps fewer than, equal to and more than the factor; magnitudes that begin above 0. */
#pragma D option quiet

BEGIN
{
	@["small"] = llquantize(5, 10, 0, 1, 10);
	@["small"] = llquantize(-7, 10, 0, 1, 10);
	@["small"] = llquantize(-100, 10, 0, 1, 10);
	@["small"] = llquantize(0, 10, 0, 1, 10);
	@["up"] = llquantize(0, 10, 0, 1, 10);
	@["up"] = llquantize(1, 10, 0, 1, 10);
	@["down"] = llquantize(-1, 10, 0, 1, 10);
	@from = llquantize(26, 3, 3, 4, 27);
	@from = llquantize(27, 3, 3, 4, 27);
	@from = llquantize(32, 3, 3, 4, 27);
	@from = llquantize(100, 3, 3, 4, 27);
	@only = llquantize(150, 10, 2, 2, 2);
	@only = llquantize(99, 10, 2, 2, 2);
	@only = llquantize(500, 10, 2, 2, 2);
	@two = llquantize(6, 2, 0, 3, 2);
	@two = llquantize(-6, 2, 0, 3, 2);
	@big = llquantize(0x7fffffffffffffff, 10, 17, 18, 10);
	@big = llquantize(0x8000000000000000, 10, 17, 18, 10);
	@big = llquantize(4000000000000000000, 10, 17, 18, 10);
	exit(0);
}
