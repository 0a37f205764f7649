/* Parameters are the same at each use. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = llquantize(1, 10, 1, 3, 20);
	@a = llquantize(1, 10, 1, 3, 10);
}
