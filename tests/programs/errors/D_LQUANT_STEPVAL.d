/* of 16 bits. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = lquantize(1, 0, 100000, 65536);
}
