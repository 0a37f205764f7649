/* Actions of records that are overwritten do not happen. */
/* @args: -x bufsize=600 */
#pragma D option bufpolicy=ring
#pragma D option quiet

BEGIN
{
	@a = count();
	printa("never %@d\n", @a);
	trace("never");
}

BEGIN
{
	trace("one ");
}

BEGIN
{
	trace("two ");
	exit(0);
}

END
{
	printa("once %@d\n", @a);
}
