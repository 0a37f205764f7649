/* Strings and characters, as they are and with escapes; times.
 * @args: -q
 */
BEGIN
{
	printf("%s|%S|%C%C%C%C|\n", "a\tb", "a\tb\"\\\033\351", 'a', '\n', '\0', '"');
	printf("[%s] [%S] [%5s]\n", "", "", "");
	printf("%Y|%T\n", 124000000000LL * 1000, (uint64_t)124000000000LL * 1000);
	printf("%Y|%T\n", 0LL, 1735689599999999999LL);
	printf("100%% of %d%%\n", 5);
	printf("no arguments\n");
	exit(0);
}
