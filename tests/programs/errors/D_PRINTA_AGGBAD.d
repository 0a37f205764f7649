/* An aggregation that is never used. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	printa(@a);
}
