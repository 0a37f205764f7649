/* of 2 at least. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = llquantize(1, 1, 0, 1, 10);
}
