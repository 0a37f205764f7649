/* A probe that two descriptions of one clause match fires it twice, with branches and without. */
BEGIN, dtrace:::BEGIN { printf("%d", ++n); }
BEGIN, BEGIN, END
{
	if (n == 2)
		printf("first %s", probename);
	else
		printf("%d", n);
	n++;
}
BEGIN { exit(0); }
