/* normalize divides what is shown, of every function and not what is kept; denormalize takes it back; sorting does not see it. */
#pragma D option quiet

BEGIN
{
	@count = count();
	@sum["a"] = sum(-100);
	@sum["b"] = sum(100);
	@sum["c"] = sum(99);
	@avg = avg(101);
	@avg = avg(100);
	@min = min(-7);
	@stddev = stddev(0);
	@stddev = stddev(1000);
	@q = quantize(1, 1000);
	@q = quantize(4, 3000);
	normalize(@count, 2);
	normalize(@sum, 10);
	normalize(@avg, 10);
	normalize(@min, 2);
	normalize(@stddev, 10);
	normalize(@q, 1000);
	printa("%@d\n", @count);
	printa("%s %@d\n", @sum);
	printa("%@d %@d %@d\n", @avg, @min, @stddev);
	printa(@q);
	normalize(@sum, 3);
	printa(@sum);
	normalize(@sum, -1);
	printa(@sum);
	denormalize(@sum);
	printa(@sum);
	clear(@sum);
	printa(@sum);
	exit(0);
}
