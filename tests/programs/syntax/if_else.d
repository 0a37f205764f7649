/* if and else: nested, chained, with blocks and empty branches, in a clause with a predicate. */
#pragma D option quiet

BEGIN { x = 5; s = "abc"; p = (char *)0; }

BEGIN
/x > 3/
{
	printf("a ");
	if (x == 5) {
		printf("five ");
		if (x == 6)
			printf("never ");
		else {
			printf("not6 ");
			y = 1;
		}
		printf("after ");
	} else
		printf("not5 ");
	if (y)
		printf("y ");
	else if (x)
		printf("z ");
	else
		printf("w ");
	if (0)
		;
	else
		printf("e ");
	if (s == "abc" && !p) printf("s ");
	if (p) { } else { }
	if (x++ == 5) { }
	printf("end %d\n", x);
}

BEGIN
/x < 3/
{
	if (1)
		printf("no\n");
	printf("no\n");
}

BEGIN
{
	this->n = 3;
	if (this->n > 2) {
		this->n = 7;
		@sum[this->n] = sum(this->n);
	}
	if (this->n == 7)
		exit(0);
	else
		printf("no\n");
}
