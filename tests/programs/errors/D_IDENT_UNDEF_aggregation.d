/* An aggregation that nothing was ever assigned to. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a;
}
