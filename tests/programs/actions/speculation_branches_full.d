/* A later piece of a clause that has no room in its speculation ends the clause, and is counted.
 * @args: -q -x specsize=40 -x droptags
 */
BEGIN { s = speculation(); n = 1; }
BEGIN
{
	if (n)
		speculate(s);
	printf("%d\n", 1);
	if (n)
		printf("%d\n", 2);
	n = 2;
}
BEGIN { printf("n is %d\n", n); }
BEGIN { commit(s); }
BEGIN { exit(0); }
