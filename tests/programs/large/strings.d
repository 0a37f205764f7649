/*
 * Strings of 64 KiB, many string functions in one clause, comparisons that differ in any byte of a word.
 * @args: -q -x strsize=65536
 */
string s, t, u;
BEGIN
{
	s = "abcdefgh/ijklmnop/qrstuvwx";
	t = "abcdefgh/ijklmnop/qrstuvwy";
	u = "abcdefgh/ijklmnop/qrstuvwx and more";
	printf("%d%d%d%d%d%d ", s < t, s <= t, s > t, s >= t, s == t, s != t);
	printf("%d%d%d%d%d%d ", s < u, s <= u, s > u, s >= u, s == u, s != u);
	printf("%d%d\n", s == strjoin("abcdefgh/ijklmnop/", "qrstuvwx"), strjoin(s, s) > s);
	printf("%d %d %d\n", strlen(s), strlen(u), strlen(strjoin(u, u)));
	printf("%d %d %d\n", index(s, "op/"), rindex(s, "/"), index(s, "absent"));
	printf("%s %s %s %s\n", basename(s), dirname(s), strchr(s, 'i'), strrchr(s, '/'));
	printf("%s %s\n", substr(s, 9, 8), substr(s, -8));
	printf("%s %s %s %s\n", basename(t), dirname(t), strchr(t, 'i'), strrchr(t, '/'));
	printf("%s %s %s %s\n", basename(u), dirname(u), strchr(u, 'i'), strrchr(u, '/'));
	exit(0);
}
