/* trunc needs one. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	trunc();
}
