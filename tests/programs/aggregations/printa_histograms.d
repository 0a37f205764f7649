/* Histograms in printa: whole ones where the value stands, empty ones where there is none. */
#pragma D option quiet

BEGIN
{
	@q["x"] = quantize(3);
	@q["y"] = quantize(-1);
	@l["x"] = lquantize(3, 0, 4, 2);
	@n["x"] = count();
	@n["z"] = count();
	printa("%s is%@d and that is all\n", @q);
	printa("%s: %@d%@d%@d", @n, @q, @l);
	printa(@l, @n);
	exit(0);
}
