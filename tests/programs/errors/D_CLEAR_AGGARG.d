/* clear is for aggregations. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	x = 1;
	clear(x);
}
