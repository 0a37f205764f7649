/* The number of keys stays. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a[1, 2] = count();
	@a[1] = count();
}
