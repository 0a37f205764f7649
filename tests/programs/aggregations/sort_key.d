/* aggsortkey: by key; values decide only between equal ones. */
#pragma D option quiet
#pragma D option aggsortkey

BEGIN
{
	@one["b", 2] = sum(2);
	@one["a", 3] = sum(2);
	@one["c", 1] = sum(1);
	@one["d", -1] = sum(-9);
	@two["b", 2] = sum(5);
	@two["a", 3] = sum(6);
	@two["c", 1] = sum(6);
	@q["few"] = quantize(100);
	@q["many"] = quantize(1, 99);
	@q["zeroes"] = quantize(0, 5);
	@q["none"] = quantize(0);
	printa("%s %d %@d\n", @one);
	printa("%s %d %@d %@d\n", @one, @two);
	printa("%s\n", @q);
	exit(0);
}

END
{
	@last = count();
	@last2 = max(3);
}
