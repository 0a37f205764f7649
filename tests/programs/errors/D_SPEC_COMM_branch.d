/* @status: 1 */
BEGIN
{
	commit(1);
	if (pid)
		speculate(3);
}
