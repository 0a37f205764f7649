/* that exist. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	denormalize(@a);
}
