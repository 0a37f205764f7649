/* and not too many. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = lquantize(1, 0, 65536);
}
