/* Keys that have no room are dropped and counted; those that are there go on counting. */
/* @mask: on CPU [0-9]+ => on CPU N */
#pragma D option aggsize=100
#pragma D option quiet

BEGIN
{
	@[1] = count();
	@[2] = count();
	@[3] = count();
	@[1] = count();
	exit(0);
}
