/* A format needs an aggregation. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	printa("%d");
}
