/* clear keeps keys and takes values, of every function, and only of the aggregation that is named. */
#pragma D option quiet

BEGIN
{
	@count["k"] = count();
	@sum["k"] = sum(5);
	@avg["k"] = avg(5);
	@min["k"] = min(5);
	@max["k"] = max(5);
	@stddev["k"] = stddev(5);
	@q["k"] = quantize(5);
	@l["k"] = lquantize(5, 0, 10, 5);
	@ll["k"] = llquantize(5, 10, 0, 1, 10);
	@kept["k"] = count();
	clear(@count);
	clear(@sum);
	clear(@avg);
	clear(@min);
	clear(@max);
	clear(@stddev);
	clear(@q);
	clear(@l);
	clear(@ll);
	exit(0);
}
