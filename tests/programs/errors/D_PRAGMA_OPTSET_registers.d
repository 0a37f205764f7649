/* What cannot be done. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
#pragma D option iregs=2
BEGIN
{
	exit(0);
}
