/* Comments of both kinds, also where a slash could close a predicate. */
#pragma D option quiet
// to the end of the line

BEGIN // this too
/10 / 2 == 5/ // and here: /*
{
	x = 10 /* two */ / 2; // three
	y = "// not /* one */";
	printf("%d %s\n", x, y);
}

BEGIN
/x == 5 &&	// five
 (x / 1) == 5/
{
	printf("yes\n");
	exit(0);
	//exit(1);
}
// the end, without a newline