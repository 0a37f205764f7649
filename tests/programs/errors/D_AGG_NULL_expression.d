/* An aggregation has no value in an expression. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = count();
	x = @a + 1;
}
