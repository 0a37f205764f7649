/* An aggregating function needs an aggregation. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	avg(1);
}
