/* In all clauses. */
/* @engines: process */
/* @args: -x errtags */
/* @status: 1 */
BEGIN
{
	@a[1] = min(1);
	exit(0);
}

END
{
	@a[2] = max(1);
}
