/* What stands in the other branch does not count: each way has one destination.
 * @args: -x nspec=2
 */
BEGIN { a = speculation(); }
BEGIN
{
	if (a == 2) {
		@[1] = count();
	} else {
		speculate(a);
		printf("from %s", probename);
	}
}
BEGIN
{
	if (a == 2)
		printf("no");
	else if (a == 1)
		commit(a);
	else
		discard(a);
	a = 0;
}
BEGIN { printf("%d", a); exit(0); }
