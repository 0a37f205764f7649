/* A conversion that does not fit its key. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a["x"] = count();
	printa("%d %@d", @a);
}
