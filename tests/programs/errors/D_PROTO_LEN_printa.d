/* printa needs something to print. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	printa();
}
