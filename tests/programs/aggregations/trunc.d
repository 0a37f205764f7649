/* trunc keeps the largest, with a negative number the smallest, always by value; without a number nothing. */
#pragma D option aggsortkey
#pragma D option quiet

BEGIN
{
	@a["one"] = sum(1);
	@a["two"] = sum(2);
	@a["three"] = sum(3);
	@a["minus"] = sum(-4);
	@b["one"] = sum(1);
	@b["two"] = sum(2);
	@b["three"] = sum(3);
	@b["minus"] = sum(-4);
	@c["x"] = quantize(1);
	@c["y"] = quantize(100);
	@d["gone"] = count();
	@e["gone"] = count();
	trunc(@a, 2);
	trunc(@b, -2);
	trunc(@c, 1);
	trunc(@d);
	trunc(@e, 0);
	printa("%s %@d\n", @a);
	printa("%s %@d\n", @b);
	trunc(@a, 100);
	printa("%s %@d\n", @a);
	exit(0);
}
