/* The low magnitude is a constant. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = llquantize(1, 10, pid, 1, 10);
}
