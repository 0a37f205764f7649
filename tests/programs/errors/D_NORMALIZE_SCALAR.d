/* The divisor is a number. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = count();
	normalize(@a, "x");
}
