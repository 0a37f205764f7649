/* Increments: large, zero, negative, and such that a bucket comes back to nothing. */
#pragma D option quiet

BEGIN
{
	@q = quantize(8, 100);
	@q = quantize(64, 50);
	@q = quantize(0, 0);
	@neg = quantize(1, -3);
	@neg = quantize(2, -1);
	@mixed["m"] = lquantize(12, 0, 50, 10, 3);
	@mixed["m"] = lquantize(25, 0, 50, 10, -5);
	@mixed["m"] = lquantize(99, 0, 50, 10, 1);
	@none = quantize(4, 7);
	@none = quantize(5, -7);
	@lnone = lquantize(4, 0, 10, 1, 7);
	@lnone = lquantize(4, 0, 10, 1, -7);
	@llnone = llquantize(4, 10, 0, 1, 10, 7);
	@llnone = llquantize(4, 10, 0, 1, 10, -7);
	@ll = llquantize(-4, 10, 0, 1, 10, 2);
	@ll = llquantize(40, 10, 0, 1, 10, -6);
	exit(0);
}
