/* rawbytes: strings among the keys as their bytes. */
/* @args: -x strsize=16 */
#pragma D option rawbytes
#pragma D option quiet

BEGIN
{
	@["abc", 1] = count();
	exit(0);
}
