/* @status: 1 */
BEGIN
{
	if (pid)
		speculate(1);
	else
		speculate(2);
	speculate(3);
}
