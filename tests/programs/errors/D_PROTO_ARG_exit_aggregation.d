/* Other actions do not take aggregations. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = count();
	exit(@a);
}
