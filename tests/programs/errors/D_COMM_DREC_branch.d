/* A rule of the clause, across its branches.
 * @args: -xerrtags
 * @status: 1
 */
BEGIN
{
	printf("x");
	if (pid)
		commit(1);
}
