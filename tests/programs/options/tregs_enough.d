/*
 * As many keys as registers; without the option there is no limit.
 * @args: -q -x tregs=3
 */
BEGIN
{
	@[1, 2, 3] = count();
	a["x", 2, 3] = 3;
	trace(a["x", 2, 3]);
	exit(0);
}
