/* A built-in variable is called.
 * @args: -xerrtags
 * @status: 1
 */
BEGIN
/pid() == 1/
{
	exit(0);
}
