/* of 16 bits. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = llquantize(1, 65536, 0, 1, 10);
}
