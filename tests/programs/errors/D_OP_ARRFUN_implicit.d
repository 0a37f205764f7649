/*
 * Nor does a variable become one.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int a[3];
BEGIN { b = a; exit(0); }
