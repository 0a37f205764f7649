/* encoding=utf8: bars of eighths. */
#pragma D option encoding=utf8
#pragma D option quiet

BEGIN
{
	@q = quantize(1, 10);
	@q = quantize(2, 21);
	@q = quantize(4, 70);
	exit(0);
}
