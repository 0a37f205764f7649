/* and takes a step and an increment at most. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = lquantize(1, 2, 3, 1, 1, 1);
}
