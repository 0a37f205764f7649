/* A name alone does nothing. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = count();
	@a;
}
