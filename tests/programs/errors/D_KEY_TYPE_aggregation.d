/* An aggregation is no key. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = count();
	@[@a] = count();
}
