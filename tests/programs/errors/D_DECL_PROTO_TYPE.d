/*
 * A key is no void.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int a[void];
BEGIN { exit(0); }
