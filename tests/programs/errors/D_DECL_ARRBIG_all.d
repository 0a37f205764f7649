/*
 * All variables together are more than can be had, though no dimension is too big.
 * @args: -xerrtags
 * @status: 1
 */
int a[100000000];
self int b[200000000];
BEGIN { exit(0); }
