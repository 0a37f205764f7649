/* Neither is a subroutine. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a = strlen("x");
}
