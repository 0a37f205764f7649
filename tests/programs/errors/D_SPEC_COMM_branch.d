/* A rule of the clause, across its branches.
 * @args: -xerrtags
 * @status: 1
 */
BEGIN
{
	commit(1);
	if (pid)
		speculate(3);
}
