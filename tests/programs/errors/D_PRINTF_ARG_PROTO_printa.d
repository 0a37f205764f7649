/* A conversion more than there are keys. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a[1] = count();
	printa("%d %d %@d", @a);
}
