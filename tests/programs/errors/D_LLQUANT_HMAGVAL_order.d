/* not below the low one. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = llquantize(1, 10, 2, 1, 10);
}
