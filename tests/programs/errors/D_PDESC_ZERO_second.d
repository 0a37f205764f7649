/* The second of a list.
 * @args: -xerrtags
 * @status: 1
 */
BEGIN,
dtrace:::BEGIN2
{
	exit(0);
}
