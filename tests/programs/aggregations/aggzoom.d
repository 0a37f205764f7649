/* aggzoom: the tallest bar reaches 95 percent. */
#pragma D option agghist
#pragma D option aggzoom
#pragma D option quiet

BEGIN
{
	@n["a"] = sum(10);
	@n["bb"] = sum(25);
	@n["ccc"] = sum(65);
	@q = quantize(1, 1000);
	@q = quantize(2, 10);
	@l = lquantize(3, 0, 10, 2, 5);
	@l = lquantize(7, 0, 10, 2, 6);
	exit(0);
}
