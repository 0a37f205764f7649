/* printa: without a format, with one, several aggregations side by side, what one of them lacks. */
#pragma D option quiet

BEGIN
{
	@a["x", 1] = count();
	@a["y", 2] = count();
	@a["y", 2] = count();
	@b["x", 1] = sum(-10);
	@b["z", 3] = sum(7);
	@c["y", 2] = avg(5);
	printa(@a);
	printa("%s %d %@d\n", @a);
	printa(@a, @b);
	printa("%-4s|%3d|%@d|%@d|%@d|%@d\n", @a, @b, @c);
	printa("no keys: %@d\n", @a);
	printa("only keys: %s %x\n", @b);
	printa("%s %d %@8d %@-8d| %@x %@u %@i\n", @a);
	printa("nothing but text\n", @a);
	printa(@a, @b, @c);
	printa(@a, @a);
	exit(0);
}
