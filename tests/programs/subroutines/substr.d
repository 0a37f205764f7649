/*
 * @args: -q
 */

BEGIN
{
	s = "foobarbaz";
	n = 3;
	printf("<%s> <%s> <%s> <%s>\n", substr(s, 3), substr(s, n, 3), substr(s, -3), substr(s, -n, 2));
	printf("<%s> <%s> <%s> <%s>\n", substr(s, 0, 0), substr(s, 9), substr(s, 10), substr(s, 100, 5));
	printf("<%s> <%s> <%s> <%s>\n", substr(s, 1, -1), substr(s, 3, -6), substr(s, 3, -7), substr(s, -2, -1));
	printf("<%s> <%s> <%s> <%s>\n", substr(s, -11), substr(s, -11, 5), substr(s, -11, 2), substr(s, -11, -4));
	printf("<%s> <%s>\n", substr("", 0), substr(s, 0, 1000));
	exit(0);
}
