/* So is the number of keys. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = count();
	trunc(@a, "x");
}
