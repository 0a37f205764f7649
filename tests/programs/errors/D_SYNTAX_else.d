/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN {
	else exit(0);
}
