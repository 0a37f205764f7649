/* For the quantizers, too. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = llquantize("x", 10, 0, 1, 10);
}
