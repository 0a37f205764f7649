/*
 * An array has a constant number of elements.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int x;
int a[x];
BEGIN { exit(0); }
