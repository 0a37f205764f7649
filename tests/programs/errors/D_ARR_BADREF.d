/*
 * An array has one index.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int a[5];
BEGIN { a[1, 2] = 3; exit(0); }
