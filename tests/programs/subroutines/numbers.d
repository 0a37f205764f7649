/*
 * lltostr and strtoll in every base.
 *
 * @args: -q
 */

BEGIN
{
	n = 255;
	b = 2;
	printf("%s %s %s %s\n", lltostr(n), lltostr(-n), lltostr(0), lltostr(-9223372036854775807LL - 1));
	printf("%s %s %s %s\n", lltostr(n, 16), lltostr(n, 8), lltostr(n, b), lltostr(n, 36));
	printf("%s %s %s %s\n", lltostr(0, 16), lltostr(0, 8), lltostr(0, b), lltostr(-1, 16));
	printf("%s\n", lltostr(-1, b));
	printf("%d %d %d %d\n", strtoll("12"), strtoll(" \t-12x"), strtoll("+7"), strtoll("x"));
	printf("%d %d %d %d\n", strtoll("0x1f", 16), strtoll("-0X1F", 16), strtoll("0x", 16), strtoll("0xg", 16));
	printf("%d %d %d %d\n", strtoll("101", b), strtoll("Zz", 36), strtoll("0x1f"), strtoll("78", 8));
	printf("%d %d\n", strtoll("9223372036854775807"), strtoll("18446744073709551615"));
}

BEGIN
{
	exit(0);
}
