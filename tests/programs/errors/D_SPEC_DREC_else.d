/* A rule of the clause, across its branches.
 * @args: -xerrtags
 * @status: 1
 */
BEGIN
{
	if (pid)
		x = 1;
	else
		printf("x");
	speculate(1);
}
