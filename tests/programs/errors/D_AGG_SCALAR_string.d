/* What is aggregated is a scalar. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = avg("x");
}
