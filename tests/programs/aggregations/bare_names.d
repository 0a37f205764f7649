/* @ is @_; names are one space of their own. */
#pragma D option quiet

BEGIN
{
	x = 3;
	@ = count();
	@_ = count();
	@x[x] = count();
	@y[execname == "dtrace", x + 1] = count();
	printa(@);
	printa("%d %d %@d\n", @y);
	exit(0);
}
