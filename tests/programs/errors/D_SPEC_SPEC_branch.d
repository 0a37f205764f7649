/* A rule of the clause, across its branches.
 * @args: -xerrtags
 * @status: 1
 */
BEGIN
{
	if (pid)
		speculate(1);
	else
		speculate(2);
	speculate(3);
}
