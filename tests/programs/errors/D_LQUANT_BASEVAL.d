/* of 32 bits. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = lquantize(1, 2147483648, 10);
}
