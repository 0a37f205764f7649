/* printa, normalize, trunc and clear work on the same data one after the other, in the order they stand. */
#pragma D option quiet

BEGIN
{
	@a["x"] = sum(10);
	@a["y"] = sum(20);
	@a["z"] = sum(30);
	printa("1 %s %@d\n", @a);
	normalize(@a, 10);
	printa("2 %s %@d\n", @a);
	trunc(@a, 2);
	printa("3 %s %@d\n", @a);
	clear(@a);
	printa("4 %s %@d\n", @a);
	denormalize(@a);
	trunc(@a);
	printa("5 %s %@d\n", @a);
	exit(0);
}
