/* @status: 1
 * @args: -w -xerrtags
 */
BEGIN
{
	speculate(1);
	if (pid)
		raise(1);
}
