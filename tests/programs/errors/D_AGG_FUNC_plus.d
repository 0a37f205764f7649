/* Only = assigns to an aggregation. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a += count();
}
