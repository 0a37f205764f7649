/* Base and limit that are equal have no level between them. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = lquantize(1, 5, 5);
}
