/* of the same kinds. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a[1] = count();
	@bee["x"] = count();
	printa(@a, @bee);
}
