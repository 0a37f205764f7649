/* A number is neither a format nor an aggregation. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	printa(123);
}
