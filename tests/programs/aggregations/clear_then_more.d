/* What is added after the clear counts from nothing: the record of END is printed in a batch of its own. */
#pragma D option quiet

BEGIN
{
	@count = count();
	@min = min(-5);
	@max = max(50);
	@avg = avg(1000);
	@stddev = stddev(1000);
	@q = quantize(1000);
	@gone["old"] = count();
	clear(@count);
	clear(@min);
	clear(@max);
	clear(@avg);
	clear(@stddev);
	clear(@q);
	trunc(@gone);
	exit(0);
}

END
{
	@count = count();
	@min = min(7);
	@max = max(-7);
	@avg = avg(4);
	@stddev = stddev(4);
	@q = quantize(2);
	@gone["new"] = count();
	printa("%@d\n", @count);
	printa("%@d\n", @min);
	printa("%@d\n", @max);
	printa("%@d\n", @avg);
	printa("%@d\n", @stddev);
	printa(@q);
	printa(@gone);
}
