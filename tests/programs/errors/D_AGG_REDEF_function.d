/* One aggregation has one function. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = count();
	@a = sum(1);
}
