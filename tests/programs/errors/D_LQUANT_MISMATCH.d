/* The base is below the limit. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = lquantize(1, 10, 0);
}
