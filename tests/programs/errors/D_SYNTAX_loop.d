/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN {
	while (x) x--;
	exit(0);
}
