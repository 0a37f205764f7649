/* aggpack in ASCII. */
#pragma D option aggpack
#pragma D option encoding=ascii
#pragma D option quiet

BEGIN
{
	@q["small"] = quantize(1, 10);
	@q["small"] = quantize(2, 20);
	@q["small"] = quantize(4, 70);
	@q["large"] = quantize(1000, 3);
	@q["large"] = quantize(100, -1);
	@l[1] = lquantize(3, 0, 10, 1, 100);
	@l[1] = lquantize(-3, 0, 10, 1, 10);
	@l[2] = lquantize(5, 0, 10, 1, 1);
	@l[2] = lquantize(50, 0, 10, 1, 1);
	@bare = quantize(7);
	@ll["k"] = llquantize(5, 10, 0, 0, 10);
	exit(0);
}
