/* freopen sends output to a file, and that of commands; freopen("") brings it back; without one before it, it does nothing.
 * @args: -w -q
 */
BEGIN
{
	freopen("");
	printf("one\n");
	system("rm -f /tmp/freopen.%d", $pid);
	freopen("/tmp/freopen.%d", $pid);
	printf("two\n");
	system("echo three");
	freopen("");
	printf("four\n");
	freopen("/no/such/%s", "place");
	printf("five\n");
	system("cat /tmp/freopen.%d", $pid);
	freopen("/tmp/freopen.%d", $pid);
	ftruncate();
	printf("six\n");
	freopen("");
	system("cat /tmp/freopen.%d; rm /tmp/freopen.%d", $pid, $pid);
	exit(0);
}
