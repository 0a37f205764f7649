/*
 * A name for each parameter.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int a[int x, int x];
BEGIN { exit(0); }
