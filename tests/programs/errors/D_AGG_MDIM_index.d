/* An aggregation has one list of keys. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a[1][2] = count();
}
