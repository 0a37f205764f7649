/* Every kind of bucket: the ends, around zero, powers of two and the numbers beside them. */
#pragma D option quiet

BEGIN
{
	@ends = quantize(0x8000000000000000);
	@ends = quantize(0x7fffffffffffffff);
	@ends = quantize(0);
	@near[1] = quantize(-1);
	@near[1] = quantize(0);
	@near[1] = quantize(1);
	@near[2] = quantize(-2);
	@near[2] = quantize(-3);
	@near[2] = quantize(-4);
	@near[2] = quantize(2);
	@near[2] = quantize(3);
	@near[2] = quantize(4);
	@near[3] = quantize(255);
	@near[3] = quantize(256);
	@near[4] = quantize(-255);
	@near[4] = quantize(-256);
	exit(0);
}
