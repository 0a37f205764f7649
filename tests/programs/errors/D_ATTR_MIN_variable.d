/*
 * @args: -xerrtags
 * @status: 1
 */
#pragma D option amin=Stable/Stable/Common
dtrace:::BEGIN
/curthread != 0/
{
	exit(0);
}
