/*
 * strtok goes on with NULL in later clauses of the same firing, and starts with nothing in each firing.
 *
 * @args: -q
 */

BEGIN
{
	x = "::alpha:beta,,gamma";
	sep = ",";
	printf("<%s>", strtok(x, ":"));
}

BEGIN
{
	printf("<%s><%s>", strtok(NULL, sep), strtok(NULL, ",:"));
	printf(" %d %d\n", strtok(NULL, ",") == NULL, strtok(NULL, ",") == NULL);
	printf("<%s>", strtok("one two", ""));
	printf(" %d %d\n", strtok(NULL, " ") == NULL, strtok(",,,", ",") == NULL);
	y = strtok("a b", " ");
	exit(0);
}

END
{
	printf("%d %s\n", strtok(NULL, " ") == NULL, y);
}
