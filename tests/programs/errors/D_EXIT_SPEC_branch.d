/* @status: 1 */
BEGIN
{
	if (pid) {
		if (tid)
			speculate(1);
	}
	exit(0);
}
