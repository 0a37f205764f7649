/*
 * strlen and strjoin, and what does not fit.
 *
 * @args: -q -x strsize=8
 */

BEGIN
{
	s = "abcd";
	printf("%d %d %d\n", strlen(s), strlen(""), strlen("abcdefghij"));
	t = strjoin(s, "efg");
	printf("%s %d\n", t, strlen(t));
	t = strjoin(t, s);
	printf("%s %d\n", t, strlen(t));
	printf("<%s> <%s> <%s>\n", strjoin("", ""), strjoin(s, ""), strjoin("", s));
	printf("%s %s\n", strjoin(strjoin("a", "b"), strjoin("c", lltostr(-123456))), execname);
	exit(0);
}
