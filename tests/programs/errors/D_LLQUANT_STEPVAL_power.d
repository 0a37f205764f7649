/* or the power of the first bound. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = llquantize(1, 10, 1, 2, 70);
}
