/* The factor is a constant. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = llquantize(1, pid, 0, 1, 10);
}
