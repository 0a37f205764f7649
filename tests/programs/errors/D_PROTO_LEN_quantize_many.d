/* quantize takes an increment at most. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = quantize(1, 2, 3);
}
