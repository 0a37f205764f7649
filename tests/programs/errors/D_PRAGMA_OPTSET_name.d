/* A name that is none. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
#pragma D option nosuch=1
BEGIN
{
	exit(0);
}
