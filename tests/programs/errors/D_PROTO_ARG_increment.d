/* Increments are scalars. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = quantize(1, "x");
}
