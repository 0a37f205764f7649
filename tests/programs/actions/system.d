/* The output of a command comes where its action stands.
 * @args: -w -q
 */
BEGIN
{
	printf("before\n");
	system("echo %s %d", "the command", 3);
	printf("after\n");
	system("exit 3; echo no");
	exit(0);
}
