/* What an older D has; what a program says of its own names takes part in it. Library names and later parts of the language stay.
 * @args: -q -x version=1.2
 */
#pragma D binding "1.0" mine
int mine;
BEGIN
{
	mine = 3;
	printf("%d %d %s\n", mine, index("abc", "b"), substr("hello", 1, 2));
	exit(0);
}
