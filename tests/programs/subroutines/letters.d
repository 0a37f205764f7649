/*
 * ASCII letters only.
 *
 * @args: -q
 */

BEGIN
{
	s = "Hello, World [az] {AZ} \xe9\xc9";
	printf("%S\n%S\n", toupper(s), tolower(s));
	printf("<%s> <%s>\n", toupper(""), tolower("ABC"));
	exit(0);
}
