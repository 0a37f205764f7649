/* @status: 1 */
BEGIN
{
	if (pid)
		speculate(1);
	@[pid] = count();
}
