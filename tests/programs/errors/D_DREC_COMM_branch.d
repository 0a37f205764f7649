/* @status: 1 */
BEGIN
{
	if (pid)
		commit(1);
	printf("x");
}
