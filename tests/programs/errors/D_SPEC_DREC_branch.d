/* @status: 1 */
BEGIN
{
	printf("x");
	if (pid) {
		speculate(1);
	}
}
