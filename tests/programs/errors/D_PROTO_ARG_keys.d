/* And their kinds. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a[1, "x"] = count();
	@a[1, 2] = count();
}
