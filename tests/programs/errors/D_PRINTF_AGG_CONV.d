/* Only printa knows %@. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	printf("%@d", 1);
}
