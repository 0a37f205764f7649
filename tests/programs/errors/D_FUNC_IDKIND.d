/* A variable is called.
 * @args: -xerrtags
 * @status: 1
 */
BEGIN
{
	n = 1;
	n();
}
