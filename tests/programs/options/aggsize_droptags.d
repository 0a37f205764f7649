/* droptags: the kind of the drop before its text. */
/* @mask: on CPU [0-9]+ => on CPU N */
#pragma D option aggsize=100
#pragma D option droptags
#pragma D option quiet

BEGIN
{
	@[1] = max(1);
	@[2] = max(1);
	exit(0);
}
