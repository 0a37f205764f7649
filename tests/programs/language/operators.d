/*
 * Every binary operator once, on values that are not constants.
 * @args: -q
 */
int a, b;
BEGIN
{
	a = 7;
	b = 3;
	printf("%d %d %d %d %d\n", a + b, a - b, a * b, a / b, a % b);
	printf("%d %d %d %d %d\n", a & b, a | b, a ^ b, a << b, a >> b);
	printf("%d %d %d %d %d %d\n", a < b, a <= b, a > b, a >= b, a == b, a != b);
	printf("%d %d %d %d\n", a && b, a || b, a ^^ b, a ? b : a);
	exit(0);
}
