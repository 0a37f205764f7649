/* of 16 bits. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = llquantize(1, 10, 0, 65536, 10);
}
