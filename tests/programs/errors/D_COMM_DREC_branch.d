/* @status: 1 */
BEGIN
{
	printf("x");
	if (pid)
		commit(1);
}
