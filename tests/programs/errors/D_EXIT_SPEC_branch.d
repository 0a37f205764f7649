/* A rule of the clause, across its branches.
 * @args: -xerrtags
 * @status: 1
 */
BEGIN
{
	if (pid) {
		if (tid)
			speculate(1);
	}
	exit(0);
}
