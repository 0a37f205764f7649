/* Parameters are the same at each use. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = lquantize(1, 0, 10);
	@a = lquantize(1, 1, 10);
}
