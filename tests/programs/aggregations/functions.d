/* The eight functions with values of both signs and of the ends of the range; count of nothing but itself. */
#pragma D option quiet

BEGIN
{
	@count = count();
	@count = count();
	@sum = sum(-5);
	@sum = sum(3);
	@wrap = sum(0x7fffffffffffffff);
	@wrap = sum(2);
	@avg = avg(-7);
	@avg = avg(2);
	@min = min(5);
	@min = min(-9);
	@min = min(-3);
	@max = max(-5);
	@max = max(-9);
	@low = min(0x8000000000000000);
	@low = min(7);
	@high = max(0x7fffffffffffffff);
	@zero = max(0);
	@key[1] = min(-1);
	@key[2] = min(1);
	@key[2] = min(2);
	exit(0);
}
