/* A rule of the clause, across its branches.
 * @args: -xerrtags
 * @status: 1
 */
BEGIN
{
	if (pid)
		commit(1);
	else
		discard(1);
	@ = count();
}
