/* A value that is missing. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
#pragma D option bufpolicy
BEGIN
{
	exit(0);
}
