/* agghist: bars over the tuples of aggregations that count; histograms and extremes stay as they are. */
#pragma D option agghist
#pragma D option quiet

BEGIN
{
	@n["a"] = sum(10);
	@n["bb"] = sum(25);
	@n["ccc"] = sum(65);
	@two["x", 1] = count();
	@two["y", 2] = count();
	@neg["up"] = sum(30);
	@neg["down"] = sum(-10);
	@down["down"] = sum(-10);
	@avg[1] = avg(4);
	@avg[2] = avg(6);
	@max["m"] = max(5);
	@q = quantize(1);
	exit(0);
}
