/*
 * strchr, strrchr, strstr, index, rindex: constants and variables, and Perl's rules of positions.
 *
 * @args: -q
 */

BEGIN
{
	s = "abracadabra";
	t = "ra";
	none = "";
	printf("%s %s %s\n", strchr(s, 'c'), strrchr(s, 'b'), strchr("abc", 'a'));
	printf("%d %d <%s>\n", strchr(s, 'x') == NULL, strrchr(s, 'x') == NULL, strchr(s, 0));
	printf("%s %s %s\n", strstr(s, "cad"), strstr(s, t), strstr(s, ""));
	printf("%d %d\n", strstr(s, "abrac!") == NULL, strstr("", t) == NULL);
	printf("%d %d %d %d\n", index(s, t), index(s, "ra", 3), index(s, t, 100), index(s, "x"));
	printf("%d %d %d %d\n", rindex(s, t), rindex(s, "ra", 8), rindex(s, "ra", -1), rindex(s, "a", 100));
	printf("%d %d %d %d\n", index(s, t, -5), index(s, "", -5), index(s, none, 5), index(s, none, 50));
	printf("%d %d %d %d\n", rindex(s, ""), rindex(s, none, 3), rindex(s, none, -3), rindex(s, none, 50));
	printf("%d %d %d %d\n", index("", ""), rindex("", ""), index("", "", 5), rindex("", "", -5));
	printf("%d %d\n", index("aaaaaaab", "aaab"), rindex("baaaabaaaa", "aaa"));
	exit(0);
}
