/* All that follows are aggregations. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = count();
	printa("%@d", @a, 1);
}
