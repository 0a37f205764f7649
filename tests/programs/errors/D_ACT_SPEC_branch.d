/* @status: 1
 * @args: -w
 */
BEGIN
{
	speculate(1);
	if (pid)
		raise(1);
}
