/*
 * A fault ends the whole clause, not only the branch it is in; the next clause runs.
 * @args: -q
 * @mask: error in dt_clause_\d+ => error in CLAUSE
 * @mask: DIF offset \d+ => DIF offset N
 */

BEGIN
{
	zero = 0;
	printf("before\n");
	if (pid) {
		printf("discarded\n");
		trace(1 / zero);
		printf("never\n");
	}
	printf("never\n");
	if (!zero)
		printf("never\n");
}

BEGIN
{
	if (1 / zero)
		printf("never\n");
	else
		printf("never\n");
	printf("never\n");
}

BEGIN /!(1 / zero)/ { if (zero) printf("never\n"); else printf("never\n"); }

BEGIN { printf("next\n"); exit(0); }

ERROR { printf("fault %d\n", arg4); }
