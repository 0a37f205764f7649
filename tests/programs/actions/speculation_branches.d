/* speculate() holds for the rest of its clause, through branches, on the way that called it.
 * @args: -x nspec=4
 */
int n;
BEGIN { a = speculation(); b = speculation(); }

BEGIN, BEGIN, BEGIN
{
	n++;
	if (n == 1) {
		speculate(a);
		printf("%d speculated", n);
	} else if (n == 2) {
		speculate(b);
	} else {
		printf("%d at once", n);
	}
	if (n < 3)
		printf("%d, behind the branch", n);
	printf("%d, the last", n);
}

/* Discarded half way: the rest of the clause runs, what it records goes where the speculation went. */
BEGIN
{
	c = speculation();
	speculate(c);
	printf("never seen");
	if (n == 3) {
		discard(c);
		c = speculation();
	}
	n = 10;
	printf("never seen either");
}

/* Not active: the clause ends there. */
BEGIN
{
	if (n)
		speculate(0);
	n = 20;
	printf("no");
}

BEGIN { printf("n is %d", n); }
BEGIN { commit(b); }
BEGIN { commit(a); commit(c); }
BEGIN { exit(0); }
